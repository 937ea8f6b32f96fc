import { messagePrompt } from "../council/prompts";
import type { EnvelopeOf } from "../contract/envelope";
import { derivedId } from "../contract/ids";
import { TOPICS } from "../contract/names";
import { readEnvelope } from "../contract/read";
import type { Change, Followed, LogReader, LogRecord, Place, Store } from "../ports";
import { deadLetter } from "./caretaking";
import { entryOf, LONGEST_ANSWER } from "./compose";
import { fit } from "./fit";
import type { Lanes } from "./lanes";
import { persist } from "./persist";
import type { Turns } from "./turns";

/** How far back an agent that has never read looks for messages: it may have been written to before it first ran. Unit: ms. */
const FIRST_LOOK_BACK = 3_600_000;
/** A session may have been opened a while before its invitation, by another clock. Unit: ms. */
const OPENED_BEFORE = 60_000;
/** How often the place is kept that was reached through other agents' messages. Unit: ms. */
const KEEP_PLACE_EVERY = 10_000;

export interface InboxOptions {
    readonly agent: string;
    /** Councils that it may sit in. */
    readonly councils: readonly string[];
    readonly store: Store;
    readonly reader: LogReader;
    readonly turns: Turns;
    readonly lanes: Lanes;
    readonly tell: () => void;
    /** Begins to follow a session; the database knows of it already. */
    readonly follow: (followed: Followed) => Promise<void>;
    readonly onArrival?: (milliseconds: number, envelope: { readonly kind: string }) => void;
    readonly onDuplicate?: () => void;
    readonly onDeadLetter?: (record: LogRecord, reason: string) => void;
    readonly onFault?: (error: unknown, session: string) => void;
}

/**
 * Messages for this agent, among those of the agents that share its partition. The place from which it starts again is kept
 * with the effects: before it everything is handled. What is handled beyond it is known by its event's id.
 */
export class Inbox {
    readonly #options: InboxOptions;
    #place: Place | undefined;
    /** Offsets of messages that are not handled yet, in order. */
    readonly #open = new Set<bigint>();
    #next = 0n;
    #kept = 0n;
    #catchUpTo = 0n;
    #timer: NodeJS.Timeout | undefined;

    constructor(options: InboxOptions) {
        this.#options = options;
    }

    /** Where it reads; undefined until it was started. */
    get place(): Place | undefined {
        return this.#place;
    }

    /** Offset of the next record that it reads. */
    get next(): bigint {
        return this.#next;
    }

    async start(): Promise<void> {
        const { agent, reader, store } = this.#options;
        const place = { topic: TOPICS.messages, partition: await reader.partitionOf(TOPICS.messages, agent) };
        const start = (await store.position(place)) ?? (await reader.offsetAt(place, Date.now() - FIRST_LOOK_BACK));
        this.#place = place;
        this.#next = start;
        this.#kept = start;
        this.#catchUpTo = await reader.endOf(place);
        // From now on there is a place to start from, whatever comes.
        await store.commit({ position: { ...place, next: start } });
        reader.follow(place, start);
        this.#timer = setInterval(() => void this.#keepPlace(), KEEP_PLACE_EVERY);
    }

