import { allocate, hostCount } from "../components/model/addresses";
import {
    agentsPerNode,
    allocatable,
    fleetCapacity,
    knownInstanceTypes,
    nodeAddresses,
} from "../components/model/capacity";
import { INSTANCE_TYPES, type InstanceType } from "../components/model/instance-types";
import { parseCpu, parseMemory } from "../components/model/quantities";
import { demandOf, fleetOf } from "./fleet";
import { type Found, rule } from "./rule";
import { rangeIsPrivate } from "./rules-network";
import type { Settings } from "./schema";

/* Agents, their nodes, and whether both fit. */

export const nodeTypesAreKnown = rule(["fleet"], ({ fleet }) =>
    fleet.nodes.instanceTypes.flatMap((name, index): Found[] => {
        const path = ["fleet", "nodes", "instanceTypes", index];
        const type = INSTANCE_TYPES.get(name);
        if (!type) {
            const known = knownInstanceTypes().join(", ");
            return [[path, name, `must be a type whose limits the plan knows: ${known}`, "r8g.2xlarge"]];
        }
        try {
            nodeAddresses(type, fleet.nodes.maxPods);
            return [];
        } catch (error) {
            const value = fleet.nodes.maxPods;
            return [[["fleet", "nodes", "maxPods"], value, `is too much: ${(error as Error).message}`, 60]];
        }
    }),
);

export const nodeTypesAgree = rule(["fleet", "cluster"], ({ fleet, cluster }) => {
    const lists = [
        { path: ["cluster", "systemNodes", "instanceTypes"], types: cluster.systemNodes.instanceTypes },
        { path: ["fleet", "nodes", "instanceTypes"], types: fleet.nodes.instanceTypes },
    ];
    return lists.flatMap(({ path, types }): Found[] => {
        const architectures = new Set(types.map(isArm));
        const text = "must all be of one architecture: an image is pinned for arm64 (Graviton) or for x86_64";
        return architectures.size > 1
            ? [[path, types, text, types.filter((name) => isArm(name) === isArm(types[0] ?? ""))]]
            : [];
    });
});

/** Graviton types carry a g after the generation: m8g, r7gd; m7i and c7a do not. */
function isArm(instanceType: string): boolean {
    return /^[a-z]+\d+g/.test(instanceType);
}

export const agentsFitTheirNodes = rule(["fleet"], ({ fleet }) => {
    const types = knownTypes(fleet.nodes.instanceTypes);
    return Object.entries(fleet.classes).flatMap(([name, each]) => {
        const path = ["fleet", "classes", name];
        const found: Found[] = [];
        if (parseCpu(each.cpu.request) > parseCpu(each.cpu.limit)) {
            found.push([
                [...path, "cpu", "request"],
                each.cpu.request,
                `must not exceed the limit, which is ${each.cpu.limit}`,
                `at most ${each.cpu.limit}`,
            ]);
        }
        // Measured by OpenClaw's own enterprise guide: 1.2 to 1.6 GiB idle, peaks of 2.2 GiB, killed at a limit of 2 GiB.
        if (parseMemory(each.memory) < 2560) {
            found.push([
                [...path, "memory"],
                each.memory,
                "must be at least 2560Mi: an OpenClaw gateway peaks at 2.2 GiB",
                "3Gi",
            ]);
        }
        for (const type of types) {
            const free = allocatable(type, fleet.nodes.maxPods);
            if (parseCpu(each.cpu.limit) > type.vCpus * 1000) {
                const text = `must fit on a node: ${type.name} has ${type.vCpus} cores. Capacity grows by more pods, not by larger ones`;
                found.push([[...path, "cpu", "limit"], each.cpu.limit, text, String(type.vCpus)]);
            }
            if (agentsPerNode(demandOf(each), type, fleet.nodes.maxPods).agents === 0) {
                const text = `must fit on a node with what stands beside the agent: ${type.name} has ${free.memory} MiB free for agents`;
                found.push([
                    [...path, "memory"],
                    each.memory,
                    text,
                    "a smaller agent, or a larger type in openclaw:fleet.nodes.instanceTypes",
                ]);
            }
        }
        return found;
    });
});

