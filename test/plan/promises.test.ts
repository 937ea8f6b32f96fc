import { strict as assert } from "node:assert";
import { promises } from "../../plan/promises";
import { graphOf } from "../support/stacks";

describe("promises of the plan", () => {
    const unbuilt = async (promise: number, changes: Readonly<Record<string, unknown>> = {}) =>
        promises(await graphOf("staging", changes))
            .find(({ number }) => number === promise)
            ?.values.filter((line) => line.startsWith("NOT BUILT YET"));

    for (const [image, promise] of [
        ["fleet.bridge", 3],
        ["database.tool", 4],
    ] as const) {
        it(`say that the image of ${image} is still to be built, until its digest is a real one`, async () => {
            assert.equal((await unbuilt(promise))?.length, 1);
            const digest = `sha256:${"1".repeat(64)}`;
            assert.deepEqual(await unbuilt(promise, { [`openclaw:${image}.digest`]: digest }), []);
        });
    }
});
