import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { readStackFile } from "../plan/stack-file";
import { readArguments, UsageError } from "../plan/usage";
import { withAgents } from "../plan/what-if";
import type { PolicyUsage } from "./policies";

/*
 * What a plan of prod costs, with every section and the page: processor time (user and system, children included), wall time and
 * peak memory. Each row is the least of several runs, taken in turns, so that a busy moment hits every row alike.
 */

const HELP = `Usage: npm run bench -- [options]

Measures the whole plan of prod, with every section and the page, for 10, 100, 300, 1,000 and 10,000 agents in one run; beside it
what Node and the Pulumi SDK cost alone, the floor (the same resources registered and nothing else), the program's graph without
what is said of it, and the part of the plan that the policies take.

Options:
  --runs N         runs of each row; the least is shown (default 5)
  --json           print the figures as JSON
  --help           show this text

Exit codes: 0 measured; 2 called wrongly.
`;

interface Usage {
    readonly cpuSeconds: number;
    readonly megabytes: number;
    readonly wallSeconds: number;
}

interface Row {
    readonly title: string;
    readonly args: readonly string[];
}

type Measured = Usage & { readonly title: string };

const root = join(__dirname, "..");
const RUN = join(__dirname, "run.cjs");
const SIZES = [10, 100, 300, 1000, 10_000];
/** The size that the floor and the graph are measured with. */
const ORDINARY = 300;
const FLOOR = "floor: registered alone";

/** How `npm run plan` calls Node: with less memory for young objects than is usual, which costs no time here. */
const FLAGS = (
    JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { plan: string } }
).scripts.plan
    .split(" ")
    .filter((word) => word.startsWith("--"));

function measure({ args, title }: Row, cwd: string): Usage {
    const started = performance.now();
    const child = spawnSync(process.execPath, [...FLAGS, "-r", join(__dirname, "report-usage.cjs"), ...args], {
        cwd,
        stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    const wallSeconds = (performance.now() - started) / 1000;
    if (child.status !== 0) throw new Error(`"${title}" failed:\n${String(child.stderr)}`);
    return { ...(JSON.parse(String(child.output[3])) as Omit<Usage, "wallSeconds">), wallSeconds };
}

/** A stack file of prod with so many agents, whose policies are asked and do not refuse. */
function stackWith(agents: number, folder: string): string {
    const stack = `agents-${agents}`;
    writeFileSync(
        join(folder, `Pulumi.${stack}.yaml`),
        stringify({ config: withAgents(readStackFile(root, "prod"), agents) }),
    );
    mkdirSync(join(folder, "policy", "config"), { recursive: true });
    writeFileSync(join(folder, "policy", "config", `${stack}.json`), '{ "all": "advisory" }');
    return stack;
}

function rowsIn(folder: string): Row[] {
    const stacks = new Map(SIZES.map((agents) => [agents, stackWith(agents, folder)]));
    const ordinary = stacks.get(ORDINARY) ?? "";
    const written = join(folder, "plan.json");
    measure({ title: "the plan for the floor", args: [RUN, "whole.ts", ordinary, "--json", written] }, folder);
    return [
        { title: "Node alone", args: ["-e", "0"] },
        {
            title: "Node and the Pulumi SDK",
            args: ["-e", `require(${JSON.stringify(require.resolve("@pulumi/pulumi"))})`],
        },
        { title: FLOOR, args: [RUN, "floor.ts", written] },
        { title: `graph, ${ORDINARY} agents`, args: [RUN, "graph.ts", ordinary] },
        ...[...stacks].map(([agents, stack]) => ({
            title: `plan, ${agents.toLocaleString("en")} agents`,
            args: [RUN, "whole.ts", stack, "--html", join(folder, "plan.html")],
        })),
    ];
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
        const rows = rowsIn(folder);
        const best = rows.map((): Usage => ({ cpuSeconds: Infinity, megabytes: Infinity, wallSeconds: Infinity }));
        for (let run = 1; run <= runs; run++) {
            if (process.stderr.isTTY) process.stderr.write(`\rrun ${run} of ${runs} `);
            rows.forEach((row, index) => {
                const usage = measure(row, folder);
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
    const { stdout, status } = spawnSync(process.execPath, [RUN, "policies.ts"], { cwd: root, encoding: "utf8" });
    if (status !== 0) throw new Error("the policies failed; npm run policy -- prod says how");
    return JSON.parse(stdout) as PolicyUsage;
}

/** The first evaluation is what a plan pays; the least of twenty shows the rules themselves. */
function policyLine({ rules, resources, firstMs, leastMs }: PolicyUsage, rows: readonly Measured[]): string {
    const plan = rows.find(({ title }) => title.startsWith(`plan, ${ORDINARY} `))?.cpuSeconds ?? NaN;
    const share = (firstMs / 10 / plan).toFixed(1);
    return [
        `policies: ${rules} rules over ${resources} resources in ${firstMs.toFixed(0)} ms, ${share} % of the plan of ${ORDINARY} agents;`,
        `warm ${leastMs.toFixed(1)} ms, ${((leastMs * 1000) / resources).toFixed(0)} µs a resource`,
        "",
    ].join("\n");
}

function table(rows: readonly Measured[], runs: number): string {
    const floor = rows.find(({ title }) => title === FLOOR)?.cpuSeconds ?? NaN;
    const lines = rows.map(({ title, cpuSeconds, wallSeconds, megabytes }) =>
        [
            title.padEnd(26),
            cpuSeconds.toFixed(2).padStart(8),
            wallSeconds.toFixed(2).padStart(8),
            megabytes.toFixed(0).padStart(8),
            `${(cpuSeconds / floor).toFixed(2)} x`.padStart(12),
        ].join(""),
    );
    return [
        `Node ${process.version}, least of ${runs} runs`,
        "",
        `${"".padEnd(26)}${"CPU s".padStart(8)}${"wall s".padStart(8)}${"MB".padStart(8)}${"to floor".padStart(12)}`,
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
