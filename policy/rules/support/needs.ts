import type { Reader } from "../../engine/value";
import { remembered } from "./kubernetes";
import { type Container, claimTemplatesOf, containersOf, isSidecar, type Pod } from "./pods";
import { quantityAt } from "./quantity";

/** What quotas and limits count, in cores and bytes. */
export const LIMITED = ["cpu", "memory", "ephemeral-storage"] as const;
type Amounts = Record<(typeof LIMITED)[number], number>;

/** What pods take together, and the largest of them. */
export interface Needs {
    readonly pods: number;
    readonly claims: number;
    readonly storage: number;
    readonly requests: Readonly<Amounts>;
    readonly limits: Readonly<Amounts>;
    /** Limit of the largest container. */
    readonly largest: Readonly<Amounts>;
    /** Limits of the largest pod. */
    readonly largestPod: Readonly<Amounts>;
    readonly largestClaim: number;
}

const nothing = (): Amounts => ({ cpu: 0, memory: 0, "ephemeral-storage": 0 });

export const needsOf = remembered((pods: readonly Pod[]): Needs => {
    const requests = nothing();
    const limits = nothing();
    const largest = nothing();
    const largestPod = nothing();
    const count = { pods: 0, claims: 0, storage: 0, largestClaim: 0 };
    for (const pod of pods) {
        const replicas = pod.props.number("spec.replicas") ?? 1;
        const containers = containersOf(pod);
        count.pods += replicas;
        for (const claim of claimTemplatesOf(pod)) {
            const size = amountAt(claim, "spec.resources.requests.storage");
            count.claims += replicas;
            count.storage += replicas * size;
            count.largestClaim = Math.max(count.largestClaim, size);
        }
        for (const kind of LIMITED) {
            requests[kind] += replicas * together(containers, `resources.requests.${kind}`);
            const ofPod = together(containers, `resources.limits.${kind}`);
            limits[kind] += replicas * ofPod;
            largestPod[kind] = Math.max(largestPod[kind], ofPod);
            const each = containers.map(({ props }) => amountAt(props, `resources.limits.${kind}`));
            largest[kind] = Math.max(largest[kind], ...each);
        }
    }
    return { ...count, requests, limits, largest, largestPod };
});

/** As the scheduler counts: what runs at once, or one that runs before it beside the sidecars that are there by then. */
function together(containers: readonly Container[], path: string): number {
    let beside = 0;
    let before = 0;
    let main = 0;
    for (const container of containers) {
        const amount = amountAt(container.props, path);
        if (!container.init) main += amount;
        else if (isSidecar(container)) beside += amount;
        else before = Math.max(before, beside + amount);
    }
    return Math.max(before, main + beside);
}

/** What is no quantity is told by the rules of requests and limits. */
function amountAt(props: Reader, path: string): number {
    return quantityAt(props, path) || 0;
}
