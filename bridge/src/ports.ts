import type { Envelope } from "./contract/envelope";
import type { Topic } from "./contract/names";

/*
 * Where the bridge ends and brokers, database and gateway begin. What decides (councils, lanes, tools) knows these shapes
 * alone, and is tried without any of the three.
 */

// Brokers.

/** A record as it stands in the log. */
export interface LogRecord {
    readonly topic: Topic;
    readonly partition: number;
    readonly offset: bigint;
    /** When it was appended, by the broker's clock (council-deliberation), or produced (agent-messages). Unit: ms since 1970. */
    readonly timestamp: number;
    readonly key: string;
    readonly value: Uint8Array | null;
}

export interface OutgoingRecord {
    readonly topic: Topic;
    readonly key: string;
    readonly value: string;
    readonly headers?: Readonly<Record<string, string>>;
}

/** Writes to the log with acks=all, idempotent. */
export interface LogWriter {
    /**
     * The lane of each record: those of one lane are to be sent one after the other, so that they stay in order; what goes on other
     * lanes does not wait for them. A key is on one lane.
     */
    lanesOf(records: readonly Pick<OutgoingRecord, "topic" | "key">[]): Promise<readonly string[]>;
    /**
     * Resolves when all are acknowledged, and are there in the order given, key by key.
     *
     * @throws when they cannot be, after the client's own retries; try the same again
     */
    send(records: readonly OutgoingRecord[]): Promise<void>;
    close(): Promise<void>;
}

export type Place = Pick<LogRecord, "topic" | "partition">;

/**
 * Reads partitions from places of one's own choice, with no group: no one else's end makes this reader wait. Where what it keeps
 * is in the database, it may start again from there at any time. Broker losses, moved leaders and expired offsets are its own business.
 */
export interface LogReader {
    /** The partition of a key; the same for every client of Kafka (murmur2). */
    partitionOf(topic: Topic, key: string): Promise<number>;
    /** Offset of the first record appended at or after a time; the end where there is none. */
    offsetAt(place: Place, timestamp: number): Promise<bigint>;
    /** Where the partition ends now: the offset that the next record gets. */
    endOf(place: Place): Promise<bigint>;
    /** Reads from this offset on; where the partition is read already, from the earlier of the two places. */
    follow(place: Place, from: bigint): void;
    unfollow(place: Place): void;
    /** Stops fetching of a partition until {@link resume}; what was fetched already may still arrive. */
    pause(place: Place): void;
    resume(place: Place): void;
    close(): Promise<void>;
}

/** Called with the records of one partition, in order; awaited before the next call for that partition. */
export type OnRecords = (records: readonly LogRecord[]) => void | Promise<void>;

// Database.

/** A session that this agent follows. */
export interface Followed {
    readonly session: string;
    readonly council: string;
    readonly partition: number;
    /** Offset at or before the session's first message. */
    readonly start: bigint;
}

export interface OutboxEntry extends OutgoingRecord {
    readonly eventId: string;
}

/** A decision, as the ledger takes it. */
export interface Decision {
    readonly event_id: string;
    readonly council: string;
    readonly session_id: string;
    readonly round: number;
    readonly members: readonly string[];
    readonly votes: Readonly<Record<string, string>>;
    readonly verdict: string;
    readonly rationale: string;
    readonly dissent: readonly unknown[];
    readonly evidence: readonly unknown[];
    readonly model: string;
    readonly prompt_sha256: string;
}

export interface AuditEntry {
    readonly event_id: string;
    readonly action: string;
    readonly object: string;
    readonly detail: Readonly<Record<string, unknown>>;
}

/** What is to be so at once or not at all. */
export interface Change {
    /** Ids of events whose handling this completes. Where one of them was completed before, nothing of this change happens. */
    readonly handled?: readonly { readonly eventId: string; readonly session: string }[];
    /** Next offset to read of this agent's own messages; never moves back. */
    readonly position?: Place & { readonly next: bigint };
    /** Messages to be sent. */
    readonly outbox?: readonly OutboxEntry[];
    readonly follow?: readonly Followed[];
    /** Sessions that this agent is done with. */
    readonly unfollow?: readonly string[];
    /** Recorded in the ledger, once each. A new one is announced on the decisions topic too, by the same transaction. */
    readonly decisions?: readonly Decision[];
    /** Recorded in the audit trail, and announced on the audit topic. */
    readonly audit?: readonly AuditEntry[];
}

/** Everything that the bridge keeps. All of it is the agent's own: row-level security sees to that. */
export interface Store {
    /** Does all of a change in one transaction. @returns false where it had been done before */
    commit(change: Change): Promise<boolean>;
    /** Of these events, those that were handled. */
    handledOf(eventIds: readonly string[]): Promise<Set<string>>;
    /** Next offset of this agent's messages in a partition; undefined: never read. */
    position(place: Place): Promise<bigint | undefined>;
    followed(): Promise<readonly Followed[]>;
    /** What waits to be sent, oldest first. */
    outbox(most: number): Promise<readonly (OutboxEntry & { readonly id: bigint; readonly createdAt: Date })[]>;
    sent(ids: readonly bigint[]): Promise<void>;
    /** Whether the ledger has a decision. Members of its council see it, and nobody else. */
    isDecided(eventId: string): Promise<boolean>;
    close(): Promise<void>;
}

// Gateway.

/**
 * What a turn came to. `refused`: the gateway will never take this one. `unavailable`: there is no gateway just now, or it has
 * no room; that says nothing about the message. Anything else that fails is tried again, a few times.
 */
export type TurnResult =
    | { readonly ok: true; readonly text: string }
    | {
          readonly ok: false;
          readonly refused: boolean;
          readonly unavailable?: boolean;
          readonly reason: string;
      };

export interface Gateway {
    /** One turn in a session of the agent's, from input to answer. Never throws. */
    turn(session: string, input: string, signal: AbortSignal): Promise<TurnResult>;
}

/** A message and where it stands in the log. */
export interface Logged<E extends Envelope = Envelope> {
    readonly envelope: E;
    readonly offset: bigint;
    readonly timestamp: number;
}
