import { sleep } from "../components/report";
import { type Api, Refused } from "./api";
import type { JobRunner } from "./jobs";
import type { Nodes } from "./nodes";
import { type Container, keyOf, type Pod } from "./objects";

export interface Pace {
    /** From the moment a pod has its node until it is Ready. */
    readonly startMs: number;
    /** From the request to end until it has ended. */
    readonly stopMs: number;
}

/** An image with this word in its tag starts and fails, again and again. */
export const CRASHES = "crashes";

const STRATEGIC_PATCH = "application/strategic-merge-patch+json";

/**
 * Stands in for the kubelets of all nodes: a pod that has a node starts once its secrets and configuration are there, and
 * becomes Ready; one that is deleted ends; one of a job runs for real. Every change names the pod's uid, so that it never
 * hits a successor of the same name.
 */
export class Kubelets {
    readonly #known = new Set<string>();
    readonly #ending = new Set<string>();
    /** Pods that run, until they are asked to end. */
    readonly #living = new Set<string>();
    /** Secrets and configuration that were found. */
    readonly #supplies = new Set<string>();
    #addresses = 0;

    constructor(
        private readonly api: Api,
        private readonly nodes: Nodes,
        private readonly jobs: JobRunner,
        public pace: Pace,
    ) {}

    start(): void {
        this.api.watch<Pod>("/api/v1/pods", {
            seen: (pod) => {
                const { nodeName } = pod.spec;
                const { uid = "", deletionTimestamp } = pod.metadata;
                // A lost zone hears nothing.
                if (nodeName === undefined || !this.nodes.isAlive(nodeName)) return;
                if (deletionTimestamp !== undefined) {
                    if (!this.#ending.has(uid)) this.#do(pod, this.#end(pod, uid));
                } else if (!this.#known.has(uid)) this.#do(pod, this.#begin(pod, uid));
            },
            gone: ({ metadata: { uid = "" } }) => {
                for (const set of [this.#known, this.#ending, this.#living]) set.delete(uid);
            },
        });
    }

    #do(pod: Pod, work: Promise<void>): void {
        work.catch((error: unknown) => {
            // Gone, or another one by now: nothing to do.
            if (error instanceof Refused && (error.status === 404 || error.status === 409)) return;
            if (this.api.isClosed) return;
            process.stderr.write(`kubelet, ${keyOf(pod)}: ${String(error)}\n`);
        });
    }

    async #begin(pod: Pod, uid: string): Promise<void> {
        this.#known.add(uid);
        this.#living.add(uid);
        await sleep(this.pace.startMs);
        while (this.#lives(pod, uid) && !(await this.#isSupplied(pod))) await sleep(500);
        if (!this.#lives(pod, uid)) return;
        if (pod.metadata.ownerReferences?.some(({ kind }) => kind === "Job")) return this.#runJob(pod, uid);
        if (pod.spec.containers.some(({ image }) => image.includes(CRASHES))) return this.#crash(pod, uid);
        await this.#report(pod, { ...this.#running(pod, true), ...this.#address() });
    }

    async #end(pod: Pod, uid: string): Promise<void> {
        this.#ending.add(uid);
        this.#living.delete(uid);
        this.jobs.end(pod);
        await sleep(this.pace.stopMs);
        if (!this.nodes.isAlive(pod.spec.nodeName ?? "")) return;
        await this.api.remove(pathOf(pod), { gracePeriodSeconds: 0, preconditions: { uid } });
    }

    async #runJob(pod: Pod, uid: string): Promise<void> {
        await this.#report(pod, { ...this.#running(pod, true), ...this.#address() });
        const { exitCode, output } = await this.jobs.run(pod);
        if (!this.nodes.isAlive(pod.spec.nodeName ?? "")) return;
        const terminated = { exitCode, reason: exitCode === 0 ? "Completed" : "Error", message: output.slice(-2000) };
        const ended = (container: Container) => ({ ...statusOf(container, false), state: { terminated } });
        await this.#report(pod, {
            phase: exitCode === 0 ? "Succeeded" : "Failed",
            conditions: conditions(false, exitCode === 0 ? "PodCompleted" : "PodFailed"),
            containerStatuses: pod.spec.containers.map(ended),
        });
        this.#living.delete(uid);
    }

    /** Starts, ends with an error, and starts again for as long as it is there. */
    async #crash(pod: Pod, uid: string): Promise<void> {
        const address = this.#address();
        for (let restarts = 0; this.#lives(pod, uid); restarts++) {
            const terminated = { exitCode: 1, reason: "Error" };
            const crashed = (container: Container) => ({
                ...statusOf(container, false),
                restartCount: restarts,
                state: { waiting: { reason: "CrashLoopBackOff", message: "back-off restarting failed container" } },
                lastState: { terminated },
            });
            const status = { ...this.#running(pod, false), containerStatuses: pod.spec.containers.map(crashed) };
            await this.#report(pod, { ...status, ...address });
            await sleep(this.pace.startMs);
        }
    }

    #lives(pod: Pod, uid: string): boolean {
        return this.#living.has(uid) && this.nodes.isAlive(pod.spec.nodeName ?? "");
    }

    /** A kubelet starts nothing whose secret or configuration is missing. */
    async #isSupplied({ metadata: { namespace }, spec }: Pod): Promise<boolean> {
        const needed = (spec.volumes ?? []).flatMap(({ secret, configMap }) => [
            ...(secret && !secret.optional ? [`secrets/${secret.secretName}`] : []),
            ...(configMap && !configMap.optional ? [`configmaps/${configMap.name}`] : []),
        ]);
        for (const object of needed) {
            const path = `/api/v1/namespaces/${namespace}/${object}`;
            if (this.#supplies.has(path)) continue;
            try {
                await this.api.get(path);
                this.#supplies.add(path);
            } catch (error) {
                if (error instanceof Refused && error.status === 404) return false;
                throw error;
            }
        }
        return true;
    }

    #running({ spec }: Pod, ready: boolean): object {
        return {
            phase: "Running",
            startTime: now(),
            conditions: conditions(ready, ready ? undefined : "ContainersNotReady"),
            containerStatuses: spec.containers.map((container) => statusOf(container, ready)),
            initContainerStatuses: (spec.initContainers ?? []).map((container) =>
                container.restartPolicy === "Always" ? statusOf(container, true) : completed(container),
            ),
        };
    }

    #address(): object {
        this.#addresses += 1;
        const podIP = `10.128.${(this.#addresses >> 8) % 256}.${this.#addresses % 256}`;
        return { podIP, podIPs: [{ ip: podIP }] };
    }

    async #report(pod: Pod, status: object): Promise<void> {
        await this.api.patch(`${pathOf(pod)}/status`, { metadata: { uid: pod.metadata.uid }, status }, STRATEGIC_PATCH);
    }
}

function statusOf({ name, image }: Container, ready: boolean): object {
    return {
        name,
        image,
        imageID: image,
        ready,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: now() } },
    };
}

function completed(container: Container): object {
    const state = { terminated: { exitCode: 0, reason: "Completed", startedAt: now(), finishedAt: now() } };
    return { ...statusOf(container, true), state };
}

function conditions(ready: boolean, reason?: string): object[] {
    const status = ready ? "True" : "False";
    const at = { lastTransitionTime: now() };
    return [
        { type: "PodReadyToStartContainers", status: "True", ...at },
        { type: "Initialized", status: "True", ...at },
        { type: "ContainersReady", status, reason, ...at },
        { type: "Ready", status, reason, ...at },
    ];
}

function pathOf({ metadata: { namespace, name } }: Pod): string {
    return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

function now(): string {
    return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
