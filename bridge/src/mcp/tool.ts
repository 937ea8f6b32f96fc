import * as z from "zod";
import { TooLarge } from "../inbound/compose";
import { KeyUsed } from "../store/calls";
import { codeOf } from "../store/errors";
import { OtherVersion } from "../store/memories";
import { Refusal } from "./refusal";

/** What an agent's tool answers: text for the model to read. */
export interface ToolAnswer {
    readonly text: string;
    readonly isError: boolean;
}

/** A tool, ready to be listed and called. */
export interface Tool {
    readonly name: string;
    readonly title: string;
    readonly description: string;
    /** JSON Schema of its input. */
    readonly inputSchema: { readonly type: "object"; readonly [key: string]: unknown };
    readonly readOnly: boolean;
    /** Never throws. @param onFault told what is not the agent's fault */
    call(input: unknown, onFault: (error: unknown) => void): Promise<ToolAnswer>;
}

export interface ToolDefinition<S extends z.ZodObject> {
    /** As it is called; stays as it is, for agents' instructions name it. */
    readonly name: string;
    readonly title: string;
    /** For a model: what it does, when to use it, and what comes back. */
    readonly description: string;
    readonly input: S;
    /** Whether it changes nothing. */
    readonly readOnly?: boolean;
    /** @returns what the agent is told, as JSON. @throws Refusal */
    run(input: z.infer<S>): Promise<unknown>;
}

export function tool<S extends z.ZodObject>(definition: ToolDefinition<S>): Tool {
    const { name, title, description, input, readOnly = false, run } = definition;
    const schema = z.toJSONSchema(input, { io: "input" });
    // Which JSON Schema it is in matters to no model, and some of their APIs refuse to be told.
    delete schema.$schema;
    return {
        name,
        title,
        description,
        inputSchema: { ...schema, type: "object" },
        readOnly,
        async call(given, onFault) {
            const read = input.safeParse(given ?? {});
            if (!read.success) return refused(`${name} was called wrongly. ${problemsOf(read.error)}`);
            try {
                return { text: JSON.stringify(await run(read.data)), isError: false };
            } catch (error) {
                if (isMeantForAgents(error)) return refused(error.message);
                onFault(error);
                return refused(sentenceFor(error, "idempotency_key" in input.shape));
            }
        },
    };
}

/** Input of tools that write, so that a second try does not write twice. */
export const idempotencyKey = z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe(
        "Any text of your own that names this call. Give the same one when you try again: then it is done only once",
    );

function refused(text: string): ToolAnswer {
    return { text, isError: true };
}

function isMeantForAgents(error: unknown): error is Error {
    return (
        error instanceof Refusal ||
        error instanceof TooLarge ||
        error instanceof KeyUsed ||
        error instanceof OtherVersion
    );
}

function problemsOf({ issues }: z.ZodError): string {
    return issues
        .slice(0, 10)
        .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`))
        .join("; ");
}

/** A lost connection, no connection, a server that starts, stops, or is not the writer any more. */
const AWAY = /^(08|57P|53|25006|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)/;
/** The client's own words, which have no code. */
const LOST = /connection|timeout/i;

function sentenceFor(error: unknown, hasKey: boolean): string {
    const again = hasKey ? "try again in a moment, with the same idempotency_key" : "try again in a moment";
    const code = codeOf(error);
    if (code === "57014" || code === "55P03") return `The database was too busy to answer in time: ${again}.`;
    if (code.startsWith("22") || code.startsWith("23")) return "The database does not take these values: change them.";
    if (code === "42501") return "This agent may not do that. Trying again will not help.";
    if (AWAY.test(code) || (error instanceof Error && LOST.test(error.message)))
        return `The database cannot be reached just now: ${again}.`;
    return `It failed for a reason inside the platform, which its operators can see: ${again}.`;
}
