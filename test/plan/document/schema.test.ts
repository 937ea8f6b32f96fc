import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "../../../plan/compare/compare";
import { planSchema } from "../../../plan/document/publish";
import { type PlanDocument, planDocument } from "../../../plan/document/schema";
import { toJson } from "../../../plan/json";
import { planOf } from "../support";

const read = (plan: PlanDocument) => planDocument.parse(JSON.parse(toJson(plan)));

describe("the plan as JSON", () => {
    it("has the shape that is published, in both stacks and with a comparison", async () => {
        for (const stack of ["staging", "prod"] as const) {
            const plan = await planOf(stack);
            assert.deepEqual(read(plan), JSON.parse(toJson(plan)), stack);
        }
        const plan = await planOf("staging", { "openclaw:brokers.count": 4 });
        const compared = { ...plan, comparison: compare(await planOf("staging"), plan, "base") };
        assert.deepEqual(read(compared), JSON.parse(toJson(compared)));
    });

    it("is described by docs/plan.schema.json as it is", () => {
        const file = join(__dirname, "..", "..", "..", "docs", "plan.schema.json");
        assert.equal(readFileSync(file, "utf8"), `${JSON.stringify(planSchema(), null, 2)}\n`, "npm run docs");
    });

    it("says of each resource where it belongs, and holds no secret", async () => {
        const { resources } = await planOf("prod");
        assert.ok(resources.every(({ tier, component }) => tier !== "" && component !== ""));
        assert.ok(!resources.some(({ type }) => type.startsWith("openclaw:")), "components are not in the cloud");
    });

    it("has a verdict for each of the eight promises, with what decided it", async () => {
        const { promises, failures } = await planOf("prod");
        assert.deepEqual(
            promises.map(({ number }) => number),
            [1, 2, 3, 4, 5, 6, 7, 8],
        );
        for (const { number, verdict, because, rules } of promises) {
            assert.ok(rules > 0, `promise ${number} has policies`);
            assert.ok(because.length > 10);
            const worst = failures
                .flatMap(({ effects }) => effects.filter(({ promise }) => promise === number))
                .map((each) => each.verdict);
            if (worst.includes("breaks")) assert.equal(verdict, "broken");
            else assert.equal(verdict, worst.includes("degrades") ? "degrades" : "kept", `promise ${number}`);
        }
    });
});
