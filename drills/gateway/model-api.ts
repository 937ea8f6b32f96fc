import { createServer, type IncomingMessage, type Server } from "node:http";

/** What the drill says begins with it. */
export const MARK = "Drill:";

/** A request to the model, as far as the drill looks at it. */
export interface ModelCall {
    /** What the drill said last in this session. */
    readonly newest: string;
}

/**
 * Stands in for the API of a model. Asked a question, it names every word of the form `word-1` that the session has heard, so
 * an answer shows what the session remembers; else it names the words that are new. `hold` after a word lets it think until
 * {@link release}, the first time it is asked.
 */
export class ModelApi {
    readonly calls: ModelCall[] = [];
    readonly #server: Server;
    readonly #held = new Map<string, () => void>();

    private constructor() {
        this.#server = createServer((request, response) => {
            this.#answer(request)
                .then(({ text, stream }) => {
                    if (stream) {
                        response.writeHead(200, { "content-type": "text/event-stream" });
                        for (const delta of [{ role: "assistant", content: text }, {}]) {
                            const reason = "content" in delta ? null : "stop";
                            response.write(`data: ${JSON.stringify(chunk(delta, reason))}\n\n`);
                        }
                        response.end("data: [DONE]\n\n");
                    } else {
                        response.writeHead(200, { "content-type": "application/json" });
                        response.end(JSON.stringify(whole(text)));
                    }
                })
                .catch((error: unknown) => {
                    response.writeHead(500);
                    response.end(String(error));
                });
        });
    }

    static async start(port: number): Promise<ModelApi> {
        const api = new ModelApi();
        await new Promise<void>((resolve, reject) => {
            api.#server.once("error", reject);
            api.#server.listen(port, "127.0.0.1", resolve);
        });
        return api;
    }

    /** How often the model was asked about a word. */
    asked(word: string): number {
        return this.calls.filter(({ newest }) => newest.split(/[ .]/).includes(word)).length;
    }

    /** Ends the thinking about a word. */
    release(word: string): void {
        this.#held.get(word)?.();
    }

    stop(): void {
        this.#server.closeAllConnections();
        this.#server.close();
    }

    async #answer(request: IncomingMessage): Promise<{ text: string; stream: boolean }> {
        let body = "";
        for await (const part of request) body += String(part);
        if (request.method !== "POST") return { text: "", stream: false };
        const { messages = [], stream = false } = JSON.parse(body) as {
            messages?: { role: string; content: unknown }[];
            stream?: boolean;
        };
        const said = messages.filter(({ role }) => role === "user").map(({ content }) => textOf(content));
        // OpenClaw puts words of its own after what was said.
        const newest = said.findLast((text) => text.includes(MARK)) ?? "";
        // Who asks again, after a power cut, need not wait again; what was said may come with other words around it then.
        const [key, held = ""] = /(word-\d+)\. hold/.exec(newest) ?? [];
        const hold = key !== undefined && this.asked(held) === 0;
        this.calls.push({ newest });
        if (hold) await new Promise<void>((resolve) => this.#held.set(held, resolve));
        const heard = newest.includes("?") ? said : [newest];
        const words = new Set(heard.flatMap((text) => text.match(/word-\d+/g) ?? []));
        return { text: `I heard: ${[...words].join(" ") || "nothing"}.`, stream };
    }
}

function textOf(content: unknown): string {
    if (typeof content === "string") return content;
    if (!Array.isArray(content)) return "";
    return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("\n");
}

function chunk(delta: object, reason: string | null): object {
    return {
        id: "stand-in",
        object: "chat.completion.chunk",
        created: 0,
        model: "stand-in",
        choices: [{ index: 0, delta, finish_reason: reason }],
        ...(reason === null ? {} : { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
    };
}

function whole(text: string): object {
    return {
        id: "stand-in",
        object: "chat.completion",
        created: 0,
        model: "stand-in",
        choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    };
}
