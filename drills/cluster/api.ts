import { Agent, request } from "node:https";
import { PATIENCE_SECONDS, sleep } from "../components/report";
import type { KubernetesObject, List } from "./objects";

/** What the API server answered where it refused. */
export class Refused extends Error {
    constructor(
        readonly status: number,
        message: string,
    ) {
        super(message);
    }
}

export interface WatchHandlers<T> {
    /** An object is there, or changed. */
    readonly seen: (object: T) => void;
    readonly gone: (object: T) => void;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

const MERGE_PATCH = "application/merge-patch+json";

/** A client of one API server: what the drill's stand-ins for kubelets and the volume driver need. */
export class Api {
    readonly #agent: Agent;
    readonly #watches = new Set<() => void>();
    #closed = false;

    constructor(
        readonly port: number,
        readonly token: string,
        certificate: string,
    ) {
        this.#agent = new Agent({ ca: certificate, keepAlive: true, maxSockets: 64 });
    }

    get<T>(path: string): Promise<T> {
        return this.#call<T>("GET", path);
    }

    async list<T>(path: string): Promise<readonly T[]> {
        return (await this.get<List<T>>(path)).items;
    }

    create<T>(path: string, object: object): Promise<T> {
        return this.#call<T>("POST", path, object);
    }

    /** A patch; with a `metadata.uid` in it, one of exactly that object. */
    patch<T>(path: string, change: object, type = MERGE_PATCH): Promise<T> {
        return this.#call<T>("PATCH", path, change, type);
    }

    remove(path: string, options: object = {}): Promise<unknown> {
        return this.#call("DELETE", path, options);
    }

    /** Whether the server says that it is ready. */
    async isReady(): Promise<boolean> {
        return this.#call("GET", "/readyz").then(
            () => true,
            () => false,
        );
    }

    /** Follows all objects of a collection, from what is there now, until the client is closed or the result is called. */
    watch<T extends KubernetesObject>(path: string, handlers: WatchHandlers<T>): () => void {
        const known = new Map<string, T>();
        let stopped = false;
        let abort: (() => void) | undefined;
        const stop = () => {
            stopped = true;
            abort?.();
            this.#watches.delete(stop);
        };
        const handle = (type: string, object: T) => {
            const { uid = "" } = object.metadata;
            if (type === "DELETED") {
                known.delete(uid);
                handlers.gone(object);
            } else {
                known.set(uid, object);
                handlers.seen(object);
            }
        };
        const follow = async () => {
            while (!stopped) {
                try {
                    const { metadata, items } = await this.get<List<T>>(path);
                    const there = new Set(items.map((item) => item.metadata.uid));
                    // First what is new: what has taken the place of another was never missing.
                    for (const item of items) handle("ADDED", item);
                    for (const [uid, object] of known) if (!there.has(uid)) handle("DELETED", object);
                    let from: string | undefined = metadata.resourceVersion;
                    while (!stopped && from !== undefined) {
                        from = await this.#stream<T>(path, from, handle, (cancel) => (abort = cancel));
                    }
                } catch {
                    // The server is busy or ending: list again.
                    await sleep(200);
                }
            }
        };
        this.#watches.add(stop);
        void follow();
        return stop;
    }

    /** Whether answers that fail mean nothing any more. */
    get isClosed(): boolean {
        return this.#closed;
    }

    close(): void {
        this.#closed = true;
        for (const stop of this.#watches) stop();
        this.#agent.destroy();
    }

    async #call<T>(method: Method, path: string, body?: object, type?: string): Promise<T> {
        for (;;) {
            try {
                return await this.#attempt<T>(method, path, body, type);
            } catch (error) {
                // The server had too much to do, and did nothing.
                if (!(error instanceof Refused && error.status === 429) || this.#closed) throw error;
                await sleep(1000);
            }
        }
    }

    #attempt<T>(method: Method, path: string, body?: object, type = "application/json"): Promise<T> {
        return new Promise((resolve, reject) => {
            const text = body === undefined ? undefined : JSON.stringify(body);
            const outgoing = request(
                { ...this.target(path), method, timeout: PATIENCE_SECONDS * 1000, headers: this.#headers(text, type) },
                (response) => {
                    const chunks: Buffer[] = [];
                    response.on("data", (chunk: Buffer) => chunks.push(chunk));
                    response.on("error", reject);
                    response.on("end", () => {
                        const answer = Buffer.concat(chunks).toString("utf8");
                        const { statusCode = 0 } = response;
                        if (statusCode >= 300) reject(new Refused(statusCode, messageOf(answer)));
                        else resolve((answer.startsWith("{") ? JSON.parse(answer) : answer) as T);
                    });
                },
            );
            outgoing.on("timeout", () =>
                outgoing.destroy(new Error(`${method} ${path}: no answer in ${PATIENCE_SECONDS} s`)),
            );
            outgoing.on("error", reject);
            outgoing.end(text);
        });
    }

    /** One connection of a watch. The result is where to go on, or nothing where the history is lost. */
    #stream<T extends KubernetesObject>(
        path: string,
        from: string,
        handle: (type: string, object: T) => void,
        onStart: (cancel: () => void) => void,
    ): Promise<string | undefined> {
        return new Promise((resolve, reject) => {
            const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${from}`;
            const outgoing = request(
                // A connection of its own: a watch would hold one of the agent's for ever.
                { ...this.target(`${path}${path.includes("?") ? "&" : "?"}${query}`), headers: this.#headers() },
                (response) => {
                    if (response.statusCode !== 200) {
                        response.resume();
                        resolve(undefined);
                        return;
                    }
                    let rest = "";
                    let last = from;
                    response.setEncoding("utf8");
                    response.on("data", (chunk: string) => {
                        const lines = (rest + chunk).split("\n");
                        rest = lines.pop() ?? "";
                        for (const line of lines) {
                            const { type, object } = JSON.parse(line) as { type: string; object: T };
                            if (type === "ERROR") {
                                outgoing.destroy();
                                resolve(undefined);
                                return;
                            }
                            last = object.metadata.resourceVersion ?? last;
                            if (type !== "BOOKMARK") handle(type, object);
                        }
                    });
                    response.on("error", reject);
                    response.on("end", () => resolve(last));
                },
            );
            onStart(() => outgoing.destroy());
            outgoing.on("error", reject);
            outgoing.end();
        });
    }

    target(path: string) {
        return { host: "127.0.0.1", port: this.port, path, agent: this.#agent };
    }

    #headers(body?: string, type?: string): Record<string, string> {
        const content =
            body === undefined ? {} : { "Content-Type": type, "Content-Length": String(Buffer.byteLength(body)) };
        return { Authorization: `Bearer ${this.token}`, Accept: "application/json", ...content } as Record<
            string,
            string
        >;
    }
}

function messageOf(answer: string): string {
    try {
        const { message } = JSON.parse(answer) as { readonly message?: string };
        return message ?? answer;
    } catch {
        return answer;
    }
}
