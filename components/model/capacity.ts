/**
 * How many agents a node holds, how many nodes a fleet needs with all zones and with one zone lost, and how many
 * addresses those nodes take. The figures are planning figures: conservative, and the same at every run.
 */

import { INSTANCE_TYPES, type InstanceType, instanceType } from "./instance-types";

/** What can run out first on a node. */
export type Limit = "memory" | "cpu" | "volumes" | "pods";

/** Capacity or need in each dimension: MiB of memory, millicores of processor, attached volumes, pods. */
export type Resources = Readonly<Record<Limit, number>>;

/** One class of agents: how many, and what one pod of it requests (agent and sidecars together). */
export interface AgentDemand {
    readonly agents: number;
    readonly cpuMillicores: number;
    readonly memoryMiB: number;
    /** EBS volumes of one agent; default 1, its state. */
    readonly volumes?: number;
}

export interface AgentsPerNode {
    readonly agents: number;
    /** What runs out first. */
    readonly limitedBy: Limit;
    /** How many agents each dimension alone would allow. */
    readonly byLimit: Resources;
}

export interface Fleet {
    readonly classes: Readonly<Record<string, AgentDemand>>;
    readonly instanceType: string;
    readonly zones: readonly string[];
    /** The kubelet's `maxPods` on agent nodes. */
    readonly maxPods: number;
}

/** A figure with all zones up, and with one zone lost and its agents moved to the others. */
export interface WithAndWithoutZone {
    readonly normal: number;
    readonly zoneLost: number;
}

export interface FleetCapacity {
    /** By class: how many agents of this class alone a node holds. */
    readonly perNode: Readonly<Record<string, AgentsPerNode>>;
    readonly agents: number;
    /** Nodes in each zone that is up. */
    readonly nodesPerZone: WithAndWithoutZone;
    /** Nodes in all zones together. */
    readonly nodes: WithAndWithoutZone;
    /** Processors of all nodes together: compare with the account's quota "Running On-Demand Standard instances". */
    readonly vCpus: WithAndWithoutZone;
    /** Addresses that agent nodes and their pods take from the node subnet of each zone that is up. */
    readonly addressesPerZone: WithAndWithoutZone;
}

/**
 * What each agent node runs besides agents: Cilium, Pod Identity, EBS CSI, node monitoring, CloudWatch agent, Fluent Bit
 * and one to spare. Requests of the stock charts, rounded up.
 */
export const DAEMONS: Resources = { memory: 1024, cpu: 500, pods: 7, volumes: 0 };

/** Attachments that Bottlerocket's own volumes take on each node: operating system and data. */
export const SYSTEM_VOLUMES = 2;

/** Addresses in one delegated prefix, a /28. */
export const PREFIX_SIZE = 16;

const LIMITS: readonly Limit[] = ["memory", "cpu", "volumes", "pods"];

/** Prefixes, interfaces and addresses of one node whose pods get their addresses from delegated prefixes. */
export interface NodeAddresses {
    readonly prefixes: number;
    readonly interfaces: number;
    readonly addresses: number;
}

/**
 * Addresses of one full node. Pods live on secondary interfaces: each holds as many prefixes as the type allows
 * addresses, less its own. One prefix more than the pods need is held warm.
 */
export function nodeAddresses(type: InstanceType, maxPods: number): NodeAddresses {
    const prefixes = Math.ceil(maxPods / PREFIX_SIZE) + 1;
    const interfaces = 1 + Math.ceil(prefixes / (type.addressesPerInterface - 1));
    if (interfaces > type.interfaces) {
        throw new RangeError(
            `${type.name} has ${type.interfaces} network interfaces and ${maxPods} pods need ${interfaces}: lower maxPods`,
        );
    }
    return { prefixes, interfaces, addresses: prefixes * PREFIX_SIZE + interfaces };
}

/** What is left for agents on one node. */
export function allocatable(type: InstanceType, maxPods: number): Resources {
    // Hypervisor and kernel keep a share of the nominal memory: Karpenter plans with 7.5 % (VM_MEMORY_OVERHEAD_PERCENT).
    const memory = Math.floor(type.memoryMiB * 0.925);
    // Bottlerocket's reserve for the kubelet grows with maxPods; 100 MiB more is the kubelet's eviction threshold.
    const memoryReserved = 255 + 11 * maxPods + 100;
    const attached = type.attachments.shared ? nodeAddresses(type, maxPods).interfaces : 0;
    return {
        memory: Math.max(0, memory - memoryReserved - DAEMONS.memory),
        cpu: Math.max(0, type.vCpus * 1000 - reservedMillicores(type.vCpus) - DAEMONS.cpu),
        volumes: Math.max(0, type.attachments.limit - SYSTEM_VOLUMES - attached),
        pods: Math.max(0, maxPods - DAEMONS.pods),
    };
}

