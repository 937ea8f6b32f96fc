import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { costOf } from "../../../plan/cost/cost";
import { type Changes, graphOf } from "../../support/stacks";

/** A configuration of docs/cost.md, with the rows of its tables. */
interface Reference {
    readonly stack: "staging" | "prod";
    readonly changes: Changes;
    readonly lines: readonly (readonly string[])[];
    readonly tiers: readonly (readonly string[])[];
    readonly loads: readonly (readonly string[])[];
}

const text = readFileSync(join(__dirname, "..", "..", "..", "docs", "cost.md"), "utf8");

/** The references in the document: a heading that begins with the stack, changes as key=value, three tables. */
function references(): Reference[] {
    return text
        .split(/^### /m)
        .filter((section) => /^(prod|staging) /.test(section))
        .map((section) => {
            const rows = section
                .split("\n")
                .filter((line) => line.startsWith("|") && !/^\|[ :|-]+\|$/.test(line))
                .map((line) => line.slice(1, -1).split("|"))
                .map((cells) => cells.map((cell) => cell.trim()));
            return {
                stack: section.startsWith("prod") ? "prod" : "staging",
                changes: Object.fromEntries(
                    [...section.matchAll(/^ {4}(openclaw:\S+)=(\S+)$/gm)].map(([, key = "", value = ""]) => [
                        key,
                        value.startsWith("[") ? value.slice(1, -1).split(",") : value,
                    ]),
                ),
                lines: rows.filter((row) => row.length === 7 && row[0] !== "Tier"),
                tiers: rows.filter((row) => row.length === 2 && row[0] !== "Tier"),
                loads: rows.filter((row) => row.length === 5 && row[0] !== "Load"),
            };
        });
}

const number = (cell: string | undefined) => Number((cell ?? "").replaceAll(",", ""));

/** The document gives two decimals. */
const same = (given: string | undefined, exact: number, what: string) =>
    assert.ok(Math.abs(number(given) - exact) <= 0.0051, `${what}: the document says ${given}, the plan ${exact}`);

describe("the cost worked by hand in docs/cost.md", () => {
    it("is that of three configurations, one of them changed", () => {
        assert.deepEqual(
            references().map(({ stack, changes }) => [stack, Object.keys(changes).length]),
            [
                ["prod", 0],
                ["staging", 0],
                ["prod", 2],
            ],
        );
    });

    for (const [index, { stack, changes, lines, tiers, loads }] of references().entries()) {
        describe(`${index + 1}: ${[stack, ...Object.keys(changes)].join(", ")}`, () => {
            const cost = async () => costOf(await graphOf(stack, changes)) ?? assert.fail("no cost");

            it("has the plan's lines, in their order, with the same quantities, prices and amounts", async () => {
                const { lines: planned } = await cost();
                assert.deepEqual(
                    lines.map(([tier, item]) => [tier, item]),
                    planned.map(({ tier, item }) => [tier, item]),
                );
                for (const [row, { item, quantity, price, usd, note = "" }] of planned.entries()) {
                    const [, , , given, at, source, amount] = lines[row] ?? [];
                    assert.equal(source === "[U]", note.endsWith("price not confirmed"), `source of ${item}`);
                    same(given, quantity.expected, `quantity of ${item}`);
                    assert.equal(number(at), price, `price of ${item}`);
                    same(amount, usd.expected, `cost of ${item}`);
                }
            });

            it("adds up to the plan's tiers, and to its totals at every load", async () => {
                const planned = await cost();
                for (const [name, amount] of tiers) {
                    const tier = planned.tiers.find((each) => each.tier === name);
                    same(amount, name === "total" ? planned.total.expected : (tier?.usd.expected ?? NaN), String(name));
                }
                assert.equal(tiers.length, planned.tiers.length + 1);
                for (const load of ["low", "expected", "high"] as const) {
                    const [, interactions, total, agent, million] = loads.find(([name]) => name === load) ?? [];
                    assert.equal(number(interactions), planned.interactionsPerDay[load]);
                    same(total, planned.total[load], `total at ${load} load`);
                    same(agent, planned.perAgent[load], `an agent at ${load} load`);
                    same(million, planned.perMillionInteractions[load], `a million at ${load} load`);
                }
            });
        });
    }
});
