import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { KafkaCluster } from "../../../drills/bridge/brokers";
import { type AgentData, agentData } from "../../../drills/bridge/data";
import { progress } from "../../../drills/components/cache";
import { sleep } from "../../../drills/components/report";
import { SUPERUSER } from "../../../drills/data/server";
import { check } from "./checker";
import { collect, type Done, done } from "./collect";
import type { Findings } from "./evidence";
import { larger, type Memory } from "../footprint/usage";
import { oddRecords, sendOdd } from "./hostile";
import { HUB, type Network, type Place } from "./network";
import { asks, planCouncils, planTalks, randomFrom } from "./plan";
import { Pod } from "./pods";
import { Chaos, type Measure, untilWhole } from "./trouble";

const COUNCIL = "drill";
/** Conversations that an agent is busy with at a time. */
const AT_ONCE = 8;

const MOST_CRASHES = 20;
/** Messages from which on a run takes so long that brokers are worth compiling well. */
const LONG = 20_000;

export interface RunOptions {
    readonly messages: number;
    readonly sessions: number;
    readonly bridges: number;
    readonly councils: number;
    /** How often every kind of odd record is sent. */
    readonly odd: number;
    readonly seed: number;
    readonly chaos: Measure;
    /** Time over which messages are spread, for things to go wrong in. Unit: s. */
    readonly leastSeconds: number;
    /** How long nothing may go on before the run counts as stuck. Unit: s. */
    readonly stuckSeconds: number;
}

export interface Ran extends Findings {
    readonly troubles: ReadonlyMap<string, number>;
    /** Ends of bridges that nobody wanted. */
    readonly crashes: readonly string[];
    /** How it was stuck; undefined: it came to its end. */
    readonly stuck: string | undefined;
    readonly seconds: number;
    /** Most memory that a bridge has held. */
    readonly peakMemory: Memory;
}

export interface Workplace {
    readonly folder: string;
    readonly network: Network;
    /** Folder with the Node of the bridge's image. */
    readonly node: string;
    readonly programs: { readonly bridge: string; readonly agent: string };
}

/** One run: everything is started, everything is said while things go wrong, and what came of it is judged. */
export async function run(name: string, options: RunOptions, workplace: Workplace): Promise<Ran> {
    const { folder, network } = workplace;
    const places = new Map([1, 2, 3].map((id) => [id, network.join(`${name}-broker-${id}`, `10.77.1.${id}`)]));
    const hosts = [...places.values()].map(({ address }) => address);
    const fleet = { drill: options.bridges };
    const [brokers, data] = await Promise.all([
        KafkaCluster.start({
            folder: join(folder, "kafka"),
            hosts,
            enter: (id) => places.get(id)?.enter ?? [],
            isLongLived: options.messages >= LONG,
        }),
        agentData(join(folder, "postgres"), fleet, { listen_addresses: "*" }),
    ]);
    let pods: Pod[] = [];
    try {
        letIn(join(folder, "postgres"), data);
        pods = startPods(name, options, workplace, brokers, data);
        return await go(options, { pods, brokers, data, places });
    } finally {
        await Promise.all(pods.map((pod) => pod.stop()));
        await brokers.stop();
        await data.stop();
        for (const place of [...places.values(), ...pods.map(({ place }) => place)]) place.leave();
    }
}

/** The database lets in who comes from the drill's network, and not only from its own machine. */
function letIn(folder: string, data: AgentData): void {
    appendFileSync(join(folder, "data", "pg_hba.conf"), "host all all 10.77.0.0/16 trust\n");
    data.sql(SUPERUSER, "SELECT pg_reload_conf()");
}

function startPods(
    name: string,
    { messages, sessions, bridges, councils, leastSeconds }: RunOptions,
    { folder, network, node, programs }: Workplace,
    brokers: KafkaCluster,
    data: AgentData,
): Pod[] {
    const agents = agentsOf(bridges);
    const talks = planTalks(agents, sessions, messages);
    const sittings = planCouncils(agents, councils, COUNCIL);
    return agents.map((agent, index) => {
        const pod = new Pod({
            agent,
            folder: join(folder, agent),
            place: network.join(`${name}-${agent}`, `10.77.2.${index + 1}`),
            node,
            programs,
            environment: { ...data.environment, PGHOST: HUB, KAFKA_BROKERS: brokers.bootstrap },
            talks: talks.filter(({ from }) => from === agent),
            councils: sittings.filter(({ opener }) => opener === agent),
            council: COUNCIL,
            atOnce: AT_ONCE,
            leastSeconds,
        });
        pod.start();
        return pod;
    });
}

