import * as runtime from "@pulumi/pulumi/runtime";
import { parseConfig } from "../config";
import program from "../index";
import type { Settings } from "../settings/schema";
import { type Lookup, OfflineEngine, type PlannedResource } from "./offline-engine";
import { withPlainStructs } from "./plain-structs";
import type { RawConfig } from "./stack-file";
import { withoutStackTraces } from "./stack-traces";

/** Everything that a stack would be: the resources that the program registers, and what it exports. */
export interface Graph {
    readonly project: string;
    readonly stack: string;
    readonly settings: Settings;
    readonly resources: readonly PlannedResource[];
    readonly outputs: Readonly<Record<string, unknown>>;
    /** Calls that would need AWS; the program makes none. */
    readonly lookups: readonly Lookup[];
}

const PROJECT = "openclaw";

/**
 * Runs the real program in this process with the offline engine in the place of Pulumi's.
 *
 * @throws ConfigError where the configuration is refused; no resource is registered then.
 */
export async function evaluate(stack: string, config: RawConfig): Promise<Graph> {
    const settings = parseConfig(config, { project: PROJECT, stack });
    const engine = new OfflineEngine({ account: settings.account, region: settings.region }, PROJECT, stack);
    await engine.attach();
    runtime.setAllConfig({ ...config });
    const outputs = await withoutStackTraces(() =>
        withPlainStructs(async () => {
            const exported = await runtime.runInPulumiStack(async () => program());
            await runtime.disconnect();
            return exported;
        }),
    );
    return {
        project: PROJECT,
        stack,
        settings,
        resources: engine.planned,
        outputs: outputs ?? {},
        lookups: engine.lookups,
    };
}
