import type { core } from "@pulumi/kubernetes/types/input";
import type { Input } from "@pulumi/pulumi";
import { type Image, LITESTREAM, reference } from "../images";
import { TELEMETRY_SECRET } from "../telemetry-config";
import { GATEWAY_SECRET } from "./mint-key/job";
import type {
    EnvironmentVariable,
    GatewayRuntime,
    HttpProbe,
    Mount,
    RuntimeContainer,
    VolumeName,
} from "./runtime-types";
import {
    AGENT_POOL,
    AGENT_PRIORITY_CLASS,
    type AgentClass,
    GATEWAY_PORT,
    labelsOf,
    POOL_LABEL,
    selectorOf,
    SERVICE_ACCOUNT,
} from "./spec";

/** Images of a release: OpenClaw's and the bridge's. A change rolls all agents. */
export interface PodImages {
    readonly openclaw: Image;
    readonly bridge: Image;
}

/** What an agent's pod is made of. */
export interface PodArgs {
    readonly spec: AgentClass;
    readonly runtime: GatewayRuntime<Input<string>>;
    readonly images: PodImages;
    /** Name of the ConfigMap with the runtime's files. It names their content: other files make another pod. */
    readonly filesName: string;
}

/** User and group of everything in the pod: `node` of OpenClaw's image. */
const UID = 1000;

/** What a container beside the gateway may use beyond its request: processor in bursts, and room for its logs. */
const BESIDE = { cpuLimit: "300m", ephemeralStorage: "128Mi" } as const;

/** The pod of an agent of this class: one gateway, its state, its limits, and nothing that another agent has. */
export function podTemplate(args: PodArgs): core.v1.PodTemplateSpec {
    const { spec, runtime, images } = args;
    return {
        metadata: {
            labels: { ...labelsOf(spec.name), "app.kubernetes.io/version": images.openclaw.tag },
            annotations: {
                // Enforced by Cilium's bandwidth manager.
                "kubernetes.io/ingress-bandwidth": spec.bandwidth.ingress,
                "kubernetes.io/egress-bandwidth": spec.bandwidth.egress,
                "kubectl.kubernetes.io/default-container": runtime.gateway.name,
                "eks.amazonaws.com/skip-containers": withoutIdentity(runtime),
            },
        },
        spec: {
            serviceAccountName: SERVICE_ACCOUNT,
            // An agent has no business with the Kubernetes API. Pod Identity adds a token of its own, for AWS alone.
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            priorityClassName: AGENT_PRIORITY_CLASS,
            securityContext: podSecurity,
            nodeSelector: { [POOL_LABEL]: AGENT_POOL },
            tolerations: [{ key: POOL_LABEL, operator: "Equal", value: AGENT_POOL, effect: "NoSchedule" }],
            topologySpreadConstraints: [overZones(spec.name)],
            terminationGracePeriodSeconds: runtime.terminationGracePeriodSeconds,
            initContainers: [
                ...runtime.initContainers.map((each) => container(each, args, ahead(each, spec))),
                // Native sidecars: they start before the gateway and stop after it, so they save its last words.
                ...runtime.sidecars.map((each) => ({
                    ...container(each, args, beside(each)),
                    ...asked(each.health),
                    restartPolicy: "Always",
                })),
            ],
            containers: [gateway(args)],
            volumes: volumes(args),
        },
    };
}

/**
 * The group may write to the root of the volume, which is root's own otherwise; more the kubelet does not give. What
 * agents use lies one level below, in directories that their own user makes with its own mode: OpenClaw sets the mode of
 * its directory, and fails on the root of a volume (openclaw issues 83619, 84704).
 *
 * User namespaces (`hostUsers: false`) would be one wall more, but Bottlerocket has them off (user.max_user_namespaces is 0) and
 * a pod that asks for one does not start (bottlerocket issue 3328).
 */
const podSecurity: core.v1.PodSecurityContext = {
    runAsNonRoot: true,
    runAsUser: UID,
    runAsGroup: UID,
    fsGroup: UID,
    // Once is enough: a walk through all files at every start takes minutes on a full volume.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
};

const containerSecurity: core.v1.SecurityContext = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
};

/**
 * Honor and no `minDomains`: a zone whose nodes are gone or tainted stops counting, or the others would take nobody in.
 *
 * The scheduler does not see here that a volume ties its agent to a zone. While the zones are further apart than the skew
 * (one has come back, a further one has its first nodes, a class was made smaller), an agent of a fuller zone that has to
 * start again waits until they are level (kubernetes issues 116629 and 128832).
 */
function overZones(className: string): core.v1.TopologySpreadConstraint {
    return {
        topologyKey: "topology.kubernetes.io/zone",
        maxSkew: 1,
        whenUnsatisfiable: "DoNotSchedule",
        nodeAffinityPolicy: "Honor",
        nodeTaintsPolicy: "Honor",
        labelSelector: { matchLabels: selectorOf(className) },
    };
}

