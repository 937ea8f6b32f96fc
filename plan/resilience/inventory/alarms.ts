import type { Value } from "../../offline-engine";
import { flagAt, json, listAt, numberAt, objectAt, type Shelf, textAt, textsAt } from "../read";

/** A metric as an alarm names it. */
export interface WatchedMetric {
    /** E.g. `AWS/Kafka`. */
    readonly namespace: string;
    readonly metric: string;
    readonly dimensions: Readonly<Record<string, string>>;
}

/** An alarm of CloudWatch that calls somebody. */
export interface Alarm {
    readonly name: string;
    readonly metrics: readonly WatchedMetric[];
    readonly comparison: string;
    readonly threshold?: number;
    /** From the moment the value is wrong until the alarm goes off. */
    readonly afterSeconds?: number;
    /** What it makes of a metric that has fallen silent. */
    readonly silence: string;
    /** To how many subscribers it gets. */
    readonly reaches: number;
}

/** A message that AWS sends by itself when something happens. */
export interface Notice {
    readonly name: string;
    /** E.g. `aws.health`, `aws.backup`, `rds`. */
    readonly source: string;
    /** Kinds of events, e.g. `AWS Health Event`, `failover`. */
    readonly kinds: readonly string[];
    /** Names or ARNs that it is limited to; empty: all. */
    readonly about: readonly string[];
    readonly reaches: number;
}

export function alarmsOf(shelf: Shelf): Alarm[] {
    const reached = reach(shelf);
    return shelf.all("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ inputs, name }) => {
        const queries = listAt(inputs, "metricQueries");
        const metrics =
            queries.length > 0 ? queries.map((query) => watched(objectAt(query, "metric"))) : [watched(inputs)];
        const period =
            numberAt(inputs, "period") ??
            queries.map((query) => numberAt(query, "metric.period")).find((each) => each !== undefined);
        const periods = numberAt(inputs, "evaluationPeriods");
        return {
            name: textAt(inputs, "name") ?? name,
            metrics: metrics.filter((metric) => metric !== undefined),
            comparison: textAt(inputs, "comparisonOperator") ?? "",
            threshold: numberAt(inputs, "threshold"),
            afterSeconds: period === undefined || periods === undefined ? undefined : period * periods,
            silence: textAt(inputs, "treatMissingData") ?? "missing",
            reaches: flagAt(inputs, "actionsEnabled") === false ? 0 : reached(textsAt(inputs, "alarmActions")),
        };
    });
}

/** Rules of EventBridge with a target that is read, and event subscriptions of RDS. */
export function noticesOf(shelf: Shelf): Notice[] {
    const reached = reach(shelf);
    const targets = shelf.all("aws:cloudwatch/eventTarget:EventTarget");
    const events = shelf.all("aws:cloudwatch/eventRule:EventRule").map(({ inputs, outputs, name }) => {
        const pattern = json(textAt(inputs, "eventPattern"));
        const own = targets.filter((target) => target.inputs["rule"] === (outputs["name"] ?? outputs["id"]));
        return {
            name: textAt(inputs, "name") ?? name,
            source: textsAt(pattern, "source")[0] ?? "?",
            kinds: textsAt(pattern, "detail-type"),
            about: [...textsAt(pattern, "detail.backupVaultName"), ...textsAt(pattern, "detail.sourceBackupVaultArn")],
            reaches:
                textAt(inputs, "state") === "DISABLED"
                    ? 0
                    : reached(own.map((target) => textAt(target.inputs, "arn")).filter((arn) => arn !== undefined)),
        };
    });
    const database = shelf.all("aws:rds/eventSubscription:EventSubscription").map(({ inputs, name }) => ({
        name: textAt(inputs, "name") ?? name,
        source: "rds",
        kinds: textsAt(inputs, "eventCategories"),
        about: textsAt(inputs, "sourceIds"),
        reaches: flagAt(inputs, "enabled") === false ? 0 : reached([textAt(inputs, "snsTopic") ?? ""]),
    }));
    return [...events, ...database];
}

/** Counts the subscriptions of topics. */
function reach(shelf: Shelf): (topicArns: readonly string[]) => number {
    const subscribed = new Map<string, number>();
    const topics = new Set(shelf.all("aws:sns/topic:Topic").map(({ outputs }) => textAt(outputs, "arn")));
    for (const { inputs } of shelf.all("aws:sns/topicSubscription:TopicSubscription")) {
        const topic = textAt(inputs, "topic");
        if (topic === undefined || !topics.has(topic) || textAt(inputs, "endpoint") === undefined) continue;
        subscribed.set(topic, (subscribed.get(topic) ?? 0) + 1);
    }
    return (topicArns) => topicArns.reduce((sum, arn) => sum + (subscribed.get(arn) ?? 0), 0);
}

function watched(metric: Value | undefined): WatchedMetric | undefined {
    const namespace = textAt(metric, "namespace");
    const name = textAt(metric, "metricName");
    if (namespace === undefined || name === undefined) return undefined;
    const dimensions: Record<string, string> = {};
    for (const [key, value] of Object.entries(objectAt(metric, "dimensions") ?? {})) dimensions[key] = String(value);
    return { namespace, metric: name, dimensions };
}
