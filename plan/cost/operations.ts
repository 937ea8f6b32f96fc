import type { Graph } from "../graph";
import type { PlannedResource } from "../offline-engine";
import { all, list, properties, text } from "../resources";
import { always, type Draft } from "./line";
import { brokersOf } from "./volumes";

const tier = "operations";

/** Alarms and the dashboard. */
export function operationsLines(graph: Graph): Draft[] {
    const alarms = all(graph, "aws:cloudwatch/metricAlarm:MetricAlarm");
    const metrics = alarms.reduce((sum, alarm) => sum + metricsOf(alarm, brokersOf(graph)), 0);
    return [
        {
            tier,
            item: "Alarms",
            key: "cloudwatch.alarm",
            quantity: always(metrics),
            note: `${alarms.length} alarms, billed by the metrics that they watch`,
        },
        {
            tier,
            item: "Composite alarms",
            key: "cloudwatch.composite-alarm",
            quantity: always(all(graph, "aws:cloudwatch/compositeAlarm:CompositeAlarm").length),
        },
        {
            tier,
            item: "Dashboard",
            key: "cloudwatch.dashboard",
            quantity: always(all(graph, "aws:cloudwatch/dashboard:Dashboard").length),
        },
    ];
}

/** A query looks at the metrics that it finds: those of each broker. */
function metricsOf({ inputs }: PlannedResource, brokers: number): number {
    const queries = list(inputs["metricQueries"]).map(properties);
    if (queries.length === 0) return 1;
    const found = queries.some(({ expression }) => text(expression).startsWith("SELECT ")) ? brokers : 0;
    return found + queries.filter(({ metric }) => metric !== undefined).length;
}
