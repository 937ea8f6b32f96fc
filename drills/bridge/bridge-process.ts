import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../components/cache";
import type { Running, Workshop } from "../components/processes";
import { until } from "../components/report";

const root = join(__dirname, "..", "..");
const START_SECONDS = 60;

/** Builds the bridge as its image does. @returns the program */
export async function bundle(): Promise<string> {
    // Not again where it is there: another drill may be at work with it.
    if (!existsSync(join(root, "bridge", "node_modules", ".package-lock.json"))) {
        await run("npm", ["ci", "--prefix", "bridge", "--loglevel=error"], { cwd: root });
    }
    await run("npm", ["run", "build", "--prefix", "bridge", "--silent"], { cwd: root });
    return join(root, "bridge", "dist", "bridge.cjs");
}

export interface BridgeOptions {
    readonly workshop: Workshop;
    readonly program: string;
    /** Folder with the Node of the bridge's image. */
    readonly node: string;
    readonly agent: string;
    readonly mcpPort: number;
    readonly healthPort: number;
    /** Brokers to begin with, with commas between. */
    readonly brokers: string;
    /** Where the database is, as PostgreSQL's own tools read it. */
    readonly database: Readonly<Record<string, string>>;
    readonly gatewayUrl: string;
    readonly tokenFile: string;
    readonly councils: readonly string[];
    /** Variables besides. */
    readonly environment?: Readonly<Record<string, string>>;
    /** Arguments of Node itself. */
    readonly nodeArguments?: readonly string[];
}

/** A real bridge, as a process, with the environment that its container has. */
export class BridgeProcess {
    readonly #options: BridgeOptions;
    #running: Running | undefined;

    constructor(options: BridgeOptions) {
        this.#options = options;
    }

    start(): void {
        const { workshop, program, node, agent, database, brokers, nodeArguments = NODE_ARGUMENTS } = this.#options;
        const { mcpPort, healthPort, gatewayUrl, tokenFile, councils, environment } = this.#options;
        this.#running = workshop.start(`${agent}-bridge`, join(node, "node"), [...nodeArguments, program], {
            PATH: process.env["PATH"],
            ...database,
            AGENT: agent,
            COUNCILS: councils.join(","),
            ENVIRONMENT: "drill",
            MODEL: "stand-in",
            KAFKA_BROKERS: brokers,
            KAFKA_AUTH: "none",
            DATABASE_AUTH: "password",
            GATEWAY_URL: gatewayUrl,
            GATEWAY_TOKEN_FILE: tokenFile,
            MCP_PORT: String(mcpPort),
            HEALTH_PORT: String(healthPort),
            ...environment,
        });
    }

    async ready(): Promise<void> {
        const { agent, healthPort } = this.#options;
        await until(`the bridge of ${agent}`, START_SECONDS, async () => {
            const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`).then(
                (response) => response.text(),
                (error: unknown) => String(error),
            );
            return answer.includes('"ready":true') ? "" : `${answer.trim()}; ${this.#running?.log().slice(-400) ?? ""}`;
        });
    }

    /** Its process, while it runs. */
    get pid(): number {
        const pid = this.#running?.child.pid;
        if (pid === undefined) throw new Error(`the bridge of ${this.#options.agent} does not run`);
        return pid;
    }

    /** Resident memory. Unit: MiB. */
    memory(): number {
        const status = readFileSync(`/proc/${this.#running?.child.pid}/status`, "utf8");
        return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    }

    /** Ends it as a power cut would. */
    kill(): void {
        this.#running?.kill();
    }

    async stop(): Promise<void> {
        await this.#running?.stop();
        this.#running = undefined;
    }
}

/** As the container's entry point has them. */
const NODE_ARGUMENTS = ["--max-old-space-size=64", "--max-semi-space-size=2"] as const;
