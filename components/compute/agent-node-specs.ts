import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { AGENT_POOL, POOL_LABEL, SYSTEM_POOL } from "./agents/spec";

/*
 * What Karpenter launches, in the words of its CRDs (sigs.k8s.io/karpenter and github.com/aws/karpenter-provider-aws,
 * 1.15.0): the fields that are used here, and no others.
 */

export interface Taint {
    readonly key: string;
    readonly value?: string;
    readonly effect: "NoSchedule" | "NoExecute";
}

export interface BlockDevice {
    readonly deviceName: string;
    readonly ebs: {
        readonly volumeType: "gp3";
        readonly volumeSize: string;
        readonly encrypted: true;
        readonly kmsKeyID: pulumi.Input<string>;
        readonly deleteOnTermination: true;
    };
}

/** `spec` of an EC2NodeClass, karpenter.k8s.aws/v1. */
export interface Ec2NodeClassSpec {
    readonly amiSelectorTerms: readonly { readonly alias: string }[];
    readonly instanceProfile: pulumi.Input<string>;
    readonly subnetSelectorTerms: readonly { readonly tags: Readonly<Record<string, string>> }[];
    readonly securityGroupSelectorTerms: readonly { readonly id: pulumi.Input<string> }[];
    readonly associatePublicIPAddress: false;
    readonly metadataOptions: {
        readonly httpEndpoint: "enabled";
        readonly httpProtocolIPv6: "disabled";
        readonly httpPutResponseHopLimit: 1;
        readonly httpTokens: "required";
    };
    readonly blockDeviceMappings: readonly BlockDevice[];
    readonly kubelet: { readonly maxPods: number };
    readonly userData: string;
    readonly tags: Readonly<Record<string, string>>;
}

export type Reason = "Drifted" | "Empty" | "Underutilized" | "Unhealthy";

/** `spec` of a NodePool, karpenter.sh/v1. */
export interface NodePoolSpec {
    readonly template: {
        readonly metadata: { readonly labels: Readonly<Record<string, string>> };
        readonly spec: {
            readonly nodeClassRef: { readonly group: string; readonly kind: string; readonly name: string };
            readonly requirements: readonly {
                readonly key: string;
                readonly operator: "In";
                readonly values: readonly string[];
            }[];
            readonly taints: readonly Taint[];
            readonly startupTaints: readonly Taint[];
            readonly expireAfter: string;
            readonly terminationGracePeriod: string;
        };
    };
    readonly disruption: {
        readonly consolidationPolicy: "WhenEmpty";
        readonly consolidateAfter: string;
        readonly budgets: readonly { readonly nodes: string; readonly reasons: readonly Reason[] }[];
    };
    readonly limits: { readonly cpu: string };
}

/** Of the node class and of the pool: what its nodes have in the label `karpenter.sh/nodepool`. */
export const AGENT_NODES = "agents";

/**
 * Version of the nodes' operating system; Kubernetes 1.35 came to it with 1.53, 1.36 with 1.61. The newest of a series
 * would replace nodes whenever AWS releases one. A change replaces all of them, a tenth at a time.
 */
export const BOTTLEROCKET_VERSION = "v1.64.0";

/** The machine: a change of anything replaces the nodes, a tenth at a time. */
export function ec2NodeClassSpec(args: {
    readonly platform: Platform;
    readonly instanceProfileName: pulumi.Input<string>;
    readonly securityGroupId: pulumi.Input<string>;
    readonly volumesKeyArn: pulumi.Input<string>;
    readonly maxPods: number;
    readonly diskGiB: number;
}): Ec2NodeClassSpec {
    const volume = (deviceName: string, gib: number): BlockDevice => ({
        deviceName,
        ebs: {
            volumeType: "gp3",
            volumeSize: `${gib}Gi`,
            encrypted: true,
            kmsKeyID: args.volumesKeyArn,
            deleteOnTermination: true,
        },
    });
    return {
        amiSelectorTerms: [{ alias: `bottlerocket@${BOTTLEROCKET_VERSION}` }],
        instanceProfile: args.instanceProfileName,
        subnetSelectorTerms: [{ tags: { "karpenter.sh/discovery": args.platform.name } }],
        securityGroupSelectorTerms: [{ id: args.securityGroupId }],
        associatePublicIPAddress: false,
        // Pods are one hop further than the node, so they get no answer from the metadata service.
        metadataOptions: {
            httpEndpoint: "enabled",
            httpProtocolIPv6: "disabled",
            httpPutResponseHopLimit: 1,
            httpTokens: "required",
        },
        // Operating system, and everything else: the volumes that capacity is counted with (SYSTEM_VOLUMES).
        blockDeviceMappings: [volume("/dev/xvda", 4), volume("/dev/xvdb", args.diskGiB)],
        // Left out, Karpenter would count the addresses of the VPC CNI.
        kubelet: { maxPods: args.maxPods },
        // It serves Session Manager: nobody logs in to a node.
        userData: "[settings.host-containers.control]\nenabled = false\n",
        tags: args.platform.tags,
    };
}

