import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { stackRule } from "../engine/rule";
import { referring } from "./support/related";
import { INTERNET_GATEWAY, NAT_GATEWAY, nodeSubnets, ROUTE, routesOf, subnetsOf, zoneOf } from "./support/routes";

const CLUSTER = "aws:eks/cluster:Cluster";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const NAT_GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html";

export const nodesNotReachable = stackRule({
    name: "nodes-not-reachable",
    description: "Nodes stand in subnets that the internet cannot reach: their way out is one-way",
    severity: "critical",
    references: ["CIS EKS 5.4.3", "openclaw promise 1"],
    remediation: "Lead the default route of the subnet to a NAT gateway, never to an internet gateway.",
    url: "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
    types: [CLUSTER, NODE_GROUP],
    check(stack, report) {
        const routes = routesOf(stack);
        for (const subnet of nodeSubnets(stack)) {
            for (const { isOpen, route } of routes.waysOutOf(subnet)) {
                if (isOpen) report(subnet, `is reached from the internet, by the route ${route.name}`);
            }
        }
    },
});

export const nodesWayOut = stackRule({
    name: "nodes-way-out",
    description: "Nodes find a way out through a NAT gateway that has one itself",
    severity: "high",
    references: ["openclaw promise 2"],
    remediation:
        "Make a route 0.0.0.0/0 to a NAT gateway in the subnet's route table, and put the gateway into a subnet with a route " +
        "0.0.0.0/0 to the internet gateway.",
    url: NAT_GUIDE,
    types: [CLUSTER, NODE_GROUP],
    check(stack, report) {
        const routes = routesOf(stack);
        for (const subnet of nodeSubnets(stack)) {
            const ways = routes.waysOutOf(subnet).filter(({ isOpen }) => !isOpen);
            if (ways.length === 0) report(subnet, "has no way out through a NAT gateway");
        }
        stack.each(stack.ofType(NAT_GATEWAY), (nat) => {
            if (nat.props.text("connectivityType") === "private") return;
            if (!nat.props.has("allocationId")) report(nat, "has no public address (allocationId)");
            if (!nat.props.has("subnetId")) report(nat, "stands in no subnet");
            for (const subnet of subnetsOf(stack, nat, "subnetId")) {
                if (!routes.waysOutOf(subnet).some(({ target }) => target?.type === INTERNET_GATEWAY)) {
                    report(nat, `stands in ${subnet.name}, which does not lead to the internet`);
                }
            }
        });
    },
});

export const natPerZone = stackRule({
    name: "nat-per-zone",
    description: "Every zone has its own way out: the loss of another zone takes nobody's away",
    severity: "high",
    references: ["openclaw promise 6"],
    remediation: "Make a NAT gateway in each zone with nodes, and lead that zone's route table to it.",
    url: NAT_GUIDE,
    types: [NAT_GATEWAY],
    check(stack, report) {
        const routes = routesOf(stack);
        const gateways = referring(stack, [ROUTE], "natGatewayId");
        for (const subnet of nodeSubnets(stack)) {
            const zone = zoneOf(stack, subnet);
            for (const { target, route } of routes.waysOutOf(subnet)) {
                if (target?.type !== NAT_GATEWAY || zone === undefined) continue;
                const zones = subnetsOf(stack, target, "subnetId").map((each) => zoneOf(stack, each));
                if (zones.includes(undefined) || zones.includes(zone)) continue;
                report(route, `leads from ${zone} to ${zones.join(", ")}`);
            }
        }
        for (const nat of stack.ofType(NAT_GATEWAY)) {
            if (gateways(nat).length === 0) report(nat, "is paid for, and no route leads to it");
        }
    },
});

/** What must survive a zone, and where it names its subnets. */
const SPREAD: readonly (readonly [type: string, property: string])[] = [
    [CLUSTER, "vpcConfig.subnetIds"],
    ["aws:msk/cluster:Cluster", "brokerNodeGroupInfo.clientSubnets"],
    ["aws:ec2/vpcEndpoint:VpcEndpoint", "subnetIds"],
];

export const zoneSpread = stackRule({
    name: "zone-spread",
    description: "Clusters, brokers and endpoints stand in subnets of several zones",
    severity: "critical",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation: "Name a subnet of each zone.",
    url: "https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/availability-zones.html",
    types: SPREAD.map(([type]) => type),
    settings: { minimumZones: z.int().min(1).default(2).describe("Zones at least") },
    check(stack, report, { minimumZones }) {
        for (const [type, property] of SPREAD) {
            stack.each(stack.ofType(type), (resource) => {
                const { props } = resource;
                if (type.includes("vpcEndpoint") && props.text("vpcEndpointType") !== "Interface") return;
                const named = props.list(property).length;
                const zones = Math.min(named, zonesOf(stack, subnetsOf(stack, resource, property)) ?? named);
                if (zones < minimumZones) report(resource, `stands in ${zones} zones, ${minimumZones} are required`);
            });
        }
    },
});

export const nodeGroupZones = stackRule({
    name: "node-group-zones",
    description:
        "The platform's own nodes stand in several zones, each group in one: a group over zones loses its balance",
    severity: "high",
    references: ["openclaw promise 6"],
    remediation: "Make a node group in a subnet of each zone.",
    url: "https://docs.aws.amazon.com/eks/latest/best-practices/data-plane.html",
    types: [NODE_GROUP],
    settings: { minimumZones: z.int().min(1).default(2).describe("Zones with a node group at least") },
    check(stack, report, { minimumZones }) {
        const groups = referring(stack, [NODE_GROUP], "clusterName");
        stack.each(stack.ofType(NODE_GROUP), (group) => {
            const named = group.props.list("subnetIds").length;
            if (named !== 1) report(group, `names ${named} subnets, one is required`);
        });
        for (const cluster of stack.ofType(CLUSTER)) {
            const subnets = groups(cluster).flatMap((group) => subnetsOf(stack, group, "subnetIds"));
            const zones = zonesOf(stack, subnets) ?? minimumZones;
            if (zones < minimumZones)
                report(cluster, `has node groups in ${zones} zones, ${minimumZones} are required`);
        }
    },
});

/** How many zones subnets stand in; undefined where one does not say, or none is made here. */
function zonesOf(stack: Stack, subnets: readonly Resource[]): number | undefined {
    const zones = new Set(subnets.map((subnet) => zoneOf(stack, subnet)));
    return subnets.length === 0 || zones.has(undefined) ? undefined : zones.size;
}

export const wayOutRules = [nodesNotReachable, nodesWayOut, natPerZone, zoneSpread, nodeGroupZones];
