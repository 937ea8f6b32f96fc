import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** How the API took a request that may come too late or too early. */
export type Outcome = "done" | "gone" | "refused";

/** The API of the cluster refused a request or did not answer. */
export class KubeError extends Error {}

/** The cluster cannot be reached at all: a matter of the machine on which the command runs. */
export class ConnectionError extends Error {}

const PAGE = 500;
const ATTEMPTS = 6;
const REQUEST_TIMEOUT_MS = 30_000;

const page = z.object({
    items: z.array(z.unknown()),
    metadata: z.object({ continue: z.string().optional() }).optional(),
});
const refusal = z.object({
    message: z.string().default(""),
    details: z.object({ causes: z.array(z.object({ reason: z.string().optional() })).optional() }).optional(),
});

export interface Named {
    readonly namespace: string;
    readonly name: string;
    /** The very object: one that has taken its name since is left alone. */
    readonly uid: string;
}

/** The few requests to the Kubernetes API that the commands need. */
export class Kube {
    constructor(
        private readonly url: string,
        private readonly pauseMs = 500,
    ) {}

    /** All objects of a kind, page by page, each checked against the schema of what is read of it. */
    async list<T>(schema: z.ZodType<T>, path: string, query: Readonly<Record<string, string>> = {}): Promise<T[]> {
        const items: T[] = [];
        let next = "";
        do {
            const parameters = new URLSearchParams({ ...query, limit: String(PAGE) });
            if (next !== "") parameters.set("continue", next);
            const { status, body } = await this.request("GET", `${path}?${parameters.toString()}`);
            // The list has grown too old between two pages: once more from the start.
            if (status === 410 && next !== "") {
                items.length = 0;
                next = "";
                continue;
            }
            if (status !== 200) throw refused(`list ${path}`, status, body);
            const parsed = page.parse(body);
            for (const item of parsed.items) items.push(schema.parse(item));
            next = parsed.metadata?.continue ?? "";
        } while (next !== "");
        return items;
    }

    /** A JSON merge patch. `refused` where the object has changed since its `resourceVersion` in the patch was read. */
    async patch(path: string, change: unknown): Promise<Outcome> {
        const { status, body } = await this.request("PATCH", path, change, "application/merge-patch+json");
        if (status === 200) return "done";
        if (status === 404) return "gone";
        if (status === 409) return "refused";
        throw refused(`change ${path}`, status, body);
    }

    /** Deletes one object. Grace period in seconds; without one its own holds. */
    async delete(path: string, uid: string, gracePeriodSeconds?: number): Promise<Outcome> {
        const options = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid }, gracePeriodSeconds };
        const { status, body } = await this.request("DELETE", path, options);
        if (status === 200 || status === 202) return "done";
        if (status === 404 || status === 409) return "gone";
        throw refused(`delete ${path}`, status, body);
    }

    /** Evicts one pod. `refused` where its PodDisruptionBudget does not allow it now. */
    async evict({ namespace, name, uid }: Named): Promise<Outcome> {
        const { status, body } = await this.request("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
            apiVersion: "policy/v1",
            kind: "Eviction",
            metadata: { namespace, name },
            deleteOptions: { preconditions: { uid } },
        });
        if (status === 200 || status === 201) return "done";
        if (status === 404 || status === 409) return "gone";
        if (status === 429) return "refused";
        throw refused(`evict ${namespace}/${name}`, status, body);
    }

    /** Tries again while the API is away or overloaded. */
    private async request(method: string, path: string, content?: unknown, type = "application/json") {
        for (let attempt = 1; ; attempt++) {
            let fault: string;
            try {
                const response = await fetch(`${this.url}${path}`, {
                    method,
                    headers: { accept: "application/json", "content-type": type },
                    body: content === undefined ? null : JSON.stringify(content),
                    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
                });
                const body = parse(await response.text());
                const again = response.status >= 500 || (response.status === 429 && !isBudget(body));
                if (!again) return { status: response.status, body };
                fault = messageOf(response.status, body);
            } catch (error) {
                fault = reason(error);
            }
            if (attempt === ATTEMPTS) throw new KubeError(`${method} ${path}: ${fault}`);
            await sleep(this.pauseMs * 2 ** (attempt - 1));
        }
    }
}

export interface Connection {
    readonly url: string;
    close(): void;
}

/** Which cluster, as kubectl takes it: by default the current context of the default file. */
export interface ClusterChoice {
    readonly kubeconfig?: string;
    readonly context?: string;
}

/**
 * Reaches the cluster through `kubectl proxy`, so that every way to log in that kubectl knows works here too. With
 * `KUBE_API_URL` in the environment that address is taken instead.
 */
export async function connect({ kubeconfig, context }: ClusterChoice): Promise<Connection> {
    const given = process.env["KUBE_API_URL"];
    if (given !== undefined && given !== "") return { url: given.replace(/\/$/, ""), close: () => undefined };

    const options = [
        ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
        ...(context === undefined ? [] : ["--context", context]),
    ];
    const proxy = spawn("kubectl", ["proxy", "--port=0", "--address=127.0.0.1", ...options], {
        stdio: ["ignore", "pipe", "pipe"],
    });
    const close = () => void proxy.kill();
    process.once("exit", close);
    return new Promise((resolve, reject) => {
        let said = "";
        proxy.stdout.on("data", (data: Buffer) => {
            said += data.toString();
            const address = /Starting to serve on (\S+:\d+)/.exec(said)?.[1];
            if (address !== undefined) resolve({ url: `http://${address}`, close });
        });
        proxy.stderr.on("data", (data: Buffer) => (said += data.toString()));
        proxy.once("error", (error: NodeJS.ErrnoException) => {
            const missing = "kubectl is not on PATH: install it (https://kubernetes.io/docs/tasks/tools/)";
            reject(new ConnectionError(error.code === "ENOENT" ? missing : `kubectl proxy: ${error.message}`));
        });
        proxy.once("close", () => {
            reject(new ConnectionError(`kubectl proxy has ended: ${said.trim() || "it gave no reason"}`));
        });
    });
}

function refused(what: string, status: number, body: unknown): KubeError {
    return new KubeError(`cannot ${what}: ${messageOf(status, body)}`);
}

function messageOf(status: number, body: unknown): string {
    const parsed = refusal.safeParse(body);
    return `${status} ${parsed.success ? parsed.data.message : String(body).trim().slice(0, 500)}`.trim();
}

function isBudget(body: unknown): boolean {
    const parsed = refusal.safeParse(body);
    return parsed.success && (parsed.data.details?.causes ?? []).some(({ reason }) => reason === "DisruptionBudget");
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

/** The cause says what fetch's own "fetch failed" keeps to itself. */
function reason(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
