import type { Envelope, EnvelopeOf } from "../contract/envelope";
import { ABSTAIN } from "../contract/envelope";
import { traceFor, traceparentOf } from "../operations/trace";
import type { Logged } from "../ports";
import { type Outcome, outcomeOfVote, outcomeWithout, synthesis } from "./outcome";
import { type ContributionKind, kindOfRound, type Rules } from "./rules";

/** As much of what is said as anybody is shown again: the whole of it stands in the log. Unit: characters. */
export const SHOWN = 8000;

/** What a member said in a round. */
export interface Contribution {
    readonly id: string;
    readonly round: number;
    readonly member: string;
    readonly kind: Exclude<ContributionKind, "verdict">;
    /** Text of a statement, or reason of a vote, as far as it is shown. */
    readonly text: string;
    /** Of votes. */
    readonly choice?: string;
    readonly model: string;
}

/** A message that changed nothing, and why. */
export interface Ignored {
    readonly id: string;
    readonly kind: string;
    readonly sender: string;
    readonly reason: string;
}

/**
 * A council's session, worked out from the log and nothing else: no clock, no chance, no order but the log's. Whoever applies
 * the same records, from the opening on, has the same state: all members, an auditor, or the same member after a crash.
 *
 * Time is the broker's, as it stands on the records. A round ends when everybody who is awaited has spoken, or with the first
 * record that is dated after its deadline; then the next begins. Awaited are those who spoke in the round before, so a
 * member that is gone costs one deadline, not one for each round.
 */
export class Council {
    readonly session: string;
    readonly name: string;
    readonly opener: string;
    readonly openId: string;
    readonly rules: Rules;
    /** Trace that the session is part of. */
    readonly traceparent: string;

    #round = 1;
    #roundStart: number;
    #roundCause: string;
    #awaited: readonly string[];
    /** In a synthesis: the rank of the member whose turn it is. */
    #turn = 0;
    #outcome: Outcome | undefined;
    #verdictId: string | undefined;
    #verdictSender: string | undefined;
    readonly #contributions: Contribution[] = [];
    readonly #ignored: Ignored[] = [];
    readonly #seen = new Set<string>();

    constructor({ envelope, timestamp }: Logged<EnvelopeOf<"open">>) {
        this.session = envelope.session;
        this.name = envelope.council ?? "";
        this.opener = envelope.sender;
        this.openId = envelope.id;
        this.rules = envelope.payload;
        this.traceparent = envelope.traceparent ?? traceparentOf(traceFor(envelope.id));
        this.#roundStart = timestamp;
        this.#roundCause = envelope.id;
        this.#awaited = envelope.payload.members;
        this.#seen.add(envelope.id);
    }

