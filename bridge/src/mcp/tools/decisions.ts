import { createHash } from "node:crypto";
import * as z from "zod";
import { isEventId } from "../../contract/ids";
import { councilName, sessionId } from "../../contract/names";
import type { ToolContext } from "../context";
import { Refusal } from "../refusal";
import { idempotencyKey, type Tool, tool } from "../tool";

/** Whose council it is when an agent decides by itself. */
export const ALONE = "alone";
const EXCERPT = 1000;

/** Tools for the log of decisions. */
export function decisionTools({ agent, model, store, decisions, calls, tell }: ToolContext): Tool[] {
    return [
        tool({
            name: "decision_record",
            title: "Record a decision",
            description:
                "Puts a decision that you took by yourself into the decision log, where it is kept for more than a year and cannot be " +
                "changed or deleted. Record what matters: what was decided, why, and what it rests on. Decisions of councils are recorded " +
                "by themselves. Returns its id.",
            input: z.strictObject({
                question: z.string().min(1).max(20_000).describe("What was to be decided"),
                verdict: z.string().min(1).max(65_536).describe("What you decided"),
                rationale: z.string().min(1).max(200_000).describe("Why"),
                evidence: z
                    .array(z.string().min(1).max(20_000))
                    .max(20)
                    .default([])
                    .describe("What it rests on: quotes, figures, addresses of sources"),
                idempotency_key: idempotencyKey,
            }),
            async run({ idempotency_key, ...input }) {
                const { question, verdict, rationale, evidence } = input;
                const id = await calls.eventOf("decision_record", idempotency_key, input);
                const session = `${ALONE}:${agent}:${id}`;
                const isNew = await store.commit({
                    handled: [{ eventId: id, session }],
                    decisions: [
                        {
                            event_id: id,
                            council: ALONE,
                            session_id: session,
                            round: 0,
                            // Nobody can speak for others here: it has one member, who decided.
                            members: [agent],
                            votes: {},
                            verdict,
                            rationale,
                            dissent: [],
                            evidence: [...evidence, { question }],
                            model,
                            prompt_sha256: createHash("sha256").update(question).digest("hex"),
                        },
                    ],
                });
                if (isNew) tell();
                return { decision: id, session, was_recorded_before: !isNew };
            },
        }),
        tool({
            name: "decision_search",
            title: "Search decisions",
            description:
                "Finds decisions that you recorded or in whose council you sat, newest first: by words, council or session. Shows a line of " +
                "each; decision_read gives the whole with votes, dissent and evidence.",
            input: z.strictObject({
                words: z.string().min(1).max(1000).optional().describe("Words that must occur"),
                council: councilName
                    .optional()
                    .describe(`Only of this council; ${ALONE}: what you decided by yourself`),
                session: sessionId.optional().describe("Only of this session"),
                days: z.int().min(1).max(3650).default(90).describe("How far to look back"),
                limit: z.int().min(1).max(50).default(10).describe("How many at most"),
            }),
            readOnly: true,
            async run({ words, council, session, days, limit }) {
                const since = new Date(Date.now() - days * 86_400_000);
                const found = await decisions.search({ words, council, session, since, most: limit });
                return found.map(({ rationale, verdict, ...line }) => ({
                    ...line,
                    verdict: verdict.slice(0, EXCERPT),
                    rationale: rationale.slice(0, EXCERPT),
                }));
            },
        }),
        tool({
            name: "decision_read",
            title: "Read a decision",
            description:
                "The whole of a decision: votes, rationale, dissent, evidence, who recorded it, and its link in the log's chain.",
            input: z.strictObject({ decision: z.string().describe("Its id, from decision_search or decision_record") }),
            readOnly: true,
            async run({ decision }) {
                const found = isEventId(decision) ? await decisions.read(decision) : undefined;
                if (found !== undefined) return found;
                throw new Refusal(
                    `There is no decision ${decision} that you recorded or in whose council you sat. decision_search lists them.`,
                );
            },
        }),
    ];
}