    async stop(): Promise<void> {
        clearInterval(this.#timer);
        await this.#keepPlace();
    }

    async onRecords(records: readonly LogRecord[]): Promise<void> {
        const { agent, store, lanes, onArrival, onDuplicate } = this.#options;
        const mine: { readonly record: LogRecord; readonly envelope: EnvelopeOf<"message"> | EnvelopeOf<"open"> }[] =
            [];
        for (const record of records) {
            if (record.offset < this.#next) continue;
            this.#next = record.offset + 1n;
            if (record.key !== agent) continue;
            const reading = readEnvelope(record.value, record.timestamp);
            // What cannot be read, or is no message to an agent, is the caretaker's.
            if (!reading.ok) continue;
            const { envelope } = reading;
            if (envelope.kind !== "message" && envelope.kind !== "open") continue;
            if (envelope.kind === "message" && !envelope.recipients.includes(agent)) continue;
            if (record.offset >= this.#catchUpTo) onArrival?.(Date.now() - envelope.sentAt, envelope);
            mine.push({ record, envelope });
            this.#open.add(record.offset);
        }
        if (mine.length === 0) return;
        const handled = await this.#persist(() => store.handledOf(mine.map(({ envelope }) => envelope.id)));
        for (const { record, envelope } of mine) {
            if (handled.has(envelope.id)) {
                onDuplicate?.();
                this.#open.delete(record.offset);
                continue;
            }
            // A second copy of it finds it handled when its turn comes.
            lanes.add(
                `to ${envelope.session}`,
                () => this.#persist(() => this.#handle(record, envelope)),
                record.value?.length,
            );
        }
    }

    #persist<T>(work: () => Promise<T>): Promise<T> {
        return persist(work, (error) => this.#options.onFault?.(error, "inbox"));
    }

    async #handle(record: LogRecord, envelope: EnvelopeOf<"message"> | EnvelopeOf<"open">): Promise<void> {
        if (envelope.kind === "open") return this.#accept(record, envelope);
        const { agent, store, turns } = this.#options;
        if ((await store.handledOf([envelope.id])).has(envelope.id)) return this.#done(record, {});
        const ended = await turns.turn(envelope.session, messagePrompt(envelope));
        if (ended.how === "abandoned") return;
        const handled = [{ eventId: envelope.id, session: envelope.session }];
        if (ended.how === "poison") {
            const reason = `${agent}: ${ended.reason}`;
            await this.#done(record, { handled, outbox: [deadLetter(record, reason)] });
            this.#options.onDeadLetter?.(record, reason);
            return;
        }
        if (!envelope.payload.expectsReply || ended.text.trim() === "") return this.#done(record, { handled });
        const reply = entryOf(
            agent,
            {
                id: derivedId(envelope.id, `reply ${agent}`),
                kind: "message",
                session: envelope.session,
                round: 0,
                sequence: envelope.sequence + 1,
                recipients: [envelope.sender],
                causation: envelope.id,
                traceparent: envelope.traceparent,
                payload: { text: fit(ended.text, LONGEST_ANSWER), expectsReply: false },
            },
            TOPICS.messages,
            envelope.sender,
        );
        await this.#done(record, { handled, outbox: [reply] });
    }

    /** An invitation: from now on the session is followed, from before its opening. */
    async #accept(record: LogRecord, envelope: EnvelopeOf<"open">): Promise<void> {
        const { agent, councils, reader, follow } = this.#options;
        const partition = await reader.partitionOf(TOPICS.council, envelope.session);
        const place = { topic: TOPICS.council, partition };
        const start = await reader.offsetAt(place, envelope.sentAt - OPENED_BEFORE);
        const followed = { session: envelope.session, council: envelope.council ?? "", partition, start };
        const { council = "" } = envelope;
        // Whoever writes a message can name any council; which ones an agent sits in is its operator's to say.
        const isMember = envelope.payload.members.includes(agent) && councils.includes(council);
        await this.#done(record, {
            handled: [{ eventId: envelope.id, session: envelope.session }],
            follow: isMember ? [followed] : [],
        });
        if (isMember) await follow(followed);
    }

    /** Keeps what came of a message, and that everything before the oldest open one is handled. */
    async #done(record: LogRecord, change: Change): Promise<void> {
        const { store, tell, onDuplicate } = this.#options;
        const isNew = await store.commit({ ...change, position: this.#positionWithout(record.offset) });
        this.#open.delete(record.offset);
        if (!isNew) onDuplicate?.();
        else if (change.outbox !== undefined && change.outbox.length > 0) tell();
    }

    #positionWithout(done?: bigint): (Place & { next: bigint }) | undefined {
        if (this.#place === undefined) return undefined;
        let next = this.#next;
        for (const offset of this.#open) {
            if (offset === done) continue;
            next = offset;
            break;
        }
        return { ...this.#place, next };
    }

    async #keepPlace(): Promise<void> {
        const position = this.#positionWithout();
        if (position === undefined || position.next <= this.#kept) return;
        try {
            await this.#options.store.commit({ position });
            this.#kept = position.next;
        } catch (error) {
            this.#options.onFault?.(error, "inbox");
        }
    }
}
