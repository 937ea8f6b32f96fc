import { TOPICS } from "../contract/names";
import type { LogWriter, OutgoingRecord, Store } from "../ports";

/** Most messages that are looked at in one go. */
const PORTION = 200;
const FIRST_WAIT = 100;
/** When to look for messages that nobody has told of, e.g. those of the process before: seldom, as a thousand agents do. Unit: ms. */
const LOOK_EVERY = 5000;
const LONGEST_WAIT = 5000;
/** What topics take, with room for key, headers and the batch around them (`components/coordination/topics.ts`). Unit: bytes. */
const TAKEN = { dead: 2 * 1024 * 1024 - 16_384, other: 1024 * 1024 - 16_384 } as const;
/** As much of a message that is too large is kept in its dead letter. Unit: characters. */
const KEPT = 100_000;

type Entry = Awaited<ReturnType<Store["outbox"]>>[number];

interface Ready {
    readonly id: bigint;
    readonly record: OutgoingRecord;
}

export interface DispatcherOptions {
    readonly store: Pick<Store, "outbox" | "sent">;
    readonly writer: LogWriter;
    readonly onSent?: (count: number) => void;
    readonly onFailure?: (error: unknown) => void;
    /** Age of the oldest message that waits, and how many wait at least; told after each look. Unit: ms. */
    readonly onLook?: (age: number, waiting: number) => void;
}

/**
 * Sends what waits in the outbox, in order on each of the writer's lanes, and strikes it out once the brokers have acknowledged it. A
 * lane that does not get on holds up no other, as long as it is not full. Where it is cut off between sending and striking out, messages are
 * sent a second time: their ids are the same, and whoever has handled one does not handle it again.
 */
export class Dispatcher {
    readonly #options: DispatcherOptions;
    #wake: (() => void) | undefined;
    #told = false;
    #stopping = false;
    /** Lanes on which something is being sent, and what that is. */
    readonly #lanes = new Map<string, Promise<void>>();
    /** Whether messages were left for a lane that was not free. */
    #left = false;
    #wait = FIRST_WAIT;
    /** Whether something could not be sent while it ends. */
    #failed = false;
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
        const { store, onFailure, onLook } = this.#options;
        for (;;) {
            this.#told = false;
            try {
                // What is on these may be struck out while the outbox is being read, and be read nevertheless.
                const busy = new Set(this.#lanes.keys());
                const entries = await store.outbox(PORTION);
                onLook?.(entries[0] === undefined ? 0 : Date.now() - entries[0].createdAt.getTime(), entries.length);
                const begun = await this.#begin(entries, busy);
                if (this.#stopping) {
                    if (entries.length === 0 || this.#failed) return;
                    if (this.#lanes.size > 0) await Promise.race(this.#lanes.values());
                } else if (begun === 0 || entries.length < PORTION) await this.#pause(LOOK_EVERY);
            } catch (error) {
                onFailure?.(error);
                if (this.#stopping) return;
                this.#told = false;
                await this.#pause(this.#longer(), true);
            }
        }
    }

    /** Sends what is for lanes that are free. @returns how many messages those are */
    async #begin(entries: readonly Entry[], busy: ReadonlySet<string>): Promise<number> {
        this.#left = false;
        if (entries.length === 0) return 0;
        const ready = entries.map((entry) => ({ id: entry.id, record: sendable(entry) }));
        const lanes = await this.#options.writer.lanesOf(ready.map(({ record }) => record));
        const byLane = new Map<string, Ready[]>();
        for (const [index, each] of ready.entries()) {
            const lane = lanes[index] ?? "";
            if (busy.has(lane)) {
                if (this.#lanes.has(lane)) this.#left = true;
                // Free meanwhile: it looks again at once.
                else this.#told = true;
                continue;
            }
            const those = byLane.get(lane);
            if (those === undefined) byLane.set(lane, [each]);
            else those.push(each);
        }
        for (const [lane, those] of byLane) this.#lanes.set(lane, this.#deliver(lane, those));
        return [...byLane.values()].reduce((sum, those) => sum + those.length, 0);
    }

    async #deliver(lane: string, those: readonly Ready[]): Promise<void> {
        const { store, writer, onSent, onFailure } = this.#options;
        try {
            await writer.send(those.map(({ record }) => record));
            await store.sent(those.map(({ id }) => id));
            this.#wait = FIRST_WAIT;
            onSent?.(those.length);
        } catch (error) {
            onFailure?.(error);
            this.#failed = this.#stopping;
            this.#left = true;
            if (!this.#stopping) await new Promise((resolve) => setTimeout(resolve, this.#longer()));
        }
        this.#lanes.delete(lane);
        if (this.#left || this.#stopping) this.tell();
    }

    #longer(): number {
        const wait = this.#wait;
        this.#wait = Math.min(wait * 2, LONGEST_WAIT);
        return wait;
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
