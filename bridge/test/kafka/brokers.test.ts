import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KafkaCluster } from "../../../drills/bridge/brokers";
import { CARETAKERS, TOPICS } from "../../src/contract/names";
import { Caretaker } from "../../src/kafka/caretaker";
import { KafkaReader } from "../../src/kafka/reader";
import { KafkaWriter } from "../../src/kafka/writer";
import type { LogRecord } from "../../src/ports";

describe("on real brokers", function () {
    this.timeout(120_000);
    let folder: string;
    let brokers: KafkaCluster;
    let writer: KafkaWriter;
    const closers: { close(): Promise<void> }[] = [];
    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "openclaw-brokers-"));
        brokers = await KafkaCluster.start({ folder, partitions: 12 });
        writer = new KafkaWriter(settings(), "writer");
    });
    afterEach(() => Promise.all(closers.splice(0).map((each) => each.close())));
    after(async () => {
        await writer.close();
        await brokers.stop();
        rmSync(folder, { recursive: true, force: true });
    });

    const settings = () => ({ brokers: brokers.addresses, auth: "none" as const, region: undefined });
    const write = (key: string, values: readonly string[], topic: LogRecord["topic"] = TOPICS.council) =>
        writer.send(values.map((value) => ({ topic, key, value, headers: { kind: "message" } })));
    const reading = () => {
        const records: LogRecord[] = [];
        const faults: unknown[] = [];
        const reader = new KafkaReader(settings(), "reader", (some) => void records.push(...some), {
            onFault: (error) => faults.push(error),
        });
        closers.push(reader);
        const of = (key: string) => records.filter((each) => each.key === key).map(({ value }) => String(value));
        return { reader, records, faults, of };
    };
    const until = async (what: () => boolean, seconds = 20) => {
        for (const end = Date.now() + seconds * 1000; !what();) {
            assert.ok(Date.now() < end, `not within ${seconds} s: ${what.toString()}`);
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
    };
    const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => String(from + n));

    it("puts a key where Kafka's own clients look for it", async () => {
        const { reader, of } = reading();
        const keys = ["analyst-0", "reviewer-12", "s-ÄÖ", "", "x".repeat(300)];
        for (const key of keys.slice(0, 3)) {
            const place = { topic: TOPICS.council, partition: await reader.partitionOf(TOPICS.council, key) };
            reader.follow(place, await reader.endOf(place));
            await write(key, ["here"]);
            await until(() => of(key).length === 1);
        }
        const java = await brokers.produce("council-deliberation", [["from-java", "hello"]]);
        assert.equal(java, undefined);
        const place = { topic: TOPICS.council, partition: await reader.partitionOf(TOPICS.council, "from-java") };
        reader.follow(place, 0n);
        await until(() => of("from-java").length === 1);
    });

    it("reads from any place, in order, and from an earlier one when asked to", async () => {
        const { reader, records } = reading();
        const place = { topic: TOPICS.council, partition: await reader.partitionOf(TOPICS.council, "order") };
        const start = await reader.endOf(place);
        await write("order", numbered(0, 300));
        reader.follow(place, start + 100n);
        await until(() => records.length >= 200);
        assert.deepEqual(
            records.map(({ value }) => String(value)),
            numbered(100, 300),
        );
        reader.follow(place, start);
        await until(() => records.length >= 500);
        assert.deepEqual(
            records.slice(200).map(({ value }) => String(value)),
            numbered(0, 300),
        );
        assert.ok(records.every(({ timestamp }) => Math.abs(timestamp - Date.now()) < 60_000));
        assert.equal(await reader.endOf(place), start + 300n);
        assert.equal(await reader.offsetAt(place, Date.now() + 60_000), start + 300n);
        assert.ok((await reader.offsetAt(place, Date.now() - 60_000)) <= start);
    });

    it("reads no more of what is paused, and goes on where it stopped", async () => {
        const { reader, of } = reading();
        const place = { topic: TOPICS.messages, partition: await reader.partitionOf(TOPICS.messages, "paused-0") };
        reader.follow(place, await reader.endOf(place));
        await write("paused-0", ["1"], TOPICS.messages);
        await until(() => of("paused-0").length === 1);
        reader.pause(place);
        await new Promise((resolve) => setTimeout(resolve, 700));
        await write("paused-0", ["2"], TOPICS.messages);
        await new Promise((resolve) => setTimeout(resolve, 700));
        assert.deepEqual(of("paused-0"), ["1"]);
        reader.resume(place);
        await until(() => of("paused-0").length === 2);
    });

    it("reads what is followed, resumed or asked for while brokers hold a request for something else", async () => {
        const seen: LogRecord[] = [];
        const reader = new KafkaReader(settings(), "hurry", (some) => void seen.push(...some), { holdMs: 20_000 });
        closers.push(reader);
        const has = (value: string) => seen.some((each) => String(each.value) === value);
        // All partitions of the other topic: whoever leads a partition holds a request.
        for (let partition = 0; partition < 12; partition += 1) {
            const place = { topic: TOPICS.messages, partition };
            reader.follow(place, await reader.endOf(place));
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
        const started = performance.now();
        const place = { topic: TOPICS.council, partition: await reader.partitionOf(TOPICS.council, "hurry") };
        await write("hurry", ["before"]);
        reader.follow(place, (await reader.endOf(place)) - 1n);
        await until(() => has("before"));
        await write("hurry", ["after"]);
        await until(() => has("after"));
        reader.pause(place);
        reader.resume(place);
        await write("hurry", ["resumed"]);
        await until(() => has("resumed"));
        assert.ok(performance.now() - started < 10_000);
        assert.deepEqual(
            seen.map(({ value }) => String(value)),
            ["before", "after", "resumed"],
        );
    });

    it("begins at what is left where offsets are gone", async () => {
        const gaps: string[] = [];
        const seen: LogRecord[] = [];
        const reader = new KafkaReader(settings(), "gap", (some) => void seen.push(...some), {
            onGap: (_place, wanted) => gaps.push(String(wanted)),
        });
        closers.push(reader);
        const place = { topic: TOPICS.council, partition: await reader.partitionOf(TOPICS.council, "gap") };
        const end = await reader.endOf(place);
        reader.follow(place, end + 1_000_000n);
        await until(() => gaps.length === 1);
        await write("gap", ["after"]);
        await until(() => seen.some(({ value }) => String(value) === "after"));
    });

    it("has a caretaker read everything once, and again only what was not committed", async () => {
        const seen: string[] = [];
        const join_ = () => {
            const one = new Caretaker(
                settings(),
                "caretaker",
                TOPICS.council,
                CARETAKERS[TOPICS.council],
                (some) => void seen.push(...some.filter(({ key }) => key === "care").map(({ value }) => String(value))),
                () => undefined,
            );
            closers.push(one);
            return one;
        };
        const first = join_();
        await write("care", numbered(0, 20));
        await until(() => seen.length >= 20, 60);
        await first.close();
        join_();
        await write("care", ["later"]);
        await until(() => seen.includes("later"), 60);
        assert.deepEqual(seen, [...numbered(0, 20), "later"]);
    });

    it("keeps order and loses nothing while brokers die and come back, one by one", async () => {
        const { reader, of } = reading();
        const keys = numbered(0, 12).map((n) => `session-${n}`);
        for (const key of keys) {
            const place = { topic: TOPICS.council, partition: await reader.partitionOf(TOPICS.council, key) };
            reader.follow(place, await reader.endOf(place));
        }
        let round = 0;
        let stop = false;
        const writing = (async () => {
            for (; !stop; round += 1) {
                const records = keys.map((key) => ({ topic: TOPICS.council, key, value: String(round) }));
                for (;;) {
                    try {
                        await writer.send(records);
                        break;
                    } catch {
                        await new Promise((resolve) => setTimeout(resolve, 200));
                    }
                }
            }
        })();
        for (const id of brokers.ids) {
            await new Promise((resolve) => setTimeout(resolve, 1500));
            brokers.kill(id);
            await new Promise((resolve) => setTimeout(resolve, 5000));
            brokers.restart(id);
            await brokers.whole();
        }
        stop = true;
        await writing;
        const last = String(round - 1);
        await until(() => keys.every((key) => of(key).includes(last)), 30);
        for (const key of keys) {
            // What was sent a second time stands there twice.
            const first = of(key).filter((value, index, all) => all.indexOf(value) === index);
            assert.deepEqual(first, numbered(0, round));
        }
    });
});
