import { spawn, spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { rootCertificates } from "node:tls";
import { parseArgs } from "node:util";
import { DATABASES, gatewayRuntime, LOCAL_DATABASES, PATHS } from "../../components/compute/agents/runtime";
import { SYNC_SECONDS } from "../../components/compute/agents/litestream-config";
import { REQUIRED_PLUGINS } from "../../components/compute/agents/openclaw-config";
import type { GatewayRuntime } from "../../components/compute/agents/runtime-types";
import { GATEWAY_PORT } from "../../components/compute/agents/spec";
import { parseConfig } from "../../config";
import { readStackFile, UsageError } from "../../plan/stack-file";
import { MissingTool } from "../components/cache";
import { litestream } from "../components/litestream";
import { node24 } from "../components/node";
import { objectStore } from "../components/object-store";
import { openclaw } from "../components/openclaw";
import { freePorts, Workshop } from "../components/processes";
import { Broken, nothingWrong, Report, seconds, sleep, until } from "../components/report";
import { MARK, ModelApi } from "./model-api";
import { AGENT_USER, Pod, type Programs } from "./pod";

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
minutes and 1.2 GB below \${XDG_CACHE_HOME:-~/.cache}/openclaw. After that it takes about four minutes and no network.

Exit codes: 0 all promises hold; 1 one does not; 2 the command was called wrongly or something it needs is missing.
`;

const root = join(__dirname, "..", "..");
const BUCKET = "agent-state";
/** What a pod's address is to the kubelet: not loopback. */
const POD_ADDRESS = "10.244.0.7";
const SESSION = "council-42";

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
    const handover = process.env["DRILL_HANDOVER"];
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
        const programs = { application, dependencies, node, litestream: await litestream() };
        return await inOwnNetwork({ ...options, programs, store: await objectStore() });
    } catch (error) {
        if (!(error instanceof UsageError) && !(error instanceof MissingTool)) throw error;
        process.stderr.write(`drill:gateway: ${error.message}\nSee npm run drill:gateway -- --help\n`);
        return 2;
    }
}

function parse(argv: readonly string[]): Options | "help" {
    try {
        const { values, positionals } = parseArgs({
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
    } catch (error) {
        if (error instanceof TypeError) throw new UsageError(error.message.split(". ")[0] ?? error.message);
        throw error;
    }
}

function settingsOf(stack: string) {
    return parseConfig(readStackFile(root, stack));
}

/** The image's tag may say more than the release, e.g. `2026.9.6-slim`. */
function releaseOf(tag: string): string {
    return /^\d+\.\d+\.\d+/.exec(tag)?.[0] ?? tag;
}

/**
 * Runs the drill again in a network of its own, where the gateway's port is free and nothing can reach anything outside; and
 * as the first of its own processes, so that however it ends, all that it started ends with it.
 */
function inOwnNetwork(handover: Handover): Promise<number> {
    const rootless = process.getuid?.() !== 0;
    for (const tool of ["unshare", "setpriv", "ip"]) {
        if (spawnSync(tool, ["--help"]).error)
            throw new MissingTool(`"${tool}" is not on this machine (util-linux, iproute2)`);
    }
    const namespaces = [
        ...(rootless ? ["--user", "--map-root-user"] : []),
        "--net",
        "--pid",
        "--mount-proc",
        "--kill-child",
    ];
    if (spawnSync("unshare", [...namespaces, "--fork", "true"]).status !== 0) {
        throw new MissingTool("no namespaces for an ordinary user on this machine: run it as root");
    }
    const child = spawn("unshare", [...namespaces, "--fork", process.execPath, ...process.execArgv, __filename], {
        cwd: root,
        stdio: "inherit",
        env: {
            ...process.env,
            DRILL_HANDOVER: JSON.stringify(handover),
            ...(rootless ? { DRILL_ROOTLESS: "1" } : {}),
        },
    });
    // unshare itself hears no such signal; the drill within does, and cleans up.
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            const within = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
            if (within !== "") process.kill(Number(within), "SIGTERM");
        });
    }
    return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

async function drill(handover: Handover): Promise<number> {
    const { stack, programs, keep, store } = handover;
    for (const command of [
        ["link", "set", "lo", "up"],
        ["address", "add", `${POD_ADDRESS}/32`, "dev", "lo"],
    ]) {
        spawnSync("ip", command);
    }
    const settings = settingsOf(stack);
    const [modelPort = 0, storePort = 0] = await freePorts(2);
    const release = releaseOf(settings.fleet.image.tag);
    const runtimes = Object.fromEntries(
        Object.entries(settings.fleet.classes).map(([name, each]) => [
            name,
            gatewayRuntime(
                { name, ...each },
                {
                    platformName: `openclaw-${stack}`,
                    region: settings.region,
                    stateBucket: BUCKET,
                    s3EndpointUrl: `http://127.0.0.1:${storePort}`,
                    collectorUrl: "http://collector.openclaw-telemetry.svc.cluster.local:4318",
                    proxyUrl:
                        each.allowedDomains.length > 0
                            ? `http://proxy-${name}.openclaw-egress.svc.cluster.local:3128`
                            : undefined,
                    openclawVersion: release,
                },
            ),
        ]),
    );
    const className = handover.className ?? Object.keys(runtimes)[0] ?? "";
    const runtime = runtimes[className];
    if (runtime === undefined) throw new Error(`no class ${className}`);

    const report = new Report();
    const workshop = new Workshop("openclaw-gateway", keep);
    const model = await ModelApi.start(modelPort);
    try {
        report.title(`OpenClaw ${release} judges openclaw.json of every class of ${stack}`);
        await judge(report, runtimes, programs, workshop);

        workshop.start("store", store, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(storePort)], {
            PATH: process.env["PATH"],
        });
        await until("the stand-in for S3", 60, async () => {
            const made = await fetch(`http://127.0.0.1:${storePort}/${BUCKET}`, { method: "PUT" }).catch(() => null);
            return made?.ok ? "" : "no answer yet";
        });
        const pod = `${className}-0`;
        const inPod = withStandIns(runtime, modelPort);
        report.title(`An agent's pod, ${pod}, as processes`);
        report.note(
            "Stand-ins: for Bedrock a server that speaks another API, for S3 moto. npm's OpenClaw lacks the plugins",
        );
        report.note(
            `${REQUIRED_PLUGINS.join(" and ")}, so they are taken out of openclaw.json, and the models replaced.`,
        );
        report.note("Not tried: limits of memory and processor, seccomp, the image's init process, Pod Identity.");
        if (process.env["DRILL_ROOTLESS"] !== undefined) report.note("Agents run as you, since you are not root.");
        const life = new Life(report, workshop, model, inPod, programs, pod);
        await life.live();
    } catch (error) {
        if (!(error instanceof Broken)) throw error;
        report.fail("the drill could go on", error.message);
    } finally {
        model.stop();
        await Life.end();
        workshop.close();
    }
    return report.close();
}

