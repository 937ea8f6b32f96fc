import { strict as assert } from "node:assert";
import { Consumer, kGetBootstrapConnection } from "@platformatic/kafka";
import { turning } from "../../src/kafka/turning";

describe("a client that turns to another broker", () => {
    it("begins with the first one, and with the next one each time it was told something wrong", async () => {
        const consumer = new Consumer({ clientId: "c", groupId: "g", bootstrapBrokers: ["127.0.0.1:1"], retries: 0 });
        const attempts: (number | undefined)[] = [];
        consumer[kGetBootstrapConnection] = (callback, attempt) => {
            attempts.push(attempt);
            callback(new Error("nobody there"));
        };
        turning(consumer);
        const ask = () => assert.rejects(consumer.metadata({ topics: ["t"], forceUpdate: true }), /nobody there/);
        await ask();
        await ask();
        consumer.clearMetadata();
        await ask();
        consumer.clearMetadata();
        consumer.clearMetadata();
        await ask();
        await consumer.close(true);
        assert.deepEqual(attempts, [0, 0, 1, 3]);
    });
});
