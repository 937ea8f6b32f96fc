import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configure } from "../../../policy/engine/configuration";
import type { Resource } from "../../../policy/engine/resource";
import { UNKNOWN } from "../../../policy/engine/value";
import { policyJson } from "../../../policy/report/json";
import { policyMarkdown } from "../../../policy/report/markdown";
import { type PolicyReport, reportOn, summaryOf } from "../../../policy/report/report";
import { policySarif } from "../../../policy/report/sarif";
import { sourcesIn } from "../../../policy/report/sources";
import { renderPolicies } from "../../../policy/report/text";
import { planned } from "../../../policy/engine/planned";
import { graphOf } from "../../support/stacks";
import { box, covered, sized } from "../support/rules";

const TODAY = "2026-06-15";
const until = "2026-12-31";
const resources = [box("a", { size: 1 }), box("b|c", { size: UNKNOWN }), box("d", {})];

function report(configuration: Record<string, unknown> = {}, of: readonly Resource[] = resources): PolicyReport {
    return reportOn("prod", of, configure([sized, covered], configuration), "policy/config/prod.json", TODAY);
}

const mixed = () =>
    report({ sized: { exceptions: [{ resource: "d", until, reason: "is replaced this year" }] }, covered: "advisory" });

describe("policy: reports", () => {
    it("fails by mandatory rules alone, also by those that would mend a resource", () => {
        const small = [box("a", { size: 1 })];
        assert.equal(report({ covered: "disabled" }, small).passed, false);
        assert.equal(report({ covered: "disabled", sized: "remediate" }, small).passed, false);
        assert.equal(report({ covered: "disabled", sized: "advisory" }, small).passed, true);
        assert.equal(report({ all: "disabled" }, small).passed, true);
    });

    it("sums up what was checked and what was found", () => {
        assert.equal(
            summaryOf(mixed()),
            "2 rules over 3 resources: 4 violations (1 of them must be mended), 1 undecided, 1 excepted",
        );
        assert.equal(
            summaryOf(report({ covered: "disabled" }, [box("a", { size: 10 })])),
            "1 rule over 1 resource: no violation, 1 rule off",
        );
    });

    it("shows at a terminal what is broken, what to do, what is undecided and what is excepted", () => {
        const text = renderPolicies(mixed(), { width: 80, color: false }).join("\n");
        assert.match(
            text,
            /✗ sized {2}high, mandatory\n {2}a has size 1, 10 is required\n {2}Set size\.\n {2}openclaw promise 1/,
        );
        assert.match(text, /! covered {2}high, advisory/);
        assert.match(text, /Undecided[^\n]*\n {2}sized: b\|c: size is not known yet/);
        assert.match(text, /Excepted\n {2}sized: d has no size; until 2026-12-31: is replaced this year/);
        assert.ok(text.indexOf("✗ sized") < text.indexOf("! covered"), "what must be mended comes first");
        assert.ok(text.split("\n").every((line) => line.length <= 80));
        assert.ok(!text.includes("\x1b"), "no colour unless it is asked for");
    });

    it("makes Markdown whose tables no value can break", () => {
        const [wild] = [box("e", { size: 1 })].map((each) => ({ ...each, name: "x|y\n<b>" }));
        assert.ok(wild);
        const text = policyMarkdown(report({}, [wild]));
        const rows = text.split("\n").filter((line) => line.startsWith("| ["));
        assert.equal(rows.length, 2);
        for (const row of rows) assert.equal(row.replaceAll("\\|", "").split("|").length, 7, row);
        assert.ok(!text.includes("<b>"));
        assert.match(policyMarkdown(report({ all: "disabled" })), /### Policy: prod ✅/);
        assert.match(policyMarkdown(mixed()), /<details><summary>Excepted \(1\)<\/summary>/);
    });

    it("stays within what a comment may hold, and says how much more there is", () => {
        const many = Array.from({ length: 400 }, (_, index) => box(`box-${index}`, {}));
        const text = policyMarkdown(report({}, many));
        assert.ok(text.length < 65_536);
        assert.match(text, /And 700 more\./);
    });

    it("is data for other programs", () => {
        const { format, passed, rules } = policyJson(mixed());
        assert.deepEqual([format, passed], ["openclaw-policy/1", false]);
        assert.deepEqual(
            rules.map(({ name, violations, undecided, excepted }) => [
                name,
                violations.length,
                undecided.length,
                excepted.length,
            ]),
            [
                ["sized", 1, 1, 1],
                ["covered", 3, 0, 0],
            ],
        );
    });

    describe("SARIF", () => {
        const locate = () => ({ file: "components/data/database.ts", line: 7 });

        it("has a result for each finding: failures with a level, open ones without, excepted ones suppressed", () => {
            const [run] = policySarif(mixed(), locate, "1.2.3").runs;
            assert.equal(run?.tool.driver.version, "1.2.3");
            assert.deepEqual(
                run?.results.map(({ ruleId, kind, level }) => [ruleId, kind, level]),
                [
                    ["sized", "fail", "error"],
                    ["sized", "open", "none"],
                    ["sized", "fail", "error"],
                    ["covered", "fail", "warning"],
                    ["covered", "fail", "warning"],
                    ["covered", "fail", "warning"],
                ],
            );
            for (const { ruleId, ruleIndex } of run?.results ?? [])
                assert.equal(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
            const suppressed = run?.results.filter((result) => "suppressions" in result);
            assert.equal(suppressed?.length, 1);
        });

        it("knows a finding again in the next run, and tells two apart", () => {
            const prints = () =>
                policySarif(mixed(), locate, "1").runs[0]?.results.map(
                    ({ partialFingerprints }) => partialFingerprints["resource/v1"],
                );
            assert.deepEqual(prints(), prints());
            assert.equal(new Set(prints()).size, prints()?.length);
        });
    });

    describe("sources", () => {
        const root = join(__dirname, "..", "..", "..");
        let locate: ReturnType<typeof sourcesIn>;
        let all: Resource[];
        before(async () => {
            all = (await graphOf("prod")).resources.map(planned);
            locate = sourcesIn(root, all, "Pulumi.prod.yaml");
        });

        it("finds the line that makes a resource", () => {
            for (const [name, file, text] of [
                ["database-cluster", "components/data/database.ts", "${name}-cluster"],
                ["brokers-cluster", "components/coordination/brokers.ts", "${name}-cluster"],
                ["network-vpc", "components/foundation/network.ts", "${name}-vpc"],
            ] as const) {
                const location = locate(all.find((resource) => resource.name === name));
                assert.equal(location.file, file, name);
                const line = readFileSync(join(root, location.file), "utf8").split("\n")[location.line - 1];
                assert.ok(line?.includes(text), `${name}: ${line}`);
            }
        });

        it("finds a file for every resource of a component, and names the configuration for the stack itself", () => {
            const lost = all.filter(
                (resource) => resource.type.startsWith("aws:") && !locate(resource).file.startsWith("components/"),
            );
            assert.deepEqual(
                lost.map(({ name }) => name),
                [],
            );
            assert.deepEqual(locate(undefined), { file: "Pulumi.prod.yaml", line: 1 });
        });
    });
});
