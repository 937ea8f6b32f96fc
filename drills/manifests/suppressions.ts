/** A finding of kube-score that is left as it is. */
export interface Suppression {
    /** Check of kube-score, e.g. `container-image-pull-policy`. */
    readonly check: string;
    /** Kinds that it is left at. */
    readonly kinds: readonly string[];
    readonly reason: string;
}

export const SUPPRESSIONS: readonly Suppression[] = [
    {
        check: "container-image-pull-policy",
        kinds: ["StatefulSet", "Deployment", "Job", "CronJob"],
        reason: "Images are pinned, most by digest, and need no pull secret: pulling again at every start would make a registry's outage ours",
    },
    {
        check: "container-security-context-user-group-id",
        kinds: ["StatefulSet", "Job"],
        reason: "OpenClaw's image is made for user 1000 and its state belongs to it; another user cannot read it",
    },
    {
        check: "pod-probes-identical",
        kinds: ["Deployment"],
        reason: "Collector and proxy have one health endpoint; liveness is slower to act than readiness, which kube-score does not compare",
    },
    {
        check: "networkpolicy-targets-pod",
        kinds: ["NetworkPolicy"],
        reason: "The default deny of the egress namespace is there before its first proxy; staging names no domain, so it has none",
    },
];
