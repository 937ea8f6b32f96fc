import { z } from "zod";
import { isEventId } from "./ids";
import { agentName, councilName, sessionId } from "./names";

/*
 * What agents send each other. A reader passes over fields that it does not know, so that fields may be
 * added while old and new bridges run side by side. None is ever removed, renamed or given another meaning: that would be
 * another version.
 */

/** Version of the contract. */
export const VERSION = 1;

const text = (description: string, most = 65_536) => z.string().min(1).max(most).describe(description);
const eventId = z.string().refine(isEventId, "must be a UUID of version 7");

/** Turns and outcome of a council's session. */
export const openPayload = z.object({
    question: text("What is to be decided"),
    members: z
        .array(agentName)
        .min(1)
        .max(50)
        .refine((members) => new Set(members).size === members.length, "must not name a member twice")
        .describe("Who deliberates, in order of rank: the first one that is there writes the verdict"),
    rounds: z
        .int()
        .min(1)
        .max(10)
        .describe(
            "Rounds: the first is for positions, the last for votes or the synthesis, those between for rebuttals",
        ),
    roundSeconds: z
        .int()
        .min(1)
        .max(86_400)
        .describe("Time for a round, after which it goes on without who is missing. Unit: seconds"),
    quorum: z.int().min(1).max(50).describe("Members who must vote, or have taken a position, for a verdict"),
    method: z.enum(["majority", "unanimity", "synthesis"]).describe("How the verdict comes about"),
    options: z
        .array(text("A choice", 200))
        .min(2)
        .max(20)
        .refine((options) => new Set(options).size === options.length, "must not name an option twice")
        .default(["yes", "no"])
        .describe("What can be voted for; anybody may abstain"),
    evidence: z.array(z.json()).max(100).default([]).describe("What the question rests on"),
    notify: z.boolean().default(true).describe("Whether the opener is told the verdict in a turn"),
});

/** Said in a round. */
export const statementPayload = z.object({
    text: text("What the member says"),
    evidence: z.array(z.json()).max(100).default([]).describe("What it rests on"),
    model: z.string().max(300).default("unknown").describe("Model that wrote it"),
});

/** The choice of those who abstain. */
export const ABSTAIN = "abstain";

export const votePayload = z.object({
    choice: text("One of the options, or abstain", 200),
    reason: z.string().max(65_536).default("").describe("Why"),
    model: z.string().max(300).default("unknown").describe("Model that wrote it"),
});

export const verdictPayload = z.object({
    verdict: text("What was decided"),
    rationale: z.string().max(262_144).describe("Why"),
    dissent: z
        .array(z.object({ member: agentName, reason: z.string().max(65_536) }))
        .max(50)
        .default([])
        .describe("Who does not agree with a synthesis, and why; dissent from a vote shows by itself"),
    model: z.string().max(300).default("unknown").describe("Model that wrote it"),
});

/** Says that a round's time is over; without effect while it is not, by the broker's clock. */
export const deadlinePayload = z.object({});

export const messagePayload = z.object({
    text: text("What is said", 524_288),
    expectsReply: z.boolean().default(false).describe("Whether the receiver's answer is sent back"),
});

const PAYLOADS = {
    open: openPayload,
    position: statementPayload,
    rebuttal: statementPayload,
    vote: votePayload,
    verdict: verdictPayload,
    deadline: deadlinePayload,
    message: messagePayload,
} as const;

export type Kind = keyof typeof PAYLOADS;
export const KINDS = Object.keys(PAYLOADS) as readonly Kind[];

/** What every message has, whatever it says. */
const common = {
    version: z.literal(VERSION).describe("Version of this contract"),
    id: eventId.describe("The event's id: a UUID of version 7; whoever has handled it once does not handle it again"),
    session: sessionId,
    council: councilName.optional().describe("The council, in messages of one"),
    round: z.int().min(0).max(10).describe("Round of the council that it belongs to; 0 outside of rounds"),
    sequence: z.int().min(0).describe("Place among the sender's messages of this session, as far as it counts them"),
    sender: agentName.describe("Who says it"),
    recipients: z.array(agentName).max(50).describe("Whom it is for; none: all members of the session"),
    causation: eventId.optional().describe("Id of the event that it answers or follows from"),
    traceparent: z
        .string()
        .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
        .optional()
        .describe("Trace that it is part of (W3C Trace Context)"),
    sentAt: z.int().min(0).describe("When it was produced, by the sender's clock. Unit: milliseconds since 1970"),
} as const;

const kind = <const K extends Kind>(name: K) => z.object({ ...common, kind: z.literal(name), payload: PAYLOADS[name] });

/** A message, as it stands on the brokers. */
export const envelope = z.discriminatedUnion("kind", [
    kind("open"),
    kind("position"),
    kind("rebuttal"),
    kind("vote"),
    kind("verdict"),
    kind("deadline"),
    kind("message"),
]);

export type Envelope = z.infer<typeof envelope>;
export type EnvelopeOf<K extends Kind> = Extract<Envelope, { kind: K }>;
