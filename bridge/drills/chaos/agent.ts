import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createInterface } from "node:readline";
import { ANSWER, answerTo, asks, type CouncilPlan, mark, MARK, type Talk } from "./plan";

/*
 * Stands in for OpenClaw in a pod: answers turns at the gateway's address, and calls the bridge's tools. It writes down each turn
 * that it begins and ends, and each message that the bridge has said yes to: that is what the checker goes by.
 *
 *   node agent.cjs CONFIGURATION
 */

export interface AgentConfiguration {
    readonly agent: string;
    readonly gatewayPort: number;
    readonly mcpPort: number;
    readonly tokenFile: string;
    readonly token: string;
    readonly journal: string;
    readonly talks: readonly Talk[];
    /** Councils that it opens, between what it has to say. */
    readonly councils: readonly CouncilPlan[];
    /** Conversations that it is busy with at a time. */
    readonly atOnce: number;
    /** Time over which it spreads what it has to say. Unit: s. */
    readonly leastSeconds: number;
}

/** A line of the journal, in the order in which things happened. */
export type JournalLine =
    | { readonly what: "begin" | "end" | "hangup"; readonly turn: number; readonly of: string }
    | { readonly what: "yes"; readonly session: string; readonly number: number; readonly tries: number }
    | { readonly what: "opened"; readonly session: string; readonly key: string; readonly tries: number };

/** What the drill can have it do, as lines on its standard input. */
export type Order = { readonly do: "refuse"; readonly ms: number } | { readonly do: "hangup" };

/** What it tells the drill now and then, as lines on its standard output. */
export interface Progress {
    readonly yes: number;
    readonly turns: number;
    readonly retries: number;
    readonly done: boolean;
    readonly trouble: string;
}

const CALL_SECONDS = 15;

class StandIn {
    readonly #journal: number;
    readonly #connections = new Agent({ keepAlive: true });
    readonly #open = new Set<ServerResponse>();
    #refusingUntil = 0;
    #turns = 0;
    #yes = 0;
    #retries = 0;
    #trouble = "";
    #done = false;

    constructor(private readonly config: AgentConfiguration) {
        this.#journal = openSync(config.journal, "a");
        writeFileSync(config.tokenFile, config.token);
    }

    async run(): Promise<void> {
        const server = createServer((asked, response) => this.#turn(asked, response));
        server.listen(this.config.gatewayPort, "127.0.0.1");
        createInterface({ input: process.stdin })
            .on("line", (line) => this.#obey(JSON.parse(line) as Order))
            .on("close", () => process.exit(0));
        const tell = setInterval(() => this.#tell(), 500);
        await this.#talk();
        this.#done = true;
        this.#tell();
        // Turns go on; the drill ends it by closing its input.
        tell.unref();
        process.on("exit", () => closeSync(this.#journal));
        setInterval(() => this.#tell(), 500);
    }

    #tell(): void {
        const progress: Progress = {
            yes: this.#yes,
            turns: this.#turns,
            retries: this.#retries,
            done: this.#done,
            trouble: this.#trouble,
        };
        process.stdout.write(`${JSON.stringify(progress)}\n`);
    }

    #obey(order: Order): void {
        if (order.do === "refuse") this.#refusingUntil = Date.now() + order.ms;
        for (const response of this.#open) response.destroy();
    }

    #write(line: JournalLine): void {
        writeSync(this.#journal, `${JSON.stringify(line)}\n`);
    }

    /** A turn: takes its time, and answers as the question asks. */
    #turn(asked: IncomingMessage, response: ServerResponse): void {
        const chunks: Buffer[] = [];
        asked.on("data", (chunk: Buffer) => chunks.push(chunk));
        asked.on("end", () => {
            if (asked.headers.authorization !== `Bearer ${this.config.token}`)
                return void response.writeHead(401).end();
            if (Date.now() < this.#refusingUntil) return void response.writeHead(503).end("no room");
            const { input } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as { input: string };
            const turn = ++this.#turns;
            const of = (MARK.exec(input) ?? ANSWER.exec(input) ?? [""])[0] || `[other] ${input.slice(0, 60)}`;
            this.#write({ what: "begin", turn, of });
            this.#open.add(response);
            const timer = setTimeout(() => {
                this.#write({ what: "end", turn, of });
                response.setHeader("content-type", "application/json");
                response.end(JSON.stringify(answered(textFor(input))));
            }, timeFor(turn));
            response.on("close", () => {
                clearTimeout(timer);
                this.#open.delete(response);
                if (!response.writableEnded) this.#write({ what: "hangup", turn, of });
            });
        });
    }

    /** Says everything, in each conversation one after the other, in many at a time. */
    async #talk(): Promise<void> {
        const queue = this.config.talks.map((talk) => ({ talk, next: 0 }));
        const messages = this.#messages();
        const started = performance.now();
        const speak = async () => {
            for (let turn = queue.shift(); turn !== undefined; turn = queue.shift()) {
                const { talk, next } = turn;
                if (next >= talk.messages) continue;
                const due = started + (this.#yes / messages) * this.config.leastSeconds * 1000;
                await new Promise((resolve) => setTimeout(resolve, Math.max(due - performance.now(), 0)));
                const tries = await this.#say(talk, next);
                this.#write({ what: "yes", session: talk.session, number: next, tries });
                this.#yes += 1;
                queue.push({ talk, next: next + 1 });
            }
        };
        await Promise.all([this.#openCouncils(), ...Array.from({ length: this.config.atOnce }, speak)]);
    }

    #messages(): number {
        return this.config.talks.reduce((sum, talk) => sum + talk.messages, 0);
    }

    /** One after the other, the next when some of what there is to say has been said. */
    async #openCouncils(): Promise<void> {
        const { councils } = this.config;
        const messages = this.#messages();
        for (const [index, { key, council, members, rounds, roundSeconds }] of councils.entries()) {
            while (this.#yes < (index * messages) / councils.length) await new Promise((wait) => setTimeout(wait, 200));
            const question = `Shall it be done? (${key})`;
            const input = { council, question, members, rounds, round_seconds: roundSeconds, idempotency_key: key };
            const { answer, tries } = await this.#untilYes("council_open", input);
            const { session } = JSON.parse(answer) as { session: string };
            this.#write({ what: "opened", session, key, tries });
        }
    }

    async #say({ session, to }: Talk, number: number): Promise<number> {
        const { tries } = await this.#untilYes("send_message", {
            to,
            conversation: session,
            text: `${mark(session, number)} ${"x".repeat((number * 37) % 400)}`,
            expects_reply: asks(number),
            idempotency_key: `${session} ${number}`,
        });
        return tries;
    }

    /** Calls a tool until it says yes, each time under the same key. @returns what it says, and how often it took */
    async #untilYes(tool: string, input: object): Promise<{ answer: string; tries: number }> {
        for (let tries = 1; ; tries++) {
            try {
                return { answer: await this.#call(tool, input), tries };
            } catch (error) {
                this.#trouble = `${tool}: ${error instanceof Error ? error.message : String(error)}`;
                this.#retries += 1;
                await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** tries, 2000)));
            }
        }
    }

