import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** What a drill lacks on this machine; told as one line, without a stack trace. */
export class MissingTool extends Error {}

/** Where real components are kept from one run of a drill to the next. */
export function cacheRoot(): string {
    return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "openclaw");
}

/**
 * The folder of one version of a component. It is made in a folder of its own and moved into place when whole, so that an
 * interrupted run leaves nothing half done, and two runs at a time do not disturb each other.
 *
 * @param make fills the folder that it is given
 */
export async function cached(
    component: string,
    version: string,
    make: (folder: string) => Promise<void>,
): Promise<string> {
    const folder = join(cacheRoot(), `${component}-${version}`);
    if (existsSync(folder)) return folder;
    await mkdir(cacheRoot(), { recursive: true });
    const draft = await mkdtemp(join(cacheRoot(), `.${component}-${version}-`));
    const started = performance.now();
    progress(`${component} ${version}: not in ${cacheRoot()} yet, making it`);
    try {
        await make(draft);
        await rename(draft, folder).catch((error: unknown) => {
            // Another run was faster; what it made is as good.
            if (!existsSync(folder)) throw error;
        });
    } finally {
        await rm(draft, { recursive: true, force: true });
    }
    progress(`${component} ${version}: ready after ${Math.round((performance.now() - started) / 1000)} s`);
    return folder;
}

/** Tells a person who waits what is going on, apart from the drill's own report. */
export function progress(text: string): void {
    process.stderr.write(`${text}\n`);
}

/**
 * Runs a command to its end; the result is what it printed to standard output.
 *
 * @throws MissingTool where the command is not on this machine
 * @throws Error with the end of what it said, where it failed
 */
export function run(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string>; why?: string } = {},
): Promise<string> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            cwd: options.cwd,
            env: { ...process.env, ...options.env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let output = "";
        let said = "";
        child.stdout.on("data", (chunk: Buffer) => (output += String(chunk)));
        child.stderr.on("data", (chunk: Buffer) => (said = (said + String(chunk)).slice(-4000)));
        child.on("error", (error: NodeJS.ErrnoException) => {
            const missing = error.code === "ENOENT" && (options.cwd === undefined || existsSync(options.cwd));
            const needed = options.why === undefined ? "" : `: ${options.why}`;
            reject(missing ? new MissingTool(`"${command}" is not on this machine${needed}`) : error);
        });
        child.on("close", (code, signal) => {
            if (code === 0) resolve(output);
            else reject(new Error(`${[command, ...args].join(" ")} ended with ${code ?? signal}:\n${said || output}`));
        });
    });
}
