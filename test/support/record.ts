import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import * as runtime from "@pulumi/pulumi/runtime";
import { OfflineEngine, type PlannedResource, type Properties } from "../../plan/offline-engine";
import { withoutStackTraces } from "../../plan/stack-traces";
import type { Platform } from "../../components/platform";

export const account = "111122223333";
export const region = "us-east-1";

/** An environment as prod has it; tests change what they are about. */
export const platform: Platform = {
    name: "openclaw-test",
    account,
    region,
    protect: true,
    logRetentionDays: 400,
    tags: { "openclaw:environment": "openclaw-test" },
};

/** The resources that `build` registers, after everything has settled. */
export async function record(build: () => unknown): Promise<Recorded> {
    const engine = new OfflineEngine({ account, region }, "openclaw", "test");
    await engine.attach();
    await withoutStackTraces(async () => {
        await runtime.runInPulumiStack(async () => {
            await build();
            return {};
        });
        await runtime.disconnect();
    });
    return new Recorded(engine);
}

export class Recorded {
    constructor(readonly engine: OfflineEngine) {}

    get resources(): readonly PlannedResource[] {
        return this.engine.planned;
    }

    ofType(type: string): PlannedResource[] {
        return this.engine.planned.filter((resource) => resource.type === type);
    }

    /** The one resource of that logical name (and type, where several types share a name). */
    get(name: string, type?: string): PlannedResource {
        const found = this.engine.planned.filter(
            (resource) => resource.name === name && (type === undefined || resource.type === type),
        );
        assert.equal(found.length, 1, `expected one resource "${name}", found ${found.length}`);
        return found[0] as PlannedResource;
    }

    inputs(name: string, type?: string): Properties {
        return this.get(name, type).inputs;
    }
}

/** The value of an output, so that assertions run in the test and not inside `apply`, where a failure is lost. */
export function value<T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve, reject) => {
        pulumi.output(output).apply((settled) => resolve(settled as pulumi.Unwrap<T>));
        setTimeout(() => reject(new Error("the output did not settle within 5 s")), 5000).unref();
    });
}
