import type { AgentDemand, Fleet } from "../components/model/capacity";
import { parseCpu, parseMemory } from "../components/model/quantities";
import type { AgentClassSettings, Settings } from "./schema";

/**
 * What stands beside an agent in its pod: replication of its state (Litestream) and the bridge to brokers and database.
 * Requests are limits for memory, so this is what a node must have free, not what is used.
 */
export const SIDECARS = { cpuMillicores: 60, memoryMiB: 256 } as const;

/** What one pod of a class asks of its node. */
export function demandOf({ agents, cpu, memory }: AgentClassSettings): AgentDemand {
    return {
        agents,
        cpuMillicores: parseCpu(cpu.request) + SIDECARS.cpuMillicores,
        memoryMiB: parseMemory(memory) + SIDECARS.memoryMiB,
    };
}

/** The fleet as the capacity model counts it, on the smallest of the allowed node types. */
export function fleetOf({ fleet, network }: Pick<Settings, "fleet" | "network">, instanceType: string): Fleet {
    return {
        classes: Object.fromEntries(Object.entries(fleet.classes).map(([name, each]) => [name, demandOf(each)])),
        instanceType,
        zones: network.zones,
        maxPods: fleet.nodes.maxPods,
    };
}
