import type { Configured } from "../engine/configuration";
import { evaluateRules, type Finding, type Outcome } from "../engine/evaluate";
import { type Resource, Stack } from "../engine/resource";
import type { Level, Rule } from "../engine/rule";

/** What the rules say of a stack, for every form in which it is shown. */
export interface PolicyReport {
    /** Name of the stack, or of the file with its state. */
    readonly subject: string;
    /** The configuration's file. */
    readonly configuration: string;
    readonly resources: number;
    readonly outcomes: readonly Outcome[];
    /** Rules that the configuration turns off. */
    readonly disabled: readonly Rule[];
    /** No rule that must hold is broken. */
    readonly passed: boolean;
}

/** A violation with the rule that it breaks. */
export interface Violation extends Finding {
    readonly outcome: Outcome;
    readonly mandatory: boolean;
}

/** Evaluates the rules; `today` decides which exceptions hold, as 2027-03-31. */
export function reportOn(
    subject: string,
    resources: readonly Resource[],
    rules: readonly Configured[],
    configuration: string,
    today = new Date().toISOString().slice(0, 10),
): PolicyReport {
    const outcomes = evaluateRules(rules, new Stack(resources), today);
    return {
        subject,
        configuration,
        resources: resources.length,
        outcomes,
        disabled: rules.filter(({ level }) => level === "disabled").map(({ rule }) => rule),
        passed: outcomes.every((outcome) => !isMandatory(outcome) || outcome.violations.length === 0),
    };
}

/** All violations: what must hold first, then by severity. */
export function violationsOf({ outcomes }: PolicyReport): Violation[] {
    const rank = { critical: 0, high: 1, medium: 2, low: 3 };
    return outcomes
        .flatMap((outcome) =>
            outcome.violations.map((finding) => ({ ...finding, outcome, mandatory: isMandatory(outcome) })),
        )
        .sort(
            (a, b) =>
                Number(b.mandatory) - Number(a.mandatory) ||
                rank[a.outcome.rule.severity] - rank[b.outcome.rule.severity],
        );
}

/** Offline, a rule that would mend a resource at `up` has not mended it: what it finds is a violation. */
export function isMandatoryLevel(level: Level): boolean {
    return level === "mandatory" || level === "remediate";
}

function isMandatory({ level }: Outcome): boolean {
    return isMandatoryLevel(level);
}

/** E.g. `93 rules over 628 resources: 2 violations (1 of them must be mended), 3 undecided, 1 excepted`. */
export function summaryOf(report: PolicyReport): string {
    const violations = violationsOf(report);
    const must = violations.filter(({ mandatory }) => mandatory).length;
    const count = (pick: (outcome: Outcome) => readonly unknown[]) =>
        report.outcomes.reduce((sum, outcome) => sum + pick(outcome).length, 0);
    const parts = [
        violations.length === 0
            ? "no violation"
            : `${plural(violations.length, "violation")} (${must} of them must be mended)`,
        ...some(
            count((outcome) => outcome.undecided),
            "undecided",
        ),
        ...some(
            count((outcome) => outcome.excepted),
            "excepted",
        ),
        ...some(report.disabled.length, report.disabled.length === 1 ? "rule off" : "rules off"),
    ];
    return `${plural(report.outcomes.length, "rule")} over ${plural(report.resources, "resource")}: ${parts.join(", ")}`;
}

export function plural(count: number, word: string): string {
    return `${count.toLocaleString("en-US")} ${word}${count === 1 ? "" : "s"}`;
}

function some(count: number, word: string): string[] {
    return count === 0 ? [] : [`${count} ${word}`];
}
