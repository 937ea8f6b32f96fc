import { readArguments, UsageError } from "../../plan/usage";
import { execute, MissingTool, progress } from "../components/cache";
import { controlPlaneBinaries, resourceDefinitions } from "../components/kubernetes";
import { Workshop } from "../components/processes";
import { Report, seconds } from "../components/report";
import { type Parts, startCluster } from "./cluster";
import { KUBECTL, render } from "./manifests";
import type { Pace } from "./pods";
import { type Arrival, arrive, lookAround } from "./steps/agents";
import { drain } from "./steps/drain";
import { guards } from "./steps/guards";
import { rollOut, rollOutBroken } from "./steps/rollout";
import { loseZone } from "./steps/zone";

/*
 * Prod's Kubernetes objects on a real control plane with simulated nodes: what the API server, its guards, the scheduler
 * and the controllers make of them, when all is well and when a node, an image or a zone is lost.
 */

const HELP = `Usage: npm run drill:cluster -- [options]

Starts etcd and Kubernetes' API server, scheduler and controller manager on the loopback address, with simulated nodes in
prod's zones; applies what \`npm run plan -- prod --manifests DIR\` writes; then puts the fleet through a drain, roll-outs,
the loss of a zone and its evacuation. Needs kubectl, and Go to build the servers the first time (about ten minutes).

  --agents N,M     other sizes of the fleet, for how the time to schedule it grows (default: 100,1000; none: no growth)
  --keep           leave the logs of all servers behind
  --help           show this text

Exit codes: 0 every promise held; 1 one did not; 2 the command was called wrongly or something it needs is missing.
`;

interface Options {
    readonly sizes: readonly number[];
    readonly keep: boolean;
    readonly help: boolean;
}

/** Prod's database has connections for no more: its configuration refuses them. */
const MOST_AGENTS = 1400;

const PACE: Pace = { startMs: 2000, stopMs: 500 };

async function main(argv: readonly string[]): Promise<number> {
    try {
        const { sizes, keep, help } = parse(argv);
        if (help) {
            process.stdout.write(HELP);
            return 0;
        }
        await execute("kubectl", ["version", "--client"], { why: KUBECTL });
        const binaries = await controlPlaneBinaries();
        const parts = { binaries, definitions: await resourceDefinitions(), pace: PACE };
        const report = new Report();
        const arrivals = [await inWorkshop(keep, (workshop) => drillProd(report, parts, workshop))];
        for (const agents of sizes) {
            arrivals.push(await inWorkshop(keep, (workshop) => measure(report, parts, workshop, agents)));
        }
        growth(report, arrivals);
        return report.close();
    } catch (error) {
        if (error instanceof UsageError) return fail(`${error.message}\nSee npm run drill:cluster -- --help`);
        if (error instanceof MissingTool) return fail(error.message);
        throw error;
    }
}

/** All that the drill proves, on prod as it is committed. */
async function drillProd(report: Report, parts: Parts, workshop: Workshop): Promise<Arrival | undefined> {
    const rendered = await render(workshop.path("first"));
    const cluster = await startCluster(parts, rendered.settings, workshop);
    report.title(`Prod's ${cluster.fleet.agents} agents arrive`);
    const arrival = await arrive(report, cluster, rendered);
    if (arrival !== undefined) {
        await lookAround(report, cluster);
        report.title("Bad objects");
        await guards(report, cluster);
        report.title("Two nodes are drained");
        await drain(report, cluster);
        report.title("Roll-outs");
        await rollOut(report, cluster);
        await rollOutBroken(report, cluster);
        report.title("A zone dies");
        await loseZone(report, cluster);
    }
    await cluster.stop();
    return arrival;
}

/** How long a fleet of another size takes to arrive. */
async function measure(report: Report, parts: Parts, workshop: Workshop, agents: number): Promise<Arrival | undefined> {
    const rendered = await render(workshop.path("first"), { agents });
    const cluster = await startCluster(parts, rendered.settings, workshop);
    report.title(`A fleet of ${cluster.fleet.agents} agents arrives`);
    const arrival = await arrive(report, cluster, rendered);
    await cluster.stop();
    return arrival;
}

async function inWorkshop<T>(keep: boolean, work: (workshop: Workshop) => Promise<T>): Promise<T> {
    const workshop = new Workshop("openclaw-drill", keep);
    try {
        return await work(workshop);
    } finally {
        workshop.close();
    }
}

function growth(report: Report, arrivals: readonly (Arrival | undefined)[]): void {
    const known = arrivals.filter((arrival) => arrival !== undefined).sort((one, other) => one.agents - other.agents);
    report.title("How the time grows");
    report.note(["agents", "nodes", "scheduled", "serving", "per agent"].map((title) => title.padStart(10)).join(""));
    for (const { agents, nodes, scheduledMs, readyMs } of known) {
        const each = `${(scheduledMs / agents).toFixed(0)} ms`;
        const cells = [String(agents), String(nodes), seconds(scheduledMs), seconds(readyMs), each];
        report.note(cells.map((cell) => cell.padStart(10)).join(""));
    }
}

function parse(argv: readonly string[]): Options {
    const { values } = readArguments({
        args: [...argv],
        options: {
            agents: { type: "string", default: "100,1000" },
            keep: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    const { agents, keep, help } = values;
    const sizes = agents === "none" ? [] : agents.split(",").map(Number);
    if (!sizes.every((size) => Number.isInteger(size) && size >= 10 && size <= MOST_AGENTS)) {
        throw new UsageError(`--agents takes numbers from 10 to ${MOST_AGENTS}, e.g. 100,1000, not ${agents}`);
    }
    return { sizes, keep, help };
}

function fail(message: string): number {
    process.stderr.write(`drill: ${message}\n`);
    return 2;
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        progress(error instanceof Error ? (error.stack ?? error.message) : String(error));
        process.exit(1);
    },
);
