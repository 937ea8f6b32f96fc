import { spawn } from "node:child_process";
import { join } from "node:path";
import type { FakeCluster } from "../../../commands/fake-cluster";

const SCRIPT = join(__dirname, "../../../../components/compute/agents/rollout/rollout.mjs");

export interface Run {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
}

/** Runs the script against class `analyst` of a cluster, quickly; it is told to end once `signalAfter` holds. */
export function runRollout(
    cluster: FakeCluster,
    environment: Readonly<Record<string, string>> = {},
    signalAfter?: () => boolean,
): Promise<Run> {
    const child = spawn(process.execPath, [SCRIPT], {
        env: {
            PATH: process.env["PATH"],
            KUBE_API_URL: cluster.url,
            NAMESPACE: "agents-analyst",
            STATEFUL_SET: "analyst",
            READY_SECONDS: "30",
            POLL_SECONDS: "0.005",
            RETRY_SECONDS: "0.3",
            ...environment,
        },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (err += data.toString()));
    if (signalAfter !== undefined) cluster.afterStep = () => void (signalAfter() && child.kill("SIGTERM"));
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}
