import { PATIENCE_SECONDS, until } from "../components/report";
import type { ControlPlane } from "./control-plane";
import { apply, type Manifest, type Rendered } from "./manifests";
import { type Condition, holds, type Job, keyOf, type KubernetesObject } from "./objects";

export interface Deployed {
    /** Objects that the API server took. */
    readonly accepted: number;
    /** When it was given the agents, by `performance.now()`. */
    readonly agentsAt: number;
}

/**
 * Gives the cluster the objects of a stack in the order of a deployment: all else, then the agents, then what rolls them.
 * The first time, agents come when spare nodes are held: in AWS these would be launched, here they are all there.
 */
export async function deploy(plane: ControlPlane, { manifests }: Rendered, first = false): Promise<Deployed> {
    const stages = [0, 1, 2].map((stage) => manifests.filter((manifest) => stageOf(manifest) === stage));
    await removeOldJobs(plane, manifests);
    let accepted = 0;
    let agentsAt = 0;
    for (const [stage, due] of stages.entries()) {
        if (stage === 1) agentsAt = performance.now();
        accepted += await apply(plane.kubeconfig, due);
        if (stage === 0 && first) await settle(plane);
    }
    return { accepted, agentsAt };
}

export function isRollout({ object }: Manifest): boolean {
    return object.kind === "Job" && object.metadata.name.startsWith("rollout");
}

function stageOf(manifest: Manifest): number {
    if (manifest.object.kind === "StatefulSet") return 1;
    return isRollout(manifest) ? 2 : 0;
}

/**
 * Jobs as a deployment leaves them: one that is not among the objects any more goes; one of the same name with another
 * image goes first, since a job cannot be changed.
 */
async function removeOldJobs({ api }: ControlPlane, manifests: readonly Manifest[]): Promise<void> {
    const images = new Map(manifests.map(({ object }) => [keyOf(object), isJob(object) ? imageOf(object) : undefined]));
    for (const job of await api.list<Job>("/apis/batch/v1/jobs")) {
        if (images.get(keyOf(job)) === imageOf(job)) continue;
        const { namespace, name } = job.metadata;
        await api.remove(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`, { propagationPolicy: "Background" });
    }
}

function isJob(object: KubernetesObject): object is Job {
    return object.kind === "Job";
}

function imageOf({ spec }: Job): string {
    return spec.template.spec.containers[0]?.image ?? "";
}

/** Until what is no agent runs, and with it what holds the spare nodes. */
async function settle({ api }: ControlPlane): Promise<void> {
    await until("the platform's own pods run", PATIENCE_SECONDS, async () => {
        const all = await api.list<
            KubernetesObject & { readonly status?: { readonly conditions?: readonly Condition[] } }
        >("/apis/apps/v1/deployments");
        const waiting = all.filter(({ status }) => !holds("Available", status?.conditions));
        return waiting.map(keyOf).join(", ");
    });
}
