import { z } from "zod";
import { AGENT_POOL, AGENT_TIER, POOL_LABEL, TIER_LABEL } from "../components/compute/agents/spec";
import type { AgentSet, Claim, ClusterState, Node, NodeState, Pod, Room, Volume } from "./cluster-view";
import type { Kube } from "./kube";

export const ZONE_LABEL = "topology.kubernetes.io/zone";
/** On volumes that an evacuation has left behind: the zone. */
export const EVACUATED_LABEL = "openclaw/evacuated-from";
/** kubernetes.io: "Non-graceful node shutdown handling". */
export const OUT_OF_SERVICE = {
    key: "node.kubernetes.io/out-of-service",
    value: "nodeshutdown",
    effect: "NoExecute",
} as const;

/** Put on cordoned nodes by Kubernetes, and taken off by it once they are open. */
export const CORDON_TAINT = "node.kubernetes.io/unschedulable";

// What is read of each kind of object. The rest of it is dropped.
const strings = z.record(z.string(), z.string());
const metadata = z.object({
    name: z.string(),
    namespace: z.string().default(""),
    uid: z.string(),
    resourceVersion: z.string().default(""),
    labels: strings.default({}),
    annotations: strings.default({}),
    deletionTimestamp: z.string().optional(),
    ownerReferences: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
});
const quantities = z.record(z.string(), z.union([z.string(), z.number()]));
const container = z.object({
    restartPolicy: z.string().optional(),
    resources: z.object({ requests: quantities.optional() }).optional(),
});
const podSpec = z.object({
    nodeName: z.string().optional(),
    priority: z.number().optional(),
    overhead: quantities.optional(),
    containers: z.array(container),
    initContainers: z.array(container).default([]),
    volumes: z.array(z.object({ persistentVolumeClaim: z.object({ claimName: z.string() }).optional() })).default([]),
});
const condition = z.object({ type: z.string(), status: z.string(), message: z.string().optional() });
const containerStatus = z.object({
    name: z.string(),
    state: z.object({ waiting: z.object({ reason: z.string().optional() }).optional() }).optional(),
});
const podSchema = z.object({
    metadata,
    spec: podSpec,
    status: z.object({
        phase: z.string().optional(),
        conditions: z.array(condition).default([]),
        initContainerStatuses: z.array(containerStatus).default([]),
        containerStatuses: z.array(containerStatus).default([]),
    }),
});
const taint = z.object({
    key: z.string(),
    effect: z.string(),
    value: z.string().optional(),
    timeAdded: z.string().optional(),
});
const nodeSchema = z.object({
    metadata,
    spec: z.object({ unschedulable: z.boolean().default(false), taints: z.array(taint).default([]) }),
    status: z.object({ allocatable: quantities.optional(), conditions: z.array(condition).default([]) }),
});
const claimSchema = z.object({ metadata, spec: z.object({ volumeName: z.string().optional() }) });
const volumeSchema = z.object({
    metadata,
    spec: z.object({
        persistentVolumeReclaimPolicy: z.string().optional(),
        nodeAffinity: z
            .object({
                required: z.object({
                    nodeSelectorTerms: z.array(
                        z.object({
                            matchExpressions: z
                                .array(z.object({ key: z.string(), values: z.array(z.string()).default([]) }))
                                .default([]),
                        }),
                    ),
                }),
            })
            .optional(),
    }),
});
const setSchema = z.object({
    metadata,
    spec: z.object({
        replicas: z.number().default(1),
        ordinals: z.object({ start: z.number().default(0) }).optional(),
        template: z.object({ spec: podSpec }),
        volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })).default([]),
    }),
});
const namespaceSchema = z.object({ metadata });

type RawPod = z.infer<typeof podSchema>;
type RawNode = z.infer<typeof nodeSchema>;
type PodSpec = z.infer<typeof podSpec>;

/** The cluster as an evacuation sees it, and of each node what a change to it needs. */
export interface Observation extends ClusterState {
    readonly taints: ReadonlyMap<
        string,
        { readonly resourceVersion: string; readonly taints: RawNode["spec"]["taints"] }
    >;
}