/** Which nodes there are, how many at most, and when one may go. */
export function nodePoolSpec(args: {
    readonly zones: readonly string[];
    readonly instanceTypes: readonly string[];
    readonly maxVCpus: number;
}): NodePoolSpec {
    return {
        template: {
            metadata: { labels: { [POOL_LABEL]: AGENT_POOL } },
            spec: {
                nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: AGENT_NODES },
                requirements: [
                    oneOf("topology.kubernetes.io/zone", args.zones),
                    oneOf("node.kubernetes.io/instance-type", args.instanceTypes),
                    // A Spot node goes two minutes after it is told, and the turns of its agents with it.
                    oneOf("karpenter.sh/capacity-type", ["on-demand"]),
                    oneOf("kubernetes.io/os", ["linux"]),
                ],
                taints: [{ key: POOL_LABEL, value: AGENT_POOL, effect: "NoSchedule" }],
                // Each is taken off by whom it waits for: Cilium, without which a pod has neither policy nor limit, and
                // the EBS driver, without which the scheduler knows no limit of volumes.
                startupTaints: [
                    { key: "node.cilium.io/agent-not-ready", value: "true", effect: "NoExecute" },
                    { key: "ebs.csi.aws.com/agent-not-ready", effect: "NoExecute" },
                ],
                // A backstop: updates of the image come as drift, which keeps to the budgets; this does not.
                expireAfter: "720h",
                // How long agents have to leave a node that goes, whatever the reason; then they are killed. Disruption
                // budgets let a tenth of a class go at a time and each finishes its turn: over an hour for a whole fleet.
                terminationGracePeriod: "4h",
            },
        },
        disruption: {
            // Agents are never moved to save money: a turn is worth more than the corner of a node.
            consolidationPolicy: "WhenEmpty",
            // Outlasts a roll-out's or an evacuation's pauses, so that nodes are not dropped and launched again.
            consolidateAfter: "10m",
            // Rounded up, so one node can always be replaced. Empty ones go as they are: nobody is on them.
            budgets: [{ nodes: "10%", reasons: ["Drifted", "Underutilized", "Unhealthy"] }],
        },
        limits: { cpu: `${args.maxVCpus}` },
    };
}

/** Values of Karpenter's chart. */
export function karpenterValues(args: {
    readonly platform: Platform;
    readonly clusterName: pulumi.Input<string>;
    readonly interruptionQueueName: pulumi.Input<string>;
    readonly serviceAccount: string;
}) {
    return {
        serviceAccount: { name: args.serviceAccount },
        settings: {
            clusterName: args.clusterName,
            interruptionQueue: args.interruptionQueueName,
            // Launches nothing in a zone that traffic is shifted away from; the cluster takes part where it is protected.
            enableZonalShift: args.platform.protect,
            // A node that has been silent for half an hour is replaced; without it, its agents wait for a person. Karpenter calls it
            // alpha, and stops by itself where more than a fifth of the nodes are unwell.
            featureGates: { nodeRepair: true },
        },
        replicas: 2,
        nodeSelector: { "kubernetes.io/os": "linux", [POOL_LABEL]: SYSTEM_POOL },
        // The VPC's resolver: nodes come even where the cluster's own DNS is what is missing.
        dnsPolicy: "Default",
        controller: {
            // The metadata service, where it would look, does not answer pods.
            env: [{ name: "AWS_REGION", value: args.platform.region }],
            resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
        },
    };
}

function oneOf(key: string, values: readonly string[]) {
    return { key, operator: "In" as const, values };
}
