import { readEnvelope } from "../contract/read";
import { placeId } from "../contract/ids";
import { agentName, TOPICS } from "../contract/names";
import type { LogRecord, OutboxEntry, Store } from "../ports";

export interface CaretakingOptions {
    readonly store: Pick<Store, "commit">;
    /** Whether there is such an agent. */
    readonly isAgent: (name: string) => Promise<boolean>;
    /** Tells the outbox. */
    readonly tell: () => void;
    readonly onDeadLetter?: (record: LogRecord, reason: string) => void;
}

/**
 * Looks at every record once, for all: who follows sessions passes over what it cannot read, so somebody has to see to it that
 * nothing goes in silence. A place in the log is claimed by its own id, so that a second reading says nothing new.
 */
export function caretaker({ store, isAgent, tell, onDeadLetter }: CaretakingOptions) {
    return async (records: readonly LogRecord[]): Promise<void> => {
        for (const record of records) {
            const reason = await problemOf(record, isAgent);
            if (reason === undefined) continue;
            const entry = deadLetter(record, reason);
            const isNew = await store.commit({
                handled: [{ eventId: entry.eventId, session: TOPICS.deadLetters }],
                outbox: [entry],
            });
            if (!isNew) continue;
            onDeadLetter?.(record, reason);
            tell();
        }
    };
}

async function problemOf(record: LogRecord, isAgent: (name: string) => Promise<boolean>): Promise<string | undefined> {
    const reading = readEnvelope(record.value, record.timestamp);
    if (!reading.ok) return reading.reason;
    const { envelope } = reading;
    if (record.topic === TOPICS.council) {
        if (envelope.session !== record.key) return `its key is not its session, ${envelope.session}`;
        return envelope.kind === "open" && envelope.council === undefined
            ? "it opens a session of no council"
            : undefined;
    }
    if (!agentName.safeParse(record.key).success) return "its key is no agent";
    if (envelope.kind !== "message" && envelope.kind !== "open") return `a ${envelope.kind} belongs into a council`;
    const addressed = envelope.kind === "open" ? envelope.payload.members : envelope.recipients;
    if (!addressed.includes(record.key)) return `it is not for ${record.key}, whose key it has`;
    return (await isAgent(record.key)) ? undefined : `there is no agent ${record.key}`;
}

/**
 * A message that cannot be handled, with the reason and where it came from. Its bytes come along in base64: what is not JSON must
 * not stop the reader of dead letters.
 */
export function deadLetter(record: LogRecord, reason: string): OutboxEntry {
    const { topic, partition, offset, timestamp, key, value } = record;
    return {
        eventId: placeId(topic, partition, offset, timestamp),
        topic: TOPICS.deadLetters,
        key,
        value: JSON.stringify({
            reason,
            topic,
            partition,
            offset: Number(offset),
            timestamp,
            key,
            value: value === null ? null : Buffer.from(value).toString("base64"),
        }),
        headers: { reason: reason.slice(0, 500).replaceAll(/[^\x20-\x7e]/g, "?"), topic, offset: String(offset) },
    };
}
