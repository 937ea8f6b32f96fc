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

    it("lists every resource with --full", () => {
        const { status, stdout } = plan(["prod", "--full"]);
        assert.equal(status, 0);
        assert.match(stdout, /network-nodes-a {2}ec2\.Subnet/);
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
