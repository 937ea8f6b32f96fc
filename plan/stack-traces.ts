import { createRequire } from "node:module";
import { Resource } from "@pulumi/pulumi";

// The module itself: an import may be a copy, whose members are nobody else's.
const debuggable = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as object;

/**
 * Runs without what Pulumi takes down for whoever looks for a fault: a stack trace for each promise, two for each resource, and a watch
 * over promises that never settle. Together they are half of the time of a graph, and a plan has no use for them: what a program leaves
 * open, Pulumi's own preview finds. `OPENCLAW_PLAN_TRACES` keeps them.
 */
export async function withoutStackTraces<T>(run: () => Promise<T>): Promise<T> {
    if (process.env["OPENCLAW_PLAN_TRACES"]) return run();
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const restore = [
        // For the position of a resource in the sources it asks for a whole trace, whatever the limit is.
        replace(Resource, "callsites", () => []),
        replace(debuggable, "debuggablePromise", (promise: unknown) => promise),
    ];
    try {
        return await run();
    } finally {
        Error.stackTraceLimit = limit;
        for (const undo of restore) undo();
    }
}

/** Puts another value into the place of one; calling the result puts it back. */
function replace(target: object, key: string, value: unknown): () => void {
    const before: unknown = Reflect.get(target, key);
    Reflect.set(target, key, value);
    return () => void Reflect.set(target, key, before);
}
