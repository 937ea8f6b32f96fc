import type { AgentClass } from "../components/compute/agents/spec";
import { type AgentDemand, type Fleet, fleetCapacity } from "../components/model/capacity";
import { type HeadroomPlan, headroomPlan } from "../components/model/headroom";
import { instanceType } from "../components/model/instance-types";
import { parseCpu, parseMemory } from "../components/model/quantities";
import type { AgentClassSettings, Settings } from "./schema";

/**
 * What stands beside an agent in its pod: replication of its state (Litestream, 20m and 96Mi), the backup of its files (10m
 * and 80Mi), and the bridge to brokers and database (50m and 128Mi). Requests are limits for memory, so this is what a node
 * must have free, not what is used.
 */
export const SIDECARS = { cpuMillicores: 80, memoryMiB: 304 } as const;

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

/** The smallest of the node types that the configuration allows: what the fleet is planned with. */
export function plannedType({ fleet }: Pick<Settings, "fleet">): string {
    const types = fleet.nodes.instanceTypes.map(instanceType).sort((one, other) => one.memoryMiB - other.memoryMiB);
    return types[0]?.name ?? "";
}

/** What stands ready for the loss of a zone, and how far the fleet may grow. */
export function headroomOf(settings: Pick<Settings, "fleet" | "network">): HeadroomPlan {
    const fleet = fleetOf(settings, plannedType(settings));
    return headroomPlan(settings.fleet.nodes.headroom, fleet, fleetCapacity(fleet));
}

/** The classes of agents, each with its name. */
export function agentClassesOf({ fleet }: Pick<Settings, "fleet">): AgentClass[] {
    return Object.entries(fleet.classes).map(([name, each]) => ({ name, ...each }));
}
