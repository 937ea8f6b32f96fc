/**
 * What the loss of a zone costs in nodes: how many more each other zone needs, whether they stand ready or are launched
 * when it happens, and how far the fleet may ever grow.
 */

import { type FleetCapacity, type Fleet, allocatable } from "./capacity";
import { instanceType } from "./instance-types";

/** `reserved`: the nodes are there before they are needed. `on-demand`: they are launched when they are. */
export const HEADROOM_MODES = ["reserved", "on-demand"] as const;
export type HeadroomMode = (typeof HEADROOM_MODES)[number];

/** A pod that keeps a node for others: what it requests. */
export interface Placeholder {
    readonly cpuMillicores: number;
    readonly memoryMiB: number;
}

export interface HeadroomPlan {
    readonly mode: HeadroomMode;
    /** Nodes of the planned type that stand empty in each zone. */
    readonly sparePerZone: number;
    /** Nodes that each of the other zones launches when a zone is lost. */
    readonly launchPerZone: number;
    /** The pod that keeps one node empty. */
    readonly placeholder: Placeholder;
    /** Processors of all agent nodes together at most. */
    readonly maxVCpus: number;
    /** What a lost zone means for its agents, in one sentence. */
    readonly consequence: string;
}

/**
 * Share of a node's free capacity that a placeholder requests. What it leaves is smaller than an agent, and covers a
 * daemon that grows by a little: a placeholder that fits on no node would reserve nothing.
 */
export const PLACEHOLDER_SHARE = 0.95;

/** A tenth more, so that the successor of a node that is replaced starts before the node goes: budgets let a tenth go. */
export const GROWTH = 1.1;

/**
 * A placeholder is as large as a node. One as large as an agent would share its node with agents, and their volumes,
 * which no pod can reserve, would take the attachments that the agents of a lost zone need.
 */
export function headroomPlan(mode: HeadroomMode, fleet: Fleet, capacity: FleetCapacity): HeadroomPlan {
    const type = instanceType(fleet.instanceType);
    const free = allocatable(type, fleet.maxPods);
    const { normal, zoneLost } = capacity.nodesPerZone;
    const more = zoneLost - normal;
    return {
        mode,
        sparePerZone: mode === "reserved" ? more : 0,
        launchPerZone: mode === "reserved" ? 0 : more,
        placeholder: {
            cpuMillicores: Math.floor(free.cpu * PLACEHOLDER_SHARE),
            memoryMiB: Math.floor(free.memory * PLACEHOLDER_SHARE),
        },
        // Nodes of a lost zone count until they are deleted, so every zone must be allowed its full size at once.
        maxVCpus: Math.ceil(zoneLost * fleet.zones.length * GROWTH) * type.vCpus,
        consequence: consequence(mode, more, fleet),
    };
}

function consequence(mode: HeadroomMode, more: number, { instanceType: type, zones }: Fleet): string {
    const others = zones.length === 2 ? "the other zone" : "each other zone";
    const nodes = `${more} ${type} ${more === 1 ? "node" : "nodes"}`;
    if (more === 0) return `A lost zone's agents fit on the nodes of ${others}.`;
    return mode === "reserved"
        ? `${nodes} stand empty in each zone: a lost zone's agents start there at once, whatever EC2 has left.`
        : `Nothing stands ready: a lost zone's agents wait minutes for ${nodes} in ${others}, ` +
              "and longer if EC2 is short of them, as it can be when a whole zone asks.";
}
