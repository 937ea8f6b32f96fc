import type { EnvelopeOf, Kind } from "../contract/envelope";
import { VERSION } from "../contract/envelope";
import { LARGEST_MESSAGE, TOPICS, type Topic } from "../contract/names";
import { childOf, traceFor, traceOf, traceparentOf } from "../operations/trace";
import type { OutboxEntry } from "../ports";

/** What a message says, without what every message of this agent has alike. */
export type Draft<K extends Kind = Kind> = K extends Kind
    ? Omit<EnvelopeOf<K>, "version" | "sender" | "sentAt" | "recipients"> & { readonly recipients?: readonly string[] }
    : never;

/** As much of an answer as is sent. Unit: bytes. */
export const LONGEST_ANSWER = 512 * 1024;

/** A message that is larger than a topic takes; told to whoever wrote it, before anything is kept. */
export class TooLarge extends Error {}

/**
 * @param draft kind and payload must be of one kind; the contract is checked again where it is read
 * @throws TooLarge
 */
export function entryOf(sender: string, draft: Draft, topic: Topic = TOPICS.council, key = draft.session): OutboxEntry {
    const trace = childOf(traceOf(draft.traceparent) ?? traceFor(draft.causation ?? draft.id));
    const message = {
        ...draft,
        version: VERSION,
        sender,
        recipients: draft.recipients ?? [],
        sentAt: Date.now(),
        traceparent: traceparentOf(trace),
    };
    const value = JSON.stringify(message);
    const bytes = Buffer.byteLength(value);
    if (bytes > LARGEST_MESSAGE) {
        throw new TooLarge(
            `the message has ${bytes} bytes, at most ${LARGEST_MESSAGE} are sent: keep the long part in memory (memory_write) and name it`,
        );
    }
    return { eventId: draft.id, topic, key, value, headers: headersOf(message) };
}

/** For those who look at a topic without reading its messages. */
function headersOf({ kind, traceparent }: { kind: Kind; traceparent: string }): Record<string, string> {
    return { kind, traceparent };
}
