import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endWithUs } from "../../../drills/components/processes";
import type { AgentConfiguration, JournalLine, Order, Progress } from "./agent";
import { larger, type Memory, memoryOf } from "../footprint/usage";
import type { Place } from "./network";
import type { CouncilPlan, Talk } from "./plan";

/** As the image starts it. */
const NODE_ARGUMENTS = ["--max-old-space-size=64", "--max-semi-space-size=2"];
/** As the kubelet does, it is started again a little later. Unit: ms. */
const RESTART_AFTER = 1000;
const PORTS = { gatewayPort: 18789, mcpPort: 18790, healthPort: 18791 };

export interface PodOptions {
    readonly agent: string;
    readonly folder: string;
    readonly place: Place;
    /** Folder with the Node of the bridge's image. */
    readonly node: string;
    readonly programs: { readonly bridge: string; readonly agent: string };
    /** Brokers and database, as the bridge's environment names them. */
    readonly environment: Readonly<Record<string, string>>;
    readonly talks: readonly Talk[];
    readonly councils: readonly CouncilPlan[];
    readonly council: string;
    readonly atOnce: number;
    /** Time over which it spreads what it has to say. Unit: s. */
    readonly leastSeconds: number;
}

/** An agent's pod: a real bridge, and a stand-in for OpenClaw that outlives it. */
export class Pod {
    readonly #options: PodOptions;
    readonly #log: number;
    #bridge: ChildProcess | undefined;
    #agent: ChildProcess | undefined;
    #progress: Progress = { yes: 0, turns: 0, retries: 0, done: false, trouble: "" };
    #closing = false;
    #killed = new WeakSet<ChildProcess>();
    #peak: Memory = { all: 0, own: 0 };
    /** Whether something is being done to it just now. */
    isInTrouble = false;
    /** Ends of the bridge that nobody wanted: how, and its last words. */
    readonly crashes: string[] = [];

    constructor(options: PodOptions) {
        this.#options = options;
        mkdirSync(options.folder, { recursive: true });
        this.#log = openSync(this.#file("bridge.log"), "a");
    }

    get name(): string {
        return this.#options.agent;
    }
    get place(): Place {
        return this.#options.place;
    }
    get progress(): Progress {
        return this.#progress;
    }
    /** Most that the bridge has held in memory, as far as was looked. */
    get peakMemory(): Memory {
        return this.#peak;
    }

    start(): void {
        this.#startAgent();
        this.startBridge();
    }

    startBridge(): void {
        const { agent, place, node, programs, environment, council } = this.#options;
        const [command = "", ...args] = [...place.enter, join(node, "node"), ...NODE_ARGUMENTS, programs.bridge];
        const child = spawn(command, args, {
            cwd: this.#options.folder,
            stdio: ["ignore", this.#log, this.#log],
            env: {
                PATH: process.env["PATH"],
                ...environment,
                AGENT: agent,
                COUNCILS: council,
                ENVIRONMENT: "drill",
                MODEL: "stand-in",
                KAFKA_AUTH: "none",
                DATABASE_AUTH: "password",
                GATEWAY_URL: `http://127.0.0.1:${PORTS.gatewayPort}`,
                GATEWAY_TOKEN_FILE: this.#file("token"),
                MCP_PORT: String(PORTS.mcpPort),
                HEALTH_PORT: String(PORTS.healthPort),
                TURN_SECONDS: "20",
            },
        });
        endWithUs(child);
        this.#bridge = child;
        child.on("close", (code, signal) => {
            if (this.#closing || this.#killed.has(child)) return;
            const words = readFileSync(this.#file("bridge.log"), "utf8").trim().split("\n").at(-1)?.slice(-600);
            this.crashes.push(`the bridge of ${agent} ended with ${code ?? signal}: ${words}`);
            setTimeout(() => this.#closing || this.startBridge(), RESTART_AFTER);
        });
    }

    /** Ends the bridge as a lost node would; it comes back after this time. Unit: ms. */
    async kill(backAfter: number): Promise<void> {
        const child = this.#bridge;
        if (child === undefined) return;
        this.#killed.add(child);
        child.kill("SIGKILL");
        await new Promise((resolve) => setTimeout(resolve, backAfter));
        if (!this.#closing) this.startBridge();
    }

    /** Asks the bridge to end, and starts it again when it has: a roll-out. */
    async restart(): Promise<void> {
        const child = this.#bridge;
        if (child === undefined) return;
        this.#killed.add(child);
        const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
        child.kill("SIGTERM");
        await ended;
        if (!this.#closing) this.startBridge();
    }

    pause(): void {
        this.#bridge?.kill("SIGSTOP");
    }

    resume(): void {
        this.#bridge?.kill("SIGCONT");
    }

    order(order: Order): void {
        this.#agent?.stdin?.write(`${JSON.stringify(order)}\n`);
    }

    /** Looks how much memory the bridge holds now. */
    look(): void {
        try {
            this.#peak = larger(this.#peak, memoryOf(this.#bridge?.pid ?? 0));
        } catch {
            // It is being killed just now.
        }
    }

    journal(): JournalLine[] {
        const lines = readFileSync(this.#file("journal"), "utf8").trim().split("\n");
        return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as JournalLine);
    }

    async stop(): Promise<void> {
        this.#closing = true;
        const ended = [this.#bridge, this.#agent].map(
            (child) =>
                new Promise<void>((resolve) => {
                    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
                    child.once("close", () => resolve());
                    setTimeout(() => child.kill("SIGKILL"), 25_000).unref();
                }),
        );
        this.#bridge?.kill("SIGCONT");
        this.#bridge?.kill("SIGTERM");
        await ended[0];
        this.#agent?.stdin?.end();
        await ended[1];
        closeSync(this.#log);
    }

    #startAgent(): void {
        const { agent, place, node, programs, talks, councils, atOnce, leastSeconds } = this.#options;
        const configuration: AgentConfiguration = {
            agent,
            gatewayPort: PORTS.gatewayPort,
            mcpPort: PORTS.mcpPort,
            tokenFile: this.#file("token"),
            token: `token of ${agent}`,
            journal: this.#file("journal"),
            talks,
            councils,
            atOnce,
            leastSeconds,
        };
        writeFileSync(this.#file("agent.json"), JSON.stringify(configuration));
        writeFileSync(this.#file("journal"), "");
        const log = openSync(this.#file("agent.log"), "a");
        const [command = "", ...args] = [...place.enter, join(node, "node"), programs.agent, this.#file("agent.json")];
        const child = spawn(command, args, { cwd: this.#options.folder, stdio: ["pipe", "pipe", log] });
        closeSync(log);
        endWithUs(child);
        this.#agent = child;
        if (child.stdout === null) throw new Error("a pipe was asked for, none was given");
        createInterface({ input: child.stdout }).on("line", (line) => (this.#progress = JSON.parse(line) as Progress));
        child.on("close", (code, signal) => {
            if (!this.#closing) throw new Error(`the stand-in of ${agent} ended with ${code ?? signal}`);
        });
    }

    #file(name: string): string {
        return join(this.#options.folder, name);
    }
}
