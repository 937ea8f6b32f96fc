import { strict as assert } from "node:assert";
import { eventId } from "../../src/contract/ids";
import { Dispatcher } from "../../src/outbound/dispatcher";
import type { OutgoingRecord } from "../../src/ports";

/** An outbox of numbered messages, and brokers that may fail, or hold up the lane of one key. */
function scene(failures: number, held?: { readonly key: string; readonly until: Promise<void> }) {
    let waiting: { id: bigint; value: string; key: string }[] = [];
    let last = 0n;
    let left = failures;
    let slowly = 0;
    const written: string[] = [];
    const faults: unknown[] = [];
    const dispatcher = new Dispatcher({
        store: {
            outbox: async (most) => {
                const read = waiting.slice(0, most).map((each) => ({
                    ...each,
                    eventId: eventId(),
                    topic: "agent-messages" as const,
                    createdAt: new Date(),
                }));
                await soon(slowly);
                return read;
            },
            sent: async (ids) => {
                waiting = waiting.filter(({ id }) => !ids.includes(id));
            },
        },
        writer: {
            lanesOf: async (records) => records.map(({ key }) => key),
            async send(records: readonly OutgoingRecord[]) {
                if (left > 0) {
                    left -= 1;
                    throw new Error("no brokers");
                }
                if (held !== undefined && records.some(({ key }) => key === held.key)) await held.until;
                written.push(...records.map(({ value }) => value));
            },
            close: async () => undefined,
        },
        onFailure: (error) => faults.push(error),
    });
    const add = (count: number, value?: string, key = "k") => {
        for (let n = 0; n < count; n += 1) {
            last += 1n;
            waiting.push({ id: last, value: value ?? String(last), key });
        }
    };
    const readSlowly = (milliseconds: number) => (slowly = milliseconds);
    return { dispatcher, add, written, faults, readSlowly, waiting: () => waiting.length };
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => String(n + 1));
const soon = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("the outbox's dispatcher", () => {
    it("sends all that waits, in order, and strikes it out", async () => {
        const { dispatcher, add, written, waiting } = scene(0);
        add(450);
        dispatcher.start();
        await soon(20);
        assert.deepEqual(written, numbered(450));
        assert.equal(waiting(), 0);
        await dispatcher.stop();
    });

    it("sends at once what it is told of", async () => {
        const { dispatcher, add, written } = scene(0);
        dispatcher.start();
        await soon(5);
        add(1);
        dispatcher.tell();
        await soon(20);
        assert.deepEqual(written, ["1"]);
        await dispatcher.stop();
    });

    it("tries again in the same order while the brokers are away, and does not hurry for being told of more", async () => {
        const { dispatcher, add, written, faults } = scene(2);
        add(2);
        dispatcher.start();
        for (let n = 0; n < 10; n += 1) {
            await soon(5);
            dispatcher.tell();
        }
        assert.equal(faults.length, 1, "it waits before it tries again");
        add(1);
        await soon(500);
        assert.deepEqual(written, numbered(3));
        assert.equal(faults.length, 2);
        await dispatcher.stop();
    });

    it("sends nothing twice that is struck out while the outbox is being read", async () => {
        let release: () => void = () => undefined;
        const until = new Promise<void>((resolve) => (release = resolve));
        const { dispatcher, add, written, readSlowly, waiting } = scene(0, { key: "slow", until });
        add(1, "s1", "slow");
        dispatcher.start();
        await soon(10);
        readSlowly(30);
        add(1, "f1", "fast");
        dispatcher.tell();
        await soon(10);
        release();
        await soon(100);
        assert.deepEqual(written, ["s1", "f1"]);
        assert.equal(waiting(), 0);
        await dispatcher.stop();
    });

    it("is not held up on other lanes by one that does not get on, and keeps that one's order", async () => {
        let release: () => void = () => undefined;
        const until = new Promise<void>((resolve) => (release = resolve));
        const { dispatcher, add, written, waiting } = scene(0, { key: "slow", until });
        add(1, "s1", "slow");
        add(1, "f1", "fast");
        dispatcher.start();
        await soon(10);
        add(1, "s2", "slow");
        add(1, "f2", "fast");
        dispatcher.tell();
        await soon(20);
        assert.deepEqual(written, ["f1", "f2"]);
        assert.equal(waiting(), 2);
        release();
        await soon(20);
        assert.deepEqual(written, ["f1", "f2", "s1", "s2"]);
        assert.equal(waiting(), 0);
        await dispatcher.stop();
    });

    it("sends a dead letter in the place of what no broker would take, and goes on", async () => {
        const { dispatcher, add, written } = scene(0);
        add(1, "x".repeat(1024 * 1024));
        add(1);
        dispatcher.start();
        await soon(20);
        await dispatcher.stop();
        assert.equal(written.length, 2);
        assert.match(written[0] ?? "", /^\{"reason":"it has 1048576 bytes, and agent-messages takes no more than/);
        assert.equal(written[1], "2");
    });

    it("sends what is there before it ends, and ends where that does not go", async () => {
        const fine = scene(0);
        fine.dispatcher.start();
        await soon(5);
        fine.add(3);
        await fine.dispatcher.stop();
        assert.deepEqual(fine.written, numbered(3));
        const stuck = scene(1000);
        stuck.add(1);
        stuck.dispatcher.start();
        const started = performance.now();
        await stuck.dispatcher.stop(200);
        assert.ok(performance.now() - started < 1000);
    });
});
