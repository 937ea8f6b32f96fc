import type { Explanation } from "./explanation";

const WORKLOAD = /^kubernetes:(apps\/v1|batch\/v1):/;

/** What workloads, their services and their configuration may lose unnoticed. */
export const WORKLOADS: readonly Explanation[] = [
    {
        types: /^kubernetes:core\/v1:ConfigMap$/,
        paths: /^data\.[\w-]+\.(mjs|sh|yaml|yml)$/,
        because: "programs: their own tests run them, and drill:gateway and drill:cluster run them as pods would",
    },
    {
        types: /^kubernetes:core\/v1:ConfigMap$/,
        paths: /^data\.envoy\.json\./,
        because:
            "the proxy's configuration: its unit tests check the list of domains, the log and the limits; what it could let out is bounded by the network policies of its pods, which have rules",
    },
    {
        types: /^kubernetes:core\/v1:ConfigMap$/,
        paths: /^data\.openclaw\.json\.#\.(logging|session|memory|agents|models|plugins|skills|gateway\.(mode|port|bind|http|auth\.token\.id)|mcp|secrets|tools|diagnostics|auth|heartbeat)/,
        because:
            "how OpenClaw works, not what it may: OpenClaw's own validation judges it in drill:gateway, and a wrong one stops the roll-out at its first agent",
    },
    {
        types: /^kubernetes:apps\/v1:Deployment$/,
        paths: /^metadata\.annotations\.kube-score\/ignore$/,
        because: "a remark for kube-score",
    },
    {
        types: WORKLOAD,
        paths: /^spec\.template\.metadata\.(labels\.app\.kubernetes\.io\/|labels\.openclaw\/job|annotations\.(kubectl|openclaw\/config))/,
        because:
            "for people and for roll-outs; selectors, policies and budgets go by other labels, and those have rules",
    },
    {
        types: WORKLOAD,
        paths: /\.(command|args)(\.\*)?$|\.env(\.\*\..+)?$|^spec\.template\.spec\.(initContainers|containers)(\.\*\.name)?$|\.lifecycle\.preStop\./,
        because:
            "what a container runs: no value is right for all; the drills run it, and a wrong one stops the roll-out at its first pod",
    },
    {
        types: WORKLOAD,
        paths: /\.(imagePullPolicy|terminationMessagePolicy|nodeAffinityPolicy|revisionHistoryLimit|defaultMode|httpGet\.scheme|timeoutSeconds|ports\.\*\.(containerPort|name|protocol))$/,
        because: "Kubernetes' own default is as good, and images are pinned by digest, which has a rule",
    },
    {
        types: WORKLOAD,
        paths: /\.volumeMounts(\.\*\.(subPath|readOnly))?$|\.volumes\.\*\.(configMap\.name|secret\.secretName|emptyDir\.medium)$/,
        because:
            "a container whose mounts are wrong does not start; the state's mounts, the read-only root and the token's volume have rules of their own",
    },
    {
        types: WORKLOAD,
        paths: /\.securityContext\.(fsGroup|runAsGroup|runAsUser)$/,
        because: "another user than root is as good as this one; that it is not root has a rule",
    },
    {
        types: WORKLOAD,
        paths: /\.(serviceAccountName|priorityClassName)$/,
        because: "of platform pods: without it they have no rights and no rank, and nobody else's; agents' have rules",
    },
    {
        types: WORKLOAD,
        paths: /\.(tolerations\.\*\.(effect|operator)|nodeSelector\.(openclaw\/pool|topology\.kubernetes\.io\/zone))$/,
        because: "tolerates more or selects more than it has to; which pods may stand on whose nodes has rules",
    },
    {
        types: WORKLOAD,
        paths: /\.terminationGracePeriodSeconds$/,
        because: "of jobs and platform pods, which hold no turns; that of agents has a rule",
    },
    {
        types: /^kubernetes:(apps\/v1|policy\/v1):/,
        paths: /(matchLabels)\.(app\.kubernetes\.io\/(name|part-of|instance)|openclaw\/(tier|class|proxy))$/,
        because:
            "one of two labels that select the same pods; without the other as well, rules on budgets and spread fail",
    },
    {
        types: /^kubernetes:apps\/v1:StatefulSet$/,
        paths: /^spec\.template\.spec\.initContainers\.\*\.restartPolicy$/,
        because: "makes a container a sidecar; that Litestream is one has a rule",
    },
    {
        types: /^kubernetes:apps\/v1:StatefulSet$/,
        paths: /^spec\.volumeClaimTemplates\.\*\.metadata\.labels\./,
        because: "labels of claims are for people: claims are found by their names",
    },
    {
        types: /^kubernetes:apps\/v1:Deployment$/,
        paths: /^spec\.(replicas|strategy\.(type|rollingUpdate\.maxSurge))$/,
        because:
            "of placeholders for headroom, or Kubernetes' own default; that platform pods have replicas and give way one by one has rules",
    },
    {
        types: /^kubernetes:batch\/v1:CronJob$/,
        paths: /^spec\.(startingDeadlineSeconds|jobTemplate\.spec\.(activeDeadlineSeconds|template\.spec\.containers(\.\*\.name)?))$/,
        because:
            "a longer or shorter patience; that there is one has a rule, and an upkeep that does not run raises its alarm",
    },
    {
        types: /^kubernetes:core\/v1:Service$/,
        paths: /^spec\.(ports(\.\*\..+)?|selector\..+|type)$/,
        because: "a service that leads nowhere is noticed at once; that none leads to the outside has a rule",
    },
    {
        types: /^kubernetes:/,
        paths: /^metadata\.name$/,
        because: "a name without a meaning to others, or one whose loss Kubernetes refuses where others refer to it",
    },
];
