import { JOB_LABEL } from "../agents/cluster-job";
import { AGENT_TIER, CLASS_LABEL, SERVICE_ACCOUNT, STORAGE_CLASS, TIER_LABEL, namespaceOf } from "../agents/spec";
import { BANDWIDTH_BOUNDS } from "./namespaces";

/*
 * The rules of the agents' namespaces as data, in CEL as the API server evaluates it. The documentation and the policies
 * are made from this table. A rule says what must hold; its message says what to do.
 */

export interface NamedExpression {
    readonly name: string;
    readonly expression: string;
}

export interface GuardrailRule {
    /** What is refused, for the documentation. */
    readonly refuses: string;
    /** CEL: true where the object may pass. */
    readonly expression: string;
    /** What whoever is refused has to do. */
    readonly message: string;
}

export interface ResourceRule {
    readonly groups: readonly string[];
    readonly versions: readonly string[];
    readonly resources: readonly string[];
    readonly operations: readonly ("CREATE" | "UPDATE")[];
}

export interface GuardrailPolicy {
    readonly name: string;
    /** What it looks at, for the documentation. */
    readonly subject: string;
    readonly resources: readonly ResourceRule[];
    /** Whether it holds outside agents' namespaces too. */
    readonly everywhere?: boolean;
    /** Conditions without which it is not evaluated at all. */
    readonly only: readonly NamedExpression[];
    readonly variables: readonly NamedExpression[];
    readonly rules: readonly GuardrailRule[];
}

const RESOURCES = ["cpu", "memory", "ephemeral-storage"];
/** Audience of the tokens by which EKS Pod Identity knows a pod: the only one that an agent gets. */
const POD_IDENTITY_AUDIENCE = "pods.eks.amazonaws.com";

/** Keeps the removal of finalizers possible, whatever the rules have become since the object was made. */
const notBeingDeleted = { name: "not-being-deleted", expression: "!has(object.metadata.deletionTimestamp)" };

/** Most updates of a pod are the cluster's own and touch none of this. */
const somethingChecked = {
    name: "something-that-is-checked-changes",
    expression: [
        "request.operation == 'CREATE'",
        "object.spec != oldObject.spec",
        ...["labels", "annotations"].flatMap((field) => [
            `has(object.metadata.${field}) != has(oldObject.metadata.${field})`,
            `(has(object.metadata.${field}) && object.metadata.${field} != oldObject.metadata.${field})`,
        ]),
    ].join(" || "),
};

/** The rule holds for every container `c`, those that run before the others included. */
function everyContainer(rule: string): string {
    return (
        `variables.spec.containers.all(c, ${rule}) && ` +
        `(!has(variables.spec.initContainers) || variables.spec.initContainers.all(c, ${rule}))`
    );
}

/** The rule holds for every volume `v`. */
function everyVolume(rule: string): string {
    return `(!has(variables.spec.volumes) || variables.spec.volumes.all(v, ${rule}))`;
}

function fromMap(map: string, key: string): string {
    return `'${key}' in ${map} ? ${map}['${key}'] : ''`;
}

function fromNamespace(field: "labels" | "annotations", key: string): string {
    const map = `namespaceObject.metadata.${field}`;
    return `has(${map}) && ${fromMap(map, key)}`;
}

/** What the rules of pods speak of, where the pod is `object` or the template in it. */
function podVariables(pod: string): NamedExpression[] {
    const map = (field: string) =>
        `has(${pod}.metadata) && has(${pod}.metadata.${field}) ? ${pod}.metadata.${field} : {}`;
    return [
        { name: "spec", expression: `${pod}.spec` },
        { name: "labels", expression: map("labels") },
        { name: "annotations", expression: map("annotations") },
        { name: "isJob", expression: `'${JOB_LABEL}' in variables.labels` },
        {
            name: "serviceAccount",
            expression: "has(variables.spec.serviceAccountName) ? variables.spec.serviceAccountName : ''",
        },
        { name: "agentClass", expression: fromNamespace("labels", CLASS_LABEL) },
        { name: "maxIngress", expression: fromNamespace("annotations", BANDWIDTH_BOUNDS.ingress) },
        { name: "maxEgress", expression: fromNamespace("annotations", BANDWIDTH_BOUNDS.egress) },
    ];
}

const has = (resource: string, kind: "requests" | "limits") => `'${resource}' in c.resources.${kind}`;
const amount = (kind: "requests" | "limits") => `quantity(string(c.resources.${kind}['memory']))`;

function bandwidth(direction: "ingress" | "egress", bound: string): GuardrailRule {
    const key = `kubernetes.io/${direction}-bandwidth`;
    const own = `variables.annotations['${key}']`;
    return {
        refuses: `An agent without limit of its ${direction} bandwidth, or with more than its class's`,
        expression:
            `variables.isJob || ('${key}' in variables.annotations && isQuantity(${own}) && ` +
            `quantity(${own}).compareTo(quantity('1k')) >= 0 && ` +
            `isQuantity(variables.${bound}) && quantity(${own}).compareTo(quantity(variables.${bound})) <= 0)`,
        message: `Set the annotation ${key} on the pod, from 1k to what the namespace's ${BANDWIDTH_BOUNDS[direction]} says, e.g. 20M.`,
    };
}

