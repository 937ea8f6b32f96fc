import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { MissingTool } from "../components/cache";

/** What a pod's address is to the kubelet: not loopback. */
export const POD_ADDRESS = "10.244.0.7";

/** Set where agents run as the user who called the drill, because that one is not root. */
export function isRootless(): boolean {
    return process.env["DRILL_ROOTLESS"] !== undefined;
}

/** What {@link inOwnNetwork} was given, in the process that it has started; nothing in any other. */
export function handedOver(): string | undefined {
    return process.env["DRILL_HANDOVER"];
}

/**
 * Runs a script of Node in a network of its own, where the gateway's port is free and nothing can reach anything outside; and
 * as the first of its own processes, so that however it ends, all that it started ends with it.
 *
 * @param handover what the script is told, by {@link handedOver}
 * @returns its exit code
 */
export function inOwnNetwork(script: string, directory: string, handover: string): Promise<number> {
    const rootless = process.getuid?.() !== 0;
    for (const tool of ["unshare", "setpriv", "ip"]) {
        if (spawnSync(tool, ["--help"]).error)
            throw new MissingTool(`"${tool}" is not on this machine (util-linux, iproute2)`);
    }
    const namespaces = [
        ...(rootless ? ["--user", "--map-root-user"] : []),
        "--net",
        "--pid",
        "--mount-proc",
        "--kill-child",
    ];
    if (spawnSync("unshare", [...namespaces, "--fork", "true"]).status !== 0) {
        throw new MissingTool("no namespaces for an ordinary user on this machine: run it as root");
    }
    const child = spawn("unshare", [...namespaces, "--fork", process.execPath, ...process.execArgv, script], {
        cwd: directory,
        stdio: "inherit",
        env: {
            ...process.env,
            DRILL_HANDOVER: handover,
            ...(rootless ? { DRILL_ROOTLESS: "1" } : {}),
        },
    });
    // unshare itself hears no such signal; the drill within does, and cleans up.
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            const within = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
            if (within !== "") process.kill(Number(within), "SIGTERM");
        });
    }
    return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

/** To be called once within: brings the loopback device up, with the pod's address on it. */
export function openNetwork(): void {
    for (const command of [
        ["link", "set", "lo", "up"],
        ["address", "add", `${POD_ADDRESS}/32`, "dev", "lo"],
    ]) {
        spawnSync("ip", command);
    }
}
