import { eventId } from "../../src/contract/ids";
import { TOPICS } from "../../src/contract/names";
import { writeEnvelope } from "../../src/contract/read";
import type { OutgoingRecord } from "../../src/ports";

/*
 * What agents say in this drill. Half of it is said to one agent, half in a session of a council, whose members all hear it.
 */

/** A session of a council, and who sits in it. */
export interface Session {
    readonly name: string;
    readonly members: readonly string[];
}

export interface World {
    readonly agents: readonly string[];
    readonly sessions: readonly Session[];
}

/** Members of each session. */
export const MEMBERS = 3;
/** About what a paragraph has. Unit: characters. */
const LENGTH = 800;

/** Agents of two zones, and a session for each in which members are of both. */
export function worldOf(perZone: number): World {
    const agents = Array.from({ length: perZone * 2 }, (_, index) => `${index % 2 === 0 ? "left" : "right"}-${index}`);
    const sessions = agents.map((_, index) => ({
        name: `session-${index}`,
        members: Array.from({ length: MEMBERS }, (_none, step) => agents[(index + step) % agents.length] ?? ""),
    }));
    return { agents, sessions };
}

/** Something to be sent, and how many hear it. */
export interface Said {
    readonly record: OutgoingRecord & { readonly eventId: string };
    readonly hearers: number;
}

/** The time now, the same in all processes of a machine. Unit: ms. */
export function clock(): number {
    return Number(process.hrtime.bigint()) / 1e6;
}

/** @param due when it was to be sent, by {@link clock}; a sender that is late is counted as part of the latency */
export function say(sender: string, due: number, { agents, sessions }: World, random: () => number): Said {
    const pick = <T>(some: readonly T[]): T | undefined => some[Math.floor(random() * some.length)];
    const id = eventId();
    const text = `${due.toFixed(3)} `.padEnd(LENGTH, "words ");
    const common = { version: 1 as const, id, round: 1, sequence: 0, sender, sentAt: Date.now() };
    if (random() < 0.5) {
        const to = pick(agents) ?? sender;
        const value = writeEnvelope({
            ...common,
            kind: "message",
            session: `${sender}:${to}`,
            recipients: [to],
            payload: { text, expectsReply: false },
        });
        return { record: { eventId: id, topic: TOPICS.messages, key: to, value: String(value) }, hearers: 1 };
    }
    const session = pick(sessions.filter(({ members }) => members.includes(sender)));
    const key = session?.name ?? "";
    const value = writeEnvelope({
        ...common,
        kind: "position",
        session: key,
        recipients: [],
        payload: { text, evidence: [], model: "stand-in" },
    });
    return {
        record: { eventId: id, topic: TOPICS.council, key, value: String(value) },
        hearers: session?.members.length ?? 0,
    };
}

/** When a message was to be sent; undefined where it is none of this drill's. */
export function dueOf(text: string): number | undefined {
    const due = Number.parseFloat(text);
    return Number.isFinite(due) ? due : undefined;
}
