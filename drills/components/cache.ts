import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { endWithUs } from "./processes";

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
        // A folder for temporary files is its owner's alone, and some components run as another user.
        await chmod(draft, 0o755);
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

export interface RunOptions {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** What the command is needed for, and where it comes from. */
    readonly why?: string;
    /** Ends the command after this time. */
    readonly limitSeconds?: number;
}

/** How a command ended. */
export interface Ended {
    readonly code: number;
    readonly output: string;
    /** What it wrote to standard error. */
    readonly said: string;
}

/**
 * Runs a command to its end, and ends it with this process; the result is what it printed to standard output.
 *
 * @throws MissingTool where the command is not on this machine
 * @throws Error with the end of what it said, where it failed
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, output, said } = await execute(command, args, options);
    if (code === 0) return output;
    const called = [command, ...args].join(" ");
    throw new Error(`${called.slice(0, 200)} ended with ${code}:\n${(said || output).trim().slice(-2000)}`);
}

/** As {@link run}, for a command whose failure is an answer. */
export function execute(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const { cwd, env, why, limitSeconds = 1800 } = options;
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            cwd,
            env: { ...process.env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        endWithUs(child);
        let late = false;
        const timer = setTimeout(() => {
            late = true;
            child.kill();
        }, limitSeconds * 1000);
        let output = "";
        let said = "";
        child.stdout.on("data", (chunk: Buffer) => (output += String(chunk)));
        child.stderr.on("data", (chunk: Buffer) => (said += String(chunk)));
        child.on("error", (error: NodeJS.ErrnoException) => {
            clearTimeout(timer);
            const missing = error.code === "ENOENT" && (cwd === undefined || existsSync(cwd));
            reject(missing ? new MissingTool(`"${command}" is not on this machine${why ? `: ${why}` : ""}`) : error);
        });
        child.on("close", (code) => {
            clearTimeout(timer);
            if (late) said += `\nended because it may take ${limitSeconds} s`;
            resolve({ code: code ?? 143, output, said });
        });
    });
}
