import type { Resource } from "../../engine/resource";
import type { Reader } from "../../engine/value";

export const METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** A figure of CloudWatch that an alarm looks at. */
export interface Figure {
    /** E.g. `AWS/Kafka/CpuUser`. */
    readonly name: string;
    readonly statistic: string | undefined;
    readonly period: number | undefined;
    /** What it is of: names of dimensions have spaces in them. */
    readonly dimensions: ReadonlyMap<string, string>;
}

/** The figures of an alarm: one of its own, or those that it calculates with. None where it asks by a query. */
export function figuresOf({ props }: Resource): Figure[] {
    const queries = props.list("metricQueries");
    if (queries.length === 0) return [figure(props, props.text("statistic") ?? props.text("extendedStatistic"))];
    return queries
        .filter((query) => query.has("metric"))
        .map((query) => figure(query.get("metric"), query.text("metric.stat")));
}

function figure(props: Reader, statistic: string | undefined): Figure {
    return {
        name: `${props.text("namespace")}/${props.text("metricName")}`,
        statistic,
        period: props.number("period"),
        dimensions: new Map(props.entries("dimensions").map(([key, value]) => [key, value.text() ?? ""])),
    };
}

/** Seconds between two looks of an alarm at each of its figures. */
export function periodsOf(alarm: Resource): number[] {
    return [
        alarm.props.number("period"),
        ...alarm.props
            .list("metricQueries")
            .flatMap((query) => [query.number("period"), query.number("metric.period")]),
    ].filter((period) => period !== undefined);
}
