import type { Capacity } from "../document/schema";
import type { Graph } from "../graph";
import { agentLines, nodeLines } from "./agents";
import { brokerLines } from "./brokers";
import { databaseLines, growthLines } from "./database";
import { networkLines } from "./network";
import { quotaLines } from "./quotas";

/** Whether it fits: what a busy day needs, with all zones and with one lost, against what each part takes. */
export function capacityOf(graph: Graph): Capacity {
    return {
        lines: [
            ...agentLines(graph),
            ...nodeLines(graph),
            ...networkLines(graph),
            ...brokerLines(graph),
            ...databaseLines(graph),
        ],
        quotas: quotaLines(graph),
        growth: growthLines(graph),
    };
}
