import { strict as assert } from "node:assert";
import { promises } from "../../plan/promises";
import { graphOf } from "../support/stacks";

const digest = "openclaw:database.tool.digest";

describe("promises of the plan", () => {
    const data = async (stack: "staging" | "prod", changes: Readonly<Record<string, unknown>> = {}) =>
        promises(await graphOf(stack, changes)).find(({ number }) => number === 4)?.values ?? [];

    it("say how many connections the agents need, and how far the database would take them", async () => {
        assert.ok(
            (await data("prod")).includes(
                "connections: 320 agents need 640 of 2,883 through the pool; 1,441 agents would fit",
            ),
        );
        assert.ok(
            (await data("staging")).includes(
                "connections: 6 agents need 24 of 720 without a pool; 180 agents would fit",
            ),
        );
    });

    it("say what a million rows a day come to", async () => {
        const [rate = "", kept = ""] = (await data("prod")).filter((line) => line.includes("million"));
        const [decisions, audit, memories] = [...rate.matchAll(/(\d+) GiB/g)].map(([, gib]) => Number(gib));
        assert.ok(Number(decisions) > Number(audit) && Number(audit) > 0, rate);
        assert.ok(Number(memories) > Number(decisions), "a memory has a vector");
        assert.match(kept, /kept 400 days, are \d{3} GiB$/);
    });

    it("say that the database tool is still to be built, until its digest is a real one", async () => {
        const unbuilt = (lines: readonly string[]) => lines.filter((line) => line.startsWith("NOT BUILT YET"));
        assert.equal(unbuilt(await data("staging")).length, 1);
        assert.deepEqual(unbuilt(await data("staging", { [digest]: `sha256:${"1".repeat(64)}` })), []);
    });
});
