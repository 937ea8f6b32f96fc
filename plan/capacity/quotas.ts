import { nodeAddresses, SYSTEM_VOLUMES } from "../../components/model/capacity";
import { instanceType } from "../../components/model/instance-types";
import { parseMemory } from "../../components/model/quantities";
import { headroomOf, plannedType } from "../../settings/fleet";
import type { Settings } from "../../settings/schema";
import type { QuotaLine } from "../document/schema";
import type { Graph } from "../graph";
import { all, list } from "../resources";

/**
 * AWS quotas that a new account may not have, with the codes of Service Quotas. They are the account's: what else runs in it and
 * in the region counts as well, and is not known here.
 */
export function quotaLines(graph: Graph): QuotaLine[] {
    const { settings } = graph;
    const nodes = nodesAtMost(settings);
    const count = (type: string) => all(graph, type).length;
    return [
        quota("Running On-Demand Standard instances", "ec2", "L-1216C47A", 5, nodes.vCpus, "vCPUs", nodes.note),
        quota("Storage of gp3 volumes", "ebs", "L-7A658B76", 50, gp3Tib(settings, nodes), "TiB"),
        quota("Elastic IP addresses", "ec2", "L-0263D0A3", 5, count("aws:ec2/eip:Eip"), "addresses"),
        quota("VPCs in a region", "vpc", "L-F678F1CE", 5, count("aws:ec2/vpc:Vpc"), "VPCs"),
        quota("Network interfaces in a region", "vpc", "L-DF5E4CA3", 5000, interfaces(graph, nodes), "interfaces"),
        quota("Network address usage of a VPC", "vpc", "L-BB24F6E5", 64_000, addressUnits(graph, nodes), "units"),
        quota("Interface endpoints of a VPC", "vpc", "L-29B6F2EB", 50, interfaceEndpoints(graph).length, "endpoints"),
        quota("IAM roles", "iam", "L-FE177D64", 1000, count("aws:iam/role:Role"), "roles"),
        quota("MSK brokers of an account", "kafka", "L-EDD31C36", 90, settings.brokers.count, "brokers"),
        quota("Aurora and RDS instances", "rds", "L-7B6409FD", 40, settings.database.instances, "instances"),
        quota("RDS proxies", "rds", "L-D94C7EA3", 20, count("aws:rds/proxy:Proxy"), "proxies"),
    ];
}

function quota(
    name: string,
    service: string,
    code: string,
    standard: number,
    need: number,
    unit: string,
    note?: string,
): QuotaLine {
    return { name, service, code, need, standard, unit, raise: need > standard, ...(note !== undefined && { note }) };
}

interface Nodes {
    readonly agents: number;
    readonly system: number;
    readonly vCpus: number;
    readonly note: string;
}

/** All nodes that can run at once: those of agents up to Karpenter's limit, which counts a lost zone's until they are gone. */
function nodesAtMost(settings: Settings): Nodes {
    const type = instanceType(plannedType(settings));
    const { maxVCpus } = headroomOf(settings);
    const system = settings.cluster.systemNodes.maxPerZone * settings.network.zones.length;
    const systemVCpus = system * vCpusOf(settings.cluster.systemNodes.instanceTypes[0] ?? "");
    return {
        agents: Math.ceil(maxVCpus / type.vCpus),
        system,
        vCpus: maxVCpus + systemVCpus,
        note: `${maxVCpus} for agents with a zone lost, ${systemVCpus} for system nodes`,
    };
}

/** Processors by the name of any type: 2 for large, 4 for xlarge, 4 for each further multiple. */
function vCpusOf(name: string): number {
    const [, multiple] = /\.(\d*)xlarge$/.exec(name) ?? [];
    return multiple === undefined ? 2 : 4 * Number(multiple || "1");
}

const GIB_PER_TIB = 1024;
/** Bottlerocket's own volume for its system, beside the one for data. Unit: GiB. */
const SYSTEM_VOLUME_GIB = 4;

function gp3Tib({ fleet, cluster }: Settings, nodes: Nodes): number {
    const agents = Object.values(fleet.classes).reduce(
        (sum, each) => sum + (each.agents * parseMemory(each.stateSize)) / 1024,
        0,
    );
    const disks =
        nodes.agents * (fleet.nodes.diskGiB + SYSTEM_VOLUME_GIB * (SYSTEM_VOLUMES - 1)) +
        nodes.system * (cluster.systemNodes.diskGiB + SYSTEM_VOLUME_GIB);
    // After the loss of a zone its volumes are still there while their successors are made.
    return (2 * agents + disks) / GIB_PER_TIB;
}

const SYSTEM_INTERFACES = 3;

function interfaces(graph: Graph, nodes: Nodes): number {
    const { settings } = graph;
    const agent = nodeAddresses(instanceType(plannedType(settings)), settings.fleet.nodes.maxPods).interfaces;
    return nodes.agents * agent + nodes.system * SYSTEM_INTERFACES + attachments(graph);
}

/** Each interface counts one for its own address, and one for each prefix of sixteen (VPC guide, "Network Address Usage"). */
function addressUnits(graph: Graph, nodes: Nodes): number {
    const { settings } = graph;
    const agent = nodeAddresses(instanceType(plannedType(settings)), settings.fleet.nodes.maxPods);
    return (
        nodes.agents * (agent.prefixes + agent.interfaces) + nodes.system * (5 + SYSTEM_INTERFACES) + attachments(graph)
    );
}

/** Interfaces that AWS's services make in the VPC: endpoints in each zone, brokers, database, NAT gateways, control plane. */
function attachments(graph: Graph): number {
    const { settings } = graph;
    const endpoints = interfaceEndpoints(graph).reduce((sum, each) => sum + each, 0);
    const nat = all(graph, "aws:ec2/natGateway:NatGateway").length;
    const controlPlane = 4;
    return endpoints + nat + controlPlane + settings.brokers.count + settings.database.instances;
}

/** Zones of each interface endpoint. */
function interfaceEndpoints(graph: Graph): number[] {
    return all(graph, "aws:ec2/vpcEndpoint:VpcEndpoint")
        .map(({ inputs }) => list(inputs["subnetIds"]).length)
        .filter((zones) => zones > 0);
}
