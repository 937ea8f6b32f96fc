import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { graphOf } from "../support/stacks";
import { snapshotFile, snapshotOf } from "./snapshot";

describe("committed stacks", () => {
    for (const stack of ["staging", "prod"] as const) {
        it(`${stack} is as reviewed; a change shows in ${stack}.snapshot.txt (npm run snapshots)`, async () => {
            const expected = readFileSync(snapshotFile(stack), "utf8").split("\n");
            assert.deepEqual(snapshotOf(await graphOf(stack)).split("\n"), expected);
        });
    }
});