/** The rendered configuration as it is, before the program that has the last word on it. */
async function judge(
    report: Report,
    runtimes: Readonly<Record<string, GatewayRuntime>>,
    programs: Programs,
    workshop: Workshop,
): Promise<void> {
    const validate = (name: string, text: string): Promise<{ code: number | null; said: string }> => {
        const file = workshop.path(`${name}.json`);
        writeFileSync(file, text);
        const child = spawn(
            join(programs.node, "node"),
            [join(programs.application, "openclaw.mjs"), "config", "validate"],
            {
                env: { HOME: workshop.path("home"), PATH: process.env["PATH"], OPENCLAW_CONFIG_PATH: file },
            },
        );
        let said = "";
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
        return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
    };
    for (const [name, { files }] of Object.entries(runtimes)) {
        const text = files["openclaw.json"] ?? "";
        const config = JSON.parse(text) as { gateway: object };
        await report.prove(`${name}: valid, and not with one unknown key more`, async () => {
            const wrong = { ...config, gateway: { ...config.gateway, colour: "blue" } };
            const [good, bad] = await Promise.all([
                validate(name, text),
                validate(`${name}-unknown`, JSON.stringify(wrong)),
            ]);
            if (good.code !== 0) throw new Broken(good.said);
            if (bad.code === 0 || !bad.said.includes("colour")) throw new Broken(`an unknown key passed: ${bad.said}`);
        });
    }
}

