import type { Resource, Stack } from "../../engine/resource";
import { referred, referring } from "./related";

export const SUBNET = "aws:ec2/subnet:Subnet";
export const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
export const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
export const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
export const ROUTE = "aws:ec2/route:Route";

/** A way from a subnet to everywhere. */
export interface WayOut {
    readonly route: Resource;
    /** What the route leads to, where that is made here. */
    readonly target: Resource | undefined;
    /** Straight into the internet, and from there back in. */
    readonly isOpen: boolean;
}

export interface Routes {
    /** Route tables that a subnet names. One without any follows the VPC's main table, which is nobody's here. */
    tablesOf(subnet: Resource): readonly Resource[];
    waysOutOf(subnet: Resource): readonly WayOut[];
}

/** Where the subnets of a stack lead. */
export function routesOf(stack: Stack): Routes {
    const associations = referring(stack, [ASSOCIATION], "subnetId");
    const routes = referring(stack, [ROUTE], "routeTableId");
    const tablesOf = (subnet: Resource) =>
        associations(subnet).flatMap((association) => referred(stack, association, "routeTableId", [ROUTE_TABLE]));
    return {
        tablesOf,
        waysOutOf: (subnet) =>
            tablesOf(subnet)
                .flatMap(routes)
                .filter((route) => stack.decide(route, () => leadsEverywhere(route), false))
                .map((route) => {
                    const [gateway] = referred(stack, route, "gatewayId", [INTERNET_GATEWAY]);
                    const [nat] = referred(stack, route, "natGatewayId", [NAT_GATEWAY]);
                    const isOpen = stack.decide(route, () => route.props.has("gatewayId"), false);
                    return { route, target: gateway ?? nat, isOpen };
                }),
    };
}

export function leadsEverywhere({ props }: Resource): boolean {
    return props.text("destinationCidrBlock") === "0.0.0.0/0" || props.text("destinationIpv6CidrBlock") === "::/0";
}

/** The subnets that a property names, of those made here. */
export function subnetsOf(stack: Stack, from: Resource, property: string): readonly Resource[] {
    return referred(stack, from, property, [SUBNET]);
}

export function zoneOf(stack: Stack, subnet: Resource): string | undefined {
    return stack.decide(subnet, () => subnet.props.text("availabilityZone"), undefined);
}

const CLUSTER = "aws:eks/cluster:Cluster";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";

/** Subnets of clusters and their nodes. */
export function nodeSubnets(stack: Stack): readonly Resource[] {
    return [
        ...new Set([
            ...stack.ofType(CLUSTER).flatMap((cluster) => subnetsOf(stack, cluster, "vpcConfig.subnetIds")),
            ...stack.ofType(NODE_GROUP).flatMap((group) => subnetsOf(stack, group, "subnetIds")),
        ]),
    ];
}