const POD_RULES: readonly GuardrailRule[] = [
    {
        refuses: "A container without request and limit of processor, memory or scratch space",
        expression: everyContainer(
            [
                "has(c.resources)",
                "has(c.resources.requests)",
                "has(c.resources.limits)",
                ...RESOURCES.flatMap((resource) => [has(resource, "requests"), has(resource, "limits")]),
            ].join(" && "),
        ),
        message: `Set resources.requests and resources.limits of ${RESOURCES.join(", ")} on every container and init container.`,
    },
    {
        refuses: "A container whose memory request is not its limit",
        expression: everyContainer(
            [
                "has(c.resources)",
                "has(c.resources.requests)",
                "has(c.resources.limits)",
                has("memory", "requests"),
                has("memory", "limits"),
                `${amount("requests")}.compareTo(${amount("limits")}) == 0`,
            ].join(" && "),
        ),
        message: "Set the memory request of every container equal to its memory limit: nodes are not overcommitted.",
    },
    {
        refuses: "An image by the tag `latest` or by none",
        expression: everyContainer(
            "c.image.matches('@sha256:[0-9a-f]{64}$') || " +
                "(c.image.matches(':[A-Za-z0-9_][A-Za-z0-9_.-]*$') && !c.image.endsWith(':latest'))",
        ),
        message: "Name every image by digest (repository@sha256:...) or by a release's tag, never by latest.",
    },
    {
        refuses: "An agent without its class's labels, or with another class's; a job with any",
        // The class's policies, budget and spread select by them: a job that had them would count as an agent.
        expression:
            `variables.isJob ? !('${CLASS_LABEL}' in variables.labels) : ` +
            `variables.agentClass != '' && (${fromMap("variables.labels", CLASS_LABEL)}) == variables.agentClass && ` +
            `(${fromMap("variables.labels", TIER_LABEL)}) == '${AGENT_TIER}'`,
        message: `Label an agent's pod ${TIER_LABEL}: ${AGENT_TIER} and ${CLASS_LABEL} with the class of its namespace, a job's pod ${JOB_LABEL} alone.`,
    },
    bandwidth("ingress", "maxIngress"),
    bandwidth("egress", "maxEgress"),
    {
        refuses: "The network, processes or files of the node",
        expression: [
            ...["hostNetwork", "hostPID", "hostIPC"].map(
                (field) => `(!has(variables.spec.${field}) || !variables.spec.${field})`,
            ),
            everyVolume("!has(v.hostPath)"),
            everyContainer("!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0)"),
        ].join(" && "),
        message:
            "Remove hostNetwork, hostPID, hostIPC, hostPath volumes and hostPort: agents have no part in their node.",
    },
    {
        refuses: "Volumes that are not the pod's own: NFS, EFS, inline drivers",
        expression: everyVolume(
            ["configMap", "secret", "emptyDir", "projected", "downwardAPI", "persistentVolumeClaim"]
                .map((kind) => `has(v.${kind})`)
                .join(" || "),
        ),
        message: `Keep state on a claim of storage class ${STORAGE_CLASS}: OpenClaw's databases break on NFS and EFS.`,
    },
    {
        refuses: "A token of the Kubernetes API, but in the class's jobs",
        expression:
            "variables.isJob || (has(variables.spec.automountServiceAccountToken) && " +
            "!variables.spec.automountServiceAccountToken && " +
            `${everyVolume(
                "!has(v.projected) || !has(v.projected.sources) || v.projected.sources.all(s, " +
                    "!has(s.serviceAccountToken) || (has(s.serviceAccountToken.audience) && " +
                    `s.serviceAccountToken.audience == '${POD_IDENTITY_AUDIENCE}'))`,
            )})`,
        message: `Set automountServiceAccountToken: false and mount no token: an agent has no business with the Kubernetes API. Jobs carry the label ${JOB_LABEL}.`,
    },
    {
        refuses: "An agent under another service account, or a job under the agents'",
        expression: `variables.isJob ? variables.serviceAccount != '${SERVICE_ACCOUNT}' : variables.serviceAccount == '${SERVICE_ACCOUNT}'`,
        message: `Run agents as service account ${SERVICE_ACCOUNT} and jobs as their own: nothing has both AWS credentials and a Kubernetes token.`,
    },
];

/** Of pods alone: a template has no name and no containers for debugging. */
const ONLY_POD_RULES: readonly GuardrailRule[] = [
    {
        refuses: "An agent not named like one",
        // Database user and folder in S3 are named like the pod: another class's name would be another class's agent.
        expression:
            "variables.isJob || (has(object.metadata.name) && " +
            "object.metadata.name.matches('^' + variables.agentClass + '-[0-9]+$'))",
        message: `Let the class's StatefulSet make agents: their name, class and ordinal, is their identity. Jobs carry the label ${JOB_LABEL}.`,
    },
    {
        refuses: "Containers added to a running pod",
        expression: "!has(variables.spec.ephemeralContainers) || variables.spec.ephemeralContainers.size() == 0",
        message:
            "Debug on a copy in another namespace: a container added to an agent would see its state and credentials.",
    },
];

