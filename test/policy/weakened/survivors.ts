import type { Graph } from "../../../plan/graph";
import type { Configured } from "../../../policy/engine/configuration";
import { evaluateRule } from "../../../policy/engine/evaluate";
import { planned } from "../../../policy/engine/planned";
import { Stack } from "../../../policy/engine/resource";
import { rulesOf } from "../support/prove";
import { type Mutant, mutantsOf } from "./generate";

const TODAY = "2026-11-22";

/** A property that no rule guards, and what was done to it. */
export interface Survivor {
    readonly type: string;
    readonly pattern: string;
    readonly how: readonly string[];
    readonly resource: string;
}

/** What no rule noticed. A number is guarded where one of the directions is: which one is worse differs. */
export function survivorsOf(graph: Graph): { survivors: Survivor[]; mutants: number } {
    const rules = rulesOf("prod").filter(({ level }) => level !== "disabled");
    const single = rules.filter(({ rule }) => rule.kind === "resource");
    const resources = graph.resources.map(planned);
    const whole = rules
        .filter(({ rule }) => rule.kind === "stack")
        .map((configured) => ({ configured, types: typesThat(configured, new Stack(resources)), kills: 0 }));
    const mutants = mutantsOf(graph.resources);
    const alive = new Map<string, { mutant: Mutant; how: Set<string> }>();
    const killed = new Set<string>();

    const kills = (configured: Configured, stack: Stack) =>
        evaluateRule(configured, stack, TODAY).violations.length > 0;
    for (const mutant of mutants) {
        const key = `${mutant.type} ${mutant.pattern}`;
        const changed = planned(mutant.resource);
        const alone = new Stack([changed]);
        let dead = single.some((configured) => configured.rule.applies(mutant.type) && kills(configured, alone));
        if (!dead) {
            const stack = new Stack(resources.with(mutant.index, changed));
            const killer = whole.find(({ configured, types }) => types.has(mutant.type) && kills(configured, stack));
            if (killer) {
                killer.kills++;
                dead = true;
                // What kills often is asked first.
                whole.sort((a, b) => b.kills - a.kills);
            }
        }
        if (dead) {
            if (mutant.how === "smaller" || mutant.how === "larger") killed.add(key);
            continue;
        }
        const known = alive.get(key) ?? { mutant, how: new Set() };
        known.how.add(mutant.how);
        alive.set(key, known);
    }
    const survivors = [...alive].flatMap(([key, { mutant, how }]) => {
        const left = [...how].filter((each) => !(killed.has(key) && (each === "smaller" || each === "larger")));
        return left.length === 0
            ? []
            : [{ type: mutant.type, pattern: mutant.pattern, how: left, resource: mutant.resource.name }];
    });
    return { survivors, mutants: mutants.length };
}

/** The types that a rule over the whole looks at: a change elsewhere cannot matter to it. */
function typesThat(configured: Configured, stack: Stack): ReadonlySet<string> {
    const types = new Set<string>();
    const traced = (inner: Stack): Stack =>
        new Proxy(inner, {
            get(target, key) {
                if (key === "fresh") return () => traced(target.fresh());
                if (key === "resources") for (const { type } of target.resources) types.add(type);
                if (key === "ofType") {
                    return (...wanted: string[]) => {
                        for (const type of wanted) types.add(type);
                        return target.ofType(...wanted);
                    };
                }
                if (key === "matching") {
                    return (applies: (type: string) => boolean) => {
                        const found = target.matching(applies);
                        for (const { type } of found) types.add(type);
                        return found;
                    };
                }
                const value: unknown = Reflect.get(target, key, target);
                return typeof value === "function" ? (value.bind(target) as unknown) : value;
            },
        });
    evaluateRule(configured, traced(stack), TODAY);
    return types;
}
