import type { Graph } from "../graph";
import type { PlannedResource, Properties, Value } from "../offline-engine";

/*
 * How the failure analysis reads the graph. What is missing, or is not of the expected kind, is `undefined`: the analysis
 * takes that for the worst, so nothing here puts in a default.
 */

type Resources = Pick<Graph, "resources">;

/** Resources by type token, so that a plan of any size is walked through once. */
export class Shelf {
    private readonly byType = new Map<string, PlannedResource[]>();

    constructor({ resources }: Resources) {
        for (const resource of resources) {
            const known = this.byType.get(resource.type);
            if (known) known.push(resource);
            else this.byType.set(resource.type, [resource]);
        }
    }

    all(type: string): readonly PlannedResource[] {
        return this.byType.get(type) ?? [];
    }

    /** The resource whose output `id` is the given one. */
    byId(type: string, id: Value | undefined): PlannedResource | undefined {
        return id === undefined ? undefined : this.all(type).find(({ outputs }) => outputs["id"] === id);
    }
}

/** The value at a path of keys, e.g. `spec.template.spec`. Keys that hold dots are given as a list. */
export function at(value: Value | undefined, path: string | readonly string[]): Value | undefined {
    let current = value;
    for (const key of typeof path === "string" ? path.split(".") : path) {
        if (typeof current !== "object" || current === null || Array.isArray(current)) return undefined;
        current = current[key];
    }
    return current;
}

/** A number, also where it is written as text. */
export function numberAt(value: Value | undefined, path: string | readonly string[]): number | undefined {
    const found = at(value, path);
    const number = typeof found === "string" && found !== "" ? Number(found) : found;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Text that is not empty. */
export function textAt(value: Value | undefined, path: string | readonly string[]): string | undefined {
    const found = at(value, path);
    return typeof found === "string" && found !== "" ? found : undefined;
}

export function flagAt(value: Value | undefined, path: string | readonly string[]): boolean | undefined {
    const found = at(value, path);
    if (found === "true" || found === "false") return found === "true";
    return typeof found === "boolean" ? found : undefined;
}

/** The items of a list; none where it is missing. */
export function listAt(value: Value | undefined, path: string | readonly string[]): readonly Value[] {
    const found = at(value, path);
    return Array.isArray(found) ? found : [];
}

/** The items of a list that are text. */
export function textsAt(value: Value | undefined, path: string | readonly string[]): string[] {
    return listAt(value, path).filter((item) => typeof item === "string");
}

export function objectAt(value: Value | undefined, path: string | readonly string[]): Properties | undefined {
    const found = at(value, path);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? found : undefined;
}

/** JSON inside a text; undefined where it is none. */
export function json(text: string | undefined): Value | undefined {
    if (text === undefined) return undefined;
    try {
        const parsed: Value = JSON.parse(text);
        return parsed;
    } catch {
        return undefined;
    }
}

/** Each once, in order. */
export function distinct<T>(items: readonly T[]): T[] {
    return [...new Set(items)];
}
