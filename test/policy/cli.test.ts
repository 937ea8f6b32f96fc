import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RULES } from "../../policy/rules";

const root = join(__dirname, "..", "..");

function run(command: "plan" | "policy", args: readonly string[], input = "") {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, command, "cli.cjs"), ...args], {
        cwd: root,
        encoding: "utf8",
        input,
        maxBuffer: 2 ** 26,
    });
    return { status, stdout, stderr };
}

/** A state with one log group without a retention. */
const STATE = JSON.stringify({
    version: 3,
    deployment: {
        resources: [
            {
                urn: "urn:pulumi:dev::shop::aws:cloudwatch/logGroup:LogGroup::orders",
                type: "aws:cloudwatch/logGroup:LogGroup",
                inputs: { name: "orders" },
            },
        ],
    },
});

describe("npm run policy", () => {
    let folder: string;
    before(() => void (folder = mkdtempSync(join(tmpdir(), "openclaw-policy-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const file = (name: string, text: string) => {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
    };

    it("lists every rule once, no line wider than 80 columns", () => {
        const { status, stdout } = run("policy", ["--list"]);
        assert.equal(status, 0);
        for (const { name } of RULES) assert.match(stdout, new RegExp(`^${name} +`, "m"));
        assert.deepEqual(
            stdout.split("\n").filter((line) => line.length > 80),
            [],
        );
    });

    it("judges an exported state of any stack, from a file and from standard input", () => {
        for (const args of [
            ["--state", file("state.json", STATE)],
            ["--state", "-"],
        ]) {
            const { status, stdout, stderr } = run("policy", args, STATE);
            assert.equal(stderr, "");
            assert.equal(status, 1);
            assert.match(stdout, /✗ log-group-retention/);
            assert.match(stdout, /orders has no retentionInDays/);
        }
    });

    it("writes the report as Markdown, SARIF and JSON, with the same violations", () => {
        const state = file("state.json", STATE);
        const paths = ["report.md", "report.sarif", "report.json"].map((name) => join(folder, name));
        const [markdown = "", sarif = "", json = ""] = paths;
        const { status } = run("policy", ["--state", state, "--markdown", markdown, "--sarif", sarif, "--json", json]);
        assert.equal(status, 1);
        const read = (path: string) => readFileSync(path, "utf8");
        const { runs } = JSON.parse(read(sarif)) as { runs: { results: { ruleId: string }[] }[] };
        const { rules } = JSON.parse(read(json)) as { rules: { name: string; violations: unknown[] }[] };
        const broken = rules.filter(({ violations }) => violations.length > 0).map(({ name }) => name);
        assert.ok(broken.includes("log-group-retention"));
        assert.deepEqual([...new Set(runs[0]?.results.map(({ ruleId }) => ruleId))], broken);
        for (const name of broken) assert.ok(read(markdown).includes(`[${name}](`), name);
    });

    it("takes a configuration, and refuses a wrong one with every problem and exit code 2", () => {
        const state = file("state.json", STATE);
        const off = file("off.json", '{ "all": "disabled" }');
        assert.equal(run("policy", ["--state", state, "--config", off]).status, 0);

        const wrong = file("wrong.json", '{ "log-group-retention": { "minimumDays": 0 }, "no-such-rule": {} }');
        const { status, stderr } = run("policy", ["--state", state, "--config", wrong]);
        assert.equal(status, 2);
        assert.match(stderr, /log-group-retention\.minimumDays is 0/);
        assert.match(stderr, /no-such-rule: there is no such rule/);
        assert.doesNotMatch(stderr, /\n\s+at /);
    });

    it("explains a wrong call in one line, with exit code 2", () => {
        for (const [args, said] of [
            [["--state", join(folder, "none.json")], /cannot read .*none\.json/],
            [["--state", file("text.json", "hello")], /text\.json: it is not JSON; make one with pulumi stack export/],
            [["prod", "staging"], /one stack at a time/],
            [["prod", "--state", "x"], /either the stack prod or --state x/],
            [["--colour"], /Unknown option '--colour'/],
            [["nowhere"], /there is no Pulumi\.nowhere\.yaml/],
        ] as const) {
            const { status, stderr } = run("policy", args);
            assert.equal(status, 2, args.join(" "));
            assert.match(stderr, said);
            assert.doesNotMatch(stderr, /\n\s+at /);
        }
    });

    it("makes a plan fail that breaks a rule which must hold, and shows the rule in it", () => {
        const strict = file("strict.json", '{ "log-group-retention": { "minimumDays": 3653 } }');
        const { status, stdout } = run("plan", ["prod", "--policies", strict]);
        assert.equal(status, 1);
        assert.match(stdout, /POLICIES\n\n\d+ rules? over \d+ resources: \d+ violations/);
        assert.match(stdout, /✗ log-group-retention {2}high, mandatory/);
        assert.match(stdout, /RESOURCES/, "the plan is shown all the same");
    });
});
