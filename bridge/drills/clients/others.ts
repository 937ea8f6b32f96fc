import { createRequire } from "node:module";
import { join } from "node:path";
import { cached, run } from "../../../drills/components/cache";
import type { BareClient, ClientOptions, MakeClient } from "./client";

/*
 * The clients that were not taken. They are installed where drills keep real components, not into the bridge.
 */

const KAFKAJS = { name: "kafkajs", version: "2.2.4" } as const;
const CONFLUENT = { name: "@confluentinc/kafka-javascript", version: "1.10.1" } as const;

/** Folder of kafkajs. */
export function installKafkajs(): Promise<string> {
    return install(KAFKAJS);
}

/** Folder of confluent's client. Its binary comes from GitHub, or is built with the headers of libcurl, libsasl2 and OpenSSL. */
export function installConfluent(): Promise<string> {
    return install(CONFLUENT);
}

function install({ name, version }: { readonly name: string; readonly version: string }): Promise<string> {
    return cached(name.replace(/^.*\//, ""), version, async (draft) => {
        await run("npm", ["install", "--prefix", draft, "--no-save", "--loglevel=error", `${name}@${version}`], {
            limitSeconds: 900,
        });
    });
}

/** As far as both have the same interface, which is kafkajs'. */
interface Api {
    producer(options: object): {
        connect(): Promise<void>;
        sendBatch(batch: {
            acks?: number;
            topicMessages: { topic: string; messages: { key: string; value: string }[] }[];
        }): Promise<unknown>;
    };
    consumer(options: object): {
        connect(): Promise<void>;
        subscribe(what: { topics: string[]; fromBeginning?: boolean }): Promise<void>;
        run(how: {
            eachMessage: (each: { message: { key: Buffer | null; value: Buffer | null } }) => Promise<void>;
        }): Promise<void>;
        on?(event: string, listener: (event: { payload?: { error?: unknown } }) => void): unknown;
    };
}

export const kafkajs =
    (folder: string): MakeClient =>
    async ({ brokers, clientId, onFault }) => {
        const { Kafka } = createRequire(__filename)(join(folder, "node_modules", KAFKAJS.name)) as {
            Kafka: new (_: object) => Api;
        };
        const kafka = new Kafka({ brokers: [...brokers], clientId, logLevel: 0 });
        return client(kafka, onFault, {
            producer: { idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false },
            batch: { acks: -1 },
            consumer: (groupId) => ({ groupId, maxWaitTimeInMs: 500, minBytes: 1 }),
            subscription: { fromBeginning: false },
        });
    };

export const confluent =
    (folder: string): MakeClient =>
    async ({ brokers, clientId, onFault }) => {
        const { KafkaJS } = createRequire(__filename)(join(folder, "node_modules", CONFLUENT.name)) as {
            KafkaJS: { Kafka: new (_: object) => Api };
        };
        const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: [...brokers], clientId, logLevel: 0 } });
        return client(kafka, onFault, {
            producer: { kafkaJS: { idempotent: true, acks: -1 }, "linger.ms": 0 },
            batch: {},
            consumer: (groupId) => ({ kafkaJS: { groupId, fromBeginning: false }, "fetch.wait.max.ms": 500 }),
            subscription: {},
        });
    };

interface Ways {
    readonly producer: object;
    readonly batch: { readonly acks?: number };
    readonly consumer: (groupId: string) => object;
    readonly subscription: { readonly fromBeginning?: boolean };
}

async function client(kafka: Api, onFault: ClientOptions["onFault"], ways: Ways): Promise<BareClient> {
    const producer = kafka.producer(ways.producer);
    await producer.connect();
    return {
        async send(messages) {
            const topics = Map.groupBy(messages, ({ topic }) => topic);
            const topicMessages = [...topics].map(([topic, those]) => ({
                topic,
                messages: those.map(({ key, value }) => ({ key, value })),
            }));
            await producer.sendBatch({ ...ways.batch, topicMessages });
        },
        async subscribe(topics, group, onMessage) {
            const consumer = kafka.consumer(ways.consumer(group));
            consumer.on?.("consumer.crash", ({ payload }) => onFault(payload?.error));
            await consumer.connect();
            await consumer.subscribe({ topics: [...topics], ...ways.subscription });
            await consumer.run({
                eachMessage({ message: { key, value } }) {
                    onMessage(String(value), String(key));
                    return Promise.resolve();
                },
            });
        },
    };
}
