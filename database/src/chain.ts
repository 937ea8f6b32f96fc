import { createHash } from "node:crypto";

/*
 * The ledger's hash chain, written down a second time, apart from the database's own functions: who verifies must not have to
 * trust what is verified.
 */

export const LOGS = ["decision", "audit"] as const;
export type Log = (typeof LOGS)[number];
export const LANES = 16;

/** What a digest covers, in this order, as text. `micros` is time in microseconds since 1970, `hex` bytes. */
const COLUMNS: Readonly<Record<Log, readonly string[]>> = {
    decision: [
        "micros:occurred_at",
        "event_id",
        "lane",
        "seq",
        "micros:recorded_at",
        "recorded_by",
        "council",
        "session_id",
        "round",
        "members",
        "votes",
        "verdict",
        "rationale",
        "dissent",
        "evidence",
        "model",
        "hex:prompt_sha256",
    ],
    audit: [
        "micros:occurred_at",
        "event_id",
        "lane",
        "seq",
        "micros:recorded_at",
        "recorded_by",
        "actor",
        "action",
        "object",
        "detail",
    ],
};

/** Names of the columns, as they are selected by {@link selectFields}. */
export function columnsOf(log: Log): string[] {
    return COLUMNS[log].map((column) => column.split(":").at(-1) ?? column);
}

/** A list of expressions that gives the fields of a row as text, with nothing but PostgreSQL's own functions. */
export function selectFields(log: Log): string {
    return COLUMNS[log]
        .map((column) => {
            const [kind, name = kind] = column.split(":");
            if (kind === "micros") return `(extract(epoch FROM ${name}) * 1000000)::bigint::text AS ${name}`;
            if (kind === "hex") return `encode(${name}, 'hex') AS ${name}`;
            return `${column}::text AS ${column}`;
        })
        .join(", ");
}

/** Digest of a row's content: each field with its length in four bytes; -1 stands for null. */
export function contentDigest(fields: readonly (string | null)[]): Buffer {
    const hash = createHash("sha256");
    for (const field of fields) {
        const bytes = field === null ? undefined : Buffer.from(field, "utf8");
        const length = Buffer.alloc(4);
        length.writeInt32BE(bytes?.length ?? -1);
        hash.update(length);
        if (bytes) hash.update(bytes);
    }
    return hash.digest();
}

/** Joins a row to the one before it. */
export function link(previous: Buffer, content: Buffer): Buffer {
    return createHash("sha256").update(previous).update(content).digest();
}

/** What the first row of a chain is joined to; `month` as 2026-11. */
export function firstDigest(log: Log, month: string, lane: number): Buffer {
    return createHash("sha256").update(`openclaw ${log} ${month} ${lane}`).digest();
}
