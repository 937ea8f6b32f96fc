import type { JournalLine } from "./agent";
import type { Talk } from "./plan";

/*
 * What the checker goes by: what stands in the log, in the database and in the journals of those who were asked. Nothing that a
 * bridge says of itself.
 */

/** A record, as Kafka's own tools print it. */
export interface LogLine {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly key: string;
    readonly value: string;
}

/** A place in the log. */
export function placeOf({ topic, partition, offset }: Pick<LogLine, "topic" | "partition" | "offset">): string {
    return `${topic}/${partition}/${offset}`;
}

/** A council that was opened. */
export interface Sitting {
    readonly session: string;
    readonly members: readonly string[];
    readonly rounds: number;
}

/** A row of the ledger. */
export interface LedgerRow {
    readonly event_id: string;
    readonly session_id: string;
    readonly verdict: string;
    readonly votes: Readonly<Record<string, string>>;
}

export interface Evidence {
    readonly talks: readonly Talk[];
    readonly sittings: readonly Sitting[];
    /** Places of records that are against the contract, each of which must become a dead letter. */
    readonly broken: ReadonlySet<string>;
    /** All topics, each partition in the order of its offsets. */
    readonly log: readonly LogLine[];
    readonly journals: ReadonlyMap<string, readonly JournalLine[]>;
    /** Events that the database calls handled: `agent event`. */
    readonly handled: readonly string[];
    /** What still waits to be sent: `agent event`. */
    readonly outbox: readonly string[];
    readonly ledger: readonly LedgerRow[];
}

/** What the checker says. */
export interface Findings {
    /** What does not hold; nothing: all does. By promise. */
    readonly problems: Readonly<Record<Promised, readonly string[]>>;
    readonly figures: Readonly<Record<string, number>>;
}

export type Promised = "order" | "none lost" | "exactly once" | "dead letters" | "councils";

/** Things by what they have in common, in their order. Map.groupBy, for a Node that has none. */
export function groupBy<T, K>(things: readonly T[], keyOf: (thing: T) => K): Map<K, T[]> {
    const groups = new Map<K, T[]>();
    for (const thing of things) {
        const key = keyOf(thing);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [thing]);
        else group.push(thing);
    }
    return groups;
}
