import * as z from "zod";
import { agentName, TOPICS } from "../../contract/names";
import { entryOf } from "../../inbound/compose";
import type { ToolContext } from "../context";
import { Refusal } from "../refusal";
import { idempotencyKey, type Tool, tool } from "../tool";

/** Conversations whose messages are counted; more are counted anew. */
const COUNTED = 2000;

/** The tool for writing to another agent. */
export function messageTools({ agent, store, calls, tell }: ToolContext): Tool[] {
    const sent = new Map<string, number>();
    return [
        tool({
            name: "send_message",
            title: "Send a message to an agent",
            description:
                "Sends a message to another agent, which reads it in a turn of its own. Messages of a conversation arrive in the order in " +
                "which you send them, and each once, even if that agent is away for a while. With expects_reply its answer comes back to " +
                "you as a message. Returns as soon as the message is safe, not when it is read.",
            input: z.strictObject({
                to: agentName.describe("The agent, e.g. analyst-3"),
                text: z.string().min(1).max(524_288).describe("What you say"),
                conversation: z
                    .string()
                    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/)
                    .optional()
                    .describe(
                        "Name of a conversation, to keep subjects apart; left out: the one conversation of you two",
                    ),
                expects_reply: z.boolean().default(false).describe("Whether the agent's answer is sent back to you"),
                idempotency_key: idempotencyKey,
            }),
            async run({ idempotency_key, ...input }) {
                const { to, text, conversation } = input;
                if (to === agent) throw new Refusal("That is you. Keep notes for yourself with memory_write.");
                if (!(await store.agentsAmong([to])).has(to)) throw new Refusal(`There is no agent ${to}.`);
                const id = await calls.eventOf("send_message", idempotency_key, input);
                const session = sessionOf(agent, to, conversation);
                const sequence = sent.get(session) ?? 0;
                const entry = entryOf(
                    agent,
                    {
                        id,
                        kind: "message",
                        session,
                        round: 0,
                        sequence,
                        recipients: [to],
                        payload: { text, expectsReply: input.expects_reply },
                    },
                    TOPICS.messages,
                    to,
                );
                const isNew = await store.commit({ handled: [{ eventId: id, session }], outbox: [entry] });
                if (isNew) {
                    if (sent.size >= COUNTED) sent.clear();
                    sent.set(session, sequence + 1);
                    tell();
                }
                return { message: id, to, conversation: session, was_sent_before: !isNew };
            },
        }),
    ];
}

/** The same for both, whoever writes first. Councils' sessions are named otherwise, so that nobody can write into one from here. */
function sessionOf(one: string, other: string, conversation: string | undefined): string {
    const pair = [one, other].sort().join(":");
    return conversation === undefined ? `direct:${pair}` : `direct:${pair}:${conversation}`;
}
