import type { PlannedResource, Properties, Value } from "../../../plan/offline-engine";

/** One property of one resource taken away or made worse. */
export interface Mutant {
    readonly index: number;
    /** Type of the resource, and the path with `*` for places in lists: mutants of one pattern stand for one another. */
    readonly type: string;
    readonly pattern: string;
    readonly how: string;
    readonly resource: PlannedResource;
}

/** A place in a resource's inputs; `#` in the path enters a document that stands as text. */
type Path = readonly (string | number)[];

/** How many resources stand for all with the same pattern: the first and the last. */
const REPRESENTATIVES = 2;

/**
 * Every property of a graph removed and weakened, one by one: a flag turned over, a number made ten times smaller and ten
 * times larger, text replaced, a list emptied; each resource's protection taken away.
 */
export function mutantsOf(resources: readonly PlannedResource[]): Mutant[] {
    const byPattern = new Map<string, Mutant[]>();
    const outputs = new Map(resources.map((each) => [each.urn, new Set(Object.values(each.outputs))]));
    resources.forEach((resource, index) => {
        if (!resource.custom) return;
        const add = (path: Path, how: string, mutated: PlannedResource) => {
            const pattern = path.map((key) => (typeof key === "number" ? "*" : key)).join(".");
            const mutant = { index, type: resource.type, pattern, how, resource: mutated };
            const key = `${resource.type} ${pattern} ${how}`;
            const known = byPattern.get(key);
            if (known === undefined) byPattern.set(key, [mutant]);
            else if (known.length < REPRESENTATIVES) known.push(mutant);
            else known[REPRESENTATIVES - 1] = mutant;
        };
        if (resource.protect) add(["(protect)"], "off", { ...resource, protect: false });
        for (const [path, value] of places(resource.inputs, [])) {
            for (const [how, change] of changesOf(value)) {
                add(path, how, {
                    ...resource,
                    inputs: edited(resource.inputs, path, change) as Properties,
                    propertyDependencies: dependenciesAfter(resource, path, value, outputs),
                });
            }
        }
    });
    return [...byPattern.values()].flat();
}

/** A property without the value that named another resource is computed from that one no more. */
function dependenciesAfter(
    { propertyDependencies }: PlannedResource,
    [key]: Path,
    was: Value,
    outputs: ReadonlyMap<string, ReadonlySet<Value>>,
) {
    return Object.fromEntries(
        Object.entries(propertyDependencies).map(([name, urns]) => [
            name,
            name === key ? urns.filter((urn) => !named(was).some((value) => outputs.get(urn)?.has(value))) : urns,
        ]),
    );
}

/** A value, or the values of a list. */
function named(value: Value): Value[] {
    return Array.isArray(value) ? value : [value];
}

/** The places worth a change: values, and lists as a whole. */
function* places(value: Value, path: Path): Generator<readonly [Path, Value]> {
    if (Array.isArray(value)) {
        yield [path, value];
        for (const [index, item] of value.entries()) yield* places(item, [...path, index]);
        return;
    }
    if (typeof value === "object" && value !== null) {
        for (const [key, item] of Object.entries(value)) yield* places(item, [...path, key]);
        return;
    }
    const document = typeof value === "string" ? parsed(value) : undefined;
    if (document === undefined) yield [path, value];
    else yield* places(document, [...path, "#"]);
}

type Change = (value: Value) => Value | undefined;

function changesOf(value: Value): [string, Change][] {
    const removed: [string, Change] = ["removed", () => undefined];
    if (Array.isArray(value)) return value.length === 0 ? [] : [["emptied", () => []]];
    if (typeof value === "boolean") return [removed, ["turned over", () => !value]];
    const number = typeof value === "number" ? value : /^-?\d+$/.test(String(value)) ? Number(value) : undefined;
    if (number !== undefined) {
        const as = (changed: number) => (typeof value === "number" ? changed : String(changed));
        return [removed, ["smaller", () => as(Math.floor(number / 10))], ["larger", () => as(number * 10 + 1)]];
    }
    return [removed, ["replaced", () => "mutated"]];
}

/** A copy with a change at one place; the rest is shared. */
function edited(value: Value, path: Path, change: Change): Value | undefined {
    const [key, ...rest] = path;
    if (key === undefined) return change(value);
    if (key === "#") {
        const inner = edited(parsed(String(value)) ?? null, rest, change);
        return rendered(String(value), inner ?? null);
    }
    if (Array.isArray(value)) {
        const item = edited(value[Number(key)] ?? null, rest, change);
        return item === undefined ? value.filter((_, index) => index !== key) : value.with(Number(key), item);
    }
    const object = value as Properties;
    const item = edited(object[key] ?? null, rest, change);
    if (item !== undefined) return { ...object, [key]: item };
    return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

/** A document in text: JSON, or lines of `key=value`. */
function parsed(text: string): Value | undefined {
    if (/^[{[]/.test(text)) {
        try {
            return JSON.parse(text) as Value;
        } catch {
            return undefined;
        }
    }
    if (/^([\w.]+=[^\n]*\n)+$/.test(text)) {
        return Object.fromEntries(
            text
                .trim()
                .split("\n")
                .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
        );
    }
    return undefined;
}

function rendered(original: string, document: Value): string {
    if (/^[{[]/.test(original)) return JSON.stringify(document);
    return Object.entries(document as Properties)
        .map(([key, value]) => `${key}=${String(value)}\n`)
        .join("");
}
