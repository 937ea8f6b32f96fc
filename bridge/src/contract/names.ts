import { z } from "zod";

/** Topics as the platform names them (`components/coordination/topics.ts`). */
export const TOPICS = {
    council: "council-deliberation",
    messages: "agent-messages",
    decisions: "decisions",
    audit: "audit-events",
    deadLetters: "dead-letters",
} as const;

export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

/** Largest message that a topic takes. Unit: bytes. Larger things go into memory, and the message names them. */
export const LARGEST_MESSAGE = 768 * 1024;

/** An agent is named like its pod, `<class>-<n>`. */
export const agentName = z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}-[0-9]{1,4}$/)
    .describe("An agent, named like its pod: <class>-<n>");

export const councilName = z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/)
    .describe("A council, as the fleet's configuration names it");

/** A council's session, or a conversation of two agents: what has an order. */
export const sessionId = z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/)
    .describe("What has an order: a council's session, or a conversation; the key of council messages");

/** The class of an agent: `analyst` of `analyst-17`. */
export function classOf(agent: string): string {
    return agent.replace(/-[0-9]+$/, "");
}

/** Groups that read a topic once for all, and see to what nobody can handle (`components/coordination/consumer-groups.ts`). */
export const CARETAKERS = { [TOPICS.council]: "openclaw-council", [TOPICS.messages]: "openclaw-messages" } as const;

/** Topics that bridges read. */
export type ReadTopic = keyof typeof CARETAKERS;
