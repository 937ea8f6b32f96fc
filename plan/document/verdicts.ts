import type { CapacityLine, Cost, Failure, PlanDocument, Promised, Verdict } from "../document/schema";
import { listed, percent, plural } from "./figures";

/** How good a verdict is; decides shape and colour of its sign, which never stands without a word. */
export type State = "good" | "warn" | "bad" | "idle";

/* What decides whether a plan can be signed, in words. */

export const PROMISE: Readonly<Record<Promised["verdict"], readonly [State, string]>> = {
    kept: ["good", "Kept"],
    degrades: ["warn", "Degrades"],
    broken: ["bad", "Broken"],
};

export const LOSS: Readonly<Record<Verdict, readonly [State, string]>> = {
    holds: ["good", "Holds"],
    degrades: ["warn", "Degrades"],
    breaks: ["bad", "Breaks"],
};

export const CAPACITY: Readonly<Record<CapacityLine["verdict"], readonly [State, string]>> = {
    fits: ["good", "Fits"],
    tight: ["warn", "Tight"],
    exceeded: ["bad", "Exceeded"],
};

export const BUDGET: Readonly<Record<Cost["budget"]["verdict"], readonly [State, string]>> = {
    within: ["good", "Within budget"],
    tight: ["warn", "Close to budget"],
    exceeded: ["bad", "Over budget"],
};

/** What people call a promise where there is no room for its sentence. */
export const PROMISE_NAMES: Readonly<Record<number, string>> = {
    1: "Isolation",
    2: "Growth",
    3: "Messages",
    4: "Data",
    5: "Decisions",
    6: "Continuity",
    7: "Alarms",
    8: "Refusal",
};

/** How many are of a kind. */
export function tally<T extends string>(items: readonly { readonly verdict: T }[], verdict: T): number {
    return items.filter((item) => item.verdict === verdict).length;
}

/** Failures that stop nothing for good: every promise holds, or is whole again by itself. */
export function survived(failures: readonly Failure[]): number {
    return failures.length - tally(failures, "breaks");
}

/** Whether a finding of a rule refuses the plan. */
export function isMandatory({ level }: { readonly level: string }): boolean {
    return level === "mandatory" || level === "remediate";
}

/** What stands against signing, a sentence each. Where nothing is protected, what losses would break is accepted with it. */
export function against(document: PlanDocument): string[] {
    const { promises, failures, capacity, cost, policies, comparison, protect } = document;
    const refused = policies.rules.filter((rule) => isMandatory(rule) && rule.violations.length > 0);
    const broken = promises.filter(({ verdict }) => verdict === "broken").map(({ number }) => String(number));
    const unwilling = comparison?.changes.filter(({ kind }) => kind === "refused").length ?? 0;
    return [
        ...some(
            unwilling,
            (resources) =>
                `${plural(resources, "protected resource")} would have to be removed or replaced, which is refused`,
        ),
        ...(protect
            ? [
                  ...some(broken.length, (number) =>
                      number === 1 ? `Promise ${listed(broken)} is broken` : `Promises ${listed(broken)} are broken`,
                  ),
                  ...some(tally(failures, "breaks"), (lost) => `${plural(lost, "failure")} would break a promise`),
              ]
            : []),
        ...some(
            refused.length,
            (rules) => `${plural(rules, "policy", "policies")} that must hold ${rules === 1 ? "is" : "are"} violated`,
        ),
        ...(!policies.passed && refused.length === 0 ? ["The policies refuse the plan"] : []),
        ...some(
            tally(capacity.lines, "exceeded"),
            (lines) => `${plural(lines, "limit")} of capacity ${lines === 1 ? "is" : "are"} exceeded`,
        ),
        ...(cost?.budget.verdict === "exceeded"
            ? [`The expected month takes ${percent(cost.budget.share.expected)} of the budget`]
            : []),
    ];
}

/** What a signer should know, and nothing that stands against the plan. */
export function toKnow(document: PlanDocument): string[] {
    const { promises, failures, capacity, cost, policies, comparison, protect } = document;
    const broken = promises.filter(({ verdict }) => verdict === "broken").map(({ number }) => String(number));
    const degrading = promises.filter(({ verdict }) => verdict === "degrades").map(({ number }) => String(number));
    const found = policies.rules.filter((rule) => !isMandatory(rule) && rule.violations.length > 0).length;
    const undecided = policies.rules.filter((rule) => rule.undecided.length > 0).length;
    return [
        ...(comparison === undefined
            ? []
            : [
                  `${plural(comparison.changes.length, "resource")} ${comparison.changes.length === 1 ? "differs" : "differ"} from ${comparison.base}`,
              ]),
        ...some(
            protect ? 0 : tally(failures, "breaks"),
            (lost) =>
                `not protected, so accepted: ${plural(lost, "failure")} would break ${broken.length === 1 ? "promise" : "promises"} ${listed(broken)}`,
        ),
        ...some(
            degrading.length,
            (number) =>
                `${number === 1 ? "promise" : "promises"} ${listed(degrading)} ${number === 1 ? "degrades" : "degrade"} for a time when a part is lost`,
        ),
        ...some(
            tally(capacity.lines, "tight"),
            (lines) => `${plural(lines, "limit")} of capacity ${lines === 1 ? "is" : "are"} close`,
        ),
        ...some(
            capacity.quotas.filter(({ raise }) => raise).length,
            (quotas) => `${plural(quotas, "AWS quota")} must be raised before the first deployment`,
        ),
        ...some(found, (rules) => `${plural(rules, "advisory policy", "advisory policies")} found something`),
        ...some(
            undecided,
            (rules) => `${plural(rules, "policy", "policies")} cannot be decided before the resources exist`,
        ),
        ...(cost === undefined
            ? ["nothing is priced: the region has no price table"]
            : [
                  ...(cost.budget.verdict === "tight" ? ["the expected month comes close to the budget"] : []),
                  ...(cost.budget.verdict !== "exceeded" && cost.budget.share.high > 1
                      ? [`a busy month would take ${percent(cost.budget.share.high)} of the budget`]
                      : []),
                  ...some(cost.unpriced.length, (items) => `${plural(items, "item")} not in the total`),
              ]),
    ];
}

function some(number: number, sentence: (number: number) => string): string[] {
    return number === 0 ? [] : [sentence(number)];
}
