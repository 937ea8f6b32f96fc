import type { Explanation } from "./explanation";

/** What namespaces, rights and bounds may lose unnoticed. */
export const KUBERNETES: readonly Explanation[] = [
    {
        types: /^kubernetes:core\/v1:Namespace$/,
        paths: /^metadata\.labels\.pod-security\.kubernetes\.io\/(audit|warn)$/,
        because: "tells of what enforcing refuses anyway; enforcing has a rule",
    },
    {
        types: /^kubernetes:core\/v1:LimitRange$/,
        paths: /^spec\.limits\.\*\.min\./,
        because: "a floor against mistakes; defaults and ceilings have rules",
    },
    {
        types: /^kubernetes:rbac\.authorization\.k8s\.io\/v1:/,
        paths: /^(rules(\.\*\.\w+\.\*)?|roleRef\.apiGroup|subjects\.\*\.namespace)$/,
        because:
            "fewer or other rights than needed: the job that has them stops with what is missing; that there are not too many has rules",
    },
    {
        types: /^kubernetes:scheduling\.k8s\.io\/v1:PriorityClass$/,
        paths: /^(value|globalDefault)$/,
        because: "which rank comes before which has a rule; the numbers have no other meaning",
    },
    {
        types: /^pulumi:providers:kubernetes$/,
        paths: /./,
        because: "how Pulumi reaches the cluster: what is wrong in it fails at the first object",
    },
];
