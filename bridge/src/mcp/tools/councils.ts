import * as z from "zod";
import { openPayload } from "../../contract/envelope";
import { eventId } from "../../contract/ids";
import { agentName, councilName, sessionId } from "../../contract/names";
import type { ToolContext } from "../context";
import type { CouncilStatus } from "../councils";
import { Refusal } from "../refusal";
import { idempotencyKey, type Tool, tool } from "../tool";

const session = sessionId.describe("Session of the council, as council_open or council_status name it");
const evidence = z
    .array(z.string().min(1).max(20_000))
    .max(50)
    .default([])
    .describe("What it rests on: quotes, figures, addresses of sources");

/** Tools for deliberating with other agents. */
export function councilTools(context: ToolContext): Tool[] {
    const { agent, councils, calls, seats, councilNames } = context;
    return [
        tool({
            name: "council_open",
            title: "Open a council",
            description:
                "Puts a question to a council of agents. They take positions, answer each other, and vote, or one of them writes the " +
                "verdict for all. It runs by itself: members are asked in turn, and you are told the verdict when there is one (unless " +
                "notify is false). Returns the session's name.",
            input: z.strictObject({
                council: councilName
                    .optional()
                    .describe("Which council; may be left out where you may sit in one only"),
                question: openPayload.shape.question,
                members: z
                    .array(agentName)
                    .min(1)
                    .max(50)
                    .optional()
                    .describe("Who deliberates, in order of rank. Left out: everybody who sits in the council now"),
                rounds: openPayload.shape.rounds.default(3),
                round_seconds: openPayload.shape.roundSeconds.default(300),
                quorum: openPayload.shape.quorum
                    .optional()
                    .describe("Members who must take part for a verdict. Left out: more than half"),
                method: openPayload.shape.method.default("majority"),
                options: openPayload.shape.options,
                evidence,
                notify: openPayload.shape.notify,
                idempotency_key: idempotencyKey,
            }),
            async run(input) {
                const { idempotency_key, round_seconds, question, rounds, method, options, evidence, notify } = input;
                const council = theCouncil(councilNames, input.council);
                const members = input.members ?? (await seats.in(council));
                await requireMembers(context, council, members);
                const quorum = input.quorum ?? Math.floor(members.length / 2) + 1;
                if (quorum > members.length) {
                    throw new Refusal(`A quorum of ${quorum} cannot be reached by ${members.length} members.`);
                }
                const rules = {
                    question,
                    members,
                    rounds,
                    roundSeconds: round_seconds,
                    quorum,
                    method,
                    options,
                    evidence,
                    notify,
                };
                // Who sits there may change between two tries; what was asked for does not.
                const id = await calls.eventOf("council_open", idempotency_key, input);
                const opened = await councils.open({ eventId: id, council, rules });
                return { ...opened, council, members, quorum, ends_within_seconds: rounds * round_seconds };
            },
        }),
        tool({
            name: "council_join",
            title: "Take a seat in a council",
            description:
                "Takes a seat in a council, so that you are among those who are asked when somebody opens it. You sit in all of your " +
                "councils when you start; this is for coming back after council_leave. Returns who sits there now.",
            input: z.strictObject({ council: councilName }),
            async run({ council }) {
                await seats.take([theCouncil(councilNames, council)]);
                return { council, members: await seats.in(council) };
            },
        }),
        tool({
            name: "council_leave",
            title: "Leave a council",
            description:
                "Gives up your seat in a council: you are not asked any more when somebody opens it, until you join again or start anew. " +
                "Sessions that run are not left by it.",
            input: z.strictObject({ council: councilName }),
            async run({ council }) {
                const sat = await seats.leave(theCouncil(councilNames, council));
                return { council, left: sat, members: await seats.in(council) };
            },
        }),
        tool({
            name: "council_status",
            title: "See how a council stands",
            description:
                "With a session: its question, round, who has yet to speak, what was said, and the verdict where there is one. Without: " +
                "the sessions that you follow, and who sits in your councils. A session that has ended is in decision_search.",
            input: z.strictObject({ session: session.optional() }),
            readOnly: true,
            async run(input) {
                if (input.session !== undefined) return shown(agent, statusOf(context, input.session));
                const seated = await Promise.all(
                    councilNames.map(async (council) => ({ council, members: await seats.in(council) })),
                );
                return { sessions: councils.sessions(), councils: seated };
            },
        }),
        tool({
            name: "council_post",
            title: "Say something in a council",
            description:
                "In a round for positions or rebuttals: your statement, once a round. When you are asked for it in a turn, the answer of " +
                "the turn is your statement already; use this to say it yourself. With as: message it is said beside the rounds, to some " +
                "members or to all.",
            input: z.strictObject({
                session,
                text: z.string().min(1).max(65_536).describe("What you say"),
                evidence,
                as: z.enum(["statement", "message"]).default("statement").describe("What it counts as"),
                to: z.array(agentName).max(50).default([]).describe("Of a message: who it is for; none: all members"),
                expects_reply: z.boolean().default(false).describe("Of a message: whether they are asked to answer"),
                idempotency_key: idempotencyKey,
            }),
            async run({ idempotency_key, ...input }) {
                const { text, as, to, evidence } = input;
                if (as === "statement" && (to.length > 0 || input.expects_reply)) {
                    throw new Refusal(
                        "A statement is for all members; to and expects_reply are for a message (as: message).",
                    );
                }
                const id = await calls.eventOf("council_post", idempotency_key, input);
                return councils.say(
                    input.session,
                    as === "statement"
                        ? { kind: "statement", text, evidence }
                        : { kind: "message", text, recipients: to, expectsReply: input.expects_reply },
                    id,
                );
            },
        }),
        tool({
            name: "council_vote",
            title: "Vote in a council",
            description:
                "Your vote in the last round of a council that decides by votes: one of its options, or abstain. Once; it cannot be changed.",
            input: z.strictObject({
                session,
                choice: z.string().min(1).max(200).describe("One of the options, or abstain"),
                reason: z.string().max(65_536).default("").describe("Why; it is kept, as dissent too"),
            }),
            async run({ session, choice, reason }) {
                return councils.say(session, { kind: "vote", choice, reason }, eventId());
            },
        }),
        tool({
            name: "council_close",
            title: "Close a council with its verdict",
            description:
                "Writes the verdict of a council that decides by synthesis, for all of its members, when council_status says that the " +
                "verdict is yours to write. Name who does not agree: dissent is kept. A council that votes closes by itself.",
            input: z.strictObject({
                session,
                verdict: z.string().min(1).max(65_536).describe("What is decided"),
                rationale: z.string().max(200_000).default("").describe("Why"),
                dissent: z
                    .array(z.strictObject({ member: agentName, reason: z.string().max(65_536) }))
                    .max(50)
                    .default([])
                    .describe("Who does not agree, and why"),
            }),
            async run({ session, verdict, rationale, dissent }) {
                return councils.say(session, { kind: "verdict", verdict, rationale, dissent }, eventId());
            },
        }),
    ];
}

