import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition, Metric } from "./definition";
import { PROMISES } from "./promises";

const COMPARISONS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
} as const;

const SILENCE = {
    breaching: "counts as bad",
    notBreaching: "counts as good",
    ignore: "changes nothing",
} as const;

const isPercentile = (statistic: string) => /^p\d/.test(statistic);

/** Where an alarm stands and whom it tells. */
export interface AlarmPlace {
    /** Prefix of the alarm's name: the platform's name. */
    readonly prefix: string;
    readonly topicArn: pulumi.Input<string>;
}

/** The name of an alarm in CloudWatch, known before it exists. */
export function alarmName(prefix: string, slug: string): string {
    return `${prefix}-${slug}`;
}

/**
 * Makes an alarm from its definition. It tells people when it calls and when all is well again. About $0.10 a month for
 * each metric that it looks at.
 */
export function metricAlarm(
    name: string,
    definition: AlarmDefinition,
    place: AlarmPlace,
    opts: pulumi.CustomResourceOptions,
): cloudwatch.MetricAlarm {
    const { missing } = definition;
    return new cloudwatch.MetricAlarm(
        `${name}-${definition.slug}`,
        {
            name: alarmName(place.prefix, definition.slug),
            alarmDescription: describe(definition),
            ...watch(definition),
            comparisonOperator: COMPARISONS[definition.breachedWhen],
            threshold: definition.threshold,
            evaluationPeriods: definition.periods,
            datapointsToAlarm: definition.periods,
            treatMissingData: missing.treatAs,
            warmUpConfiguration:
                missing.graceMinutes === undefined
                    ? undefined
                    : { warmUpPeriodDurationInMinutes: missing.graceMinutes },
            actionsEnabled: true,
            alarmActions: [place.topicArn],
            okActions: [place.topicArn],
        },
        opts,
    );
}

/** What is wrong, what it endangers, what silence means, and where help is: the text of the message that people get. */
export function describe({ title, promise, missing, runbook }: AlarmDefinition): string {
    return [
        `${title}.`,
        `Promise ${promise}: ${PROMISES[promise].text}.`,
        `Missing data ${SILENCE[missing.treatAs]}: ${missing.because}.`,
        `Runbook: docs/runbooks.md#${runbook}`,
    ].join(" ");
}

function watch({ watched, periodSeconds, title }: AlarmDefinition): Partial<cloudwatch.MetricAlarmArgs> {
    if ("metric" in watched) {
        const { namespace, name, dimensions, statistic } = watched.metric;
        const common = { namespace, metricName: name, dimensions, period: periodSeconds };
        return isPercentile(statistic)
            ? // Also with few samples: a quiet hour with one slow message is worth a look, an alarm that sleeps is not.
              { ...common, extendedStatistic: statistic, evaluateLowSampleCountPercentiles: "evaluate" }
            : { ...common, statistic };
    }
    if ("query" in watched) {
        return {
            metricQueries: [
                { id: "value", expression: watched.query, period: periodSeconds, label: title, returnData: true },
            ],
        };
    }
    return {
        metricQueries: [
            ...Object.entries(watched.metrics).map(([id, metric]) => ({ id, metric: stat(metric, periodSeconds) })),
            { id: "value", expression: watched.expression, label: title, returnData: true },
        ],
    };
}

function stat({ namespace, name, dimensions, statistic }: Metric, period: number) {
    return { namespace, metricName: name, dimensions, period, stat: statistic };
}
