import { Consumer, type Message, type MessagesStream } from "@platformatic/kafka";
import type { Topic } from "../contract/names";
import type { LogRecord, OnRecords } from "../ports";
import type { KafkaSettings } from "../settings";
import { connection } from "./connection";

/** Nobody waits for a caretaker: a member may be slow, and its end need not be noticed at once. Unit: ms. */
const SESSION_MS = 45_000;
const LONGEST_WAIT_MS = 30_000;
/** Records that are looked at together. */
const PORTION = 100;

/**
 * A member of the group that reads a topic once for all. The client's own group consumption: who reads which partition is the
 * group's to settle, and what is committed was looked at.
 */
export class Caretaker {
    readonly #consumer: () => Consumer;
    readonly #topic: Topic;
    readonly #onRecords: OnRecords;
    readonly #onFault: (error: unknown) => void;
    #current: Consumer | undefined;
    #stream: MessagesStream<Buffer, Buffer, Buffer, Buffer> | undefined;
    #closed = false;
    readonly #running: Promise<void>;

    constructor(
        settings: KafkaSettings,
        clientId: string,
        topic: Topic,
        group: string,
        onRecords: OnRecords,
        onFault: (error: unknown) => void,
    ) {
        this.#topic = topic;
        this.#onRecords = onRecords;
        this.#onFault = onFault;
        this.#consumer = () =>
            new Consumer({
                ...connection(settings, clientId),
                groupId: group,
                sessionTimeout: SESSION_MS,
                rebalanceTimeout: SESSION_MS,
                heartbeatInterval: SESSION_MS / 5,
                maxWaitTime: 5000,
                maxBytes: 1024 * 1024,
                timeout: 60_000,
            });
        this.#running = this.#run();
    }

    async close(): Promise<void> {
        this.#closed = true;
        await this.#stream?.close().catch(() => undefined);
        await this.#current?.close(true).catch(() => undefined);
        await this.#running;
    }

    /** A stream that breaks off is begun again, from what was committed. */
    async #run(): Promise<void> {
        for (let wait = 500; !this.#closed; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
            const consumer = this.#consumer();
            this.#current = consumer;
            // It could not come back into its group, and says so as an event, which nobody may leave unheard. It is no member
            // any more, and its stream would stay silent for good.
            consumer.on("error", (error: Error) => this.#stream?.destroy(error));
            try {
                const stream = await consumer.consume({
                    topics: [this.#topic],
                    mode: "committed",
                    fallbackMode: "earliest",
                    autocommit: false,
                    highWaterMark: PORTION,
                });
                this.#stream = stream;
                wait = 500;
                for await (const message of stream) {
                    await this.#onRecords([recordOf(message, this.#topic)]);
                    await message.commit();
                }
            } catch (error) {
                if (!this.#closed) this.#onFault(error);
            }
            await consumer.close(true).catch(() => undefined);
            if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, wait));
        }
    }
}

function recordOf({ partition, offset, timestamp, key, value }: Message, topic: Topic): LogRecord {
    return {
        topic,
        partition,
        offset,
        timestamp: Number(timestamp),
        // A record may have neither.
        key: Buffer.isBuffer(key) ? key.toString() : "",
        value: Buffer.isBuffer(value) ? value : null,
    };
}
