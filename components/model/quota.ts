/**
 * What a class of agents may take from the cluster in all, and what one container, pod or volume of it may take. An upper
 * bound for the namespace, so that a mistake or a hostile agent ends there: not a reservation.
 */

import { formatCpu, formatMemory, parseCpu, parseMemory } from "./quantities";

/** Size of a class, in quantities as Kubernetes writes them. */
export interface ClassSize {
    readonly agents: number;
    readonly cpu: { readonly request: string; readonly limit: string };
    /** Request and limit at once. */
    readonly memory: string;
    /** Request and limit at once. */
    readonly ephemeralStorage: string;
    readonly stateSize: string;
}

/** What all sidecars of one pod request together. */
export interface Sidecars {
    readonly cpuMillicores: number;
    /** Request and limit at once. */
    readonly memoryMiB: number;
}

/** What all sidecars of one pod may use together beyond their requests: processor in bursts, and scratch space. */
export const SIDECAR_LIMITS = { cpuMillicores: 1000, ephemeralMiB: 512 } as const;

/**
 * The class's own jobs (roll-out, making of its key): how many pods may be there at once, one that ends while the next
 * begins included, and what each may take at most.
 */
export const JOBS = {
    pods: 4,
    cpuRequestMillicores: 100,
    cpuLimitMillicores: 500,
    memoryMiB: 512,
    ephemeralMiB: 256,
} as const;

/**
 * How often the quota holds the class. What is deleted counts until the quota's controller has noticed: seconds, and longer
 * when it has most to do, as when half a class is replaced because a zone is lost. With room for the class alone, the
 * successors were refused, and the StatefulSet tried again after longer and longer pauses (seen in the drill of a cluster).
 */
export const TURNOVER = 2;

/** `ResourceQuota.spec.hard` of a class's namespace. */
export function quotaOf(size: ClassSize, sidecars: Sidecars): Record<string, string> {
    const agents = size.agents * TURNOVER;
    const agent = podOf(size, sidecars);
    const total = (each: number, job: number): number => agents * each + JOBS.pods * job;
    return {
        pods: `${agents + JOBS.pods}`,
        "requests.cpu": formatCpu(total(agent.cpuRequest, JOBS.cpuRequestMillicores)),
        "limits.cpu": formatCpu(total(agent.cpuLimit, JOBS.cpuLimitMillicores)),
        "requests.memory": formatMemory(total(agent.memory, JOBS.memoryMiB)),
        "limits.memory": formatMemory(total(agent.memory, JOBS.memoryMiB)),
        "requests.ephemeral-storage": formatMemory(total(agent.ephemeral, JOBS.ephemeralMiB)),
        "limits.ephemeral-storage": formatMemory(total(agent.ephemeral, JOBS.ephemeralMiB)),
        persistentvolumeclaims: `${agents}`,
        "requests.storage": formatMemory(agents * parseMemory(size.stateSize)),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    };
}

/** One item of `LimitRange.spec.limits`. */
export interface Limits {
    readonly type: "Container" | "Pod" | "PersistentVolumeClaim";
    readonly min?: Record<string, string>;
    readonly max?: Record<string, string>;
    readonly default?: Record<string, string>;
    readonly defaultRequest?: Record<string, string>;
}

/**
 * `LimitRange.spec.limits` of a class's namespace: nothing is larger than the class says, so capacity grows by more pods
 * alone; and a container that says nothing gets little.
 */
export function limitsOf(size: ClassSize, sidecars: Sidecars): Limits[] {
    const agent = podOf(size, sidecars);
    const byResource = (cpu: number, memory: number, ephemeral: number): Record<string, string> => ({
        cpu: formatCpu(cpu),
        memory: formatMemory(memory),
        "ephemeral-storage": formatMemory(ephemeral),
    });
    const container = byResource(
        Math.max(parseCpu(size.cpu.limit), JOBS.cpuLimitMillicores),
        Math.max(parseMemory(size.memory), JOBS.memoryMiB),
        Math.max(parseMemory(size.ephemeralStorage), JOBS.ephemeralMiB),
    );
    const pod = byResource(
        Math.max(agent.cpuLimit, JOBS.cpuLimitMillicores),
        Math.max(agent.memory, JOBS.memoryMiB),
        Math.max(agent.ephemeral, JOBS.ephemeralMiB),
    );
    return [
        {
            type: "Container",
            max: container,
            min: byResource(5, 16, 1),
            default: byResource(JOBS.cpuLimitMillicores, 128, 64),
            defaultRequest: byResource(10, 128, 64),
        },
        { type: "Pod", max: pod },
        { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: normal(size.stateSize) } },
    ];
}

/** What one agent with its sidecars takes, in millicores and MiB. */
function podOf(size: ClassSize, sidecars: Sidecars) {
    return {
        cpuRequest: parseCpu(size.cpu.request) + sidecars.cpuMillicores,
        cpuLimit: parseCpu(size.cpu.limit) + SIDECAR_LIMITS.cpuMillicores,
        memory: parseMemory(size.memory) + sidecars.memoryMiB,
        ephemeral: parseMemory(size.ephemeralStorage) + SIDECAR_LIMITS.ephemeralMiB,
    };
}

function normal(quantity: string): string {
    return formatMemory(parseMemory(quantity));
}
