import type { EnvelopeOf } from "../contract/envelope";
import type { Dissent, Outcome } from "../council/outcome";
import type { Contribution } from "../council/council";
import type { ContributionKind, Rules } from "../council/rules";

/** What an agent asks for when it opens a council. Members, quorum and the rest are complete: the tool fills in defaults. */
export interface OpeningRequest {
    /** Id of the event: the session follows from it, so that the same request opens it once. */
    readonly eventId: string;
    readonly council: string;
    readonly rules: Rules;
}

/** What an agent says in a session. Whether a statement is a position or a rebuttal follows from the round. */
export type Saying =
    | {
          readonly kind: "statement";
          readonly text: string;
          readonly evidence: EnvelopeOf<"position">["payload"]["evidence"];
      }
    | { readonly kind: "vote"; readonly choice: string; readonly reason: string }
    | {
          readonly kind: "verdict";
          readonly verdict: string;
          readonly rationale: string;
          readonly dissent: EnvelopeOf<"verdict">["payload"]["dissent"];
      }
    /** Beside the rounds: to some members, or to all where none is named. */
    | {
          readonly kind: "message";
          readonly text: string;
          readonly recipients: readonly string[];
          readonly expectsReply: boolean;
      };

/** What became of what an agent said. */
export interface Said {
    /** What it was taken as. */
    readonly kind: ContributionKind | "message";
    readonly round: number;
    /** False where this agent had said something in this round before, which stays. */
    readonly isNew: boolean;
}

/** A session as this agent sees it. */
export interface CouncilStatus {
    readonly session: string;
    readonly council: string;
    readonly opener: string;
    readonly rules: Rules;
    readonly round: number;
    /** What this round is for; undefined when the council has come to an outcome. */
    readonly asksFor: ContributionKind | undefined;
    /** Members who have yet to speak in this round. */
    readonly awaited: readonly string[];
    /** When this round ends at the latest, by the brokers' clock. Unit: milliseconds since 1970. */
    readonly deadline: number;
    readonly contributions: readonly Contribution[];
    readonly outcome:
        | (Pick<Outcome, "verdict" | "reached" | "rationale" | "votes"> & { readonly dissent: readonly Dissent[] })
        | undefined;
}

/** A session that this agent follows, in a line. */
export interface CouncilLine {
    readonly session: string;
    readonly council: string;
    readonly question: string;
    readonly round: number;
    readonly asksFor: ContributionKind | undefined;
    /** Whether this agent has yet to speak. */
    readonly isAsked: boolean;
}

/**
 * Councils, as an agent's tools see them. What is refused is thrown as a {@link Refusal}: no such session, not a member, not
 * this round's kind, no such option.
 */
export interface Councils {
    /** Opens a session and invites its members. The same request twice opens it once. */
    open(request: OpeningRequest): Promise<{ readonly session: string; readonly isNew: boolean }>;
    /**
     * Says something in the name of this agent. In a round once: its id follows from the round.
     *
     * @param eventId of a message beside the rounds, so that it is sent once; what is said in a round has an id of its own
     */
    say(session: string, saying: Saying, eventId: string): Promise<Said>;
    /** @returns undefined where this agent does not follow such a session */
    status(session: string): CouncilStatus | undefined;
    /** Sessions that this agent follows now. */
    sessions(): readonly CouncilLine[];
}
