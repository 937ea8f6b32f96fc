import {
    Consumer,
    type MessagesStream,
    ProduceAcks,
    Producer,
    stringSerializers,
    stringDeserializers,
} from "@platformatic/kafka";
import type { MakeClient } from "./client";

export const platformatic: MakeClient = ({ brokers, clientId, onFault }) => {
    const producer = new Producer({
        clientId,
        bootstrapBrokers: [...brokers],
        serializers: stringSerializers,
        idempotent: true,
        acks: ProduceAcks.ALL,
        autocreateTopics: false,
    });
    let consumer: Consumer<string, string, string, string> | undefined;
    let stream: MessagesStream<string, string, string, string> | undefined;
    return Promise.resolve({
        async send(topic, key, value) {
            await producer.send({ messages: [{ topic, key, value }] });
        },
        async subscribe(topics, group, onMessage) {
            consumer = new Consumer({
                clientId,
                groupId: group,
                bootstrapBrokers: [...brokers],
                deserializers: stringDeserializers,
                maxWaitTime: 500,
                minBytes: 1,
            });
            consumer.on("error", onFault);
            stream = await consumer.consume({ topics: [...topics], mode: "latest", autocommit: 1000 });
            stream.on("error", onFault);
            stream.on("data", ({ value, key }) => onMessage(value, key));
        },
        async close() {
            await stream?.close();
            await consumer?.close(true);
            await producer.close(true);
        },
    });
};
