import { Resource } from "@pulumi/pulumi";

/**
 * Runs without stack traces. Pulumi takes one for each promise and two for each resource: two thirds of the time of a plan, for no
 * use in it. `OPENCLAW_PLAN_TRACES` keeps them.
 */
export async function withoutStackTraces<T>(run: () => Promise<T>): Promise<T> {
    if (process.env["OPENCLAW_PLAN_TRACES"]) return run();
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    // For the position of a resource in the sources it asks for a whole trace, whatever the limit is.
    const callsites: unknown = Reflect.get(Resource, "callsites");
    Reflect.set(Resource, "callsites", () => []);
    try {
        return await run();
    } finally {
        Error.stackTraceLimit = limit;
        Reflect.set(Resource, "callsites", callsites);
    }
}
