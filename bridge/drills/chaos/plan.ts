/** A conversation: what one agent has to say to another, message by message. */
export interface Talk {
    /** As the sender calls it; the bridge makes a session of it. */
    readonly session: string;
    readonly from: string;
    readonly to: string;
    readonly messages: number;
}

/** A council that somebody is to open. */
export interface CouncilPlan {
    /** Names it before it has a session. */
    readonly key: string;
    readonly council: string;
    readonly opener: string;
    readonly members: readonly string[];
    readonly rounds: number;
    readonly roundSeconds: number;
}

/** One message in so many asks for an answer. */
export const ASKS_EVERY = 5;

/** Whether a message asks for an answer. */
export function asks(number: number): boolean {
    return number % ASKS_EVERY === ASKS_EVERY - 1;
}

/** How the drill's messages can be told in prompts, in the log and in journals. */
export function mark(session: string, number: number): string {
    return `[chaos ${session} ${number}]`;
}

/** Who says what is odd and yet allowed; no agent of the platform. */
export const STRANGER = "wild-0";

export const MARK = /\[chaos ([A-Za-z0-9._:-]+) ([0-9]+)\]/;

/** What an agent answers to a message that asks. */
export function answerTo(session: string, number: number): string {
    return `[answer ${session} ${number}]`;
}

export const ANSWER = /\[answer ([A-Za-z0-9._:-]+) ([0-9]+)\]/;

/** Councils of three, opened by all agents in turn. Rounds are long: a member that is away for a while is waited for. */
export function planCouncils(agents: readonly string[], count: number, council: string): CouncilPlan[] {
    return Array.from({ length: count }, (_, i) => {
        const members = [0, 1, 2].map((rank) => agents[(i + rank) % agents.length] ?? "");
        return { key: `council-${i}`, council, opener: members[0] ?? "", members, rounds: 3, roundSeconds: 90 };
    });
}

/** Who says how much to whom: all agents alike, each to each. */
export function planTalks(agents: readonly string[], sessions: number, messages: number): Talk[] {
    return Array.from({ length: sessions }, (_, i) => {
        const from = i % agents.length;
        // Never to oneself, and in time to everybody else.
        const step = 1 + (Math.floor(i / agents.length) % (agents.length - 1));
        return {
            session: `talk-${i}`,
            from: agents[from] ?? "",
            to: agents[(from + step) % agents.length] ?? "",
            messages: Math.floor(messages / sessions) + (i < messages % sessions ? 1 : 0),
        };
    });
}

/** Numbers that look like chance and are the same for the same seed, so that a run can be repeated (mulberry32). */
export function randomFrom(seed: number): () => number {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}
