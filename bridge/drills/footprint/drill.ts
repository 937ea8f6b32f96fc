import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONNECTIONS_OF_AN_AGENT } from "../../../components/model/broker-limits";
import { BridgeProcess, bundle } from "../../../drills/bridge/bridge-process";
import { KafkaCluster } from "../../../drills/bridge/brokers";
import { type AgentData, agentData } from "../../../drills/bridge/data";
import { MissingTool, progress } from "../../../drills/components/cache";
import { node24 } from "../../../drills/components/node";
import { freePorts, Workshop } from "../../../drills/components/processes";
import { Broken, Report, sleep } from "../../../drills/components/report";
import { readArguments, UsageError, wholeNumber } from "../../../plan/usage";
import { Crowd } from "./crowds";
import { connectionsOf, memoryOf, processorOf } from "./usage";

const HELP = `Usage: npm run drill:footprint -- [options]

What a bridge needs while it has nothing to do, and what brokers need for many of them: one real bridge alone, with real brokers and
a real database, then the readers and writers of many agents, as bridges have them.

  --agents N      readers and writers (default: 300)
  --sessions N    sessions of councils that each follows, beside its inbox (default: 3)
  --hold MS       how long brokers hold a request that they have nothing for (default: 500, as in bridges)
  --seconds N     length of each measurement (default: 30)
  --keep          leave the logs behind

Exit codes: 0 a bridge stays within what its container has (128 MiB), and with the connections that the plan reckons with; 1 it does
not; 2 the command was called wrongly or something it needs is missing. The goal of 80 MB is told as reached or missed.
Needs Linux, Java 17 and Maven (Kafka), Python 3.10 with pip (PostgreSQL), 5 GB of memory for 300 agents.
`;

const root = join(__dirname, "..", "..", "..");
const GOAL_MB = 80;
/** The limit of its container (`SIDECARS` in settings/fleet.ts). Unit: MB. */
const LIMIT_MB = (128 * 1024 ** 2) / 1e6;
/** What a caretaker holds besides at a broker at most: for each of its two groups, to read and to stay a member. */
const CONNECTIONS_OF_CARETAKING = 4;
/** The first four agents of a class take care of what nobody handles, and are connected for that as well. */
const BRIDGES = [
    { agent: "analyst-0", kind: "a caretaker", most: CONNECTIONS_OF_AN_AGENT + CONNECTIONS_OF_CARETAKING },
    { agent: "analyst-4", kind: "any other", most: CONNECTIONS_OF_AN_AGENT },
] as const;
/** Agents of one process of the crowd. */
const OF_A_PROCESS = 75;
/** New agents a second, of all processes. */
const PACE = 15;
/** What a program does after its start is over by then. */
const SETTLE_MS = 20_000;

interface Options {
    readonly agents: number;
    readonly sessions: number;
    readonly hold: number;
    readonly seconds: number;
    readonly keep: boolean;
}

/** What is measured, and with what. */
interface Scene {
    readonly options: Options;
    readonly report: Report;
    readonly workshop: Workshop;
    readonly brokers: KafkaCluster;
    /** Ports of the brokers. */
    readonly ports: readonly number[];
    readonly data: AgentData;
    /** Folder with the Node of the bridge's image. */
    readonly node: string;
    readonly program: string;
}

async function main(argv: readonly string[]): Promise<number> {
    try {
        const options = parse(argv);
        if (options !== "help") return await drill(options);
        process.stdout.write(HELP);
        return 0;
    } catch (error) {
        if (!(error instanceof UsageError) && !(error instanceof MissingTool)) throw error;
        process.stderr.write(`drill:footprint: ${error.message}\nSee npm run drill:footprint -- --help\n`);
        return 2;
    }
}

