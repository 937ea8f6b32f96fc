import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { readArguments, UsageError } from "../plan/usage";
import type { PolicyUsage } from "./policies";

/*
 * What a plan of prod costs, by number of agents: processor time (user and system, children included), wall time and
 * peak memory. Each row is the least of several runs, taken in turns, so that a busy moment hits every row alike.
 */

const HELP = `Usage: npm run bench -- [options]

Measures \`npm run plan -- prod\` for 10, 100, 300 and 1,000 agents in one run, beside what Node and the Pulumi SDK cost alone,
and the part of it that the policies take.

Options:
  --runs N         runs of each row; the least is shown (default 5)
  --json           print the figures as JSON
  --help           show this text
`;

interface Usage {
    readonly cpuSeconds: number;
    readonly megabytes: number;
    readonly wallSeconds: number;
}

interface Row {
    readonly title: string;
    readonly args: readonly string[];
    readonly cwd: string;
}

const root = join(__dirname, "..");

function measure({ args, cwd, title }: Row): Usage {
    const started = performance.now();
    const child = spawnSync(process.execPath, ["-r", join(__dirname, "report-usage.cjs"), ...args], {
        cwd,
        stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    const wallSeconds = (performance.now() - started) / 1000;
    if (child.status !== 0) throw new Error(`"${title}" failed:\n${String(child.stderr)}`);
    return { ...(JSON.parse(String(child.output[3])) as Omit<Usage, "wallSeconds">), wallSeconds };
}

/** A folder with prod's stack file, its classes scaled so that the fleet has about that many agents. */
function stackWith(agents: number, folder: string): string {
    const document = parseDocument(readFileSync(join(root, "Pulumi.prod.yaml"), "utf8"));
    const path = ["config", "openclaw:fleet", "classes"];
    const classes = (
        document.toJS() as { config: { "openclaw:fleet": { classes: Record<string, { agents: number }> } } }
    ).config["openclaw:fleet"].classes;
    const total = Object.values(classes).reduce((sum, each) => sum + each.agents, 0);
    for (const [name, each] of Object.entries(classes)) {
        document.setIn([...path, name, "agents"], Math.max(1, Math.round((each.agents * agents) / total)));
    }
    writeFileSync(join(folder, `Pulumi.agents-${agents}.yaml`), document.toString());
    // More agents than prod has need more than its ceilings allow: the rules are asked, and do not refuse.
    mkdirSync(join(folder, "policy", "config"), { recursive: true });
    writeFileSync(join(folder, "policy", "config", `agents-${agents}.json`), '{ "all": "advisory" }');
    return `agents-${agents}`;
}

function main(): void {
    const { values } = readArguments({
        options: { runs: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
    });
    if (values.help) {
        process.stdout.write(HELP);
        return;
    }
    const runs = Number(values.runs ?? 5);
    if (!Number.isInteger(runs) || runs < 1) {
        throw new UsageError(`--runs must be a whole number from 1, not ${values.runs}`);
    }
    const folder = mkdtempSync(join(tmpdir(), "openclaw-bench-"));
    try {
        const cli = join(root, "plan", "cli.cjs");
        const rows: Row[] = [
            { title: "Node alone", args: ["-e", "0"], cwd: root },
            { title: "Node and the Pulumi SDK", args: ["-e", "require('@pulumi/pulumi')"], cwd: root },
            ...[10, 100, 300, 1000].map((agents) => ({
                title: `plan, ${agents.toLocaleString("en")} agents`,
                args: [cli, stackWith(agents, folder)],
                cwd: folder,
            })),
        ];
        const best = rows.map((): Usage => ({ cpuSeconds: Infinity, megabytes: Infinity, wallSeconds: Infinity }));
        for (let run = 1; run <= runs; run++) {
            if (process.stderr.isTTY) process.stderr.write(`\rrun ${run} of ${runs} `);
            rows.forEach((row, index) => {
                const usage = measure(row);
                const least = best[index] as Usage;
                best[index] = {
                    cpuSeconds: Math.min(least.cpuSeconds, usage.cpuSeconds),
                    megabytes: Math.min(least.megabytes, usage.megabytes),
                    wallSeconds: Math.min(least.wallSeconds, usage.wallSeconds),
                };
            });
        }
        if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
        const named = rows.map((row, index) => ({ title: row.title, ...(best[index] as Usage) }));
        const policies = measurePolicies();
        process.stdout.write(
            values.json
                ? `${JSON.stringify({ node: process.version, runs, rows: named, policies })}\n`
                : `${table(named, runs)}${policyLine(policies, named)}`,
        );
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function measurePolicies(): PolicyUsage {
    const { stdout, status } = spawnSync(process.execPath, [join(__dirname, "policies.cjs")], {
        cwd: root,
        encoding: "utf8",
    });
    if (status !== 0) throw new Error("the policies failed; npm run policy -- prod says how");
    return JSON.parse(stdout) as PolicyUsage;
}

/** The first evaluation is what a plan pays; the least of twenty shows the rules themselves. */
function policyLine(
    { rules, resources, firstMs, leastMs }: PolicyUsage,
    rows: readonly (Usage & { title: string })[],
): string {
    const plan = rows.find(({ title }) => title.startsWith("plan, 300"))?.cpuSeconds ?? NaN;
    const share = (firstMs / 10 / plan).toFixed(1);
    return [
        `policies: ${rules} rules over ${resources} resources in ${firstMs.toFixed(0)} ms, ${share} % of the plan of 300 agents;`,
        `warm ${leastMs.toFixed(1)} ms, ${((leastMs * 1000) / resources).toFixed(0)} µs a resource`,
        "",
    ].join("\n");
}

function table(rows: readonly (Usage & { title: string })[], runs: number): string {
    const first = rows.find(({ title }) => title.startsWith("plan,"))?.cpuSeconds ?? NaN;
    const lines = rows.map(({ title, cpuSeconds, wallSeconds, megabytes }) =>
        [
            title.padEnd(26),
            cpuSeconds.toFixed(2).padStart(8),
            wallSeconds.toFixed(2).padStart(8),
            megabytes.toFixed(0).padStart(8),
            `${(cpuSeconds / first).toFixed(2)} x`.padStart(10),
        ].join(""),
    );
    return [
        `Node ${process.version}, least of ${runs} runs`,
        "",
        `${"".padEnd(26)}${"CPU s".padStart(8)}${"wall s".padStart(8)}${"MB".padStart(8)}${"CPU ratio".padStart(10)}`,
        ...lines,
        "",
    ].join("\n");
}

try {
    main();
} catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`bench: ${error.message}\nSee npm run bench -- --help\n`);
    process.exitCode = 2;
}
