import { strict as assert } from "node:assert";
import { promises } from "../../plan/promises";
import { graphOf } from "../support/stacks";

const digest = "openclaw:database.tool.digest";

describe("promises of the plan", () => {
    const data = async (stack: "staging" | "prod", changes: Readonly<Record<string, unknown>> = {}) =>
        promises(await graphOf(stack, changes)).find(({ number }) => number === 4)?.values ?? [];

    it("say that the database tool is still to be built, until its digest is a real one", async () => {
        const unbuilt = (lines: readonly string[]) => lines.filter((line) => line.startsWith("NOT BUILT YET"));
        assert.equal(unbuilt(await data("staging")).length, 1);
        assert.deepEqual(unbuilt(await data("staging", { [digest]: `sha256:${"1".repeat(64)}` })), []);
    });
});