/** The runtime with the model's stand-in where Bedrock is. Everything else stays as rendered. */
function withStandIns(runtime: GatewayRuntime, port: number): GatewayRuntime {
    const config = JSON.parse(runtime.files["openclaw.json"] ?? "") as {
        agents: { defaults: object };
        plugins: { allow: string[]; entries: Record<string, object> };
    };
    const here = (id: string) => !REQUIRED_PLUGINS.includes(id);
    const replaced = {
        ...config,
        models: {
            mode: "replace",
            catalogRefresh: { enabled: false },
            providers: {
                "stand-in": {
                    baseUrl: `http://127.0.0.1:${port}/v1`,
                    apiKey: "none",
                    api: "openai-completions",
                    models: [{ id: "model", name: "model" }],
                },
            },
        },
        agents: { ...config.agents, defaults: { ...config.agents.defaults, model: { primary: "stand-in/model" } } },
        // OpenClaw would ask npm for a plugin it lacks, for minutes.
        plugins: {
            allow: config.plugins.allow.filter(here),
            entries: Object.fromEntries(Object.entries(config.plugins.entries).filter(([id]) => here(id))),
        },
    };
    return { ...runtime, files: { ...runtime.files, "openclaw.json": JSON.stringify(replaced, null, 2) } };
}

/** The life of one agent, from an empty volume over a stop and a power cut to a second volume. */
class Life {
    static #pods: Pod[] = [];
    #generation = 0;
    #word = 0;

    constructor(
        private readonly report: Report,
        private readonly workshop: Workshop,
        private readonly model: ModelApi,
        private readonly runtime: GatewayRuntime,
        private readonly programs: Programs,
        private readonly name: string,
        private readonly classKey = randomBytes(32),
    ) {}

    static async end(): Promise<void> {
        await Promise.all(Life.#pods.map((pod) => pod.kill()));
    }

    async live(): Promise<void> {
        const first = this.#pod();
        await this.#begin(first);
        await this.#probes(first);
        await this.#turns(first);
        await this.#stop(first);
        await this.#restart(first);
        const second = await this.#powerCut(first, "a volume is lost");
        await this.#powerCut(second, "and the next one as well");
    }

    /** A pod of the same name with an empty volume. */
    #pod(): Pod {
        this.#generation += 1;
        const pod = new Pod({
            name: this.name,
            folder: this.workshop.path(`volume-${this.#generation}`),
            runtime: this.runtime,
            programs: this.programs,
            classKey: this.classKey,
            certificate: rootCertificates[0] ?? "",
            environment: { AWS_ACCESS_KEY_ID: "drill", AWS_SECRET_ACCESS_KEY: "drill", REQUIRED_PLUGINS: "" },
        });
        Life.#pods.push(pod);
        return pod;
    }