    /** The round that goes on, or went on last. */
    get round(): number {
        return this.#round;
    }
    /** What this round is for. */
    get kind(): ContributionKind {
        return kindOfRound(this.rules, this.#round);
    }
    /** Id of the event that began this round: what is said in it follows from there. */
    get roundCause(): string {
        return this.#roundCause;
    }
    /** When the round's time is over, by the broker's clock. Unit: ms since 1970. */
    get deadline(): number {
        return this.#roundStart + this.rules.roundSeconds * 1000;
    }
    get contributions(): readonly Contribution[] {
        return this.#contributions;
    }
    get ignored(): readonly Ignored[] {
        return this.#ignored;
    }
    /** What the council came to; undefined while it deliberates. */
    get outcome(): Outcome | undefined {
        return this.#outcome;
    }
    /** Id of the message that told the verdict first; undefined until then. */
    get verdictId(): string | undefined {
        return this.#verdictId;
    }
    get verdictSender(): string | undefined {
        return this.#verdictSender;
    }
    /** Who writes the verdict of a synthesis now. */
    get synthesizer(): string | undefined {
        return this.kind === "verdict" ? this.rules.members[this.#turn] : undefined;
    }

    isMember(agent: string): boolean {
        return this.rules.members.includes(agent);
    }

    /** What was said in a round. */
    inRound(round: number): readonly Contribution[] {
        return this.#contributions.filter((each) => each.round === round);
    }

    /** Whether this member is yet to speak in this round. */
    isAskedFor(agent: string): boolean {
        if (this.#outcome !== undefined || !this.isMember(agent)) return false;
        if (this.kind === "verdict") return this.synthesizer === agent;
        return !this.inRound(this.#round).some(({ member }) => member === agent);
    }

    /** Takes in the next record of this session. @returns whether it changed anything */
    apply({ envelope, timestamp }: Logged): boolean {
        if (envelope.session !== this.session || this.#seen.has(envelope.id)) return false;
        this.#seen.add(envelope.id);
        const late = this.#outcome === undefined && timestamp >= this.deadline;
        if (late) this.#endRound(envelope.id, timestamp);
        const refused = this.#take(envelope);
        if (refused !== undefined) {
            this.#ignored.push({ id: envelope.id, kind: envelope.kind, sender: envelope.sender, reason: refused });
            return late;
        }
        if (this.#outcome === undefined && this.#isComplete()) this.#endRound(envelope.id, timestamp);
        return true;
    }

    /** @returns why it does not count */
    #take(envelope: Envelope): string | undefined {
        const { kind, sender, round } = envelope;
        if (kind === "message" || kind === "deadline") return undefined;
        if (kind === "open") return "the session is open already";
        if (!this.isMember(sender)) return `${sender} is no member`;
        if (kind === "verdict") return this.#takeVerdict(envelope);
        if (this.#outcome !== undefined) return "the council has decided";
        if (round !== this.#round) return `round ${this.#round} goes on, not ${round}`;
        if (kind !== this.kind) return `this round is for a ${this.kind}`;
        if (!this.isAskedFor(sender)) return `${sender} has spoken in this round`;
        const common = { id: envelope.id, round, member: sender, kind, model: envelope.payload.model } as const;
        if (envelope.kind === "vote") {
            const { choice, reason } = envelope.payload;
            if (choice !== ABSTAIN && !this.rules.options.includes(choice)) return `${choice} is no option`;
            this.#contributions.push({ ...common, choice, text: shown(reason) });
        } else {
            this.#contributions.push({ ...common, text: shown(envelope.payload.text) });
        }
        return undefined;
    }

    #takeVerdict({ id, sender, payload }: EnvelopeOf<"verdict">): string | undefined {
        if (this.#verdictId !== undefined) return "the verdict is told already";
        if (this.#outcome === undefined) {
            if (this.kind !== "verdict") return `this round is for a ${this.kind}`;
            if (sender !== this.synthesizer) return `the verdict is ${this.synthesizer}'s to write`;
            this.#outcome = synthesis(this, id, payload, sender);
        } else if (payload.verdict !== this.#outcome.verdict) {
            return "it is not what the council came to";
        }
        this.#verdictId = id;
        this.#verdictSender = sender;
        return undefined;
    }

    #isComplete(): boolean {
        if (this.kind === "verdict") return false;
        const spoken = new Set(this.inRound(this.#round).map(({ member }) => member));
        return this.#awaited.every((member) => spoken.has(member));
    }

    #endRound(cause: string, timestamp: number): void {
        if (this.kind === "verdict") {
            // Whoever's turn it was is not there: the next in rank.
            this.#turn += 1;
            if (this.#turn >= this.rules.members.length) this.#outcome = outcomeWithout(this, cause, "no synthesis");
        } else if (this.kind === "vote") {
            this.#outcome = outcomeOfVote(this, cause);
        } else {
            const present = this.inRound(this.#round).map(({ member }) => member);
            this.#awaited = present.length > 0 ? present : this.rules.members;
            this.#round += 1;
            const next = kindOfRound(this.rules, this.#round);
            if (next === "verdict" && this.#present().size < this.rules.quorum) {
                this.#outcome = outcomeWithout(this, cause, "no quorum");
            }
        }
        this.#roundStart = timestamp;
        this.#roundCause = cause;
    }

    #present(): Set<string> {
        return new Set(this.#contributions.map(({ member }) => member));
    }
}

function shown(text: string): string {
    return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