function theCouncil(names: readonly string[], given: string | undefined): string {
    if (names.length === 0) throw new Refusal("You may sit in no council. Operators say who may, by class.");
    const yours = `yours: ${names.join(", ")}`;
    if (given === undefined) {
        const [only, another] = names;
        if (only === undefined || another !== undefined) throw new Refusal(`Say which council; ${yours}.`);
        return only;
    }
    if (!names.includes(given)) throw new Refusal(`You may not sit in the council ${given}; ${yours}.`);
    return given;
}

async function requireMembers({ store }: ToolContext, council: string, members: readonly string[]): Promise<void> {
    if (members.length === 0) {
        throw new Refusal(`Nobody sits in the council ${council} now. Join it, wait for others, or name members.`);
    }
    if (members.length > 50) {
        throw new Refusal(
            `${members.length} agents sit in the council ${council}; a session has at most 50. Name members.`,
        );
    }
    if (new Set(members).size < members.length) throw new Refusal("A member is named twice.");
    const known = await store.agentsAmong(members);
    const strangers = members.filter((member) => !known.has(member));
    if (strangers.length > 0) throw new Refusal(`There is no agent ${strangers.join(", ")}.`);
}

function statusOf({ councils }: ToolContext, name: string): CouncilStatus {
    const status = councils.status(name);
    if (status === undefined) {
        throw new Refusal(
            `You follow no session ${name}. council_status without a session lists those you follow; one that has ended is in decision_search.`,
        );
    }
    return status;
}

function shown(agent: string, { deadline, rules, ...status }: CouncilStatus) {
    return {
        ...status,
        question: rules.question,
        rounds: rules.rounds,
        method: rules.method,
        options: rules.options,
        quorum: rules.quorum,
        members: rules.members,
        your_turn: status.awaited.includes(agent),
        ...(status.asksFor !== undefined && { round_ends: new Date(deadline).toISOString() }),
    };
}
