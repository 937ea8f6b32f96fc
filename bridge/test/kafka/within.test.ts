import { strict as assert } from "node:assert";
import { Late, within } from "../../src/kafka/within";

describe("a bounded wait", () => {
    it("gives what the work gives, in time", async () => {
        assert.equal(await within(1000, "reading", Promise.resolve(42)), 42);
        await assert.rejects(within(1000, "reading", Promise.reject(new Error("no broker"))), /no broker/);
    });

    it("ends where the work never does, and says what it waited for", async () => {
        await assert.rejects(within(20, "writing", new Promise(() => undefined)), (error) => {
            assert.ok(error instanceof Late);
            assert.match(error.message, /^writing: no answer within 0\.02 s$/);
            return true;
        });
    });

    it("does not fall over work that fails when nobody waits for it any more", async () => {
        const work = new Promise((_resolve, reject) => setTimeout(() => reject(new Error("too late")), 30));
        await assert.rejects(within(10, "reading", work), Late);
        await new Promise((resolve) => setTimeout(resolve, 40));
    });
});
