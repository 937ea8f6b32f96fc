import { strict as assert } from "node:assert";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { evaluateRules } from "../../policy/engine/evaluate";
import { planned } from "../../policy/engine/planned";
import { Stack } from "../../policy/engine/resource";
import { RULES } from "../../policy/rules";
import { graphOf } from "../support/stacks";
import { configurationOf, provenRules, rulesOf } from "./support/prove";

// Every proof, also where this file runs alone.
const load = createRequire(__filename);
for (const file of readdirSync(join(__dirname, "rules")).filter((name) => name.endsWith(".test.ts")))
    load(join(__dirname, "rules", file));

describe("policy: the committed stacks", () => {
    for (const stack of ["staging", "prod"] as const) {
        it(`${stack} breaks no rule, leaves none undecided and needs no exception that has ended`, async () => {
            const { resources } = await graphOf(stack);
            const today = new Date().toISOString().slice(0, 10);
            const outcomes = evaluateRules(rulesOf(stack), new Stack(resources.map(planned)), today);
            const found = outcomes.flatMap(({ rule, violations, undecided, unused }) => [
                ...[...violations, ...undecided].map(
                    ({ resource, message }) => `${rule.name}: ${resource?.name} ${message}`,
                ),
                ...unused.map(({ resource }) => `${rule.name}: the exception for ${resource} is needed no more`),
            ]);
            assert.deepEqual(found, []);
        });
    }

    it("prod turns no rule off, and lowers none", () => {
        for (const [name, entry] of Object.entries(configurationOf("prod"))) {
            const level = typeof entry === "string" ? entry : (entry as { enforcementLevel?: string }).enforcementLevel;
            assert.ok(level === undefined || level === "mandatory", `${name} is ${level}`);
        }
    });

    it("are judged by rules that each have a proof", () => {
        assert.ok(RULES.length > 100);
        assert.deepEqual(
            RULES.map(({ name }) => name).filter((name) => !provenRules().has(name)),
            [],
        );
    });
});
