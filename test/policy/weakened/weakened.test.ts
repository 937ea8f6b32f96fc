import { strict as assert } from "node:assert";
import { graphOf } from "../../support/stacks";
import { DATA } from "./explained/data";
import type { Explanation } from "./explained/explanation";
import { GENERAL } from "./explained/general";
import { KUBERNETES } from "./explained/kubernetes";
import { OPERATIONS } from "./explained/operations";
import { PLATFORM } from "./explained/platform";
import { WORKLOADS } from "./explained/workloads";
import { type Survivor, survivorsOf } from "./survivors";

const EXPLANATIONS = [...GENERAL, ...WORKLOADS, ...KUBERNETES, ...DATA, ...PLATFORM, ...OPERATIONS];

function covers({ types, paths, how }: Explanation, { type, pattern }: Survivor, change: string): boolean {
    return types.test(type) && paths.test(pattern) && (how === undefined || how.test(change));
}

/*
 * Takes away or weakens every property of prod, one by one, and asks all rules. What none of them notices needs a written reason,
 * so that a new property is guarded or looked at once, by a person.
 */
describe("policy: prod, weakened property by property", function () {
    this.timeout(240_000);
    let survivors: Survivor[];
    let mutants: number;
    before(async () => {
        ({ survivors, mutants } = survivorsOf(await graphOf("prod")));
    });

    it("is noticed by a rule, or has a written reason", () => {
        assert.ok(mutants > 4000, `only ${mutants} changes were tried`);
        const unexplained = survivors.flatMap((survivor) => {
            const how = survivor.how.filter(
                (each) => !EXPLANATIONS.some((explanation) => covers(explanation, survivor, each)),
            );
            return how.length === 0 ? [] : [{ ...survivor, how }];
        });
        const shown = unexplained.map(
            ({ type, pattern, how, resource }) => `${type} ${pattern} (${how.join(", ")}; ${resource})`,
        );
        assert.equal(
            shown.length,
            0,
            `${shown.length} of ${mutants} changes go unnoticed:\n${shown.slice(0, 400).join("\n")}`,
        );
    });

    it("has no reason that nothing needs", () => {
        const idle = EXPLANATIONS.filter(
            (explanation) =>
                !survivors.some((survivor) => survivor.how.some((how) => covers(explanation, survivor, how))),
        );
        assert.deepEqual(
            idle.map(({ types, paths }) => `${types.source} ${paths.source}`),
            [],
        );
    });

    it("has a reason for each, as a sentence", () => {
        for (const { because } of EXPLANATIONS) assert.ok(because.length >= 20, because);
    });
});
