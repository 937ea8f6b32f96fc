import type { EngineEvent } from "@pulumi/pulumi/automation";
import { z } from "zod";
import { type Configuration, configure } from "../../policy/engine/configuration";
import { evaluateRules, type Finding, type Outcome } from "../../policy/engine/evaluate";
import { type Resource, Stack } from "../../policy/engine/resource";
import { RULES } from "../../policy/rules";

/** What was found, each as `rule name-of-the-resource`. */
export interface Findings {
    readonly violations: ReadonlySet<string>;
    readonly undecided: ReadonlySet<string>;
}

/** What the engine told, and beside that where a rule could not decide: `rule` to places such as `database-cluster.kmsKeyId`. */
export interface EngineFindings extends Findings {
    readonly places: ReadonlyMap<string, readonly string[]>;
}

/** Stands for the name of a resource where the stack as a whole is meant. */
export const WHOLE = "the-stack";

const UNDECIDED = /during preview: .* value at \.(.*) can't be known/;
const policyEvent = z.object({
    policyEvent: z.object({
        policyName: z.string(),
        resourceUrn: z.string().default(""),
        message: z.string(),
        enforcementLevel: z.string(),
    }),
});

/** What Pulumi's engine was told by the pack, from the events of a preview or an update. */
export function findingsIn(events: readonly (EngineEvent | Record<string, unknown>)[]): EngineFindings {
    const violations = new Set<string>();
    const undecided = new Set<string>();
    const places = new Map<string, string[]>();
    for (const event of events) {
        const parsed = policyEvent.safeParse(event);
        if (!parsed.success) continue;
        const { policyName, resourceUrn, message, enforcementLevel } = parsed.data.policyEvent;
        const [, place] = UNDECIDED.exec(message) ?? [];
        if (place !== undefined) {
            undecided.add(entry(policyName, resourceUrn));
            const prefix = nameIn(resourceUrn);
            places.set(policyName, [...(places.get(policyName) ?? []), prefix === "" ? place : `${prefix}.${place}`]);
        } else if (enforcementLevel === "mandatory") violations.add(entry(policyName, resourceUrn));
    }
    return { violations, undecided, places };
}

/** What the same rules find without Pulumi. */
export function offlineFindings(resources: readonly Resource[], configuration: Configuration): Findings {
    const today = new Date().toISOString().slice(0, 10);
    const outcomes = evaluateRules(configure(RULES, configuration), new Stack(resources), today);
    const mandatory = outcomes.filter(({ level }) => level === "mandatory" || level === "remediate");
    const all = (from: readonly Outcome[], pick: (outcome: Outcome) => readonly Finding[]) =>
        new Set(
            from.flatMap((outcome) =>
                pick(outcome).map(({ resource }) => entry(outcome.rule.name, resource?.urn ?? "")),
            ),
        );
    return {
        violations: all(mandatory, ({ violations }) => violations),
        undecided: all(outcomes, ({ undecided }) => undecided),
    };
}

/** The rule of an entry. */
export function ruleOf(found: string): string {
    return found.split(" ")[0] ?? "";
}

function entry(rule: string, urn: string): string {
    return `${rule} ${nameIn(urn) || WHOLE}`;
}

/** The engine puts what concerns the stack as a whole at its root. */
function nameIn(urn: string): string {
    return urn.includes("pulumi:pulumi:Stack::") ? "" : urn.slice(urn.lastIndexOf("::") + 2);
}
