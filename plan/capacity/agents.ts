import { type FleetCapacity, allocatable, DAEMONS, fleetCapacity } from "../../components/model/capacity";
import { instanceType } from "../../components/model/instance-types";
import { peakRate, TURNS_AT_ONCE } from "../../components/model/throughput";
import { fleetOf, headroomOf, plannedType } from "../../settings/fleet";
import type { Settings } from "../../settings/schema";
import type { CapacityLine } from "../document/schema";
import type { Graph } from "../graph";
import { inputsOf, properties } from "../resources";
import { line } from "./line";

/** The fleet on the smallest of its node types, with all zones up and with one lost. */
export function fleetIn(settings: Settings): FleetCapacity {
    return fleetCapacity(fleetOf(settings, plannedType(settings)));
}

/** Agents: whether they keep up with the work. */
export function agentLines({ settings }: Graph): CapacityLine[] {
    const { interactionsPerDay, peakFactor, perInteraction } = settings.load;
    const zones = settings.network.zones.length;
    return [
        line({
            group: "agents",
            name: "Turns at work in the busiest second",
            need: Math.ceil(peakRate(interactionsPerDay.high, peakFactor) * perInteraction.seconds),
            limit: fleetIn(settings).agents * TURNS_AT_ONCE,
            unit: "turns",
            key: "openclaw:fleet.classes",
            note: `${TURNS_AT_ONCE} for each agent; in the minutes after the loss of a zone ${Math.floor(100 - 100 / zones)} % of them`,
        }),
    ];
}

/** Karpenter's limit is set a tenth above the need, so it is close by design; nearer than that is too near. */
const POOL_TIGHT = 0.05;

/** Nodes: how many, and what one of them holds. */
export function nodeLines(graph: Graph): CapacityLine[] {
    const { settings } = graph;
    const type = instanceType(plannedType(settings));
    const capacity = fleetIn(settings);
    const { sparePerZone } = headroomOf(settings);
    const zones = settings.network.zones.length;
    const pool = properties(properties(inputsOf(graph, "kubernetes:karpenter.sh/v1:NodePool")["spec"])["limits"]);
    const free = allocatable(type, settings.fleet.nodes.maxPods);
    const onFullest = Math.max(...Object.values(capacity.perNode).map(({ agents }) => agents));
    return [
        line(
            {
                group: "nodes",
                name: `Agent nodes in each zone (${type.name})`,
                need: capacity.nodesPerZone.normal,
                needZoneLost: capacity.nodesPerZone.zoneLost,
                limit: Number(pool["cpu"] ?? 0) / type.vCpus / zones,
                unit: "nodes",
                key: "openclaw:fleet.classes",
                note:
                    sparePerZone > 0
                        ? `those for a lost zone stand empty until then; ${packing(capacity)}`
                        : `those for a lost zone are launched when it is; ${packing(capacity)}`,
            },
            POOL_TIGHT,
        ),
        line({
            group: "nodes",
            name: "Volumes of agents on a node",
            need: onFullest,
            limit: free.volumes,
            unit: "volumes",
            key: "openclaw:fleet.nodes.instanceTypes",
        }),
        line({
            group: "nodes",
            name: "Pods on a node",
            need: onFullest + DAEMONS.pods,
            limit: settings.fleet.nodes.maxPods,
            unit: "pods",
            key: "openclaw:fleet.nodes.maxPods",
        }),
    ];
}

/** What fills a node, class by class, e.g. `a node is full with 6 coordinator (memory), 8 analyst (memory)`. */
function packing({ perNode }: FleetCapacity): string {
    const parts = Object.entries(perNode).map(([name, { agents, limitedBy }]) => `${agents} ${name} (${limitedBy})`);
    return `a node is full with ${parts.join(", ")}`;
}