interface Parts {
    readonly pods: readonly Pod[];
    readonly brokers: KafkaCluster;
    readonly data: AgentData;
    readonly places: ReadonlyMap<number, Place>;
}

async function go(options: RunOptions, { pods, brokers, data, places }: Parts): Promise<Ran> {
    const { messages, sessions, councils, odd, seed, chaos, stuckSeconds } = options;
    const agents = pods.map(({ name }) => name);
    const talks = planTalks(agents, sessions, messages);
    const started = performance.now();
    const loseConnections = (agent: string) =>
        void data.sql(SUPERUSER, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${agent}'`);
    const troubled = new Chaos(chaos, { pods, brokers, places, loseConnections }, randomFrom(seed));
    const watch = setInterval(() => pods.forEach((pod) => pod.look()), 1000);
    const oddities = oddRecords(agents, odd);
    let oddProblem: unknown;
    const sent = sendOdd(brokers.bootstrap, oddities).catch((error: unknown) => void (oddProblem = error));
    const answers = talks.reduce(
        (sum, talk) => sum + Array.from({ length: talk.messages }, (_, number) => number).filter(asks).length,
        0,
    );
    const expected: Done = {
        direct: 2 * messages + answers,
        wild: new Set(oddities.filter(({ isBroken }) => !isBroken)).size,
        waiting: 0,
        letters: oddities.filter(({ isBroken }) => isBroken).length,
        decisions: councils,
        followed: 0,
    };
    let isSent = false;
    void sent.then(() => (isSent = true));
    const isSaid = () => isSent && pods.every((pod) => pod.progress.done);
    // Trouble as long as there is something to say; then everything is mended, and what was said has to be handled.
    let stuck = await untilDone(pods, data, expected, stuckSeconds, isSaid);
    await troubled.end();
    stuck ??= await untilDone(pods, data, expected, stuckSeconds, (now) => isSaid() && isReached(now, expected));
    const seconds = (performance.now() - started) / 1000;
    clearInterval(watch);
    await untilWhole(brokers);
    await sent;
    if (oddProblem !== undefined) throw oddProblem;
    const told = { talks, councils: planCouncils(agents, councils, COUNCIL), oddities };
    const findings = check(await collect(brokers, data, pods, told));
    return {
        ...findings,
        troubles: troubled.counts,
        crashes: pods.flatMap((pod) => pod.crashes),
        stuck,
        seconds,
        peakMemory: pods.map((pod) => pod.peakMemory).reduce(larger),
    };
}

function isReached(now: Done, expected: Done): boolean {
    return (
        now.direct >= expected.direct &&
        now.wild >= expected.wild &&
        now.letters >= expected.letters &&
        now.decisions >= expected.decisions &&
        now.waiting === 0 &&
        now.followed === 0
    );
}

/** Waits until it is done, and tells a person who waits how far it is. @returns how it is stuck, where it is */
async function untilDone(
    pods: readonly Pod[],
    data: AgentData,
    expected: Done,
    stuckSeconds: number,
    isDone: (now: Done) => boolean,
): Promise<string | undefined> {
    let last = "";
    let changed = performance.now();
    let told = 0;
    for (;;) {
        const now = done(data);
        if (isDone(now)) return undefined;
        const said = pods.reduce((sum, { progress: { yes } }) => sum + yes, 0);
        const state = Object.entries(now)
            .map(([what, count]) => `${what} ${count}/${expected[what as keyof Done]}`)
            .join(", ");
        if (state !== last) changed = performance.now();
        last = state;
        if (performance.now() - told > 10_000) {
            told = performance.now();
            const trouble = pods.map(({ progress }) => progress.trouble).filter((text) => text !== "");
            progress(
                `      said ${said}, ${state}${trouble.length > 0 ? `; last trouble: ${trouble[0]?.slice(0, 150)}` : ""}`,
            );
        }
        const crashes = pods.flatMap((pod) => pod.crashes);
        if (crashes.length > MOST_CRASHES) return `bridges end by themselves: ${crashes.at(-1)}`;
        if (performance.now() - changed > stuckSeconds * 1000) return `for ${stuckSeconds} s nothing went on: ${state}`;
        await sleep(1000);
    }
}

export function agentsOf(bridges: number): string[] {
    return Array.from({ length: bridges }, (_, index) => `drill-${index}`);
}
