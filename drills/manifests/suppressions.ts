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
        kinds: ["StatefulSet", "Deployment", "Job"],
        reason: "Images are pinned, most by digest, and need no pull secret: pulling again at every start would make a registry's outage ours",
    },
    {
        check: "statefulset-has-host-podantiaffinity",
        kinds: ["StatefulSet"],
        reason: "Agents of one class are not replicas of one another: losing a node loses its agents for minutes wherever the others are. They spread over zones, and fill nodes on purpose",
    },
    {
        check: "pod-networkpolicy",
        kinds: ["Job"],
        reason: "Jobs are under the namespace's default deny and a Cilium policy that kube-score does not read",
    },
];