/** How many agents of one class alone fit on a node, and what stops the next one. */
export function agentsPerNode(demand: AgentDemand, type: InstanceType, maxPods: number): AgentsPerNode {
    const free = allocatable(type, maxPods);
    const need = needs(demand);
    const fit = (limit: Limit): number => (need[limit] === 0 ? Infinity : Math.floor(free[limit] / need[limit]));
    const byLimit = { memory: fit("memory"), cpu: fit("cpu"), volumes: fit("volumes"), pods: fit("pods") };
    const limitedBy = LIMITS.reduce((least, limit) => (byLimit[limit] < byLimit[least] ? limit : least));
    return { agents: byLimit[limitedBy], limitedBy, byLimit };
}

/** The whole fleet: agents spread evenly over the zones, a node of one type filled with agents of any class. */
export function fleetCapacity(fleet: Fleet): FleetCapacity {
    const zones = fleet.zones.length;
    if (zones < 2) throw new RangeError(`a fleet that survives the loss of a zone needs two zones, not ${zones}`);
    const type = instanceType(fleet.instanceType);
    const perNode = Object.fromEntries(
        Object.entries(fleet.classes).map(([name, demand]) => [name, agentsPerNode(demand, type, fleet.maxPods)]),
    );
    for (const [name, { agents, limitedBy }] of Object.entries(perNode)) {
        if (agents === 0) {
            throw new RangeError(`a ${type.name} node is too small for one agent of class "${name}": ${limitedBy}`);
        }
    }
    const normal = nodesInOneZone(fleet, type, zones);
    // Filling nodes is a heuristic: by luck more agents can need fewer nodes. Luck is not counted on.
    const zoneLost = Math.max(normal, nodesInOneZone(fleet, type, zones - 1));
    const nodes = { normal: normal * zones, zoneLost: zoneLost * (zones - 1) };
    const { addresses } = nodeAddresses(type, fleet.maxPods);
    return {
        perNode,
        agents: Object.values(fleet.classes).reduce((sum, demand) => sum + demand.agents, 0),
        nodesPerZone: { normal, zoneLost },
        nodes,
        vCpus: { normal: nodes.normal * type.vCpus, zoneLost: nodes.zoneLost * type.vCpus },
        addressesPerZone: { normal: normal * addresses, zoneLost: zoneLost * addresses },
    };
}

/** Node's heap limit in MiB for a container's memory limit: three quarters, the rest is native memory and buffers. */
export function heapMiB(memoryLimitMiB: number): number {
    return Math.floor(memoryLimitMiB * 0.75);
}

/** Names of all instance types that can be planned with. */
export function knownInstanceTypes(): string[] {
    return [...INSTANCE_TYPES.keys()];
}

/** Processor time that the kubelet reserves: 6 % of the first core, 1 % of the second, 0.5 % of two more, 0.25 % of the rest. */
function reservedMillicores(vCpus: number): number {
    const cores = (from: number, to: number): number => Math.max(0, Math.min(vCpus, to) - from);
    return Math.ceil(60 * cores(0, 1) + 10 * cores(1, 2) + 5 * cores(2, 4) + 2.5 * cores(4, Infinity));
}

function needs(demand: AgentDemand): Resources {
    return { memory: demand.memoryMiB, cpu: demand.cpuMillicores, volumes: demand.volumes ?? 1, pods: 1 };
}

/** First fit, largest first: nodes are filled one after the other, each class taking what is left. */
function nodesInOneZone(fleet: Fleet, type: InstanceType, zones: number): number {
    const node = allocatable(type, fleet.maxPods);
    const share = (need: Resources): number =>
        Math.max(...LIMITS.map((limit) => (node[limit] === 0 ? 0 : need[limit] / node[limit])));
    const waiting = Object.values(fleet.classes)
        // The fullest zone has one agent more of each class than an even split would give.
        .map((demand) => ({ need: needs(demand), left: Math.ceil(demand.agents / zones) }))
        .sort((a, b) => share(b.need) - share(a.need));
    let nodes = 0;
    while (waiting.some(({ left }) => left > 0)) {
        nodes += 1;
        const free = { ...node };
        for (const group of waiting) {
            const fit = (limit: Limit): number =>
                group.need[limit] === 0 ? Infinity : Math.floor(free[limit] / group.need[limit]);
            const placed = Math.min(group.left, ...LIMITS.map(fit));
            group.left -= placed;
            for (const limit of LIMITS) free[limit] -= placed * group.need[limit];
        }
    }
    return nodes;
}
