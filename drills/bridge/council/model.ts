import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A call of a tool, as a model asks for it. */
interface ToolCall {
    readonly name: string;
    readonly input: object;
}

interface Message {
    readonly role: string;
    readonly content: unknown;
    readonly tool_calls?: unknown;
}

interface Request {
    readonly messages: readonly Message[];
    readonly tools: readonly { readonly function: { readonly name: string } }[];
    readonly stream: boolean;
}

/** Asked for by the drill, in the words that it uses. */
export const OPEN = "Please open the council";
export const ASK = "Please ask";

/** What this model knows an answer to: the drill's words and the bridge's. */
const KNOWN = [OPEN, ASK, "a member of the council", "A message from the agent", "that you opened"];

/**
 * Stands in for the API of a model. It has opinions, written down here, and works with OpenClaw's tools as a model does: it opens a
 * council when it is asked to, answers in the rounds, and votes, some members by the tool and some by what they say.
 */
export class CouncilModel {
    readonly #server: Server;
    /** Names of tools that OpenClaw offered. */
    readonly offered = new Set<string>();
    /** Calls of tools that it asked for, by name. */
    readonly called: string[] = [];
    /** What tools answered. */
    readonly answered: string[] = [];

    private constructor(private readonly rules: object) {
        this.#server = createServer((request, response) => {
            this.#answer(request, response).catch((error: unknown) => {
                response.writeHead(500);
                response.end(String(error));
            });
        });
    }

    /** @param rules that councils are opened with */
    static async start(port: number, rules: object): Promise<CouncilModel> {
        const model = new CouncilModel(rules);
        await new Promise<void>((resolve, reject) => {
            model.#server.once("error", reject);
            model.#server.listen(port, "127.0.0.1", resolve);
        });
        return model;
    }

    stop(): void {
        this.#server.closeAllConnections();
        this.#server.close();
    }

    async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        let body = "";
        for await (const part of request) body += String(part);
        if (request.method !== "POST") return void response.end();
        const { messages = [], tools = [], stream = false } = JSON.parse(body) as Partial<Request>;
        for (const { function: each } of tools) this.offered.add(each.name);
        // OpenClaw puts words of its own after what was said, and after what a tool answered.
        const index = messages.findLastIndex(
            ({ role, content }) => role === "user" && KNOWN.some((words) => textOf(content).includes(words)),
        );
        const answers = messages.slice(index + 1).filter(({ role }) => role === "tool");
        this.answered.push(...answers.slice(-1).map(({ content }) => textOf(content)));
        const reply = answers.length > 0 ? "Done." : this.#think(textOf(messages[index]?.content));
        const call = typeof reply === "string" ? undefined : this.#named(reply, tools);
        const text = typeof reply === "string" ? reply : "";
        send(response, stream, text, call);
    }

    #think(asked: string): string | ToolCall {
        const [, to, question] = new RegExp(`${ASK} (\\S+): (.+?)\\.$`, "m").exec(asked) ?? [];
        if (to !== undefined && question !== undefined) {
            return {
                name: "send_message",
                input: { to, text: question, expects_reply: true },
            };
        }
        if (asked.includes(OPEN)) return { name: "council_open", input: this.rules };
        const [, agent, round] = /You are (\S+), a member[^]*?This is round (\d+) of/.exec(asked) ?? [];
        if (agent === undefined) return /A message from the agent (\S+)/.test(asked) ? "Seventeen." : "Understood.";
        const number = Number(agent.split("-").at(-1));
        const choice = number % 3 === 2 ? "no" : "yes";
        if (!asked.includes("Vote now.")) {
            const others = (asked.match(/<statement by=/g) ?? []).length;
            return round === "1"
                ? `${agent}: my position is ${choice}, for reason ${number}.`
                : `${agent}: having read ${others} statements I stay with ${choice}.`;
        }
        const [, session = ""] = /Session: ([^\s]+)\./.exec(asked) ?? [];
        const reason = `${agent} weighs reason ${number} most`;
        return number % 2 === 0
            ? { name: "council_vote", input: { session, choice, reason } }
            : `VOTE: ${choice}\n${reason}`;
    }

    /** OpenClaw puts the server's name before a tool's. */
    #named(call: ToolCall, tools: Request["tools"]): ToolCall {
        const name = tools.map(({ function: each }) => each.name).find((each) => each.endsWith(call.name)) ?? call.name;
        this.called.push(name);
        return { ...call, name };
    }
}

function textOf(content: unknown): string {
    if (typeof content === "string") return content;
    if (!Array.isArray(content)) return "";
    return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("\n");
}

let calls = 0;

function send(response: ServerResponse, stream: boolean, text: string, call: ToolCall | undefined): void {
    const tool_calls = call && [
        {
            index: 0,
            id: `call-${(calls += 1)}`,
            type: "function",
            function: { name: call.name, arguments: JSON.stringify(call.input) },
        },
    ];
    const message = { role: "assistant", content: text, ...(tool_calls && { tool_calls }) };
    const reason = call === undefined ? "stop" : "tool_calls";
    const common = { id: "stand-in", created: 0, model: "stand-in" };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    if (!stream) {
        response.writeHead(200, { "content-type": "application/json" });
        const choices = [{ index: 0, message, finish_reason: reason }];
        response.end(JSON.stringify({ ...common, object: "chat.completion", choices, usage }));
        return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [delta, finish_reason] of [
        [message, null],
        [{}, reason],
    ] as const) {
        const choices = [{ index: 0, delta, finish_reason }];
        const last = finish_reason === null ? {} : { usage };
        response.write(`data: ${JSON.stringify({ ...common, object: "chat.completion.chunk", choices, ...last })}\n\n`);
    }
    response.end("data: [DONE]\n\n");
}
