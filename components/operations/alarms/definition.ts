import type * as pulumi from "@pulumi/pulumi";
import type { PromiseNumber } from "./promises";

/** One metric, by exactly the dimensions that its publisher gives it: with one more or less, it is another, empty metric. */
export interface Metric {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
    /** `Average`, `Maximum`, `Minimum`, `Sum`, or a percentile such as `p99`. */
    readonly statistic: string;
}

/** What an alarm looks at: one metric, a calculation from several by their ids, or a query over all that match. */
export type Watched =
    | { readonly metric: Metric }
    | { readonly expression: string; readonly metrics: Readonly<Record<string, Metric>> }
    | { readonly query: pulumi.Input<string> };

/** What silence of the metric means. CloudWatch's own default, "insufficient data", calls nobody, so each alarm chooses. */
export interface MissingData {
    readonly treatAs: "breaching" | "notBreaching" | "ignore";
    /** In a few words, for whoever reads the alarm at night. */
    readonly because: string;
    /** Minutes after its creation during which the alarm waits for first data, where silence is a failure. */
    readonly graceMinutes?: number;
}

/** One alarm, as plain data. */
export interface AlarmDefinition {
    /** Name without the environment's prefix; stable, because a change replaces the alarm and loses its history. */
    readonly slug: string;
    /** What is wrong when it calls, as a sentence without a full stop. */
    readonly title: string;
    /** The promise that is in danger. */
    readonly promise: PromiseNumber;
    /** Whether the promise is broken, not merely in danger: part of the composite alarm. */
    readonly critical: boolean;
    readonly watched: Watched;
    /** When the alarm calls: the value is ... than the threshold. */
    readonly breachedWhen: ">" | ">=" | "<";
    readonly threshold: number;
    readonly periodSeconds: number;
    /** How many periods in a row must be bad. */
    readonly periods: number;
    readonly missing: MissingData;
    /** Section of docs/runbooks.md. */
    readonly runbook: string;
}

/** The metric exists only while something happens. */
export function silenceIsFine(because: string): MissingData {
    return { treatAs: "notBreaching", because };
}

/** The metric always exists while its source is well. */
export function silenceIsFailure(because: string, graceMinutes = 30): MissingData {
    return { treatAs: "breaching", because, graceMinutes };
}

/** Silence says neither good nor bad: the alarm stays as it is. */
export function silenceChangesNothing(because: string): MissingData {
    return { treatAs: "ignore", because };
}