/**
 * Containers that EKS gives no credentials of the pod, by their names: the agent's shell among them. For Pod Identity too
 * (amazon-eks-pod-identity-webhook, pkg/handler/testdata/containercredentials/rawPodSkip.pod.yaml). They share no process
 * namespace and no volume with those that have them.
 */
function withoutIdentity({ initContainers, sidecars, gateway }: GatewayRuntime<Input<string>>): string {
    const all = [...initContainers, ...sidecars, gateway];
    return all.flatMap(({ name, identity }) => (identity ? [] : [name])).join(",");
}

function gateway(args: PodArgs): core.v1.Container {
    const { spec, runtime } = args;
    return {
        ...container(runtime.gateway, args, resources(spec)),
        ...asked({ port: { name: "gateway", number: GATEWAY_PORT }, probes: runtime.probes }),
        lifecycle: { preStop: { exec: { command: [...runtime.preStopCommand] } } },
    };
}

/** What all containers have alike: pinned image, limits, no privilege, no file system of their own to write to. */
function container(
    each: RuntimeContainer<Input<string>>,
    { images }: PodArgs,
    limits: core.v1.ResourceRequirements,
): core.v1.Container {
    const from = { ...images, litestream: LITESTREAM }[each.image];
    return {
        name: each.name,
        image: reference(from),
        // What a digest names is never another image, so a node that has it need not ask its registry.
        imagePullPolicy: from.digest === undefined ? "Always" : "IfNotPresent",
        ...(each.command && { command: [...each.command] }),
        ...(each.args && { args: [...each.args] }),
        env: each.env.map(variable),
        resources: limits,
        securityContext: containerSecurity,
        // What a container said last is why it failed: `kubectl describe` and a stopped roll-out show it.
        terminationMessagePolicy: "FallbackToLogsOnError",
        volumeMounts: each.mounts.map(mount),
    };
}

// Limits: memory and scratch space never exceed what is requested, so that no node promises more than it has.

function resources({ cpu, memory, ephemeralStorage }: Pick<AgentClass, "cpu" | "memory" | "ephemeralStorage">) {
    return {
        requests: { cpu: cpu.request, memory, "ephemeral-storage": ephemeralStorage },
        limits: { cpu: cpu.limit, memory, "ephemeral-storage": ephemeralStorage },
    };
}

/** Before the gateway is there its whole share is free: it costs nothing to start fast. */
function ahead({ resources: own }: RuntimeContainer<Input<string>>, spec: AgentClass) {
    const cpu = { request: own?.cpu ?? spec.cpu.request, limit: spec.cpu.limit };
    return resources({ ...BESIDE, cpu, memory: own?.memory ?? spec.memory });
}

function beside({ name, resources: own }: RuntimeContainer<Input<string>>) {
    if (!own) throw new Error(`The sidecar ${name} does not say what it needs.`);
    return resources({ ...BESIDE, cpu: { request: own.cpu, limit: BESIDE.cpuLimit }, memory: own.memory });
}

// Volumes, mounts, environment, probes.

function volumes({ spec, filesName }: PodArgs): core.v1.Volume[] {
    // The state volume comes from the claim template, so that each agent has its own.
    const sources: Record<Exclude<VolumeName, "state">, Omit<core.v1.Volume, "name">> = {
        run: { emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
        scratch: { emptyDir: { sizeLimit: spec.ephemeralStorage } },
        files: { configMap: { name: filesName } },
        // Readable by the group, since the file belongs to root.
        "class-key": { secret: { secretName: GATEWAY_SECRET, defaultMode: 0o440 } },
        telemetry: { secret: { secretName: TELEMETRY_SECRET.name, defaultMode: 0o440 } },
    };
    return Object.entries(sources).map(([name, source]) => ({ name, ...source }));
}

function mount({ volume, ...where }: Mount): core.v1.VolumeMount {
    return { name: volume, ...where };
}

function variable({ name, value, fieldPath }: EnvironmentVariable<Input<string>>): core.v1.EnvVar {
    return fieldPath === undefined ? { name, value } : { name, valueFrom: { fieldRef: { fieldPath } } };
}

/** The port that a container listens on for the kubelet, and what it is asked there. */
function asked(health: RuntimeContainer["health"]): Partial<core.v1.Container> {
    if (health === undefined) return {};
    const { port, probes } = health;
    const probe = ({ path, ...times }: HttpProbe) => ({ httpGet: { path, port: port.name, scheme: "HTTP" }, ...times });
    return {
        ports: [{ name: port.name, containerPort: port.number, protocol: "TCP" }],
        startupProbe: probe(probes.startup),
        readinessProbe: probe(probes.readiness),
        livenessProbe: probe(probes.liveness),
    };
}
