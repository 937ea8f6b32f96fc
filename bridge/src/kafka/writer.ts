import { ProduceAcks } from "@platformatic/kafka";
import type { LogWriter, OutgoingRecord } from "../ports";
import type { KafkaSettings } from "../settings";
import { connection, partitioner } from "./connection";
import { TurningProducer } from "./turning";
import { within } from "./within";

/** Tries of one send, on a moved leader or a lost broker, before the caller hears of it. */
const TRIES = 3;
const WAIT_MS = 100;
/** Longest time of a try, beyond all limits of the client's own. Unit: ms. */
const SEND_WITHIN_MS = 16_000;
const CLOSE_WITHIN_MS = 2000;

/** Writes with acks=all, idempotent. */
export class KafkaWriter implements LogWriter {
    readonly #settings: KafkaSettings;
    readonly #clientId: string;
    #producer: TurningProducer | undefined;
    #last: Promise<unknown> = Promise.resolve();

    constructor(settings: KafkaSettings, clientId: string) {
        this.#settings = settings;
        this.#clientId = clientId;
    }

    /** One send after the other: what comes later never overtakes what is tried again. */
    send(records: readonly OutgoingRecord[]): Promise<void> {
        const sent = this.#last.then(() => this.#send(records));
        this.#last = sent.catch(() => undefined);
        return sent;
    }

    async close(): Promise<void> {
        await this.#last;
        await this.#producer?.close();
    }

    async #send(records: readonly OutgoingRecord[]): Promise<void> {
        const messages = records.map(({ topic, key, value, headers = {} }) => ({
            topic,
            key: Buffer.from(key),
            value: Buffer.from(value),
            headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
        }));
        for (let tried = 1; ; tried += 1) {
            const producer = (this.#producer ??= this.#create());
            try {
                await within(SEND_WITHIN_MS, "writing", producer.send({ messages }));
                return;
            } catch (error) {
                // Nobody knows which of them were written, so the sequence of this producer is over: a new one writes all of
                // them again, and readers know them by their ids.
                this.#producer = undefined;
                await within(CLOSE_WITHIN_MS, "closing", producer.close(true)).catch(() => undefined);
                if (tried >= TRIES) throw error;
                await new Promise((resolve) => setTimeout(resolve, WAIT_MS * tried));
            }
        }
    }

    #create(): TurningProducer {
        return new TurningProducer({
            ...connection(this.#settings, this.#clientId),
            idempotent: true,
            acks: ProduceAcks.ALL,
            partitioner,
            autocreateTopics: false,
        });
    }
}
