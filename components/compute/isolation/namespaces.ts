import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { type Limits, type Sidecars, limitsOf, quotaOf } from "../../model/quota";
import type { Platform } from "../../platform";
import { type AgentClass, labelsOf, namespaceOf } from "../agents/spec";
import { PLATFORM_LABELS } from "./network-policies";
import { nameAfter } from "../known-name";

/** What a class's namespace says its pods may take of the network, for the cluster's guardrails to compare. */
export const BANDWIDTH_BOUNDS = {
    ingress: "openclaw/max-ingress-bandwidth",
    egress: "openclaw/max-egress-bandwidth",
} as const;

/** Arguments of {@link AgentNamespace}. */
export interface AgentNamespaceArgs {
    readonly platform: Platform;
    readonly agentClass: AgentClass;
    /** What the sidecars of one agent request together. */
    readonly sidecars: Sidecars;
    /** Version of the cluster, e.g. `1.35`: Pod Security means that version's standard, whatever the cluster becomes. */
    readonly kubernetesVersion: string;
}

/**
 * A class's namespace: restricted pods alone, no more of them and no larger than the class says, and no traffic that
 * nothing else allows. Its deletion deletes the claims of every agent, so it is protected.
 */
export class AgentNamespace extends pulumi.ComponentResource {
    /** Known once quota, limits and the closed network are there, so that nothing starts before them. */
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: AgentNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:AgentNamespace", name, {}, opts);
        const { agentClass, sidecars } = args;
        const { ingress, egress } = agentClass.bandwidth;
        this.namespace = isolatedNamespace(
            name,
            {
                namespace: namespaceOf(agentClass.name),
                labels: labelsOf(agentClass.name),
                annotations: { [BANDWIDTH_BOUNDS.ingress]: ingress, [BANDWIDTH_BOUNDS.egress]: egress },
                kubernetesVersion: args.kubernetesVersion,
                quota: quotaOf(agentClass, sidecars),
                limits: limitsOf(agentClass, sidecars),
                protect: args.platform.protect,
            },
            { parent: this },
        );
        this.registerOutputs({ namespace: this.namespace });
    }
}

/** Arguments of {@link PlatformNamespace}. */
export interface PlatformNamespaceArgs {
    /** Name in the cluster. A change replaces everything in it. */
    readonly namespace: string;
    readonly kubernetesVersion: string;
    /** Pods at most. */
    readonly pods: number;
}

/** A namespace of the platform's own pods, isolated like those of agents. It holds nothing that lasts. */
export class PlatformNamespace extends pulumi.ComponentResource {
    /** Known once quota, limits and the closed network are there. */
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:PlatformNamespace", name, {}, opts);
        const small = { cpu: "100m", memory: "128Mi", "ephemeral-storage": "64Mi" };
        this.namespace = isolatedNamespace(
            name,
            {
                namespace: args.namespace,
                labels: { ...PLATFORM_LABELS },
                annotations: {},
                kubernetesVersion: args.kubernetesVersion,
                quota: {
                    pods: `${args.pods}`,
                    persistentvolumeclaims: "0",
                    "services.loadbalancers": "0",
                    "services.nodeports": "0",
                },
                limits: [
                    {
                        type: "Container",
                        max: { cpu: "2", memory: "4Gi", "ephemeral-storage": "2Gi" },
                        default: small,
                        defaultRequest: small,
                    },
                ],
                protect: false,
            },
            { parent: this },
        );
        this.registerOutputs({ namespace: this.namespace });
    }
}

interface IsolatedNamespace {
    readonly namespace: string;
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
    readonly kubernetesVersion: string;
    readonly quota: Record<string, string>;
    readonly limits: Limits[];
    readonly protect: boolean;
}

function isolatedNamespace(
    name: string,
    args: IsolatedNamespace,
    opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
    const created = new core.Namespace(
        name,
        {
            metadata: {
                name: args.namespace,
                labels: { ...args.labels, ...restricted(args.kubernetesVersion) },
                annotations: args.annotations,
            },
        },
        { ...opts, protect: args.protect },
    );
    const inside = (object: string) => ({
        name: object,
        namespace: nameAfter(args.namespace, created),
        labels: args.labels,
    });
    const quota = new core.ResourceQuota(
        `${name}-quota`,
        { metadata: inside("quota"), spec: { hard: args.quota } },
        opts,
    );
    const limits = new core.LimitRange(
        `${name}-limits`,
        { metadata: inside("limits"), spec: { limits: args.limits } },
        opts,
    );
    const closed = new networking.NetworkPolicy(
        `${name}-default-deny`,
        {
            metadata: inside("default-deny"),
            // Every pod, both directions, no rule: what passes is what a policy beside this one allows.
            spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
        },
        opts,
    );
    return nameAfter(args.namespace, created, quota, limits, closed);
}

/** Pod Security's strictest standard, as that version of Kubernetes defines it. */
function restricted(kubernetesVersion: string): Record<string, string> {
    return Object.fromEntries(
        ["enforce", "audit", "warn"].flatMap((mode) => [
            [`pod-security.kubernetes.io/${mode}`, "restricted"],
            [`pod-security.kubernetes.io/${mode}-version`, `v${kubernetesVersion}`],
        ]),
    );
}