export async function observe(kube: Kube): Promise<Observation> {
    const tier = { labelSelector: `${TIER_LABEL}=${AGENT_TIER}` };
    const namespaces = (await kube.list(namespaceSchema, "/api/v1/namespaces", tier)).map(
        ({ metadata }) => metadata.name,
    );
    const inEach = async <T>(schema: z.ZodType<T>, prefix: string, kind: string): Promise<T[]> => {
        const lists = namespaces.map((name) => kube.list(schema, `${prefix}/namespaces/${name}/${kind}`));
        return (await Promise.all(lists)).flat();
    };
    // Pods of all namespaces: those of others take room on the nodes to which agents move.
    const [nodes, pods, sets, claims, volumes] = await Promise.all([
        kube.list(nodeSchema, "/api/v1/nodes"),
        kube.list(podSchema, "/api/v1/pods"),
        inEach(setSchema, "/apis/apps/v1", "statefulsets"),
        inEach(claimSchema, "/api/v1", "persistentvolumeclaims"),
        kube.list(volumeSchema, "/api/v1/persistentvolumes"),
    ]);
    const used = requestsByNode(pods);
    return {
        namespaces,
        nodes: nodes.map((node) => toNode(node, used.get(node.metadata.name))),
        sets: sets.map(toSet),
        pods: pods.filter((pod) => namespaces.includes(pod.metadata.namespace)).map(toPod),
        claims: claims.map(toClaim),
        volumes: volumes.map(toVolume),
        taints: new Map(
            nodes.map(({ metadata, spec }) => [
                metadata.name,
                { resourceVersion: metadata.resourceVersion, taints: spec.taints },
            ]),
        ),
    };
}

function toNode({ metadata, spec, status }: RawNode, used: Room = NO_ROOM): Node {
    const allocatable = roomOf(status.allocatable ?? {});
    const pods = number(status.allocatable?.["pods"]);
    const harmless = new Set<string>([POOL_LABEL, OUT_OF_SERVICE.key, CORDON_TAINT]);
    return {
        name: metadata.name,
        zone: metadata.labels[ZONE_LABEL] ?? "",
        state: stateOf(status.conditions.find(({ type }) => type === "Ready")?.status),
        agents: metadata.labels[POOL_LABEL] === AGENT_POOL,
        cordoned: spec.unschedulable,
        outOfService: spec.taints.some(({ key }) => key === OUT_OF_SERVICE.key),
        closed: spec.taints.some(({ key, effect }) => effect !== "PreferNoSchedule" && !harmless.has(key)),
        ...(allocatable === undefined || pods === undefined
            ? {}
            : {
                  free: {
                      cpu: allocatable.cpu - used.cpu,
                      memory: allocatable.memory - used.memory,
                      pods: pods - used.pods,
                  },
              }),
    };
}

/** Unknown means that the kubelet has been silent for longer than the control plane waits, 50 s by default. */
function stateOf(ready: string | undefined): NodeState {
    return ready === "True" ? "ready" : ready === "Unknown" ? "lost" : "unready";
}

function toPod({ metadata, spec, status }: RawPod): Pod {
    const ready = status.conditions.some(({ type, status }) => type === "Ready" && status === "True");
    const set = metadata.ownerReferences.find(({ kind }) => kind === "StatefulSet")?.name;
    return {
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
        ...(spec.nodeName === undefined ? {} : { node: spec.nodeName }),
        ...(set === undefined ? {} : { set }),
        ready,
        leaving: metadata.deletionTimestamp !== undefined,
        claims: spec.volumes.flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []),
        why: whyNotReady(metadata.deletionTimestamp !== undefined, status),
    };
}

function whyNotReady(leaving: boolean, status: RawPod["status"]): string {
    if (leaving) return "it is still ending";
    const unscheduled = status.conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
    if (unscheduled !== undefined) return `not scheduled: ${unscheduled.message ?? "no reason given"}`;
    for (const { name, state } of [...status.initContainerStatuses, ...status.containerStatuses]) {
        const reason = state?.waiting?.reason;
        if (reason !== undefined && reason !== "PodInitializing") return `container ${name}: ${reason}`;
    }
    return "it is starting";
}