const ALWAYS = ["CREATE", "UPDATE"] as const;

/** All policies, in the order of the documentation. */
export const GUARDRAILS: readonly GuardrailPolicy[] = [
    {
        name: "openclaw-agent-pods",
        subject: "Pods",
        resources: [
            { groups: [""], versions: ["v1"], resources: ["pods"], operations: ALWAYS },
            {
                groups: [""],
                versions: ["v1"],
                resources: ["pods/ephemeralcontainers", "pods/resize"],
                operations: ["UPDATE"],
            },
        ],
        only: [notBeingDeleted, somethingChecked],
        variables: podVariables("object"),
        rules: [...POD_RULES, ...ONLY_POD_RULES],
    },
    {
        // The pods would be refused as well, one by one and out of sight: here whoever applies it reads why.
        name: "openclaw-agent-workloads",
        subject: "what makes pods",
        resources: [
            {
                groups: ["apps"],
                versions: ["v1"],
                resources: ["statefulsets", "deployments", "daemonsets", "replicasets"],
                operations: ALWAYS,
            },
            { groups: ["batch"], versions: ["v1"], resources: ["jobs"], operations: ALWAYS },
        ],
        only: [notBeingDeleted],
        variables: podVariables("object.spec.template"),
        rules: POD_RULES,
    },
    {
        name: "openclaw-agent-claims",
        subject: "Volume claims",
        resources: [{ groups: [""], versions: ["v1"], resources: ["persistentvolumeclaims"], operations: ["CREATE"] }],
        only: [],
        variables: [],
        rules: [
            {
                refuses: "A claim that two pods could use at once",
                expression:
                    "has(object.spec.accessModes) && object.spec.accessModes.size() == 1 && " +
                    "object.spec.accessModes[0] == 'ReadWriteOncePod'",
                message: "Set accessModes: [ReadWriteOncePod]: two gateways on one state destroy it.",
            },
            {
                refuses: "A claim of another storage class",
                expression: `has(object.spec.storageClassName) && object.spec.storageClassName == '${STORAGE_CLASS}'`,
                message: `Set storageClassName: ${STORAGE_CLASS}, whose volumes are encrypted with the platform's key and kept.`,
            },
        ],
    },
    {
        name: "openclaw-agent-services",
        subject: "Services",
        resources: [{ groups: [""], versions: ["v1"], resources: ["services"], operations: ALWAYS }],
        only: [notBeingDeleted],
        variables: [],
        rules: [
            {
                refuses: "A service that can be reached from outside the cluster, or that leads out of it",
                expression:
                    "(!has(object.spec.type) || object.spec.type == 'ClusterIP') && " +
                    "(!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0)",
                message: "Use a service of type ClusterIP without externalIPs: nobody calls agents from outside.",
            },
        ],
    },
    {
        name: "openclaw-agent-ingresses",
        subject: "Ingresses",
        resources: [{ groups: ["networking.k8s.io"], versions: ["v1"], resources: ["ingresses"], operations: ALWAYS }],
        only: [notBeingDeleted],
        variables: [],
        rules: [
            {
                refuses: "Any ingress",
                expression: "false",
                message: "Remove the ingress: agents are reached through their councils and messages alone.",
            },
        ],
    },
    {
        // Without its labels a namespace would be outside every rule above.
        name: "openclaw-agent-namespaces",
        subject: "Agents' namespaces",
        resources: [{ groups: [""], versions: ["v1"], resources: ["namespaces"], operations: ALWAYS }],
        everywhere: true,
        only: [
            notBeingDeleted,
            {
                name: "of-agents",
                expression: `object.metadata.name.startsWith('${namespaceOf("")}') || (has(object.metadata.labels) && (${fromMap("object.metadata.labels", TIER_LABEL)}) == '${AGENT_TIER}')`,
            },
        ],
        variables: [{ name: "labels", expression: "has(object.metadata.labels) ? object.metadata.labels : {}" }],
        rules: [
            {
                refuses: "An agents' namespace without the tier's label or its own class's",
                expression:
                    `(${fromMap("variables.labels", TIER_LABEL)}) == '${AGENT_TIER}' && ` +
                    `'${namespaceOf("")}' + (${fromMap("variables.labels", CLASS_LABEL)}) == object.metadata.name`,
                message: `Name the namespace ${namespaceOf("")}<class> and label it ${TIER_LABEL}: ${AGENT_TIER} and ${CLASS_LABEL}: <class>.`,
            },
            {
                refuses: "An agents' namespace that does not enforce restricted pods",
                expression: `(${fromMap("variables.labels", "pod-security.kubernetes.io/enforce")}) == 'restricted'`,
                message: "Label the namespace pod-security.kubernetes.io/enforce: restricted.",
            },
        ],
    },
];
