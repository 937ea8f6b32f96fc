import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import type { Gateway, TurnResult } from "../ports";
import type { GatewaySettings } from "../settings";
import { textOf } from "./answer";

/** Longest answer that is read; what comes on the brokers is far shorter. Unit: bytes. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** What this message itself is refused for: it cannot be read, or it is too long. */
const REFUSED = new Set([400, 413, 414, 415, 422, 431]);

/**
 * What may be about this message, and may be not: it is tried again, a few times. All else says nothing about the message: a token
 * or a model that is not known, an account without credit, too many at once, a provider that is down. That goes by, or somebody
 * mends it; meanwhile no message is lost to it.
 */
const FAILED = new Set([408, 500, 504]);

interface Reply {
    readonly status: number;
    readonly body: string;
}

/**
 * The agent's gateway, by its blocking responses endpoint: an answer comes when the turn is over.
 *
 * Not by fetch: it gives up after five minutes without headers, and a turn may take longer.
 */
export class ResponsesGateway implements Gateway {
    readonly #url: URL;
    readonly #agent: Agent;
    readonly #settings: GatewaySettings;

    constructor(settings: GatewaySettings) {
        this.#settings = settings;
        this.#url = new URL(`${settings.url}/v1/responses`);
        this.#agent = new Agent({ keepAlive: true, maxSockets: settings.turnsAtOnce, maxFreeSockets: 4 });
    }

    async turn(session: string, input: string, signal: AbortSignal): Promise<TurnResult> {
        let token: string;
        try {
            token = (await readFile(this.#settings.tokenFile, "utf8")).trim();
        } catch {
            return unavailable("the gateway's token is not there yet");
        }
        if (signal.aborted) return unavailable("the bridge stops");
        try {
            return resultOf(await this.#ask(session, input, token, signal));
        } catch (error) {
            if (signal.aborted) return unavailable("the bridge stops");
            const reason = error instanceof Error ? error.message : String(error);
            // It has not begun, so it is not the message that the gateway broke down on.
            return isNotThere(error) ? unavailable(`the gateway is not there: ${reason}`) : failed(reason);
        }
    }

    /** Closes idle connections. */
    close(): void {
        this.#agent.destroy();
    }

    #ask(session: string, input: string, token: string, signal: AbortSignal): Promise<Reply> {
        const body = Buffer.from(JSON.stringify({ model: "openclaw", input }));
        const { turnSeconds } = this.#settings;
        return new Promise((resolve, reject) => {
            const asked = request(this.#url, {
                method: "POST",
                agent: this.#agent,
                signal,
                headers: {
                    authorization: `Bearer ${token}`,
                    "content-type": "application/json",
                    "content-length": body.length,
                    "x-openclaw-session-key": sessionKeyOf(session),
                },
            });
            const timer = setTimeout(
                () => asked.destroy(new Error(`no answer within ${turnSeconds} s`)),
                turnSeconds * 1000,
            );
            asked.on("error", reject);
            asked.on("close", () => clearTimeout(timer));
            asked.on("response", (response) => {
                const chunks: Buffer[] = [];
                let size = 0;
                response.on("data", (chunk: Buffer) => {
                    size += chunk.length;
                    if (size > LONGEST_ANSWER)
                        asked.destroy(new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`));
                    else chunks.push(chunk);
                });
                response.on("error", reject);
                response.on("close", () => {
                    if (!response.complete) reject(new Error("the gateway broke off its answer"));
                });
                response.on("end", () =>
                    resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
                );
            });
            asked.end(body);
        });
    }
}

/**
 * The gateway's key of a session. Sessions of the bus have names of their own there: other agents choose them, and must not come
 * into the agent's main session, or into one that means something to the gateway (`cron:`, `subagent:`, `:thread:`). The gateway
 * folds keys to small letters, so what would fall together is told apart by a digest.
 */
export function sessionKeyOf(session: string): string {
    const folded = session.toLowerCase().replaceAll(":", "_");
    if (folded === session) return `agent:main:bridge-${folded}`;
    return `agent:main:bridge-${folded}-${createHash("sha256").update(session).digest("hex").slice(0, 16)}`;
}

function resultOf({ status, body }: Reply): TurnResult {
    if (status === 200) return textOf(body);
    const reason = `the gateway answers ${status}: ${body.replaceAll(/\s+/g, " ").trim().slice(0, 300)}`;
    if (REFUSED.has(status)) return { ok: false, refused: true, reason };
    return FAILED.has(status) ? failed(reason) : unavailable(reason);
}

/** Whether a connection did not even come about. */
function isNotThere(error: unknown): boolean {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ECONNREFUSED" || code === "EADDRNOTAVAIL" || code === "EAGAIN" || code === "EMFILE";
}

function failed(reason: string): TurnResult {
    return { ok: false, refused: false, reason };
}

function unavailable(reason: string): TurnResult {
    return { ok: false, refused: false, unavailable: true, reason };
}
