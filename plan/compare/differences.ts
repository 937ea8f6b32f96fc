import { isDeepStrictEqual } from "node:util";

/** Where two values differ. A part that one of them lacks is undefined there. */
export interface Difference {
    readonly path: string;
    readonly before: unknown;
    readonly after: unknown;
}

/**
 * The differences between two values, at the deepest place that says them: inside objects by key, inside lists by position, and inside
 * texts that are JSON documents (policies of AWS are such) by what they hold.
 */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
    if (isDeepStrictEqual(before, after)) return [];
    const [from, to] = [opened(before), opened(after)];
    if (Array.isArray(from) && Array.isArray(to)) {
        const length = Math.max(from.length, to.length);
        return Array.from({ length }, (_, index) => index).flatMap((index) =>
            differences(from[index], to[index], `${path}[${index}]`),
        );
    }
    if (isObject(from) && isObject(to)) {
        const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
        return keys.flatMap((key) => differences(from[key], to[key], path === "" ? key : `${path}.${key}`));
    }
    return [{ path, before, after }];
}

/** A document in a text as what it holds; any other value as it is. */
function opened(value: unknown): unknown {
    if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
    try {
        return JSON.parse(value) as unknown;
    } catch {
        return value;
    }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
