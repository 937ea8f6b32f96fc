import { strict as assert } from "node:assert";
import { AgentClassFleet, type AgentClassFleetArgs } from "../../../../components/compute/agents/agent-class";
import type { AgentClass } from "../../../../components/compute/agents/spec";
import { type Recorded, record } from "../../../support/record";

export const analyst: AgentClass = {
    name: "analyst",
    agents: 120,
    cpu: { request: "250m", limit: "2" },
    memory: "3Gi",
    ephemeralStorage: "4Gi",
    stateSize: "10Gi",
    bandwidth: { ingress: "50M", egress: "20M" },
    model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    skills: [],
    councils: ["research"],
    allowedDomains: [],
    rollout: { awayPercent: 10 },
};

export const digest = `sha256:${"ab".repeat(32)}`;

export const environment: AgentClassFleetArgs["environment"] = {
    platformName: "openclaw-test",
    region: "us-east-1",
    stateBucket: "openclaw-test-state",
    s3EndpointUrl: "https://bucket.vpce-0123-abcd.s3.us-east-1.vpce.amazonaws.com",
    collectorUrl: "https://collector.openclaw-telemetry.svc.cluster.local:4318",
    modelRoleArn: "arn:aws:iam::111122223333:role/model",
    brokers: "b-1.brokers:9098,b-2.brokers:9098",
    database: { host: "pool.proxy-1.us-east-1.rds.amazonaws.com", name: "openclaw" },
    openclawVersion: "2026.9.6",
};

export const args: AgentClassFleetArgs = {
    spec: analyst,
    images: {
        openclaw: { repository: "ghcr.io/openclaw/openclaw", tag: "2026.9.6", digest },
        bridge: { repository: "registry.example.com/openclaw-bridge", tag: "0.1.0", digest },
    },
    environment,
};

/** Classes as a program would make them. */
export function fleets(...all: AgentClassFleetArgs[]): Promise<Recorded> {
    return record(() => all.forEach((each) => new AgentClassFleet(`agents-${each.spec.name}`, each)));
}

export const types = {
    component: "openclaw:compute:AgentClass",
    serviceAccount: "kubernetes:core/v1:ServiceAccount",
    configMap: "kubernetes:core/v1:ConfigMap",
    service: "kubernetes:core/v1:Service",
    role: "kubernetes:rbac.authorization.k8s.io/v1:Role",
    roleBinding: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    budget: "kubernetes:policy/v1:PodDisruptionBudget",
    statefulSet: "kubernetes:apps/v1:StatefulSet",
    job: "kubernetes:batch/v1:Job",
} as const;

export interface Container {
    readonly name: string;
    readonly image: string;
    readonly imagePullPolicy: string;
    readonly command?: string[];
    readonly args?: string[];
    readonly restartPolicy?: string;
    readonly env: { name: string; value?: string; valueFrom?: { fieldRef: { fieldPath: string } } }[];
    readonly resources: { requests: Record<string, string>; limits: Record<string, string> };
    readonly securityContext: unknown;
    readonly volumeMounts: { name: string; mountPath: string; subPath?: string; readOnly?: boolean }[];
    readonly ports?: unknown;
    readonly lifecycle?: { preStop: { exec: { command: string[] } } };
    readonly startupProbe?: Probe;
    readonly readinessProbe?: Probe;
    readonly livenessProbe?: Probe;
}

export interface Probe {
    readonly httpGet: { path: string; port: string; scheme: string };
    readonly periodSeconds: number;
    readonly timeoutSeconds: number;
    readonly failureThreshold: number;
}

export interface Template {
    readonly metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    readonly spec: Record<string, unknown> & {
        initContainers: Container[];
        containers: Container[];
        volumes: ({ name: string } & Record<string, unknown>)[];
        terminationGracePeriodSeconds: number;
    };
}

/** The pod template of a class, as the API gets it. */
export function templateOf(recorded: Recorded, className: string): Template {
    const spec: unknown = recorded.inputs(`agents-${className}`, types.statefulSet)["spec"];
    assert.ok(hasTemplate(spec));
    return spec.template;
}

export function containersOf({ spec }: Template): Container[] {
    return [...spec.initContainers, ...spec.containers];
}

export function container(template: Template, name: string): Container {
    const found = containersOf(template).find((each) => each.name === name);
    assert.ok(found, `no container "${name}"`);
    return found;
}

export function metadataOf(inputs: Record<string, unknown>): {
    name: string;
    namespace?: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
} {
    const { metadata } = inputs;
    assert.ok(isMetadata(metadata));
    return metadata;
}

function hasTemplate(spec: unknown): spec is { template: Template } {
    return typeof spec === "object" && spec !== null && "template" in spec;
}

function isMetadata(value: unknown): value is ReturnType<typeof metadataOf> {
    return typeof value === "object" && value !== null && "name" in value;
}
