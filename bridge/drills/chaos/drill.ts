import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { kafka } from "../../../drills/components/kafka";
import { MissingTool } from "../../../drills/components/cache";
import { node24 } from "../../../drills/components/node";
import { postgres } from "../../../drills/components/postgres";
import { Workshop } from "../../../drills/components/processes";
import { Broken, nothingWrong, Report } from "../../../drills/components/report";
import { handedOver, inOwnNetwork } from "../../../drills/gateway/own-network";
import { readArguments, UsageError, wholeNumber } from "../../../plan/usage";
import { buildAgent, buildBridge, FAULTS } from "./faults";
import { Network } from "./network";
import { type Ran, run, type RunOptions } from "./run";

const HELP = `Usage: npm run drill:chaos -- [options]

Real bridges on real brokers and a real database, each in a network of its own, while bridges are killed, rolled, paused and cut
off, brokers are killed (the controller too), paused and cut off, gateways have no room or hang up, and connections to the database are
lost. Records that nobody should send come in between. Then everything is judged by the log, as Kafka's own consumer reads it, by
what the gateways wrote down, and by the database: order, nothing lost, every effect once. In the end three bridges with a
deliberate fault are tried, which must not pass.

  --messages N    messages that agents say to each other (default: 100000); one in five is answered
  --sessions N    conversations (default: 1000)
  --bridges N     agents, 3 to 40 (default: 8)
  --councils N    councils that are held meanwhile (default: 20)
  --seed N        of what goes wrong when (default: by the clock; it is printed)
  --fault NAME    only this fault: ${Object.keys(FAULTS).join(", ")}
  --no-faults     without the faults
  --calm          nothing goes wrong
  --keep          leave the logs behind

OpenClaw itself is stood in for: a turn costs it half a second of a processor, which 100,000 turns do not have. Needs Linux and root
(namespaces, cables), ip, Java 17 and Maven (Kafka), Python 3.10 with pip (PostgreSQL), 4 GB of memory.

Exit codes: 0 all promises hold; 1 one does not; 2 the command was called wrongly or something it needs is missing.
`;

const root = join(__dirname, "..", "..", "..");

/** Every kind of trouble comes at least once in this time. Unit: s. */
const LEAST_SECONDS = 150;

interface Options extends RunOptions {
    /** Whether there is a run without faults; and the faults that are tried. */
    readonly sound: boolean;
    readonly faults: readonly string[];
    readonly keep: boolean;
}

async function main(argv: readonly string[]): Promise<number> {
    const handover = handedOver();
    if (handover !== undefined) return drill(JSON.parse(handover) as Options);
    try {
        const options = parse(argv);
        if (options === "help") {
            process.stdout.write(HELP);
            return 0;
        }
        if (process.getuid?.() !== 0) throw new MissingTool("namespaces and cables between them need root: use sudo");
        // Fetched out here: within there is no way out.
        await Promise.all([node24(), kafka(), postgres()]);
        return await inOwnNetwork(__filename, root, JSON.stringify(options));
    } catch (error) {
        if (!(error instanceof UsageError) && !(error instanceof MissingTool)) throw error;
        process.stderr.write(`drill:chaos: ${error.message}\nSee npm run drill:chaos -- --help\n`);
        return 2;
    }
}

