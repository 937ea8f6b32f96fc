import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as scheduling from "@pulumi/kubernetes/scheduling/v1";
import * as pulumi from "@pulumi/pulumi";
import { zoneLetter } from "../model/addresses";
import type { Placeholder } from "../model/headroom";
import { formatCpu, formatMemory } from "../model/quantities";
import { AGENT_POOL, HEADROOM_PRIORITY_CLASS, POOL_LABEL } from "./agents/spec";
import { PAUSE, reference } from "./images";
import { nameAfter } from "./known-name";

/** Arguments of {@link Headroom}. */
export interface HeadroomArgs {
    readonly zones: readonly string[];
    /** Nodes to keep empty in each zone, each at the price of a node. May be 0. */
    readonly nodesPerZone: number;
    /** The pod that keeps one node empty: nearly as large as the node. */
    readonly placeholder: Placeholder;
}

export const HEADROOM_NAMESPACE = "openclaw-headroom";

/** Below everything, pods without a priority included. */
const PRIORITY = -10;

/**
 * A node in each zone for the first agents, and nodes that stand empty for the loss of a zone: each of those is held by a pod that does nothing and gives way to any agent. Then
 * Karpenter launches the next node for it, as far as the pool's limit goes, so the room grows back by itself.
 */
export class Headroom extends pulumi.ComponentResource {
    constructor(name: string, args: HeadroomArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Headroom", name, {}, opts);
        const parent = { parent: this };
        const namespace = new core.Namespace(
            `${name}-namespace`,
            {
                metadata: {
                    name: HEADROOM_NAMESPACE,
                    labels: {
                        "pod-security.kubernetes.io/enforce": "restricted",
                        "pod-security.kubernetes.io/enforce-version": "latest",
                    },
                },
            },
            parent,
        );
        const inNamespace = nameAfter(HEADROOM_NAMESPACE, namespace);
        new networking.NetworkPolicy(
            `${name}-closed`,
            {
                metadata: { name: "closed", namespace: inNamespace },
                spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
            },
            parent,
        );
        const priority = new scheduling.PriorityClass(
            `${name}-priority`,
            {
                metadata: { name: HEADROOM_PRIORITY_CLASS },
                value: PRIORITY,
                preemptionPolicy: "Never",
                description: "Holds nodes empty for the loss of a zone; gives way to everything",
            },
            parent,
        );
        for (const zone of args.zones) {
            this.anchor(name, zone, inNamespace, nameAfter(HEADROOM_PRIORITY_CLASS, priority));
            if (args.nodesPerZone === 0) continue;
            // One for each zone: spread over zones by the scheduler, the places of a dead zone would be asked of the living.
            const letter = zoneLetter(zone);
            const labels = labelsOf(`headroom-${letter}`);
            new apps.Deployment(
                `${name}-${letter}`,
                {
                    metadata: {
                        name: `headroom-${letter}`,
                        namespace: inNamespace,
                        labels,
                        annotations: {
                            // Room that EC2 cannot give at the moment is no reason to stop a deployment.
                            "pulumi.com/skipAwait": "true",
                            // A budget would keep in place what exists to be pushed aside; and two on one host cannot be.
                            "kube-score/ignore":
                                "deployment-has-poddisruptionbudget,deployment-has-host-podantiaffinity",
                        },
                    },
                    spec: {
                        replicas: args.nodesPerZone,
                        selector: { matchLabels: labels },
                        // A new pod finds no node until an old one is gone.
                        strategy: { type: "Recreate" },
                        template: {
                            metadata: { labels },
                            spec: placeholderPod(zone, args.placeholder, nameAfter(HEADROOM_PRIORITY_CLASS, priority)),
                        },
                    },
                },
                parent,
            );
        }
        this.registerOutputs({});
    }

    /**
     * Keeps one node in the zone, which agents share. Agents spread over the zones that have a node: the first ones would
     * all go to the zone whose node is ready first, and their volumes would hold them there. So the deployment waits for
     * it, and does not go on to the agents before every zone has a node.
     */
    private anchor(
        name: string,
        zone: string,
        namespace: pulumi.Input<string>,
        priorityClassName: pulumi.Input<string>,
    ): void {
        const letter = zoneLetter(zone);
        const labels = labelsOf(`anchor-${letter}`);
        new apps.Deployment(
            `${name}-anchor-${letter}`,
            {
                metadata: {
                    name: `anchor-${letter}`,
                    namespace,
                    labels,
                    annotations: {
                        // One holds a node; a budget would hold up its replacement.
                        "kube-score/ignore":
                            "deployment-has-poddisruptionbudget,deployment-has-host-podantiaffinity,deployment-replicas",
                    },
                },
                spec: {
                    replicas: 1,
                    selector: { matchLabels: labels },
                    template: { metadata: { labels }, spec: placeholderPod(zone, ANCHOR, priorityClassName) },
                },
            },
            { parent: this, customTimeouts: { create: "15m", update: "15m" } },
        );
    }
}

/** Next to nothing: any node of the zone has room for it. */
const ANCHOR: Placeholder = { cpuMillicores: 10, memoryMiB: 16 };

function labelsOf(instance: string): Record<string, string> {
    return {
        "app.kubernetes.io/name": "openclaw-headroom",
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/part-of": "openclaw",
    };
}

function placeholderPod(
    zone: string,
    { cpuMillicores, memoryMiB }: Placeholder,
    priorityClassName: pulumi.Input<string>,
) {
    const size = { cpu: formatCpu(cpuMillicores), memory: formatMemory(memoryMiB), "ephemeral-storage": "16Mi" };
    return {
        priorityClassName,
        nodeSelector: { [POOL_LABEL]: AGENT_POOL, "topology.kubernetes.io/zone": zone },
        tolerations: [{ key: POOL_LABEL, operator: "Equal", value: AGENT_POOL, effect: "NoSchedule" }],
        // An agent that takes the place does not wait for goodbyes.
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: {
            runAsNonRoot: true,
            runAsUser: 65535,
            runAsGroup: 65535,
            seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [
            {
                name: "pause",
                image: reference(PAUSE),
                imagePullPolicy: "Always",
                resources: { requests: size, limits: size },
                securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                },
            },
        ],
    };
}
