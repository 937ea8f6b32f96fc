import type { Pool } from "pg";
import { timeOf } from "../contract/ids";
import { storableText } from "./storable";

/** A decision, as the ledger keeps it. */
export interface RecordedDecision {
    readonly eventId: string;
    readonly decidedAt: Date;
    readonly recordedBy: string;
    readonly council: string;
    readonly session: string;
    readonly round: number;
    readonly members: readonly string[];
    readonly votes: Readonly<Record<string, string>>;
    readonly verdict: string;
    readonly rationale: string;
    readonly dissent: readonly unknown[];
    readonly evidence: readonly unknown[];
    readonly model: string;
    /** Its link in the chain, in hexadecimal: changes where anything of it or before it was changed. */
    readonly digest: string;
}

export type DecisionLine = Pick<
    RecordedDecision,
    "eventId" | "decidedAt" | "council" | "session" | "verdict" | "rationale" | "members"
>;

export interface DecisionQuery {
    /** Words that verdict, rationale, dissent or evidence hold. */
    readonly words?: string;
    readonly council?: string;
    readonly session?: string;
    readonly since: Date;
    readonly most: number;
}

const LINE = `event_id AS "eventId", occurred_at AS "decidedAt", council, session_id AS session, verdict, rationale, members`;

/** Decisions that this agent recorded, or in whose council it sat. */
export class Decisions {
    constructor(private readonly pool: Pool) {}

    /** Newest first. */
    async search({ words, council, session, since, most }: DecisionQuery): Promise<DecisionLine[]> {
        const { rows } = await this.pool.query<DecisionLine>(
            `SELECT ${LINE} FROM ledger.decision
             WHERE occurred_at >= $1 AND ($2::text IS NULL OR council = $2) AND ($3::text IS NULL OR session_id = $3)
                 -- Only so much of it, as a text for searching has at most a megabyte.
                 AND ($4::text IS NULL OR to_tsvector('simple', concat_ws(' ', left(verdict, 20000), left(rationale, 50000),
                     left(dissent::text, 20000), left(evidence::text, 50000))) @@ websearch_to_tsquery('simple', $4))
             ORDER BY occurred_at DESC, event_id LIMIT $5`,
            [since, council ?? null, session ?? null, words === undefined ? null : storableText(words), most],
        );
        return rows;
    }

    async read(eventId: string): Promise<RecordedDecision | undefined> {
        const { rows } = await this.pool.query<RecordedDecision>(
            `SELECT ${LINE}, recorded_by AS "recordedBy", round, votes, dissent, evidence, model, encode(digest, 'hex') AS digest
             FROM ledger.decision WHERE event_id = $1 AND occurred_at = $2`,
            [eventId, new Date(timeOf(eventId))],
        );
        return rows[0];
    }
}
