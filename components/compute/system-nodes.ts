import * as ec2 from "@pulumi/aws/ec2";
import * as eks from "@pulumi/aws/eks";
import * as pulumi from "@pulumi/pulumi";
import type { ZoneSubnet } from "../foundation/network";
import { zoneLetter } from "../model/addresses";
import { instanceType } from "../model/instance-types";
import type { Platform } from "../platform";
import { nodeRole, ownershipTag } from "./iam";

/** Arguments of {@link SystemNodes}. */
export interface SystemNodesArgs {
    readonly platform: Platform;
    /** A change replaces all node groups. */
    readonly clusterName: pulumi.Input<string>;
    /** Version of the control plane, which nodes follow: a change replaces one node of each zone at a time. */
    readonly kubernetesVersion: pulumi.Input<string>;
    /** One node group is made in each; a further zone changes nothing in the others. */
    readonly subnets: readonly ZoneSubnet[];
    readonly securityGroupId: pulumi.Input<string>;
    /** Key for the nodes' volumes. */
    readonly volumesKeyArn: pulumi.Input<string>;
    /**
     * Types to choose from, all of one architecture, e.g. `["m8g.xlarge"]` ($131 a month each). A change replaces the
     * node groups, new ones first.
     */
    readonly instanceTypes: readonly string[];
    /** Nodes in each zone: two, so that a node can go without a zone going with it. */
    readonly minPerZone: number;
    readonly maxPerZone: number;
    /** Size of each node's data volume, for images, logs and scratch, in GiB ($0.08 a month each). */
    readonly diskGiB: number;
}

/**
 * Pods of one system node. EKS would count the VPC CNI's addresses; Cilium's prefixes allow far more than the 110 that
 * Kubernetes advises for a node.
 */
const MAX_PODS = 110;

/**
 * Nodes for the platform's own pods: Cilium's operator, CoreDNS, Karpenter, controllers. Agents never run here: they
 * select Karpenter's nodes, and those admit nothing else.
 *
 * To be created when the Cilium chart is in the cluster: a node group waits until its nodes are ready, which without a
 * network never happens, and fails in the end.
 */
export class SystemNodes extends pulumi.ComponentResource {
    readonly nodeGroupNames: pulumi.Output<string>[];
    /** Names of the Auto Scaling groups, for alarms. */
    readonly autoScalingGroupNames: pulumi.Output<string>[];

    constructor(name: string, args: SystemNodesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:SystemNodes", name, {}, opts);
        const amiType = bottlerocket(args.instanceTypes);
        const { role, attachments } = nodeRole(`${name}-role`, { parent: this });
        const template = this.createTemplate(name, args);

        const groups = args.subnets.map(
            ({ zone, id }) =>
                new eks.NodeGroup(
                    // The subnet of a node group cannot be changed, so each zone has its own.
                    `${name}-${zoneLetter(zone)}`,
                    {
                        clusterName: args.clusterName,
                        version: args.kubernetesVersion,
                        nodeRoleArn: role.arn,
                        subnetIds: [id],
                        amiType,
                        instanceTypes: [...args.instanceTypes],
                        capacityType: "ON_DEMAND",
                        launchTemplate: {
                            id: template.id,
                            version: template.latestVersion.apply((version) => `${version}`),
                        },
                        scalingConfig: {
                            minSize: args.minPerZone,
                            maxSize: args.maxPerZone,
                            desiredSize: args.minPerZone,
                        },
                        updateConfig: { maxUnavailable: 1 },
                        nodeRepairConfig: { enabled: true },
                        labels: { "openclaw/pool": "system" },
                        // Keeps pods away until Cilium is up, which removes it: a pod that came earlier would have
                        // no policy and no bandwidth limit (Cilium, requirements for EKS).
                        taints: [{ key: "node.cilium.io/agent-not-ready", value: "true", effect: "NO_EXECUTE" }],
                    },
                    {
                        parent: this,
                        dependsOn: attachments,
                        // An operator or a repair may have scaled the group meanwhile: an update must not drain nodes.
                        ignoreChanges: ["scalingConfig.desiredSize"],
                    },
                ),
        );

        this.nodeGroupNames = groups.map((group) => group.nodeGroupName);
        this.autoScalingGroupNames = groups.map((group) =>
            group.resources.apply((made) => made[0]?.autoscalingGroups[0]?.name ?? ""),
        );
        this.registerOutputs({ nodeGroupNames: this.nodeGroupNames });
    }

    private createTemplate(name: string, args: SystemNodesArgs): ec2.LaunchTemplate {
        const clusterName = args.platform.name;
        const tags = { ...args.platform.tags, Name: `${clusterName}-system` };
        return new ec2.LaunchTemplate(
            `${name}-template`,
            {
                description: "Nodes for the platform's own pods",
                updateDefaultVersion: true,
                // Pods are one hop further than the node, so they get no answer from the metadata service.
                metadataOptions: {
                    httpEndpoint: "enabled",
                    httpTokens: "required",
                    httpPutResponseHopLimit: 1,
                    instanceMetadataTags: "disabled",
                },
                // Bottlerocket keeps its system on the first volume and everything else on the second.
                blockDeviceMappings: [
                    volume("/dev/xvda", 4, args.volumesKeyArn),
                    volume("/dev/xvdb", args.diskGiB, args.volumesKeyArn),
                ],
                networkInterfaces: [
                    {
                        deviceIndex: 0,
                        associatePublicIpAddress: "false",
                        deleteOnTermination: "true",
                        securityGroups: [args.securityGroupId],
                    },
                ],
                // EKS adds what a node needs to join. The control container serves Session Manager, which is not used.
                userData: Buffer.from(
                    [
                        "[settings.kubernetes]",
                        `max-pods = ${MAX_PODS}`,
                        "",
                        "[settings.host-containers.control]",
                        "enabled = false",
                        "",
                    ].join("\n"),
                ).toString("base64"),
                tagSpecifications: [
                    { resourceType: "instance", tags },
                    { resourceType: "volume", tags },
                    // Cilium's operator may only touch interfaces of its own cluster. On instances EKS sets the tag.
                    { resourceType: "network-interface", tags: { ...tags, ...ownershipTag(clusterName) } },
                ],
            },
            { parent: this },
        );
    }
}

function volume(deviceName: string, volumeSize: number, kmsKeyId: pulumi.Input<string>) {
    return {
        deviceName,
        ebs: { volumeType: "gp3", volumeSize, encrypted: "true", kmsKeyId, deleteOnTermination: "true" },
    };
}

/** EKS's name of the Bottlerocket image for these types. */
function bottlerocket(types: readonly string[]): string {
    const [architecture, another] = new Set(types.map((type) => instanceType(type).architecture));
    if (!architecture || another) {
        throw new Error(`System nodes need instance types of one architecture, not ${types.join(", ") || "none"}`);
    }
    return architecture === "arm64" ? "BOTTLEROCKET_ARM_64" : "BOTTLEROCKET_x86_64";
}