function parse(argv: readonly string[]): Options | "help" {
    const { values } = readArguments({
        args: [...argv],
        options: {
            messages: { type: "string", default: "100000" },
            sessions: { type: "string", default: "1000" },
            bridges: { type: "string", default: "8" },
            councils: { type: "string", default: "20" },
            seed: { type: "string", default: String(Date.now() % 1_000_000) },
            fault: { type: "string" },
            "no-faults": { type: "boolean", default: false },
            calm: { type: "boolean", default: false },
            keep: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.help) return "help";
    const { fault } = values;
    if (fault !== undefined && FAULTS[fault] === undefined)
        throw new UsageError(`--fault ${fault}: must be one of ${Object.keys(FAULTS).join(", ")}`);
    const sessions = wholeNumber("sessions", values.sessions, 1, 100_000);
    return {
        messages: wholeNumber("messages", values.messages, sessions, 10_000_000),
        sessions,
        bridges: wholeNumber("bridges", values.bridges, 3, 40),
        councils: wholeNumber("councils", values.councils, 0, 10_000),
        seed: wholeNumber("seed", values.seed, 0, 2 ** 31),
        odd: 5,
        chaos: values.calm ? "none" : "all",
        leastSeconds: values.calm ? 0 : LEAST_SECONDS,
        // Longer than any back-off of a bridge.
        stuckSeconds: 120,
        sound: fault === undefined,
        faults: fault !== undefined ? [fault] : values["no-faults"] ? [] : Object.keys(FAULTS),
        keep: values.keep,
    };
}

async function drill(options: Options): Promise<number> {
    const report = new Report();
    const workshop = new Workshop("openclaw-chaos", options.keep);
    // PostgreSQL does not run as root; it has to come to its folder.
    chmodSync(workshop.folder, 0o755);
    const network = new Network();
    const node = await node24();
    const agent = workshop.path("agent.cjs");
    await buildAgent(agent);
    const go = async (name: string, settings: RunOptions) => {
        const source = workshop.path(name, "source");
        mkdirSync(source, { recursive: true });
        const bridge = await buildBridge(source, FAULTS[name]);
        return run(name, settings, { folder: workshop.path(name), network, node, programs: { bridge, agent } });
    };
    try {
        if (options.sound) {
            const { messages, sessions, bridges, councils, seed } = options;
            report.title(
                `${messages} messages in ${sessions} conversations, ${councils} councils, ${bridges} bridges; seed ${seed}`,
            );
            report.note("OpenClaw is stood in for; bridges, brokers and database are real.");
            tell(report, await go("sound", options));
        }
        for (const name of options.faults) await prove(report, name, () => go(name, { ...options, ...SMALL }));
    } finally {
        workshop.close();
    }
    return report.close();
}

/** Enough for a fault to show. */
const SMALL = {
    messages: 3000,
    sessions: 60,
    bridges: 4,
    councils: 0,
    odd: 0,
    chaos: "kills",
    leastSeconds: 30,
} as const;

function tell(report: Report, ran: Ran): void {
    report.note(`${[...ran.troubles].map(([what, count]) => `${count} ${what}`).join(", ") || "nothing went wrong"}`);
    report.note(
        `${Object.entries(ran.figures)
            .map(([what, count]) => `${what}: ${count}`)
            .join(", ")}`,
    );
    const { all, own } = ran.peakMemory;
    report.note(
        `most memory of a bridge: ${Math.round(all)} MB, ${Math.round(own)} of it its own; took ${Math.round(ran.seconds)} s`,
    );
    const promises = {
        order: "each conversation is handled in the order of the log, one turn after the other",
        "none lost": "whatever a tool said yes to is in the log, and whatever is in the log was handled",
        "exactly once": "every effect is there once: messages, answers, contributions",
        "dead letters": "what is against the contract is a dead letter with its reason, and nothing else is",
        councils: "every council has one decision, which is what its votes say",
    } as const;
    for (const [promised, text] of Object.entries(promises))
        judge(report, text, ran.problems[promised as keyof typeof promises]);
    judge(report, "no bridge ended by itself", ran.crashes);
    judge(report, "everything came to its end", ran.stuck === undefined ? [] : [ran.stuck]);
}

function judge(report: Report, promise: string, problems: readonly string[]): void {
    try {
        nothingWrong(problems);
        report.pass(promise);
    } catch (error) {
        if (!(error instanceof Broken)) throw error;
        report.fail(promise, error.message);
    }
}

/** A deliberate fault must be found, for what it is. */
async function prove(report: Report, name: string, go: () => Promise<Ran>): Promise<void> {
    const fault = FAULTS[name];
    if (fault === undefined) throw new Error(`no fault ${name}`);
    report.title(`A bridge with a fault: ${fault.about}`);
    const { problems } = await go();
    const found = problems[fault.breaks];
    const promise = `the checker finds "${fault.breaks}" broken`;
    if (found.length > 0) report.pass(promise, `${found.length} times, e.g. ${found[0]}`);
    else report.fail(promise, "the faulty bridge passes");
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
