import { namespaceOf } from "../../../components/compute/agents/spec";
import { nothingWrong, PATIENCE_SECONDS, type Report, seconds, until } from "../../components/report";
import type { Cluster } from "../cluster";
import { deploy, isRollout } from "../deployment";
import type { Fleet } from "../fleet";
import { render, type Rendered } from "../manifests";
import { holds, type Job, keyOf, type Pod } from "../objects";
import { CRASHES } from "../pods";

/**
 * From an eviction until the successor serves, as it is in AWS: 3 s until an idle gateway has ended, up to 72 s until the
 * next one is Ready on half a core (docs/architecture.md), and a volume that moves along. Unit: seconds.
 */
const REAL_REPLACEMENT_SECONDS = 90;
const LIMIT_MINUTES = 30;

const GOOD_TAG = "2026.9.7";

/** A new image reaches all agents in waves within the budgets. */
export async function rollOut(report: Report, cluster: Cluster): Promise<void> {
    const { fleet, pace } = cluster;
    const next = await render(cluster.workshop.path("next"), { imageTag: GOOD_TAG });
    const before = fleet.identities();
    let tookMs = 0;
    await report.prove(`a new image reaches all ${fleet.agents} agents, a tenth of a class away at most`, async () => {
        const started = performance.now();
        fleet.beginCount();
        await deploy(cluster.plane, next);
        nothingWrong((await ended(cluster, next)).filter(({ done }) => !done).map(({ why }) => why));
        tookMs = performance.now() - started;
        await allServe(fleet, GOOD_TAG);
        nothingWrong(fleet.overBudget());
        nothingWrong([...fleet.identities()].filter(([name, uid]) => before.get(name) === uid).map(([name]) => name));
        return `most away ${fleet.count()}`;
    });
    const waves = 1 + Math.max(...fleet.classes.map(({ agents, budget }) => Math.ceil(agents / budget)));
    const { startMs, stopMs } = pace;
    const realMs = tookMs + waves * (REAL_REPLACEMENT_SECONDS * 1000 - startMs - stopMs);
    await report.prove(
        `with ${REAL_REPLACEMENT_SECONDS} s for each agent it is done in ${LIMIT_MINUTES} minutes`,
        () => {
            nothingWrong(realMs > LIMIT_MINUTES * 60_000 || tookMs === 0 ? [`${minutes(realMs)} min`] : []);
            return Promise.resolve(
                `${waves} waves, about ${minutes(realMs)} min; here an agent takes ${seconds(startMs + stopMs)}`,
            );
        },
    );
}

/** An image that never becomes Ready harms one wave, and the deployment fails; the way back mends it. */
export async function rollOutBroken(report: Report, cluster: Cluster): Promise<void> {
    const { fleet } = cluster;
    const tag = `2026.9.8-${CRASHES}`;
    const broken = await render(cluster.workshop.path("broken"), { imageTag: tag });
    await report.prove("a broken image stops at the first wave, and the other agents are not touched", async () => {
        const before = fleet.identities();
        fleet.beginCount();
        await deploy(cluster.plane, broken);
        const jobs = await ended(cluster, broken);
        nothingWrong(jobs.filter(({ done }) => done).map(({ job }) => `${keyOf(job)} says that all is well`));
        nothingWrong(fleet.overBudget());
        const touched = fleet.pods().filter((pod) => before.get(keyOf(pod)) !== pod.metadata.uid);
        nothingWrong(withOther(touched, tag));
        nothingWrong(
            fleet.classes
                .filter(({ name, budget }) => touchedOf(touched, name) > budget)
                .map(({ name }) => `${name}: ${touchedOf(touched, name)} agents have the broken image`),
        );
        return `${touched.length} of ${fleet.agents} agents have it; ${jobs[0]?.why ?? ""}`;
    });
    const good = await render(cluster.workshop.path("good"), { imageTag: GOOD_TAG });
    await report.prove("the way back to the last good image mends them, and only them", async () => {
        const broken = new Set(
            fleet
                .pods()
                .filter((pod) => withOther([pod], GOOD_TAG).length > 0)
                .map(keyOf),
        );
        const before = fleet.identities();
        fleet.beginCount();
        await deploy(cluster.plane, good);
        nothingWrong((await ended(cluster, good)).filter(({ done }) => !done).map(({ why }) => why));
        await allServe(fleet, GOOD_TAG);
        nothingWrong(fleet.overBudget());
        const replaced = [...fleet.identities()]
            .filter(([name, uid]) => before.get(name) !== uid)
            .map(([name]) => name);
        nothingWrong(replaced.filter((name) => !broken.has(name)).map((name) => `${name} was well and is another one`));
        return `${replaced.length} agents`;
    });
}

/** The drill may hear of the last agent later than the roll-out, which has ended. */
async function allServe(fleet: Fleet, tag: string): Promise<void> {
    await until("all agents serve, with the new image", PATIENCE_SECONDS, () =>
        [fleet.missing(), ...withOther(fleet.pods(), tag).slice(0, 3)].filter(Boolean).join("; "),
    );
}

interface Outcome {
    readonly job: Job;
    readonly done: boolean;
    /** The last words of its script. */
    readonly why: string;
}

/** Waits until the roll-out of every class has ended. */
async function ended({ plane: { api } }: Cluster, { manifests }: Rendered): Promise<Outcome[]> {
    const expected = manifests.filter(isRollout).map(({ object }) => keyOf(object));
    if (expected.length === 0) throw new Error("the stack has no roll-out job");
    let jobs: readonly Job[] = [];
    await until("the roll-outs end", 3 * PATIENCE_SECONDS, async () => {
        jobs = (await api.list<Job>("/apis/batch/v1/jobs")).filter((job) => expected.includes(keyOf(job)));
        const running = jobs.filter(({ status }) => !isOver(status?.conditions));
        return running.length > 0 || jobs.length < expected.length ? running.map(keyOf).join(", ") || "no job" : "";
    });
    return Promise.all(
        jobs.map(async (job) => {
            const { namespace, name } = job.metadata;
            const selector = encodeURIComponent(`job-name=${name}`);
            const pods = await api.list<Pod>(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`);
            return { job, done: holds("Complete", job.status?.conditions), why: lastWords(pods) };
        }),
    );
}

function isOver(conditions: Parameters<typeof holds>[1]): boolean {
    return holds("Complete", conditions) || holds("Failed", conditions);
}

/** The last line but the one that names the runbook. */
function lastWords(pods: readonly Pod[]): string {
    const ended = pods.flatMap(({ status }) => status?.containerStatuses ?? []).map(({ state }) => state?.terminated);
    const lines = ended.map((each) =>
        each?.message
            ?.trim()
            .split("\n")
            .filter((line) => !line.startsWith("Runbook:")),
    );
    return lines.map((each) => each?.at(-1) ?? "").join("; ");
}

/** Pods that run another image than the one of this tag. */
function withOther(pods: readonly Pod[], tag: string): string[] {
    return pods
        .filter(({ spec }) => !spec.containers.some(({ image }) => image.includes(`:${tag}@`)))
        .map((pod) => `${keyOf(pod)} runs ${pod.spec.containers[0]?.image}`);
}

function touchedOf(pods: readonly Pod[], className: string): number {
    return pods.filter(({ metadata }) => metadata.namespace === namespaceOf(className)).length;
}

function minutes(milliseconds: number): string {
    return (milliseconds / 60_000).toFixed(0);
}
