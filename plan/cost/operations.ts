import type { Graph } from "../graph";
import type { PlannedResource } from "../offline-engine";
import { all, list, properties, text } from "../resources";
import { always, type Draft } from "./line";
import { agentSetsOf, brokersOf } from "./volumes";

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
        metricsOfLogs(graph),
        {
            tier,
            item: "Dashboard",
            key: "cloudwatch.dashboard",
            quantity: always(all(graph, "aws:cloudwatch/dashboard:Dashboard").length),
        },
    ];
}

/** A filter makes one metric of a log, or one for each class where it tells namespaces apart. They are billed while they report. */
function metricsOfLogs(graph: Graph): Draft {
    const classes = agentSetsOf(graph).length;
    const filters = all(graph, "aws:cloudwatch/logMetricFilter:LogMetricFilter").map(({ inputs }) =>
        Object.keys(properties(properties(inputs["metricTransformation"])["dimensions"])),
    );
    return {
        tier,
        item: "Metrics made of logs",
        key: "cloudwatch.metric",
        quantity: always(filters.reduce((sum, dimensions) => sum + (dimensions.length > 0 ? classes : 1), 0)),
        note: "billed while they report: at most",
    };
}

/** A query looks at the metrics that it finds: those of each broker. */
function metricsOf({ inputs }: PlannedResource, brokers: number): number {
    const queries = list(inputs["metricQueries"]).map(properties);
    if (queries.length === 0) return 1;
    const found = queries.some(({ expression }) => text(expression).startsWith("SELECT ")) ? brokers : 0;
    return found + queries.filter(({ metric }) => metric !== undefined).length;
}
