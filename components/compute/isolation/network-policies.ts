import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import type * as pulumi from "@pulumi/pulumi";
import { JOB_LABEL } from "../agents/cluster-job";
import { CLASS_LABEL, labelsOf, namespaceOf } from "../agents/spec";
import { TELEMETRY_NAMESPACE } from "../telemetry-config";
import {
    DATA_NAMESPACE,
    EGRESS_NAMESPACE,
    FLOWS,
    type Flow,
    type FlowContext,
    PROXY_LABEL,
    type Places,
    type Subject,
    ciliumPeer,
} from "./flows";

/** Labels of everything that is the platform's and no class's. */
export const PLATFORM_LABELS: Readonly<Record<string, string>> = { "app.kubernetes.io/part-of": "openclaw" };

/** One CiliumNetworkPolicy as the cluster takes it. */
export interface CiliumPolicy {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly spec: CiliumSpec;
}

export interface CiliumSpec {
    readonly description: string;
    readonly endpointSelector: Readonly<Record<string, unknown>>;
    readonly ingress: readonly Readonly<Record<string, unknown>>[];
    readonly egress: readonly Readonly<Record<string, unknown>>[];
}

/** The class and its place, as far as its policies depend on it. */
export interface ClassNetwork {
    readonly name: string;
    readonly allowedDomains: readonly string[];
}

/**
 * Policies of a class's namespace: its agents, and its jobs, which reach the Kubernetes API and nothing else. A pod is one
 * or the other, so that none has both.
 */
export function classPolicies({ name, allowedDomains }: ClassNetwork, places: Places): CiliumPolicy[] {
    const namespace = namespaceOf(name);
    const labels = labelsOf(name);
    return [
        {
            name: "agents",
            namespace,
            labels,
            spec: {
                description: `What agents of class ${name} may reach, and who reaches them`,
                endpointSelector: { matchLabels: { [CLASS_LABEL]: name }, matchExpressions: [NO_JOB] },
                ...rules(
                    "agent",
                    { places, className: name },
                    ({ needsDomains }) => needsDomains !== true || allowedDomains.length > 0,
                ),
            },
        },
        jobsPolicy(namespace, labels, places),
    ];
}

/** Policies of the telemetry namespace: whatever runs there is the collector, or the job that makes its secrets. */
export function telemetryPolicies(places: Places): CiliumPolicy[] {
    return [
        {
            name: "collector",
            namespace: TELEMETRY_NAMESPACE,
            labels: PLATFORM_LABELS,
            spec: {
                description: "What the collector of metrics may reach, and who reaches it",
                endpointSelector: { matchExpressions: [NO_JOB] },
                ...rules("collector", { places }),
            },
        },
        jobsPolicy(TELEMETRY_NAMESPACE, PLATFORM_LABELS, places),
    ];
}

/** Policy of the namespace of the database's jobs: whatever runs there is one. */
export function databaseJobsPolicy(places: Places): CiliumPolicy {
    return {
        name: "database-jobs",
        namespace: DATA_NAMESPACE,
        labels: PLATFORM_LABELS,
        spec: {
            description: "What the jobs of the database may reach",
            endpointSelector: {},
            ...rules("database-job", { places }),
        },
    };
}

const NO_JOB = { key: JOB_LABEL, operator: "DoesNotExist" };

function jobsPolicy(namespace: string, labels: Readonly<Record<string, string>>, places: Places): CiliumPolicy {
    return {
        name: "jobs",
        namespace,
        labels,
        spec: {
            description: "What jobs may reach",
            endpointSelector: { matchExpressions: [{ key: JOB_LABEL, operator: "Exists" }] },
            ...rules("job", { places }),
        },
    };
}

/** Policy of one class's egress proxy. */
export function proxyPolicy(className: string, places: Places): CiliumPolicy {
    return {
        name: `proxy-${className}`,
        namespace: EGRESS_NAMESPACE,
        labels: { ...PLATFORM_LABELS, [PROXY_LABEL]: className },
        spec: {
            description: `What the egress proxy of class ${className} may reach, and who reaches it`,
            endpointSelector: { matchLabels: { [PROXY_LABEL]: className } },
            ...rules("proxy", { places, className }),
        },
    };
}

/** The policy as a resource; its namespace may be one that is still to be made. */
export function ciliumNetworkPolicy(
    resourceName: string,
    policy: Omit<CiliumPolicy, "namespace"> & { readonly namespace: pulumi.Input<string> },
    opts: pulumi.CustomResourceOptions,
): CustomResource {
    const { name, namespace, labels, spec } = policy;
    return new CustomResource(
        resourceName,
        { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: { name, namespace, labels }, spec },
        opts,
    );
}

function rules(
    subject: Subject,
    context: FlowContext,
    applies: (flow: Flow) => boolean = () => true,
): Pick<CiliumSpec, "ingress" | "egress"> {
    const flows = FLOWS[subject].filter(applies);
    const of = (direction: Flow["direction"]) =>
        flows.filter((flow) => flow.direction === direction).map((flow) => rule(flow, context));
    return { ingress: orNothing(of("ingress")), egress: orNothing(of("egress")) };
}

/** `[{}]` is Cilium's way to say that a direction is closed: a rule that selects nobody. */
function orNothing(list: Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>>[] {
    return list.length > 0 ? list : [{}];
}

function rule({ direction, peer, ports }: Flow, context: FlowContext): Readonly<Record<string, unknown>> {
    const { field, value } = ciliumPeer(peer, context);
    return {
        [`${direction === "egress" ? "to" : "from"}${field}`]: value,
        toPorts: [{ ports: ports.map(({ port, protocol }) => ({ port: `${port}`, protocol })) }],
    };
}
