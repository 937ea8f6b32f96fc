import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import * as runtime from "@pulumi/pulumi/runtime";
import type { PlanDocument } from "../plan/document/schema";
import { OfflineEngine } from "../plan/offline-engine";
import { withPlainStructs } from "../plan/plain-structs";
import { withoutStackTraces } from "../plan/stack-traces";

/** Any resource by its type. */
class Plain extends pulumi.CustomResource {}

/**
 * The floor: the resources of a plan that was written before, registered as they are and nothing else. No configuration is read,
 * nothing is worked out and nothing is shown; below it a plan that runs under Pulumi's SDK cannot come.
 */
export async function main([file = ""]: readonly string[]): Promise<number> {
    const { project, stack, account, region, resources } = JSON.parse(readFileSync(file, "utf8")) as PlanDocument;
    const engine = new OfflineEngine({ account, region }, project, stack);
    await engine.attach();
    await withoutStackTraces(() =>
        withPlainStructs(async () => {
            await runtime.runInPulumiStack(async () => {
                for (const { type, name, inputs } of resources) new Plain(type, name, inputs);
            });
            await runtime.disconnect();
        }),
    );
    const registered = engine.planned.filter(({ custom }) => custom).length;
    if (registered !== resources.length)
        throw new Error(`${registered} of ${resources.length} resources were registered`);
    return 0;
}
