import { hostCount } from "../../components/model/addresses";
import { SYSTEM_NODE_ADDRESSES } from "../../settings/rules-fleet";
import type { CapacityLine } from "../document/schema";
import type { Graph } from "../graph";
import { all, inputsOf, list, text } from "../resources";
import { fleetIn } from "./agents";
import { line } from "./line";

/** Addresses: nodes and pods, brokers, database and endpoints, each in the smallest of its subnets. */
export function networkLines(graph: Graph): CapacityLine[] {
    const { settings } = graph;
    const { addressesPerZone } = fleetIn(settings);
    const system = settings.cluster.systemNodes.maxPerZone * SYSTEM_NODE_ADDRESSES;
    const brokers = Number(inputsOf(graph, "aws:msk/cluster:Cluster")["numberOfBrokerNodes"] ?? 0);
    const instances = all(graph, "aws:rds/clusterInstance:ClusterInstance").length;
    const stateful = settings.network.statefulZones.length;
    const endpoints = all(graph, "aws:ec2/vpcEndpoint:VpcEndpoint").filter(
        ({ inputs }) => list(inputs["subnetIds"]).length > 0,
    ).length;
    const addresses = (name: string, role: string, need: number, needZoneLost?: number) =>
        line({
            group: "network",
            name,
            need,
            ...(needZoneLost !== undefined && { needZoneLost }),
            limit: smallestSubnet(graph, role),
            unit: "addresses",
            key: "openclaw:network.cidr",
        });
    return [
        addresses(
            "Addresses of nodes and pods in each zone",
            "nodes",
            addressesPerZone.normal + system,
            addressesPerZone.zoneLost + system,
        ),
        addresses("Addresses of brokers in each zone", "brokers", Math.ceil(brokers / stateful)),
        // Each instance, its successor, and two that RDS Proxy takes in a zone to begin with; it takes more as it grows.
        addresses(
            "Addresses of the database in each zone",
            "database",
            Math.ceil(instances / stateful) + 1 + PROXY_ADDRESSES,
        ),
        addresses("Addresses of endpoints in each zone", "endpoints", endpoints),
    ];
}

/** What AWS asks to have free in a subnet for a proxy in front of a large instance (RDS guide, "Planning for IP address capacity"). */
const PROXY_ADDRESSES = 60;

function smallestSubnet(graph: Graph, role: string): number {
    const sizes = all(graph, "aws:ec2/subnet:Subnet")
        .filter(({ name }) => name.includes(`-${role}-`))
        .map(({ inputs }) => hostCount(text(inputs["cidrBlock"])));
    return sizes.length === 0 ? 0 : Math.min(...sizes);
}
