import { strict as assert } from "node:assert";
import { join } from "node:path";
import { parseConfig } from "../../config";
import { readStackFile } from "../../plan/stack-file";
import { ConfigError } from "../../settings/problem";

const staging = readStackFile(join(__dirname, "..", ".."), "staging");

function problems(edit: (load: Record<string, unknown>) => void): string {
    const load = JSON.parse(staging["openclaw:load"] ?? "{}") as Record<string, unknown>;
    edit(load);
    try {
        parseConfig({ ...staging, "openclaw:load": JSON.stringify(load) });
        return "";
    } catch (error) {
        if (error instanceof ConfigError) return error.message;
        throw error;
    }
}

describe("the expected load", () => {
    it("rises from low to expected to high", () => {
        const text = problems((load) => (load["interactionsPerDay"] = { low: 30, expected: 20, high: 10 }));
        assert.match(text, /2 problems/);
        assert.match(text, /load\.interactionsPerDay\.expected\n {4}value {2}20\n.*low, which is 30/);
        assert.match(text, /load\.interactionsPerDay\.high\n {4}value {2}10\n.*expected, which is 20/);
    });

    it("may be the same on every day, and none at all", () => {
        assert.equal(
            problems((load) => (load["interactionsPerDay"] = { low: 0, expected: 0, high: 0 })),
            "",
        );
    });

    it("takes hundredths as people write them, and nothing finer", () => {
        const one = (decisions: number) =>
            problems((load) => (load["perInteraction"] = { ...(load["perInteraction"] as object), decisions }));
        for (const fine of [0.29, 0.57, 1.13, 999.99]) assert.equal(one(fine), "", String(fine));
        assert.match(one(0.005), /decisions\n {4}value {2}0\.005\n.*steps of 0\.01/);
        assert.match(one(-1), /decisions\n {4}value {2}-1\n/);
    });
});
