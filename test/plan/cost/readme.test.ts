import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { costOf } from "../../../plan/cost/cost";
import type { ByLoad } from "../../../plan/document/schema";
import { graphOf } from "../../support/stacks";

const readme = readFileSync(join(__dirname, "..", "..", "..", "README.md"), "utf8");

/** Rows of the table whose head begins with a stack's name: the first cell, and whole dollars. */
function rows(stack: string): (readonly [string, ...number[]])[] {
    const lines = readme.split("\n");
    const head = lines.findIndex((line) => new RegExp(`^\\| ${stack} +\\| +quiet \\|`).test(line));
    assert.ok(head >= 0, `README has a table of ${stack}`);
    const end = lines.findIndex((line, index) => index > head && !line.startsWith("|"));
    return lines.slice(head + 2, end).map((line) => {
        const [title = "", ...figures] = line.split("|").slice(1, -1);
        return [title.trim(), ...figures.map((figure) => Number(figure.trim().replaceAll(",", "")))] as const;
    });
}

const whole = ({ low, expected, high }: ByLoad) => [low, expected, high].map(Math.round);

describe("the cost in the README", () => {
    for (const stack of ["prod", "staging"] as const) {
        it(`is what the plan of ${stack} says`, async () => {
            const cost = costOf(await graphOf(stack));
            assert.ok(cost);
            const said = new Map([
                ...cost.tiers.map(({ tier, usd }) => [tier as string, whole(usd)] as const),
                ["together", whole(cost.total)],
                ["for each agent", whole(cost.perAgent)],
                ["for a million interactions", whole(cost.perMillionInteractions)],
            ]);
            const given = rows(stack);
            assert.ok(given.length >= cost.tiers.length + 2);
            for (const [title, ...figures] of given) assert.deepEqual(figures, said.get(title), title);
        });
    }

    it("is that of nodes which wait", async () => {
        const spare = costOf(await graphOf("prod"))?.lines.find(({ item }) => item.startsWith("Spare nodes"));
        const [, usd = ""] = /are \$([\d,]+) of it, the price of `headroom: reserved`/.exec(readme) ?? [];
        assert.equal(Number(usd.replaceAll(",", "")), Math.round(spare?.usd.expected ?? NaN));
    });
});
