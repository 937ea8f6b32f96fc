import { Consumer, ProduceAcks, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import type { MakeClient } from "./client";

export const platformatic: MakeClient = ({ brokers, clientId, onFault }) => {
    const common = { clientId, bootstrapBrokers: [...brokers] };
    const producer = new Producer({
        ...common,
        serializers: stringSerializers,
        idempotent: true,
        acks: ProduceAcks.ALL,
        autocreateTopics: false,
    });
    return Promise.resolve({
        async send(messages) {
            await producer.send({ messages: messages.map(({ topic, key, value }) => ({ topic, key, value })) });
        },
        async subscribe(topics, group, onMessage) {
            const consumer = new Consumer({
                ...common,
                groupId: group,
                deserializers: stringDeserializers,
                maxWaitTime: 500,
                minBytes: 1,
            });
            consumer.on("error", onFault);
            const stream = await consumer.consume({ topics: [...topics], mode: "latest", autocommit: 1000 });
            stream.on("error", onFault);
            stream.on("data", ({ value, key }) => onMessage(value, key));
        },
    });
};
