/**
 * Runs without stack traces. Pulumi takes one for each promise and resource: two thirds of the time of a plan, for no use
 * in it. `OPENCLAW_PLAN_TRACES` keeps them.
 */
export async function withoutStackTraces<T>(run: () => Promise<T>): Promise<T> {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = process.env["OPENCLAW_PLAN_TRACES"] ? limit : 0;
    try {
        return await run();
    } finally {
        Error.stackTraceLimit = limit;
    }
}
