import { TOPICS } from "../contract/names";
import type { LogWriter, OutgoingRecord, Store } from "../ports";

/** Most messages that are sent in one go. */
const PORTION = 200;
/** When to look for messages that nobody has told of, e.g. those of the process before: seldom, as a thousand agents do. Unit: ms. */
const LOOK_EVERY = 5000;
const LONGEST_WAIT = 5000;
/** What topics take, with room for key, headers and the batch around them (`components/coordination/topics.ts`). Unit: bytes. */
const TAKEN = { dead: 2 * 1024 * 1024 - 16_384, other: 1024 * 1024 - 16_384 } as const;
/** As much of a message that is too large is kept in its dead letter. Unit: characters. */
const KEPT = 100_000;

export interface DispatcherOptions {
    readonly store: Pick<Store, "outbox" | "sent">;
    readonly writer: LogWriter;
    readonly onSent?: (count: number) => void;
    readonly onFailure?: (error: unknown) => void;
    /** Age of the oldest message that waits, and how many wait at least; told after each look. Unit: ms. */
    readonly onLook?: (age: number, waiting: number) => void;
}

/**
 * Sends what waits in the outbox, in order, and strikes it out once the brokers have acknowledged it. Where it is cut off between
 * the two, messages are sent a second time: their ids are the same, and whoever has handled one does not handle it again.
 */
export class Dispatcher {
    readonly #options: DispatcherOptions;
    #wake: (() => void) | undefined;
    #told = false;
    #stopping = false;
    #running: Promise<void> | undefined;

    constructor(options: DispatcherOptions) {
        this.#options = options;
    }

    start(): void {
        this.#running ??= this.#run();
    }

    /** There is something to send. */
    tell(): void {
        this.#told = true;
        this.#wake?.();
    }

    /** Sends what is there, as far as that goes in this time, and ends. Unit: ms. */
    async stop(within = 5000): Promise<void> {
        this.#stopping = true;
        this.tell();
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, within)));
        await Promise.race([this.#running, late]);
        clearTimeout(timer);
    }

    async #run(): Promise<void> {
        const { store, writer, onSent, onFailure, onLook } = this.#options;
        let wait = 100;
        for (;;) {
            this.#told = false;
            try {
                const entries = await store.outbox(PORTION);
                onLook?.(entries[0] === undefined ? 0 : Date.now() - entries[0].createdAt.getTime(), entries.length);
                if (entries.length > 0) {
                    await writer.send(entries.map(sendable));
                    await store.sent(entries.map(({ id }) => id));
                    onSent?.(entries.length);
                } else if (this.#stopping) return;
                wait = 100;
                if (entries.length < PORTION) await this.#pause(LOOK_EVERY);
            } catch (error) {
                onFailure?.(error);
                if (this.#stopping) return;
                this.#told = false;
                await this.#pause(wait, true);
                wait = Math.min(wait * 2, LONGEST_WAIT);
            }
        }
    }

    /** @param fully whether news do not end it */
    async #pause(milliseconds: number, fully = false): Promise<void> {
        if (this.#stopping || (this.#told && !fully)) return;
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, milliseconds);
            this.#wake = () => {
                if (fully && !this.#stopping) return;
                clearTimeout(timer);
                resolve();
            };
        });
        this.#wake = undefined;
    }
}

/** A message that no broker would take, sent again and again, would hold up all behind it: its dead letter goes instead. */
function sendable(record: OutgoingRecord): OutgoingRecord {
    const { topic, key, value } = record;
    const bytes = Buffer.byteLength(value);
    if (bytes <= (topic === TOPICS.deadLetters ? TAKEN.dead : TAKEN.other)) return record;
    const reason = `it has ${bytes} bytes, and ${topic} takes no more than ${TAKEN.other}`;
    const kept = Buffer.from(value.slice(0, KEPT)).toString("base64");
    return {
        topic: TOPICS.deadLetters,
        key,
        value: JSON.stringify({ reason, topic, key, timestamp: Date.now(), value: kept, cut: true }),
        headers: { reason, topic },
    };
}