function parse(argv: readonly string[]): Options | "help" {
    const { values } = readArguments({
        args: [...argv],
        options: {
            agents: { type: "string", default: "300" },
            sessions: { type: "string", default: "3" },
            hold: { type: "string", default: "500" },
            seconds: { type: "string", default: "30" },
            keep: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.help) return "help";
    return {
        agents: wholeNumber("agents", values.agents, 1, 2000),
        sessions: wholeNumber("sessions", values.sessions, 0, 100),
        hold: wholeNumber("hold", values.hold, 10, 30_000),
        seconds: wholeNumber("seconds", values.seconds, 5, 600),
        keep: values.keep,
    };
}

async function drill(options: Options): Promise<number> {
    const [node, program] = [await node24(), await bundle()];
    const report = new Report();
    const workshop = new Workshop("openclaw-footprint", options.keep);
    // PostgreSQL does not run as root; it has to come to its folder.
    chmodSync(workshop.folder, 0o755);
    let brokers: KafkaCluster | undefined;
    let data: AgentData | undefined;
    try {
        brokers = await KafkaCluster.start({ folder: workshop.path("kafka") });
        data = await agentData(workshop.path("postgres"), { analyst: 5 });
        const ports = brokers.addresses.map((address) => Number(address.split(":")[1]));
        const scene = { options, report, workshop, brokers, ports, data, node, program };
        report.title("One real bridge, alone, while it has nothing to do");
        for (const { agent, kind, most } of BRIDGES) {
            const promise = `the bridge of ${agent}, ${kind}, stays within its container and its connections`;
            await report.prove(promise, () => alone(scene, agent, most));
        }
        report.title(`Readers and writers of ${options.agents} agents, while they have nothing to do`);
        await report.prove("all are connected, as the plan reckons", () => together(scene));
    } finally {
        await brokers?.stop();
        await data?.stop();
        workshop.close();
    }
    return report.close();
}

async function alone(scene: Scene, agent: string, most: number): Promise<string> {
    const { options, report, workshop, program, node, brokers, data, ports } = scene;
    const [mcpPort = 0, healthPort = 0, gatewayPort = 0] = await freePorts(3);
    const tokenFile = workshop.path("token");
    writeFileSync(tokenFile, "token");
    const bridge = new BridgeProcess({
        ...{ workshop, program, node, agent, mcpPort, healthPort, tokenFile },
        brokers: brokers.bootstrap,
        database: data.environment,
        // Nobody is there: it has no turns.
        gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
        councils: ["strategy"],
    });
    bridge.start();
    try {
        await bridge.ready();
        const started = memoryOf(bridge.pid);
        await sleep(SETTLE_MS);
        const before = processorOf(bridge.pid);
        await sleep(options.seconds * 1000);
        const share = (processorOf(bridge.pid) - before) / options.seconds;
        const { all, own } = memoryOf(bridge.pid);
        const connections = connectionsOf(bridge.pid);
        const each = ports.map((port) => connections.get(port) ?? 0);
        report.note(
            `${agent}: ${started.all.toFixed(0)} MB when ready, ${all.toFixed(0)} MB ${SETTLE_MS / 1000 + options.seconds} s later, ` +
                `${own.toFixed(0)} of them its own; ${millicores(share)}; ` +
                `connections to each broker ${each.join(", ")}, to the database ${connections.get(data.server.port) ?? 0}`,
        );
        if (all >= LIMIT_MB) throw new Broken(`it holds ${all.toFixed(0)} MB`);
        const held = Math.max(...each);
        if (held > most) throw new Broken(`${held} connections to a broker, not ${most} at most`);
        return `the goal of ${GOAL_MB} MB is ${all < GOAL_MB ? "reached" : "missed"}`;
    } finally {
        await bridge.stop();
    }
}

async function together({ options, report, brokers, ports, node }: Scene): Promise<string> {
    const { agents, sessions, hold, seconds } = options;
    report.note(`brokers before: ${inWords(await usageOf(brokers, seconds))}`);
    const crowd = new Crowd(node, root, Math.ceil(agents / OF_A_PROCESS));
    try {
        const names = Array.from({ length: agents }, (_, index) => `agent-${index}`);
        progress(`connecting ${agents} agents, ${PACE} a second`);
        const faults = await crowd.open(names, { brokers: brokers.addresses, sessions, holdMs: hold }, PACE);
        if (faults.length > 0) report.note(`faults on the way: ${faults.slice(0, 3).join("; ")}`);
        await sleep(SETTLE_MS);
        const began = performance.now();
        const [asked, cpu] = [await crowd.fetches(), crowd.processor()];
        const busy = await usageOf(brokers, seconds);
        const took = (performance.now() - began) / 1000;
        const rate = ((await crowd.fetches()) - asked) / took;
        const each = ports.map((port) => crowd.connections(port));
        const most = Math.max(...each);
        report.note(`brokers with ${agents} agents: ${inWords(busy)}`);
        report.note(
            `connections to each broker ${each.join(", ")}, so ${(most / agents).toFixed(2)} an agent at most; ` +
                `requests for records ${rate.toFixed(0)} a second, ${(rate / agents).toFixed(2)} an agent; ` +
                `clients ${millicores((crowd.processor() - cpu) / took / agents)} and ${(crowd.memory() / agents).toFixed(1)} MB an agent`,
        );
        if (most > agents * CONNECTIONS_OF_AN_AGENT) {
            throw new Broken(`${most} connections to a broker, not ${CONNECTIONS_OF_AN_AGENT} an agent at most`);
        }
        return `${each.reduce((sum, one) => sum + one, 0)} connections`;
    } finally {
        crowd.end();
    }
}

interface Usage {
    /** Unit: MB. */
    readonly memory: number;
    /** Processors. */
    readonly share: number;
}

/** What each broker takes. */
async function usageOf(brokers: KafkaCluster, seconds: number): Promise<Usage[]> {
    const pids = brokers.ids.map((id) => brokers.pid(id));
    const before = pids.map(processorOf);
    const began = performance.now();
    await sleep(seconds * 1000);
    const took = (performance.now() - began) / 1000;
    return pids.map((pid, index) => ({
        memory: memoryOf(pid).all,
        share: (processorOf(pid) - (before[index] ?? 0)) / took,
    }));
}

function inWords(brokers: readonly Usage[]): string {
    return brokers.map(({ memory, share }) => `${memory.toFixed(0)} MB and ${millicores(share)}`).join("; ");
}

/** @param share of one processor */
function millicores(share: number): string {
    return `${(share * 1000).toFixed(share < 0.01 ? 1 : 0)} thousandths of a processor`;
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exit(1);
    },
);