function toClaim({ metadata, spec }: z.infer<typeof claimSchema>): Claim {
    const selectedNode = metadata.annotations["volume.kubernetes.io/selected-node"];
    return {
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
        ...(spec.volumeName === undefined ? {} : { volume: spec.volumeName }),
        ...(selectedNode === undefined ? {} : { selectedNode }),
        leaving: metadata.deletionTimestamp !== undefined,
    };
}

/** The EBS driver uses a key of its own for the zone, newer releases the common one. */
const ZONE_KEYS = [ZONE_LABEL, "topology.ebs.csi.aws.com/zone"];

function toVolume({ metadata, spec }: z.infer<typeof volumeSchema>): Volume {
    const evacuatedFrom = metadata.labels[EVACUATED_LABEL];
    const expressions = spec.nodeAffinity?.required.nodeSelectorTerms.flatMap((term) => term.matchExpressions) ?? [];
    const zones = expressions.filter(({ key }) => ZONE_KEYS.includes(key)).flatMap(({ values }) => values);
    return {
        name: metadata.name,
        zones: [...new Set(zones)],
        retained: spec.persistentVolumeReclaimPolicy === "Retain",
        ...(evacuatedFrom === undefined ? {} : { evacuatedFrom }),
    };
}

function toSet({ metadata, spec }: z.infer<typeof setSchema>): AgentSet {
    const request = requestOf(spec.template.spec);
    return {
        namespace: metadata.namespace,
        name: metadata.name,
        first: spec.ordinals?.start ?? 0,
        replicas: spec.replicas,
        claimTemplates: spec.volumeClaimTemplates.map((template) => template.metadata.name),
        ...(request.cpu > 0 && request.memory > 0 ? { request } : {}),
    };
}

const NO_ROOM: Room = { cpu: 0, memory: 0, pods: 0 };

/** What pods take on each node. Headroom, which has a priority below zero, makes way. */
function requestsByNode(pods: readonly RawPod[]): Map<string, Room> {
    const used = new Map<string, Room>();
    for (const { spec, status } of pods) {
        const ended = status.phase === "Succeeded" || status.phase === "Failed";
        if (spec.nodeName === undefined || ended || (spec.priority ?? 0) < 0) continue;
        used.set(spec.nodeName, add(used.get(spec.nodeName) ?? NO_ROOM, requestOf(spec)));
    }
    return used;
}

/** As the scheduler counts: containers and sidecars together, or the largest init container. */
function requestOf({ containers, initContainers, overhead }: PodSpec): Room {
    const of = ({ resources }: z.infer<typeof container>) => roomOf(resources?.requests ?? {}) ?? NO_ROOM;
    const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always").map(of);
    const inits = initContainers.filter(({ restartPolicy }) => restartPolicy !== "Always").map(of);
    const running = [...containers.map(of), ...sidecars].reduce(add, NO_ROOM);
    const extra = roomOf(overhead ?? {}) ?? NO_ROOM;
    return {
        cpu: Math.max(running.cpu, ...inits.map(({ cpu }) => cpu)) + extra.cpu,
        memory: Math.max(running.memory, ...inits.map(({ memory }) => memory)) + extra.memory,
        pods: 1,
    };
}

function add(a: Room, b: Room): Room {
    return { cpu: a.cpu + b.cpu, memory: a.memory + b.memory, pods: a.pods + b.pods };
}

function roomOf(resources: Readonly<Record<string, string | number>>): Room | undefined {
    const cpu = number(resources["cpu"]);
    const memory = number(resources["memory"]);
    if (cpu === undefined && memory === undefined) return undefined;
    return { cpu: cpu ?? 0, memory: memory ?? 0, pods: 0 };
}

const FACTORS: Readonly<Record<string, number>> = {
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
};

/** Any quantity that a node may report, e.g. `32386392Ki` or `7910m`; rounded where it does not come out even. */
function number(quantity: string | number | undefined): number | undefined {
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(String(quantity ?? "")) ?? [];
    const factor = FACTORS[unit];
    return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
