import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { GatewayRuntime } from "../../../components/compute/agents/runtime-types";
import type { Running, Workshop } from "../../components/processes";
import { until } from "../../components/report";

/** The startup probe's own limit. */
const START_SECONDS = 300;
const TURN_SECONDS = 300;

export interface GatewayOptions {
    readonly workshop: Workshop;
    readonly agent: string;
    readonly port: number;
    /** Where the agent's bridge offers its tools. */
    readonly mcpPort: number;
    /** As the fleet's pods run it, with a stand-in where the model is. */
    readonly runtime: GatewayRuntime;
    /** OpenClaw's package, and the folder with the Node of its image. */
    readonly application: string;
    readonly node: string;
}

/** A real OpenClaw gateway with the fleet's configuration; only ports and paths are this machine's. */
export class AgentGateway {
    readonly #options: GatewayOptions;
    readonly #folder: string;
    readonly #token = randomBytes(24).toString("hex");
    #running: Running | undefined;

    constructor(options: GatewayOptions) {
        this.#options = options;
        this.#folder = options.workshop.path(options.agent);
        for (const name of ["home/.openclaw/workspace", "run", "tmp"]) {
            mkdirSync(join(this.#folder, name), { recursive: true });
        }
        writeFileSync(this.tokenFile, this.#token, { mode: 0o600 });
        writeFileSync(join(this.#folder, "run", "openclaw.json"), JSON.stringify(this.#config(), null, 2));
    }

    get tokenFile(): string {
        return join(this.#folder, "run", "token");
    }

    get url(): string {
        return `http://127.0.0.1:${this.#options.port}`;
    }

    start(): void {
        const { workshop, agent, runtime, application, node, port } = this.#options;
        const env = Object.fromEntries(
            runtime.gateway.env
                .filter(({ name }) => name !== "NODE_EXTRA_CA_CERTS")
                .map(({ name, value = agent }) => [name, this.#here(value)]),
        );
        const args = ["openclaw.mjs", "gateway", "--bind", "loopback", "--port", String(port)];
        this.#running = workshop.start(
            `${agent}-gateway`,
            "/usr/bin/env",
            ["-C", application, join(node, "node"), ...args],
            { ...env, PATH: [node, process.env["PATH"]].join(delimiter) },
        );
    }

    async ready(): Promise<void> {
        await until(`the gateway of ${this.#options.agent}`, START_SECONDS, async () => {
            const status = await fetch(`${this.url}/startupz`).then(
                (response) => response.status,
                () => 0,
            );
            return status === 200 ? "" : `/startupz answers ${status}: ${this.#running?.log().slice(-300) ?? ""}`;
        });
    }

    /** A turn that a person asks for. */
    async turn(input: string): Promise<string> {
        const response = await fetch(`${this.url}/v1/responses`, {
            method: "POST",
            headers: {
                authorization: `Bearer ${this.#token}`,
                "content-type": "application/json",
                "x-openclaw-session-key": "agent:main:operator",
            },
            body: JSON.stringify({ model: "openclaw", input }),
            signal: AbortSignal.timeout(TURN_SECONDS * 1000),
        });
        return `${response.status} ${await response.text()}`;
    }

    #config(): object {
        const { port, mcpPort, runtime } = this.#options;
        const text = this.#here(runtime.files["openclaw.json"] ?? "{}");
        const config = JSON.parse(text) as {
            gateway: object;
            mcp: { servers: Record<string, { url: string }> };
        };
        const servers = Object.fromEntries(
            Object.entries(config.mcp.servers).map(([name, server]) => {
                const url = new URL(server.url);
                url.port = String(mcpPort);
                return [name, { ...server, url: url.href }];
            }),
        );
        return {
            ...config,
            gateway: { ...config.gateway, port, bind: "loopback" },
            mcp: { ...config.mcp, servers },
        };
    }

    /** Paths of the image, where they are here. */
    #here(text: string): string {
        const places: Record<string, string> = { "/home/node": "home", "/run/openclaw": "run", "/tmp": "tmp" };
        return text.replaceAll(/\/home\/node|\/run\/openclaw|(?<![\w/-])\/tmp(?![\w-])/g, (found) =>
            join(this.#folder, places[found] ?? ""),
        );
    }
}
