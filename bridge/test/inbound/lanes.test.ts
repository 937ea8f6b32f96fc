import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { Lanes } from "../../src/inbound/lanes";

const soon = (turns: number) => new Promise<void>((resolve) => setTimeout(resolve, turns));

describe("lanes", () => {
    it("keep the order of each lane, and do lanes side by side", async () => {
        await fc.assert(
            fc.asyncProperty(
                fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 3 })), { maxLength: 30 }),
                async (tasks) => {
                    const lanes = new Lanes();
                    const done = new Map<string, number[]>();
                    for (const [index, [lane, turns]] of tasks.entries()) {
                        lanes.add(lane, async () => {
                            await soon(turns);
                            done.set(lane, [...(done.get(lane) ?? []), index]);
                        });
                    }
                    await lanes.idle();
                    assert.equal(lanes.waiting, 0);
                    for (const order of done.values())
                        assert.deepEqual(
                            order,
                            [...order].sort((a, b) => a - b),
                        );
                    assert.equal([...done.values()].flat().length, tasks.length);
                },
            ),
            { numRuns: 30 },
        );
    });

    it("are not held up by one that waits", async () => {
        const lanes = new Lanes();
        const releases: (() => void)[] = [];
        lanes.add("slow", () => new Promise<void>((resolve) => releases.push(resolve)));
        let done = false;
        lanes.add("fast", async () => void (done = true));
        await soon(5);
        assert.ok(done);
        for (const release of releases) release();
        await lanes.idle();
    });

    it("say how much waits, and hold on to", async () => {
        const seen: string[] = [];
        const lanes = new Lanes((waiting, bytes) => seen.push(`${waiting} ${bytes}`));
        lanes.add("a", () => soon(1), 10);
        lanes.add("a", () => soon(1), 5);
        await lanes.idle();
        assert.deepEqual(seen, ["1 10", "2 15", "1 5", "0 0"]);
    });
});
