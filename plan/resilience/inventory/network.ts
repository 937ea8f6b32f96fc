import type { Value } from "../../offline-engine";
import { at, distinct, listAt, objectAt, type Shelf, textAt, textsAt } from "../read";

/** A NAT gateway. */
export interface Gateway {
    readonly id: string;
    readonly name: string;
    /** Zone of the subnet it stands in. */
    readonly zone?: string;
}

/** A subnet of agents' nodes and of the platform's. */
export interface NodeSubnet {
    readonly id: string;
    readonly zone: string;
    /** Id of the NAT gateway to which its default route leads; absent where it leads nowhere. */
    readonly gateway?: string;
}

/** An AWS service that is reached without leaving the VPC. */
export interface Endpoint {
    /** E.g. `bedrock-runtime`. */
    readonly service: string;
    /** Zones it has an address in; a gateway endpoint stands in none and is lost with none. */
    readonly zones: readonly string[] | "all";
}

export interface Network {
    /** Zones that have a subnet for nodes, in the order of the subnets. */
    readonly zones: readonly string[];
    readonly nodeSubnets: readonly NodeSubnet[];
    readonly gateways: readonly Gateway[];
    readonly endpoints: readonly Endpoint[];
    /** Zones of the subnets through which AWS's control plane reaches into the VPC. */
    readonly controlPlaneZones: readonly string[];
    readonly controlPlane: boolean;
}

const SUBNET = "aws:ec2/subnet:Subnet";
const ROUTE = "aws:ec2/route:Route";

/** Zones of subnets, by their ids. */
export function zonesOf(shelf: Shelf, subnetIds: readonly string[]): string[] {
    const zones = subnetIds.map((id) => textAt(shelf.byId(SUBNET, id)?.inputs, "availabilityZone"));
    return distinct(zones.filter((zone) => zone !== undefined));
}

export function networkOf(shelf: Shelf): Network {
    const nodeSubnets = nodeSubnetsOf(shelf);
    const cluster = shelf.all("aws:eks/cluster:Cluster")[0];
    return {
        zones: distinct(nodeSubnets.map(({ zone }) => zone)),
        nodeSubnets,
        gateways: shelf.all("aws:ec2/natGateway:NatGateway").map(({ name, inputs, outputs }) => ({
            id: textAt(outputs, "id") ?? name,
            name,
            zone: zonesOf(shelf, [textAt(inputs, "subnetId") ?? ""])[0],
        })),
        endpoints: shelf.all("aws:ec2/vpcEndpoint:VpcEndpoint").map(({ inputs }) => ({
            service: (textAt(inputs, "serviceName") ?? "?").split(".").slice(3).join("."),
            zones:
                textAt(inputs, "vpcEndpointType") === "Gateway" ? "all" : zonesOf(shelf, textsAt(inputs, "subnetIds")),
        })),
        controlPlaneZones: zonesOf(shelf, textsAt(cluster?.inputs, "vpcConfig.subnetIds")),
        controlPlane: cluster !== undefined,
    };
}

/** Those that nodes are launched into: chosen by tags for agents, by id for the platform. */
function nodeSubnetsOf(shelf: Shelf): NodeSubnet[] {
    const chosenByTags = shelf
        .all("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")
        .flatMap(({ inputs }) => listAt(inputs, "spec.subnetSelectorTerms"));
    const chosenById = shelf.all("aws:eks/nodeGroup:NodeGroup").flatMap(({ inputs }) => textsAt(inputs, "subnetIds"));
    return shelf.all(SUBNET).flatMap(({ inputs, outputs }) => {
        const id = textAt(outputs, "id");
        const zone = textAt(inputs, "availabilityZone");
        if (id === undefined || zone === undefined) return [];
        if (!chosenById.includes(id) && !chosenByTags.some((term) => matches(term, id, at(inputs, "tags")))) return [];
        return [{ id, zone, gateway: gatewayOf(shelf, id) }];
    });
}

function matches(term: Value, id: string, tags: Value | undefined): boolean {
    if (textAt(term, "id") === id) return true;
    const wanted = Object.entries(objectAt(term, "tags") ?? {});
    return wanted.length > 0 && wanted.every(([key, value]) => at(tags, [key]) === value);
}

/** The subnet's route table, the table's default route, the route's gateway. */
function gatewayOf(shelf: Shelf, subnetId: string): string | undefined {
    const table = shelf
        .all("aws:ec2/routeTableAssociation:RouteTableAssociation")
        .find(({ inputs }) => inputs["subnetId"] === subnetId)?.inputs["routeTableId"];
    const route = shelf
        .all(ROUTE)
        .find(
            ({ inputs }) =>
                table !== undefined &&
                inputs["routeTableId"] === table &&
                inputs["destinationCidrBlock"] === "0.0.0.0/0",
        );
    return textAt(route?.inputs, "natGatewayId");
}
