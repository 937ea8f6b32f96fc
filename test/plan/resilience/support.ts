import { strict as assert } from "node:assert";
import type { Graph } from "../../../plan/graph";
import type { Effect, Failure, FailureKind } from "../../../plan/document/schema";
import type { PlannedResource, Properties, Value } from "../../../plan/offline-engine";
import { failuresOf } from "../../../plan/resilience/analyse";
import { type Inventory, inventoryOf } from "../../../plan/resilience/inventory";
import { type Changes, graphOf } from "../../support/stacks";

/** Changes what the program would have built, where the configuration itself refuses such a value. */
export type Change = (resources: readonly PlannedResource[]) => PlannedResource[];

/** Sets a property of all resources of a type, or of those with a name; `undefined` removes it. */
export function set(type: string, path: readonly (string | number)[], value: Value | undefined, name?: RegExp): Change {
    return (resources) => {
        let found = 0;
        const changed = resources.map((resource) => {
            if (resource.type !== type || (name && !name.test(resource.name))) return resource;
            found++;
            const inputs = structuredClone(resource.inputs);
            put(inputs, path, value);
            return { ...resource, inputs };
        });
        assert.ok(found > 0, `no resource ${type} ${name?.source ?? ""} to change`);
        return changed;
    };
}

/** Takes resources of a type away: all, or those with a name. */
export function remove(type: string, name?: RegExp): Change {
    return (resources) => {
        const left = resources.filter((resource) => resource.type !== type || (name && !name.test(resource.name)));
        assert.ok(left.length < resources.length, `no resource ${type} ${name?.source ?? ""} to remove`);
        return left;
    };
}

function put(target: Properties, path: readonly (string | number)[], value: Value | undefined): void {
    let current: Value | undefined = target;
    for (const key of path.slice(0, -1)) current = step(current, key);
    const last = path.at(-1);
    if (Array.isArray(current) && typeof last === "number" && value !== undefined) current[last] = value;
    else if (typeof current === "object" && current !== null && !Array.isArray(current)) {
        if (value === undefined) Reflect.deleteProperty(current, String(last));
        else current[String(last)] = value;
    } else assert.fail(`nothing at ${path.join(".")}`);
}

function step(value: Value | undefined, key: string | number): Value | undefined {
    if (Array.isArray(value)) return value[Number(key)];
    return typeof value === "object" && value !== null ? value[String(key)] : undefined;
}

/** A committed stack with changes of its configuration, then of what is built from it. */
export async function changedGraph(
    stack: "prod" | "staging",
    config: Changes = {},
    ...changes: readonly Change[]
): Promise<Pick<Graph, "resources" | "settings">> {
    const graph = await graphOf(stack, config);
    const resources = changes.reduce<readonly PlannedResource[]>((all, change) => change(all), graph.resources);
    return { resources, settings: graph.settings };
}

export async function inventory(
    stack: "prod" | "staging",
    config: Changes = {},
    ...changes: readonly Change[]
): Promise<Inventory> {
    return inventoryOf(await changedGraph(stack, config, ...changes));
}

let committed: Promise<Failure[]> | undefined;

/** Failures of prod as it is committed. */
export function asCommitted(): Promise<Failure[]> {
    committed ??= inventory("prod").then(failuresOf);
    return committed;
}

/** What the loss of a part does to a promise. `name`: a part of the failure's name; the first of its kind without. */
export function effectOf(failures: readonly Failure[], kind: FailureKind, promise: number, name = ""): Effect {
    const failure = failures.find((each) => each.kind === kind && each.name.includes(name));
    const effect = failure?.effects.find((each) => each.promise === promise);
    assert.ok(effect, `no effect of ${kind} ${name} on promise ${promise}`);
    return effect;
}

/** Failures with the verdicts of promises 1 to 7, one line each: h holds, D degrades, B breaks. */
export function matrix(failures: readonly Failure[]): string[] {
    const letters = { holds: "h", degrades: "D", breaks: "B" } as const;
    return failures.map(({ kind, name, effects }) => {
        const row = effects.map(({ verdict }) => letters[verdict]).join(" ");
        return `${`${kind} ${name}`.padEnd(52)} ${row}`;
    });
}

export { failuresOf };