    /** Calls a tool as any client of MCP would. @throws what it says where it does not succeed */
    #call(name: string, input: object): Promise<string> {
        const body = JSON.stringify({
            jsonrpc: "2.0",
            id: 1,
            method: "tools/call",
            params: { name, arguments: input },
        });
        return new Promise((resolve, reject) => {
            const asked = request(
                {
                    host: "127.0.0.1",
                    port: this.config.mcpPort,
                    path: "/mcp",
                    method: "POST",
                    agent: this.#connections,
                    signal: AbortSignal.timeout(CALL_SECONDS * 1000),
                    headers: {
                        "content-type": "application/json",
                        accept: "application/json, text/event-stream",
                        "content-length": Buffer.byteLength(body),
                        "mcp-protocol-version": "2025-06-18",
                    },
                },
                (response) => {
                    let text = "";
                    response.on("data", (chunk: Buffer) => (text += String(chunk)));
                    response.on("error", reject);
                    response.on("end", () => {
                        try {
                            resolve(answerIn(response.statusCode ?? 0, text));
                        } catch (error) {
                            reject(error);
                        }
                    });
                },
            );
            asked.on("error", reject);
            asked.end(body);
        });
    }
}

/** What the tools' server answers, as JSON or as an event with JSON. @throws where it is no success */
function answerIn(status: number, text: string): string {
    if (status !== 200) throw new Error(`${status}: ${text.slice(0, 200)}`);
    const json = /^data: (.*)$/m.exec(text)?.[1] ?? text;
    const { result, error } = JSON.parse(json) as {
        result?: { isError?: boolean; content?: { text?: string }[] };
        error?: { message?: string };
    };
    const said = result?.content?.[0]?.text;
    if (said === undefined || result?.isError === true) throw new Error(said ?? error?.message ?? "no result");
    return said;
}

/** Mostly short, sometimes long: a message that takes its time must not let the next one by. Unit: ms. */
function timeFor(turn: number): number {
    const mixed = Math.imul(turn, 0x9e3779b1) >>> 0;
    if (mixed % 200 === 0) return 400 + (mixed % 800);
    return mixed % 10 === 0 ? 20 + (mixed % 40) : mixed % 10;
}

function textFor(input: string): string {
    const found = MARK.exec(input);
    if (found !== null) return answerTo(found[1] ?? "", Number(found[2]));
    // A member of a council: whatever it is asked, this says what is wanted.
    return "VOTE: yes\nIt stands to reason.";
}

function answered(text: string): object {
    return { status: "completed", output: [{ type: "message", content: [{ type: "output_text", text }] }] };
}

const file = process.argv[2];
if (file !== undefined && require.main === module) {
    void new StandIn(JSON.parse(readFileSync(file, "utf8")) as AgentConfiguration).run();
}
