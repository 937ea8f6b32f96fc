import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

function plan(args: readonly string[], cwd = root) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "plan", "cli.cjs"), ...args], {
        cwd,
        encoding: "utf8",
        maxBuffer: 2 ** 26,
    });
    return { status, stdout, stderr };
}

describe("npm run plan", () => {
    let folder: string;
    before(() => void (folder = mkdtempSync(join(tmpdir(), "openclaw-plan-"))));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("shows staging without an argument: every tier and promise, no line wider than 80 columns, nothing on stderr", () => {
        const { status, stdout, stderr } = plan([]);
        assert.equal(status, 0);
        assert.equal(stderr, "");
        assert.match(stdout, /^openclaw staging: offline plan\n/);
        assert.match(stdout, /npm run preview -- --stack staging/);
        for (const part of ["Foundation", "Tier 1", "Tier 2", "Tier 3", "Operations"])
            assert.ok(stdout.includes(part), part);
        for (let number = 1; number <= 7; number++) assert.match(stdout, new RegExp(`^${number}  `, "m"));
        assert.deepEqual(
            stdout.split("\n").filter((line) => line.length > 80),
            [],
        );
        assert.ok(!stdout.includes("\x1b"), "colour only on a terminal");
    });

    it("writes prod's graph as JSON, the same at every run", () => {
        const file = join(folder, "graph.json");
        assert.equal(plan(["prod", "--json", file]).status, 0);
        const first = readFileSync(file, "utf8");
        const { status, stdout } = plan(["prod", "--json", "-"]);
        assert.equal(status, 0);
        assert.equal(stdout, first);
        const graph = JSON.parse(first) as {
            stack: string;
            resources: { type: string; name: string; parent: string }[];
        };
        assert.equal(graph.stack, "prod");
        const vpc = graph.resources.find(({ type }) => type === "aws:ec2/vpc:Vpc");
        assert.match(vpc?.parent ?? "", /openclaw:foundation:Network::network$/);
    });

    it("keeps prod within 80 columns too, with everything asked for", () => {
        const { status, stdout } = plan(["prod", "--full"]);
        assert.equal(status, 0);
        for (const part of ["IN SHORT", "RESILIENCE", "CAPACITY", "COST", "POLICIES", "RESOURCES"]) {
            assert.match(stdout, new RegExp(`^${part}`, "m"));
        }
        // Names of resources are not cut: whoever looks for one must find it.
        const wide = stdout.slice(0, stdout.indexOf("RESOURCES")).split("\n");
        assert.match(stdout, /network-nodes-a {2}ec2\.Subnet/);
        assert.deepEqual(
            wide.filter((line) => line.length > 80),
            [],
        );
    });

    it("shows the effect of other values, and of more agents, on all of it", () => {
        const { status, stdout } = plan([
            "staging",
            "--set",
            "network.zones[2]=us-east-1c",
            "--agents",
            "12",
            "--full",
        ]);
        assert.equal(status, 0);
        assert.match(stdout, /^COMPARED WITH Pulumi\.staging\.yaml$/m);
        assert.match(stdout, /^\+ network-nodes-c {2}aws:ec2\/subnet:Subnet: is new$/m);
        assert.match(stdout, /^ {4}spec\.replicas: 4 > 8$/m);
        assert.match(stdout, /^TOGETHER .*\+\$\d/m);
    });

    it("compares with a plan that it wrote, and writes Markdown and a page", () => {
        const [base, markdown, page] = ["base.json", "plan.md", "plan.html"].map((name) => join(folder, name));
        assert.equal(plan(["staging", "--json", `${base}`]).status, 0);
        const options = ["--compare", `${base}`, "--markdown", `${markdown}`, "--html", `${page}`];
        const { status, stdout } = plan(["staging", "--set", "database.instances=2", ...options]);
        assert.equal(status, 0);
        assert.match(stdout, /The plan as a page is in /);
        const text = readFileSync(`${markdown}`, "utf8");
        assert.match(text, /^## Plan of staging/);
        assert.match(text, /added/);
        assert.match(text, /\*\*Promises gained\*\*[\s\S]*Zone us-east-1a is lost: breaks → \*\*degrades\*\*/);
        assert.ok(text.length < 32_768, "two stacks share a comment");
        assert.match(readFileSync(`${page}`, "utf8"), /^<!doctype html>/i);
    });

    it("ends with 1 where what is protected would be replaced", () => {
        const file = join(folder, "prod.json");
        assert.equal(plan(["prod", "--json", file]).status, 0);
        const { status, stdout } = plan(["prod", "--compare", file, "--set", "network.cidr=10.96.0.0/16"]);
        assert.equal(status, 1);
        assert.match(stdout, /REFUSED, because protected/);
    });

    it("says in one line what it does not understand", () => {
        for (const [args, message] of [
            [["--set", "brokers"], /^plan: --set takes key=value, not brokers; for example/],
            [["--agents", "many"], /^plan: --agents must be a whole number from 1, not many/],
            [["--compare", "no-such-thing"], /^plan: --compare: no-such-thing is neither a file nor a git revision/],
            [["--page"], /^plan: Unknown option '--page'/],
        ] as const) {
            const { status, stderr, stdout } = plan(args);
            assert.equal(status, 2, args.join(" "));
            assert.equal(stdout, "");
            assert.match(stderr, message);
            assert.match(stderr, /See npm run plan -- --help\n$/);
        }
    });

    it("explains itself with --help", () => {
        const { status, stdout } = plan(["--help"]);
        assert.equal(status, 0);
        assert.match(stdout, /^Usage: npm run plan/);
    });

    it("refuses a bad configuration with 1, every problem and no stack trace", () => {
        const text = readFileSync(join(root, "Pulumi.prod.yaml"), "utf8");
        writeFileSync(
            join(folder, "Pulumi.bad.yaml"),
            text.replace("10.64.0.0/16", "8.8.0.0/16").replace("cpu:", "cpus:"),
        );
        const { status, stderr, stdout } = plan(["bad"], folder);
        assert.equal(status, 1);
        assert.equal(stdout, "");
        assert.match(stderr, /problems; nothing was created/);
        assert.match(stderr, /openclaw:network\.cidr\n {4}value {2}"8\.8\.0\.0\/16"\n {4}rule .*\n {4}try/);
        assert.match(stderr, /did you mean openclaw:fleet\.classes\.coordinator\.cpu\?/);
        assert.doesNotMatch(stderr, /\n\s+at /);
    });

    for (const [what, args, message] of [
        ["a stack without a file", ["production"], /no Pulumi\.production\.yaml; stacks here: prod, staging/],
        ["two stacks", ["staging", "prod"], /one stack at a time/],
        ["an option that does not exist", ["--fulll"], /--fulll/],
        ["--json without a file", ["--json"], /--json/],
        ["a file that cannot be written", ["--json", "/nowhere/graph.json"], /cannot write \/nowhere\/graph\.json/],
    ] as const) {
        it(`refuses ${what} with 2`, () => {
            const { status, stderr } = plan(args);
            assert.equal(status, 2);
            assert.match(stderr, message);
            assert.doesNotMatch(stderr, /\n\s+at /);
        });
    }

    it("refuses a stack file that is no YAML, has no config, or holds a secret, with 2", () => {
        for (const [text, message] of [
            ["config: [", /is not YAML/],
            ["name: x", /has no "config:"/],
            ["config:\n  openclaw:account:\n    secure: abc\n", /openclaw:account is encrypted/],
        ] as const) {
            writeFileSync(join(folder, "Pulumi.odd.yaml"), text);
            const { status, stderr } = plan(["odd"], folder);
            assert.equal(status, 2);
            assert.match(stderr, message);
        }
    });
});
