import { VERSION, type Envelope, type EnvelopeOf, type Kind } from "../../src/contract/envelope";
import { eventId } from "../../src/contract/ids";
import type { Logged } from "../../src/ports";

const START = Date.UTC(2026, 10, 23);

/** Writes a session's log as the brokers would: offsets without a gap, and time as it goes by. */
export class Log {
    readonly records: Logged[] = [];
    now = START;
    readonly #sequence = new Map<string, number>();

    constructor(readonly session = "s-1") {}

    add<K extends Kind>(
        kind: K,
        sender: string,
        payload: Partial<EnvelopeOf<K>["payload"]>,
        more: Partial<Envelope> = {},
    ): Logged<EnvelopeOf<K>> {
        const sequence = this.#sequence.get(sender) ?? 0;
        this.#sequence.set(sender, sequence + 1);
        const envelope = {
            version: VERSION,
            id: eventId(this.now),
            kind,
            session: this.session,
            council: "strategy",
            round: 1,
            sequence,
            sender,
            recipients: [],
            sentAt: this.now,
            payload: { ...(DEFAULTS[kind] as object), ...payload },
            ...more,
        } as unknown as EnvelopeOf<K>;
        const logged = { envelope, offset: BigInt(this.records.length), timestamp: this.now };
        this.records.push(logged);
        return logged;
    }

    /** Lets time pass. Unit: seconds. */
    wait(seconds: number): this {
        this.now += seconds * 1000;
        return this;
    }
}

export const MEMBERS = ["analyst-0", "analyst-1", "analyst-2", "analyst-3", "analyst-4"] as const;

const DEFAULTS: { readonly [K in Kind]: unknown } = {
    open: {
        question: "Shall we?",
        members: [...MEMBERS],
        rounds: 3,
        roundSeconds: 60,
        quorum: 3,
        method: "majority",
        options: ["yes", "no"],
        evidence: [],
        notify: true,
    },
    position: { text: "I think so.", evidence: [], model: "m1" },
    rebuttal: { text: "Still.", evidence: [], model: "m1" },
    vote: { choice: "yes", reason: "because", model: "m1" },
    verdict: { verdict: "yes", rationale: "why", dissent: [], model: "m1" },
    deadline: {},
    message: { text: "hello", expectsReply: false },
};
