import { join } from "node:path";
import { REQUIRED_PLUGINS } from "../../components/compute/agents/openclaw-config";
import { parseConfig } from "../../config";
import { readStackFile } from "../../plan/stack-file";
import { readArguments, UsageError } from "../../plan/usage";
import { MissingTool } from "../components/cache";
import { litestream } from "../components/litestream";
import { node24 } from "../components/node";
import { objectStore } from "../components/object-store";
import { openclaw } from "../components/openclaw";
import { freePorts, Workshop } from "../components/processes";
import { Broken, PATIENCE_SECONDS, Report, until } from "../components/report";
import { bundle } from "../bridge/bridge-process";
import { Agent } from "./agent";
import { judge } from "./judge";
import { ModelApi } from "./model-api";
import { handedOver, inOwnNetwork, isRootless, openNetwork } from "./own-network";
import { AGENT_USER, type Programs } from "./pod";
import { BUCKET, releaseOf, runtimesOf, withStandIns } from "./runtimes";
import { begin } from "./steps/begin";
import { powerCut } from "./steps/power-cut";
import { probes } from "./steps/probes";
import { restart, stop } from "./steps/stop";
import { turns } from "./steps/turns";

/*
 * Starts a real OpenClaw gateway from npm as an agent's pod would, and tries what its pod promises: probes, turns, a stop that
 * loses none, and a volume that is lost and comes back from its replica.
 */

const HELP = `Usage: npm run drill:gateway -- [STACK] [options]

Renders openclaw.json for every class of a stack (default: prod) and lets the pinned release of OpenClaw judge it. Then runs a
real agent of one class, with the rendered configuration, environment, arguments, user, mounts and read-only root: probes, turns,
a drain, a stop, a power cut and the way back from the replica.

  STACK           a stack with a Pulumi.STACK.yaml
  --class NAME    the class whose agent runs; default: the first
  --keep          leave the logs behind

Needs Linux; root, or user namespaces (then agents run as you and not as user ${AGENT_USER}); unshare, setpriv and ip. On first use it
installs Node 24 and OpenClaw from npm, builds Litestream with Go and installs moto, a stand-in for S3, from PyPI: some four
minutes and 1.2 GB below \${XDG_CACHE_HOME:-~/.cache}/openclaw. After that it takes about three minutes and no network.

Exit codes: 0 all promises hold; 1 one does not; 2 the command was called wrongly or something it needs is missing.
`;

const root = join(__dirname, "..", "..");

interface Options {
    readonly stack: string;
    readonly className?: string;
    readonly keep: boolean;
}

/** What the outer process hands to the one in the network of its own. */
interface Handover extends Options {
    readonly programs: Programs;
    readonly store: string;
}

async function main(argv: readonly string[]): Promise<number> {
    const handover = handedOver();
    if (handover !== undefined) return drill(JSON.parse(handover) as Handover);
    try {
        const options = parse(argv);
        if (options === "help") {
            process.stdout.write(HELP);
            return 0;
        }
        const { fleet } = settingsOf(options.stack);
        if (options.className !== undefined && fleet.classes[options.className] === undefined) {
            throw new UsageError(`no class "${options.className}"; classes: ${Object.keys(fleet.classes).join(", ")}`);
        }
        const node = await node24();
        const { application, dependencies } = await openclaw(releaseOf(fleet.image.tag), node);
        const programs = { application, dependencies, node, litestream: await litestream(), bridge: await bundle() };
        const whole: Handover = { ...options, programs, store: await objectStore() };
        return await inOwnNetwork(__filename, root, JSON.stringify(whole));
    } catch (error) {
        if (!(error instanceof UsageError) && !(error instanceof MissingTool)) throw error;
        process.stderr.write(`drill:gateway: ${error.message}\nSee npm run drill:gateway -- --help\n`);
        return 2;
    }
}

function parse(argv: readonly string[]): Options | "help" {
    const { values, positionals } = readArguments({
        args: [...argv],
        allowPositionals: true,
        options: {
            class: { type: "string" },
            keep: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.help) return "help";
    if (positionals.length > 1) throw new UsageError(`one stack at a time, not ${positionals.join(" and ")}`);
    return { stack: positionals[0] ?? "prod", className: values.class, keep: values.keep };
}

function settingsOf(stack: string) {
    return parseConfig(readStackFile(root, stack));
}

async function drill(handover: Handover): Promise<number> {
    const { stack, programs, keep, store } = handover;
    openNetwork();
    const settings = settingsOf(stack);
    const [modelPort = 0, storePort = 0] = await freePorts(2);
    const storeUrl = `http://127.0.0.1:${storePort}`;
    const bucketUrl = `${storeUrl}/${BUCKET}`;
    const runtimes = runtimesOf(stack, settings, storeUrl);
    const className = handover.className ?? Object.keys(runtimes)[0] ?? "";
    const rendered = runtimes[className];
    if (rendered === undefined) throw new Error(`no class ${className}`);

    const report = new Report();
    const workshop = new Workshop("openclaw-gateway", keep);
    const model = await ModelApi.start(modelPort);
    const runtime = withStandIns(rendered, modelPort);
    const agent = new Agent({ report, workshop, model, runtime, programs, bucketUrl, className });
    try {
        report.title(`OpenClaw ${releaseOf(settings.fleet.image.tag)} judges openclaw.json of every class of ${stack}`);
        await judge(report, runtimes, programs, workshop);

        workshop.start("store", store, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(storePort)], {
            PATH: process.env["PATH"],
        });
        await until("the stand-in for S3", PATIENCE_SECONDS, async () => {
            const made = await fetch(bucketUrl, { method: "PUT" }).catch(() => null);
            return made?.ok ? "" : "no answer yet";
        });
        report.title(`An agent's pod, ${agent.name}, as processes`);
        report.note(
            "Stand-ins: for Bedrock a server that speaks another API, for S3 moto. npm's OpenClaw lacks the plugins",
        );
        report.note(
            `${REQUIRED_PLUGINS.join(" and ")}, so they are taken out of openclaw.json, and the models replaced.`,
        );
        report.note("The bridge runs without brokers and database, which drill:council has.");
        report.note("Not tried: limits of memory and processor, seccomp, the image's init process, Pod Identity.");
        if (isRootless()) report.note("Agents run as you, since you are not root.");
        await live(agent);
    } catch (error) {
        if (!(error instanceof Broken)) throw error;
        report.fail("the drill could go on", error.message);
    } finally {
        model.stop();
        await agent.end();
        workshop.close();
    }
    return report.close();
}

/** The life of one agent, from an empty volume over a stop and a power cut to a third volume. */
async function live(agent: Agent): Promise<void> {
    const first = agent.newPod();
    await begin(agent, first);
    await probes(agent, first);
    const words = [await turns(agent, first), await stop(agent, first)];
    await restart(agent, first, words);
    const second = await powerCut(agent, first, "a volume is lost");
    await powerCut(agent, second, "and the next one as well");
}

main(process.argv.slice(2)).then(
    // A turn that nobody waits for any more would keep the process.
    (code) => process.exit(code),
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
    },
);
