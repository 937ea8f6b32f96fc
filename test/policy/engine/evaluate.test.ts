import { strict as assert } from "node:assert";
import { configure, ConfigurationError } from "../../../policy/engine/configuration";
import { evaluateRules, type Outcome } from "../../../policy/engine/evaluate";
import { type Resource, Stack } from "../../../policy/engine/resource";
import { UNKNOWN } from "../../../policy/engine/value";
import { box, covered, lid, sized } from "../support/rules";

const TODAY = "2026-06-15";
const rules = [sized, covered];

function evaluated(resources: readonly Resource[], configuration: Record<string, unknown> = {}): Outcome[] {
    return evaluateRules(configure(rules, configuration), new Stack(resources), TODAY);
}

function said(outcome: Outcome | undefined, kind: "violations" | "undecided" | "excepted" = "violations"): string[] {
    return (outcome?.[kind] ?? []).map(({ resource, message }) => `${resource?.name}: ${message}`);
}

describe("policy: evaluation", () => {
    it("looks at the resources that concern a rule, and finds each violation", () => {
        const [first] = evaluated([box("a", { size: 10 }), box("b", { size: 9 }), box("c", {}), lid("d", {})]);
        assert.equal(first?.looked, 3);
        assert.deepEqual(said(first), ["b: has size 9, 10 is required", "c: has no size"]);
    });

    it("keeps one resource that it cannot decide from hiding the others", () => {
        const [first] = evaluated([box("a", { size: UNKNOWN }), box("b", {})]);
        assert.deepEqual(said(first, "undecided"), ["a: size is not known yet"]);
        assert.deepEqual(said(first), ["b: has no size"]);
    });

    it("knows what refers to what by dependencies where ids are unknown, and by identifiers where they are known", () => {
        const [a, b, c] = [box("a", { id: "i-1" }), box("b", {}), box("c", {})];
        const [, second] = evaluated([a, b, c, lid("x", { boxId: "i-1" }), lid("y", { boxId: UNKNOWN }, b)]);
        assert.deepEqual(said(second), ["c: has no lid"]);
        assert.equal(second?.undecided[0]?.resource?.name, "y");
    });

    it("takes levels and settings from the configuration", () => {
        const outcomes = evaluated([box("a", { size: 5 })], {
            all: "advisory",
            sized: { minimum: 5, enforcementLevel: "mandatory" },
            covered: "disabled",
        });
        assert.deepEqual(
            outcomes.map(({ rule, level, violations }) => [rule.name, level, violations.length]),
            [["sized", "mandatory", 0]],
        );
    });

    it("says all that is wrong with a configuration at once, with key, value and what would do", () => {
        const configuration = { sized: { minimum: 0, maximum: 5 }, covered: "strict", other: {} };
        assert.throws(
            () => configure(rules, configuration, "prod.json"),
            (error: unknown) => {
                assert.ok(error instanceof ConfigurationError);
                const lines = error.message.split("\n");
                assert.equal(lines[0], "prod.json is refused:");
                assert.match(error.message, /sized\.minimum is 0: .*>=1/);
                assert.match(error.message, /sized: Unrecognized key: "maximum"/);
                assert.match(error.message, /covered is "strict": must be a level \(advisory, mandatory/);
                assert.match(error.message, /other: there is no such rule/);
                return true;
            },
        );
    });

    describe("exceptions", () => {
        const exception = (resource: string, until: string) => ({
            resource,
            until,
            reason: "moved in the next quarter",
        });

        it("take a violation out until their last day, with the reason", () => {
            const [first] = evaluated([box("a", {}), box("b", {})], { sized: { exceptions: [exception("a", TODAY)] } });
            assert.deepEqual(said(first, "excepted"), ["a: has no size"]);
            assert.equal(first?.excepted[0]?.exception.reason, "moved in the next quarter");
            assert.deepEqual(said(first), ["b: has no size"]);
        });

        it("fail on the day after, whether the resource is mended or not", () => {
            for (const size of [10, 1]) {
                const [first] = evaluated([box("a", { size })], {
                    sized: { exceptions: [exception("a", "2026-06-14")] },
                });
                assert.ok(first?.violations.some(({ message }) => message.includes("ended on 2026-06-14")));
            }
        });

        it("are listed where nothing needs them any more", () => {
            const [first] = evaluated([box("a", { size: 10 })], {
                sized: { exceptions: [exception("a", "2026-12-31")] },
            });
            assert.deepEqual(
                first?.unused.map(({ resource }) => resource),
                ["a"],
            );
        });

        it("need a reason and a date", () => {
            for (const wrong of [
                { resource: "a", until: "soon", reason: "because it is so" },
                { resource: "a", until: TODAY },
            ]) {
                assert.throws(() => configure(rules, { sized: { exceptions: [wrong] } }), ConfigurationError);
            }
        });
    });
});
