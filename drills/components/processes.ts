import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set<ChildProcess>();
process.on("exit", () => {
    for (const child of children) child.kill("SIGKILL");
});

/** Sees to it that a process does not outlive this one. */
export function endWithUs(child: ChildProcess): void {
    children.add(child);
    child.once("close", () => children.delete(child));
    child.once("error", () => children.delete(child));
}

/** A process of a drill, with a log of its own. */
export interface Running {
    readonly name: string;
    readonly child: ChildProcess;
    /** The end of what it wrote. */
    log(): string;
    /** Asks it to end, and makes it after five seconds. */
    stop(): Promise<void>;
    /** Ends it as a power cut would. */
    kill(): void;
}

/**
 * A folder and the processes that live in it. However the drill ends, by itself, by Ctrl+C or by a fault, the processes end
 * with it and the folder goes.
 */
export class Workshop {
    readonly folder: string;
    readonly #running = new Set<ChildProcess>();
    readonly #keep: boolean;
    #closing = false;
    readonly #onExit = () => this.#abandon();
    readonly #onSignal = (signal: NodeJS.Signals) => process.exit(signal === "SIGINT" ? 130 : 143);

    /**
     * @param name of the folder in the system's folder for temporary files
     * @param keep leaves the folder behind, to be looked into
     */
    constructor(name: string, keep = false) {
        this.folder = mkdtempSync(join(tmpdir(), `${name}-`));
        this.#keep = keep;
        process.on("exit", this.#onExit);
        process.on("SIGINT", this.#onSignal);
        process.on("SIGTERM", this.#onSignal);
    }

    path(...parts: string[]): string {
        return join(this.folder, ...parts);
    }

    /** Starts a server. Where it ends although nobody asked it to, the drill ends with its last words. */
    start(name: string, binary: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
        const file = this.path(`${name}.log`);
        const log = openSync(file, "a");
        const child = spawn(binary, args, { cwd: this.folder, env, stdio: ["ignore", log, log] });
        closeSync(log);
        endWithUs(child);
        this.#running.add(child);
        let asked = false;
        const ended = new Promise<void>((resolve) => {
            child.on("close", () => {
                this.#running.delete(child);
                resolve();
            });
        });
        const tail = () => readFileSync(file, "utf8").slice(-3000);
        child.on("close", (code, signal) => {
            if (asked || this.#closing) return;
            process.stderr.write(`\n${name} ended with ${code ?? signal}:\n${tail()}\n`);
            process.exit(1);
        });
        child.on("error", (error) => {
            process.stderr.write(`\n${name} does not start: ${error.message}\n`);
            process.exit(1);
        });
        const kill = () => {
            asked = true;
            child.kill("SIGKILL");
        };
        return {
            name,
            child,
            log: tail,
            kill,
            stop: async () => {
                asked = true;
                child.kill("SIGTERM");
                const timer = setTimeout(kill, 5000);
                await ended;
                clearTimeout(timer);
            },
        };
    }

    /** Ends all processes and removes the folder. */
    close(): void {
        process.off("exit", this.#onExit);
        process.off("SIGINT", this.#onSignal);
        process.off("SIGTERM", this.#onSignal);
        this.#abandon();
    }

    #abandon(): void {
        this.#closing = true;
        for (const child of this.#running) child.kill("SIGKILL");
        if (this.#keep) process.stderr.write(`Logs are in ${this.folder}\n`);
        else rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}

/** Ports of the loopback address that nobody uses. */
export async function freePorts(count: number): Promise<number[]> {
    const servers = await Promise.all(
        Array.from({ length: count }, async () => {
            const server = createServer();
            await new Promise<void>((resolve, reject) => {
                server.once("error", reject);
                server.listen(0, "127.0.0.1", resolve);
            });
            return server;
        }),
    );
    return Promise.all(
        servers.map(async (server) => {
            const address = server.address();
            await new Promise((resolve) => server.close(resolve));
            if (address === null || typeof address === "string")
                throw new Error("a port was asked for, none was given");
            return address.port;
        }),
    );
}
