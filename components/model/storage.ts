/**
 * How the database grows. Rows are measured, with their share of indexes: `npm run bench:data` prints them, from 13 months of
 * decisions, audit entries and memories of ordinary length on a real PostgreSQL. Agents that write longer texts need more in
 * proportion. Aurora allots storage by itself and takes 128 TiB at least, so nothing is reserved; $0.10 per GB and month.
 */

/**
 * Bytes of a row on disk, its indexes included: the larger figure of two runs, which differed by a twentieth. Most of a memory is
 * its vector of 1,024 numbers, and the index that finds it.
 */
export const ROW_BYTES = { decision: 2490, audit: 481, memory: 16_020 } as const;

export type RowKind = keyof typeof ROW_BYTES;

/** Rows a day, by what they are. */
export type PerDay = Readonly<Partial<Record<RowKind, number>>>;

const GIB = 1024 ** 3;
/** Days of a month on average. */
const DAYS_OF_MONTH = 365.25 / 12;

/** What is added in a month, in GiB. */
export function growth(perDay: PerDay): number {
    return held(perDay, DAYS_OF_MONTH);
}

/** What is there in the end where each row is kept for so many days, in GiB. */
export function held(perDay: PerDay, days: number): number {
    const kinds: RowKind[] = ["decision", "audit", "memory"];
    return kinds.reduce((sum, kind) => sum + ((perDay[kind] ?? 0) * ROW_BYTES[kind] * days) / GIB, 0);
}