/** Of a node's data volume; the rest holds images and logs, and the kubelet evicts when a tenth is left. */
const SCRATCH_SHARE = 0.8;

export const scratchFitsTheDisk = rule(["fleet"], ({ fleet }) => {
    const { diskGiB, instanceTypes, maxPods } = fleet.nodes;
    return Object.entries(fleet.classes).flatMap(([name, each]): Found[] => {
        const scratchGiB = parseMemory(each.ephemeralStorage) / 1024;
        const agents = Math.max(
            ...knownTypes(instanceTypes).map((type) => agentsPerNode(demandOf(each), type, maxPods).agents),
        );
        const need = Math.ceil((agents * scratchGiB) / SCRATCH_SHARE);
        if (!Number.isFinite(need) || need <= diskGiB) return [];
        const text = `must hold the scratch space of a full node: ${agents} agents of class ${name} with ${each.ephemeralStorage} each, images and logs need ${need} GiB`;
        return [[["fleet", "nodes", "diskGiB"], diskGiB, text, need]];
    });
});

export const fleetIsNotEmpty = rule(["fleet"], ({ fleet: { classes } }): Found[] =>
    Object.keys(classes).length === 0
        ? [
              [
                  ["fleet", "classes"],
                  classes,
                  "must have at least one entry",
                  "analyst: { agents: 4, ... } as in Pulumi.staging.yaml",
              ],
          ]
        : [],
);

export const fleetFitsTheRange = rule(["network", "fleet", "cluster"], ({ network, fleet, cluster }): Found[] => {
    const { cidr, zones } = network;
    if (rangeIsPrivate.check({ network } as Settings).length > 0) return [];
    const types = knownTypes(fleet.nodes.instanceTypes);
    const fits = [agentsFitTheirNodes, nodeTypesAreKnown, fleetIsNotEmpty].every(
        ({ check }) => check({ fleet } as Settings).length === 0,
    );
    if (!fits || types.length === 0) return [];
    const need = Math.max(
        ...types.map(({ name }) => fleetCapacity(fleetOf({ network, fleet }, name)).addressesPerZone.zoneLost),
    );
    // System nodes and their pods: as many addresses each as an agent node's pods at most.
    const system = cluster.systemNodes.maxPerZone * SYSTEM_NODE_ADDRESSES;
    const [first = ""] = zones;
    const subnets = allocate(cidr, [...zones]);
    const available = hostCount(subnets[first]?.nodes ?? cidr);
    if (need + system <= available) return [];
    const agents = Object.values(fleet.classes).reduce((sum, each) => sum + each.agents, 0);
    const text =
        `is too small: each zone has ${available} addresses for nodes and pods, and with one of ${zones.length} zones lost ` +
        `${agents} agents and the system nodes need ${need + system} in each of the others`;
    return [[["network", "cidr"], cidr, text, widerThan(cidr, need + system)]];
});

/** Pods of a system node by prefixes, and its interfaces. */
export const SYSTEM_NODE_ADDRESSES = 5 * 16 + 3;

/** A wider range of which an eighth holds so many addresses: half of a zone's quarter is for nodes. */
function widerThan(cidr: string, addresses: number): string {
    const prefix = Math.floor(32 - Math.log2((addresses + 5) * 8));
    if (prefix < 16) return "fewer agents, or a third zone: a VPC has at most a /16";
    const [address = ""] = cidr.split("/");
    const number = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
    const start = Math.floor(number / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${prefix}`;
}

function knownTypes(names: readonly string[]): InstanceType[] {
    return names.map((name) => INSTANCE_TYPES.get(name)).filter((type) => type !== undefined);
}