    async #begin(pod: Pod): Promise<void> {
        const { report } = this;
        await report.prove("init containers make an empty volume ready", async () => {
            await pod.initialize();
            const wrong: string[] = [];
            for (const directory of ["openclaw", "config", "archive"]) {
                const { mode, uid } = statSync(join(pod.volume("state"), directory));
                if ((mode & 0o7777) !== 0o700) wrong.push(`${directory} has mode ${(mode & 0o7777).toString(8)}`);
                if (process.env["DRILL_ROOTLESS"] === undefined && uid !== AGENT_USER)
                    wrong.push(`${directory}: owner ${uid}`);
            }
            const expected = createHmac("sha256", this.classKey).update(this.name).digest("base64url");
            if (pod.token !== expected) wrong.push("the token is not derived from the class's key and the pod's name");
            if ((statSync(join(pod.volume("run"), "token")).mode & 0o777) !== 0o400)
                wrong.push("others may read the token");
            if ((statSync(join(pod.volume("scratch"), "tmp")).mode & 0o7777) !== 0o1777)
                wrong.push("/tmp is not sticky");
            nothingWrong(wrong);
        });
        const started = performance.now();
        await report.prove("sidecars and gateway start", async () => {
            pod.start();
            await pod.ready(300);
            await sleep(1000);
            return `start time ${seconds(performance.now() - started)}, resident ${memoryOf(pod)} MiB`;
        });
    }

    async #probes(pod: Pod): Promise<void> {
        const { probes } = this.runtime;
        const ask = async (path: string, headers: Record<string, string> = {}, method = "GET") => {
            const response = await fetch(`http://${POD_ADDRESS}:${GATEWAY_PORT}${path}`, { method, headers });
            return { status: response.status, body: await response.text() };
        };
        await this.report.prove("probes answer on the pod's address as the kubelet asks", async () => {
            const wrong: string[] = [];
            for (const [probe, status] of [
                [probes.startup, "started"],
                [probes.readiness, "started"],
                [probes.liveness, "live"],
            ] as const) {
                const answer = await ask(probe.path);
                if (answer.status !== 200 || answer.body !== JSON.stringify({ ok: true, status })) {
                    wrong.push(`${probe.path}: ${answer.status} ${answer.body.slice(0, 100)}`);
                }
            }
            nothingWrong(wrong);
        });
        await this.report.prove("a probe on a wrong path would fail", async () => {
            const paths = ["/livez", "/health/live", "/", "/index.html"];
            const answers = await Promise.all(paths.map(async (path) => ({ path, ...(await ask(path)) })));
            nothingWrong(answers.filter(({ status }) => status < 400).map(({ path, status }) => `${path}: ${status}`));
        });
        await this.report.prove("nobody without this pod's token gets in", async () => {
            const other = createHmac("sha256", this.classKey).update("another-0").digest("base64url");
            const doors = ["/v1/responses", "/api/v1/admin/rpc", "/tools/invoke"];
            const answers = await Promise.all(
                doors.flatMap((path) =>
                    ["", `Bearer ${other}`].map(async (authorization) => ({
                        path,
                        ...(await ask(path, authorization === "" ? {} : { authorization }, "POST")),
                    })),
                ),
            );
            nothingWrong(
                answers.filter(({ status }) => status !== 401).map(({ path, status }) => `${path}: ${status}`),
            );
        });
        await this.report.prove("the root is read-only, and configuration and token too", async () => {
            const targets = [`${PATHS.application}/x`, "/x", "/etc/x", `${PATHS.home}/x`, PATHS.config, PATHS.token];
            const script = targets.map((target) => `if : >>${target}; then echo WROTE ${target}; fi`).join("; ");
            const { output } = await pod.exec(["/bin/sh", "-c", `{ ${script}; } 2>/dev/null`]);
            nothingWrong(output.match(/WROTE .*/g) ?? []);
        });
    }

    async #turns(pod: Pod): Promise<void> {
        await this.report.prove("a turn is answered", async () => {
            const word = this.#nextWord();
            const answer = await this.#turn(pod, `Remember ${word}.`);
            if (!answer.text.includes(word)) throw new Broken(`${answer.status}: ${answer.text}`);
        });
        await this.report.prove("the session remembers", () => this.#remembers(pod, this.#words(1)));
        await this.report.prove("every database that OpenClaw wrote has a replica", async () => {
            const known = new Set<string>([...Object.values(DATABASES), ...LOCAL_DATABASES]);
            const found = filesBelow(pod.state(PATHS.state))
                .filter((path) => path.endsWith(".sqlite") || isSqlite(path))
                .filter((path) => !/-litestream\/|-(wal|shm)$|\.lock\.sqlite$/.test(path))
                .map((path) => join(PATHS.state, relative(pod.state(PATHS.state), path)));
            nothingWrong(found.filter((path) => !known.has(path)).map((path) => `${path} has none`));
            return found.map((path) => relative(PATHS.state, path)).join(", ");
        });
        const write = `mkdir -p notes && echo "A finding." > notes/finding.md && echo secret > closed && chmod 0 closed`;
        await pod.exec(["/bin/sh", "-c", `cd ${PATHS.workspace} && ${write}`]);
    }

    async #stop(pod: Pod): Promise<void> {
        const { report } = this;
        const word = this.#nextWord();
        const started = performance.now();
        await report.prove("preStop waits for a turn, lets no new one in, and readiness fails meanwhile", async () => {
            const turn = this.#turn(pod, `Remember ${word}. wait=8`);
            await until("the turn's call of the model", 30, () => (this.model.asked(word) > 0 ? "" : "not called"));
            const hook = pod.exec(this.runtime.preStopCommand);
            await sleep(3000);
            const wrong: string[] = [];
            const late = await this.#turn(pod, "Too late?", "another");
            if (late.status !== 503) wrong.push(`a new turn got ${late.status}`);
            const ready = await fetch(`http://127.0.0.1:${GATEWAY_PORT}${this.runtime.probes.readiness.path}`);
            if (ready.status !== 503) wrong.push(`readiness is ${ready.status}`);
            const live = await fetch(`http://127.0.0.1:${GATEWAY_PORT}${this.runtime.probes.liveness.path}`);
            if (live.status !== 200) wrong.push(`liveness is ${live.status}`);
            const first = await Promise.race([turn.then(() => "turn"), hook.then(() => "hook")]);
            if (first !== "turn") wrong.push(`preStop ended before the turn: ${(await hook).output.slice(-500)}`);
            const answer = await turn;
            if (answer.status !== 200 || !answer.text.includes(word))
                wrong.push(`the turn: ${answer.status} ${answer.text}`);
            const { code, output } = await hook;
            if (code !== 0 || !output.includes("idle")) wrong.push(`preStop: ${code} ${output.slice(-500)}`);
            nothingWrong(wrong);
        });
        await report.prove("SIGTERM ends gateway and sidecars in good order", async () => {
            const ends = await pod.stop();
            nothingWrong(
                Object.entries(ends)
                    .filter(([, { code }]) => code !== 0)
                    .map(([name, { code, signal }]) => `${name} ended with ${code ?? signal}`),
            );
            const total = (performance.now() - started) / 1000;
            const limit = this.runtime.terminationGracePeriodSeconds;
            if (total > limit) throw new Broken(`${total.toFixed(0)} s, more than the grace period`);
            return Object.entries(ends)
                .map(([name, each]) => `${name} ${each.seconds.toFixed(1)} s`)
                .join(", ");
        });
    }

    async #restart(pod: Pod): Promise<void> {
        this.report.title("The pod starts again on its volume");
        await this.report.prove("it starts, and nothing is restored over what is there", async () => {
            pod.clear();
            await pod.initialize();
            const started = performance.now();
            pod.start();
            await pod.ready(300);
            return `start time ${seconds(performance.now() - started)}`;
        });
        await this.report.prove("the session goes on, the drained turn in it", () =>
            this.#remembers(pod, this.#words(2)),
        );
    }

    /** Turns without end, then all processes of the pod are killed at once, with a turn under way, and the volume is gone. */
    async #powerCut(pod: Pod, title: string): Promise<Pod> {
        const { report } = this;
        report.title(`Power cut: ${title}`);
        const acknowledged: { word: string; at: number }[] = [];
        const underWay = this.#nextWord();
        const session = `long-${this.#generation}`;
        void this.#turn(pod, `Remember ${underWay}. wait=60`, session).catch(() => undefined);
        const enough = performance.now() + (SYNC_SECONDS * 2 + 5) * 1000;
        while (performance.now() < enough) {
            const word = this.#nextWord();
            const answer = await this.#turn(pod, `Remember ${word}.`);
            if (answer.status === 200) acknowledged.push({ word, at: performance.now() });
        }
        const resident = memoryOf(pod);
        const cut = performance.now();
        await pod.kill();
        rmSync(join(pod.volume("state")), { recursive: true, force: true });
        report.note(`${acknowledged.length} turns were answered before the cut; the gateway held ${resident} MiB`);

        const next = this.#pod();
        await report.prove("databases and files come back from the replica", async () => {
            const started = performance.now();
            await next.initialize();
            const took = performance.now() - started;
            const wrong = Object.values(DATABASES)
                .map((path) =>
                    path.startsWith(PATHS.state)
                        ? next.state(path)
                        : join(next.volume("state"), "archive", "archive.sqlite"),
                )
                .filter((path) => !existsSync(path));
            const finding = join(next.state(PATHS.workspace), "notes", "finding.md");
            if (!existsSync(finding) || readFileSync(finding, "utf8") !== "A finding.\n")
                wrong.push("notes/finding.md is lost");
            nothingWrong(wrong);
            const git = spawnSync("git", ["-c", "safe.directory=*", "fsck"], {
                cwd: next.state(PATHS.workspace),
                encoding: "utf8",
            });
            if (existsSync(join(next.state(PATHS.workspace), ".git")) && git.status !== 0 && !git.error) {
                throw new Broken(`git fsck of the workspace: ${git.stderr}`);
            }
            return `restore time ${seconds(took)}`;
        });
        const restart = performance.now();
        await report.prove("the agent starts", async () => {
            next.start();
            await next.ready(300);
            return `start time ${seconds(performance.now() - restart)}`;
        });
        await report.prove("no turn is lost that the replica had", async () => {
            const { text } = await this.#turn(next, "What do you remember?");
            const lost = acknowledged.filter(({ word }) => !new Set(text.match(/word-\d+/g)).has(word));
            const window = lost.length === 0 ? 0 : (cut - Math.min(...lost.map(({ at }) => at))) / 1000;
            if (window > SYNC_SECONDS + 1) {
                throw new Broken(
                    `${lost.length} turns of the last ${window.toFixed(1)} s; at most ${SYNC_SECONDS + 1} s are allowed`,
                );
            }
            return `${lost.length} of ${acknowledged.length} turns lost, loss window ${window.toFixed(1)} s of at most ${SYNC_SECONDS + 1}`;
        });
        await report.prove("the turn that was under way is taken up again", async () => {
            await until("the second call of the model", 60, () => (this.model.asked(underWay) > 1 ? "" : "not called"));
            // A question in the middle of it would fail.
            await sleep(2000);
            await until("its words in the session", 30, async () => {
                const { text } = await this.#turn(next, "What do you remember?", session);
                return text.includes(underWay) ? "" : text.slice(-600);
            });
        });
        return next;
    }

    async #remembers(pod: Pod, words: readonly string[]): Promise<void> {
        const { text } = await this.#turn(pod, "What do you remember?");
        nothingWrong(
            words.filter((word) => !text.includes(word)).map((word) => `${word} is forgotten: ${text.slice(0, 200)}`),
        );
    }

    async #turn(pod: Pod, input: string, session = SESSION): Promise<{ status: number; text: string }> {
        const response = await fetch(`http://127.0.0.1:${GATEWAY_PORT}/v1/responses`, {
            method: "POST",
            headers: {
                authorization: `Bearer ${pod.token}`,
                "content-type": "application/json",
                "x-openclaw-session-key": `agent:main:${session}`,
            },
            body: JSON.stringify({ model: "openclaw", input: `${MARK} ${input}` }),
            signal: AbortSignal.timeout(120_000),
        });
        return { status: response.status, text: await response.text() };
    }

    #nextWord(): string {
        this.#word += 1;
        return `word-${this.#word}`;
    }

    #words(count: number): string[] {
        return Array.from({ length: count }, (_, index) => `word-${index + 1}`);
    }
}

/** Resident memory of a gateway and its children. Unit: MiB. */
function memoryOf(pod: Pod): number {
    const { stdout } = spawnSync("ps", ["-o", "rss=", "-g", String(pod.gateway.child.pid)], { encoding: "utf8" });
    return Math.round(stdout.split("\n").reduce((sum, line) => sum + Number(line.trim() || 0), 0) / 1024);
}

function filesBelow(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
}

function isSqlite(path: string): boolean {
    return statSync(path).size >= 16 && readFileSync(path).subarray(0, 15).toString() === "SQLite format 3";
}

main(process.argv.slice(2)).then(
    // A turn that nobody waits for any more would keep the process.
    (code) => process.exit(code),
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
    },
);
