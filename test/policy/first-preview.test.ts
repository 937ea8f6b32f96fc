import { strict as assert } from "node:assert";
import { firstPreview } from "../../plan/first-preview";
import { configure } from "../../policy/engine/configuration";
import { evaluateRules } from "../../policy/engine/evaluate";
import { planned } from "../../policy/engine/planned";
import { Stack } from "../../policy/engine/resource";
import { RULES } from "../../policy/rules";
import { configOf } from "../support/stacks";
import { configurationOf } from "./support/prove";

describe("policy: the first preview", () => {
    for (const stack of ["staging", "prod"] as const) {
        it(`of ${stack} breaks no rule: what cannot be known yet is undecided`, async () => {
            const resources = (await firstPreview(stack, configOf(stack))).map(planned);
            const outcomes = evaluateRules(
                configure(RULES, configurationOf(stack)),
                new Stack(resources),
                "2026-11-22",
            );
            assert.deepEqual(
                outcomes.flatMap(({ rule, violations }) =>
                    violations.map(({ resource, message }) => `${rule.name} ${resource?.name} ${message}`),
                ),
                [],
            );
        });
    }
});
