import { spawn } from "node:child_process";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import program from "../../index";
import { type RawConfig, readStackFile } from "../../plan/stack-file";
import { endWithUs } from "../components/processes";

const root = join(__dirname, "..", "..");

/** A committed stack under Pulumi's own engine, with the stand-in for its providers. */
export interface EngineStack {
    readonly stack: automation.Stack;
    /** The committed configuration, which is set. */
    readonly config: RawConfig;
    set(config: RawConfig): Promise<void>;
    /** Ends the provider. */
    close(): void;
}

/** Prepares a stack whose state is in a folder; `pulumi` has to be on PATH. */
export async function openStack(name: string, folder: string): Promise<EngineStack> {
    const config = readStackFile(root, name);
    const { port, close } = await startProvider(config["openclaw:account"] ?? "", config["aws:region"] ?? "");
    const stack = await automation.LocalWorkspace.createOrSelectStack(
        { stackName: name, projectName: "openclaw", program: async () => program() },
        {
            workDir: folder,
            envVars: {
                PULUMI_BACKEND_URL: `file://${folder}`,
                PULUMI_CONFIG_PASSPHRASE: "drill",
                PULUMI_SKIP_UPDATE_CHECK: "1",
                PULUMI_DEBUG_PROVIDERS: `aws:${port},kubernetes:${port}`,
            },
        },
    );
    const set = (values: RawConfig) =>
        stack.setAllConfig(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }])));
    await set(config);
    return { stack, config, set, close };
}

/** Starts the provider; resolves to its port. */
function startProvider(account: string, region: string): Promise<{ port: string; close: () => void }> {
    const child = spawn(
        process.execPath,
        ["-r", require.resolve("ts-node/register/transpile-only"), join(__dirname, "provider.ts")],
        { env: { ...process.env, DRILL_ACCOUNT: account, DRILL_REGION: region }, stdio: ["ignore", "pipe", "inherit"] },
    );
    endWithUs(child);
    return new Promise((resolve, reject) => {
        child.stdout.once("data", (data: Buffer) => resolve({ port: String(data).trim(), close: () => child.kill() }));
        child.once("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
    });
}
