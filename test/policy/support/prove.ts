import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../../../plan/graph";
import type { PlannedResource } from "../../../plan/offline-engine";
import { type Configuration, type Configured, configure } from "../../../policy/engine/configuration";
import { evaluateRule, type Outcome } from "../../../policy/engine/evaluate";
import { planned } from "../../../policy/engine/planned";
import { type Resource, Stack } from "../../../policy/engine/resource";
import type { Rule } from "../../../policy/engine/rule";
import { RULES } from "../../../policy/rules";
import { graphOf } from "../../support/stacks";
import type { Mutation } from "./mutations";

/** What shows that a rule bites, on the graph of a committed stack. */
export interface Proof {
    /** Default: prod. */
    readonly stack?: "staging" | "prod";
    /** Mutations of which each breaks this rule and no other. */
    readonly breaks: readonly [Mutation, ...Mutation[]];
    /** Takes the value away that the rule reads; it must fail. */
    readonly missing: Mutation | { readonly passes: Mutation; readonly because: string };
    /** Makes the value unknown; the rule must say that it cannot decide, and not fail. */
    readonly unknown: Mutation;
    /** Other rules that the mutations cannot but break as well, each with the reason. */
    readonly also?: Readonly<Record<string, string>>;
}

const TODAY = "2026-11-22";
const proven = new Set<string>();

/** The configuration of a committed stack, without its exceptions' end: tests must not fail by the calendar. */
export function configurationOf(stack: "staging" | "prod"): Configuration {
    const file = join(__dirname, "..", "..", "..", "policy", "config", `${stack}.json`);
    return JSON.parse(readFileSync(file, "utf8")) as Configuration;
}

const configured = new Map<string, Configured[]>();

/** The rules as a committed stack configures them. */
export function rulesOf(stack: "staging" | "prod"): Configured[] {
    const known = configured.get(stack) ?? configure(RULES, configurationOf(stack));
    configured.set(stack, known);
    return known;
}

const seen = new WeakMap<PlannedResource, Resource>();

/** A resource as rules see it, made once. */
function asSeen(resource: PlannedResource): Resource {
    const known = seen.get(resource) ?? planned(resource);
    seen.set(resource, known);
    return known;
}

/** What rules say of a graph after a mutation; all of them where none is named. */
export function judged(graph: Graph, mutate: Mutation, only?: Rule): Outcome[] {
    const rules = rulesOf(graph.stack === "staging" ? "staging" : "prod").filter(({ rule }) => !only || rule === only);
    const resources = mutate(graph.resources);
    const whole = new Stack(resources.map(asSeen));
    // A rule over single resources says of the others what it says of the committed stack: nothing.
    const originals = new Set(graph.resources);
    const changed = new Stack(resources.filter((resource) => !originals.has(resource)).map(asSeen));
    const stackFor = ({ rule }: Configured) => (rule.kind === "resource" && !only ? changed : whole);
    return rules.filter(({ level }) => level !== "disabled").map((each) => evaluateRule(each, stackFor(each), TODAY));
}

/** Rules that have violations. */
export function broken(outcomes: readonly Outcome[]): string[] {
    return outcomes.filter(({ violations }) => violations.length > 0).map(({ rule }) => rule.name);
}

/** Defines the tests that every rule has. */
export function prove(rule: Rule, proof: Proof): void {
    proven.add(rule.name);
    describe(rule.name, () => {
        let graph: Graph;
        before(async () => {
            graph = await graphOf(proof.stack ?? "prod");
        });
        const outcome = (mutate: Mutation): Outcome => {
            const [found] = judged(graph, mutate, rule);
            assert.ok(found, `${rule.name} is not registered in policy/rules/index.ts`);
            return found;
        };

        it("looks at something, and finds nothing wrong in the committed stack", () => {
            const { looked, violations, undecided } = outcome((resources) => [...resources]);
            assert.ok(looked > 0, "no resource concerns the rule");
            assert.deepEqual(
                [...violations, ...undecided].map(({ message, resource }) => `${resource?.name} ${message}`),
                [],
            );
        });

        proof.breaks.forEach((mutate, index) => {
            it(`is broken by a change, alone (${index + 1})`, () => {
                const others = Object.keys(proof.also ?? {});
                const names = broken(judged(graph, mutate));
                assert.ok(names.includes(rule.name), `it is not broken; broken: ${names.join(", ") || "none"}`);
                assert.deepEqual(
                    names.filter((name) => name !== rule.name && !others.includes(name)),
                    [],
                );
            });
        });

        const { missing } = proof;
        if (typeof missing === "function") {
            it("fails where the value is missing", () => assert.ok(outcome(missing).violations.length > 0));
        } else {
            it(`passes where the value is missing: ${missing.because}`, () => {
                assert.deepEqual(outcome(missing.passes).violations, []);
            });
        }

        it("says that it cannot decide where the value is unknown", () => {
            const { violations, undecided } = outcome(proof.unknown);
            assert.ok(undecided.length > 0, "nothing is undecided");
            assert.deepEqual(
                violations.map(({ message }) => message),
                [],
            );
        });
    });
}

/** Names of the rules that have a proof so far. */
export function provenRules(): ReadonlySet<string> {
    return proven;
}
