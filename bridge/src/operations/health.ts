import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export interface HealthOptions {
    readonly port: number;
    /** Default: all addresses, for the kubelet asks from its node. */
    readonly host?: string;
    /** Why the process should be started anew; nothing: it is alive. */
    readonly faults?: () => readonly string[];
    /** What is not there yet, or not any more; nothing: it is ready. */
    readonly missing: () => readonly string[];
    /** Begins no more turns; resolves when those that run are over. */
    readonly drain: () => Promise<void>;
    /** Answers with what is measured. */
    readonly metrics: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Health, readiness, metrics, and the way to drain this bridge. */
export class HealthServer {
    readonly #options: HealthOptions;
    readonly #server: Server;
    #draining: Promise<void> | undefined;

    private constructor(options: HealthOptions) {
        this.#options = options;
        this.#server = createServer((request, response) => this.#answer(request, response));
    }

    /** @throws where the port is taken */
    static async start(options: HealthOptions): Promise<HealthServer> {
        const health = new HealthServer(options);
        await new Promise<void>((resolve, reject) => {
            health.#server.once("error", reject);
            health.#server.listen(options.port, options.host, () => {
                health.#server.off("error", reject);
                resolve();
            });
        });
        return health;
    }

    /** The port that it listens on. */
    get port(): number {
        const address = this.#server.address();
        return address !== null && typeof address === "object" ? address.port : this.#options.port;
    }

    /** Drains, once, whoever asks and however often. */
    drain(): Promise<void> {
        this.#draining ??= this.#options.drain();
        return this.#draining;
    }

    async close(): Promise<void> {
        const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
        this.#server.closeAllConnections();
        await closed;
    }

    #answer(request: IncomingMessage, response: ServerResponse): void {
        // Nothing here reads what is sent along; it must not wait in memory.
        request.resume();
        const path = (request.url ?? "").split("?")[0];
        const asked = `${request.method === "HEAD" ? "GET" : request.method} ${path}`;
        if (asked === "GET /healthz") {
            const faults = this.#options.faults?.() ?? [];
            return reply(response, faults.length === 0 ? 200 : 503, { alive: faults.length === 0, faults });
        }
        if (asked === "GET /readyz") {
            const missing = [...this.#options.missing(), ...(this.#draining === undefined ? [] : ["it is draining"])];
            return reply(response, missing.length === 0 ? 200 : 503, { ready: missing.length === 0, missing });
        }
        if (asked === "GET /metrics") return this.#options.metrics(request, response);
        if (asked === "POST /drain") return this.#drain(request, response);
        const known = path !== undefined && ["/healthz", "/readyz", "/metrics", "/drain"].includes(path);
        reply(response, known ? 405 : 404, {
            error: known ? `${path} takes no ${request.method}` : "there is no such page",
        });
    }

    #drain(request: IncomingMessage, response: ServerResponse): void {
        // A page in a browser of this pod comes from loopback too, and says where it is from.
        if (!isLoopback(request.socket.remoteAddress) || request.headers.origin !== undefined)
            return reply(response, 403, { error: "only this pod itself may ask for that" });
        this.drain().then(
            () => reply(response, 200, { drained: true }),
            (error: unknown) =>
                reply(response, 500, { error: error instanceof Error ? error.message : "draining failed" }),
        );
    }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(`${JSON.stringify(body)}\n`);
}

/** Whether a caller is in the same network namespace, which is the pod's. */
function isLoopback(address = ""): boolean {
    return address === "::1" || /^(::ffff:)?127\./.test(address);
}
