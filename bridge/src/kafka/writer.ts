import { ProduceAcks, Producer } from "@platformatic/kafka";
import type { Topic } from "../contract/names";
import type { LogWriter, OutgoingRecord } from "../ports";
import type { KafkaSettings } from "../settings";
import { connection, partitioner } from "./connection";
import { turning } from "./turning";
import { within } from "./within";

/** Tries of one send, on a moved leader or a lost broker, before the caller hears of it. */
const TRIES = 3;
const WAIT_MS = 100;
/** Longest time of a try, beyond all limits of the client's own. Unit: ms. */
const SEND_WITHIN_MS = 16_000;
const CLOSE_WITHIN_MS = 2000;

/** Writes with acks=all, idempotent. Its lanes are partitions: one whose leader is away holds up no other. */
export class KafkaWriter implements LogWriter {
    readonly #settings: KafkaSettings;
    readonly #clientId: string;
    /** Partitions of each topic. Should they become more, a key stays on its lane. */
    readonly #partitions = new Map<Topic, number>();
    #producer: Producer | undefined;
    readonly #underway = new Set<Promise<void>>();

    constructor(settings: KafkaSettings, clientId: string) {
        this.#settings = settings;
        this.#clientId = clientId;
    }

    async lanesOf(records: readonly Pick<OutgoingRecord, "topic" | "key">[]): Promise<readonly string[]> {
        const unknown = [...new Set(records.map(({ topic }) => topic))].filter((topic) => !this.#partitions.has(topic));
        if (unknown.length > 0) {
            const producer = this.#current();
            try {
                const asked = producer.metadata({ topics: unknown });
                const { topics } = await within(SEND_WITHIN_MS, "asking for partitions", asked);
                for (const topic of unknown) this.#partitions.set(topic, topics.get(topic)?.partitionsCount ?? 1);
            } catch (error) {
                // One that has forgotten the question would go on waiting for its answer.
                await this.#giveUp(producer);
                throw error;
            }
        }
        return records.map(({ topic, key }) => {
            const partition = partitioner(undefined, Buffer.from(key)) % (this.#partitions.get(topic) ?? 1);
            return `${topic} ${partition}`;
        });
    }

    async send(records: readonly OutgoingRecord[]): Promise<void> {
        const sending = this.#send(records);
        this.#underway.add(sending);
        try {
            await sending;
        } finally {
            this.#underway.delete(sending);
        }
    }

    async close(): Promise<void> {
        await Promise.allSettled(this.#underway);
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
            const producer = this.#current();
            try {
                await within(SEND_WITHIN_MS, "writing", producer.send({ messages }));
                return;
            } catch (error) {
                // Nobody knows which of them were written, so the sequence of this producer is over: a new one writes all of
                // them again, and readers know them by their ids. So it does with what was under way on other lanes.
                await this.#giveUp(producer);
                if (tried >= TRIES) throw error;
                await new Promise((resolve) => setTimeout(resolve, WAIT_MS * tried));
            }
        }
    }

    async #giveUp(producer: Producer): Promise<void> {
        if (this.#producer !== producer) return;
        this.#producer = undefined;
        await within(CLOSE_WITHIN_MS, "closing", producer.close(true)).catch(() => undefined);
    }

    #current(): Producer {
        return (this.#producer ??= turning(
            new Producer({
                ...connection(this.#settings, this.#clientId),
                idempotent: true,
                acks: ProduceAcks.ALL,
                partitioner,
                autocreateTopics: false,
            }),
        ));
    }
}
