import * as eks from "@pulumi/aws/eks";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { type PolicyStatement, ownershipTag, podIdentityRole, volumeKeyStatements } from "./iam";
import { observabilityLogGroupName } from "./observability";

/** Arguments of {@link Identities}. */
export interface IdentitiesArgs {
    readonly platform: Platform;
    readonly clusterName: pulumi.Input<string>;
    readonly clusterArn: pulumi.Input<string>;
    /** Key for agents' volumes. */
    readonly volumesKeyArn: pulumi.Input<string>;
}

/**
 * EKS Pod Identity: the agent that hands out credentials on each node, and the roles of the cluster's own services. No
 * pod has a key, and none has the node's role.
 *
 * To be created before the first node: the Cilium operator asks EC2 for addresses with the role made here, and the
 * agent, on the host's network, starts on each node without waiting for Cilium.
 */
export class Identities extends pulumi.ComponentResource {
    readonly ciliumOperatorRoleArn: pulumi.Output<string>;
    readonly ebsDriverRoleArn: pulumi.Output<string>;
    readonly observabilityRoleArn: pulumi.Output<string>;
    /**
     * Tags that Cilium must put on the network interfaces it makes (`eni.eniTags` of its chart): its operator has no
     * power over interfaces without them.
     */
    readonly eniTags: Record<string, string>;

    constructor(name: string, args: IdentitiesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:Identities", name, {}, opts);
        const { platform, clusterName, clusterArn } = args;
        const parent = { parent: this };

        new eks.Addon(
            `${name}-agent`,
            {
                clusterName,
                addonName: "eks-pod-identity-agent",
                resolveConflictsOnCreate: "OVERWRITE",
                resolveConflictsOnUpdate: "OVERWRITE",
                preserve: true,
            },
            parent,
        );

        const cilium = { namespace: "kube-system", serviceAccount: "cilium-operator" };
        const ciliumRole = podIdentityRole(
            `${name}-cilium-operator`,
            {
                ...cilium,
                clusterArn,
                description: "Cilium operator: network interfaces and addresses of this cluster's nodes",
                policies: { network: ciliumStatements(platform) },
            },
            parent,
        );
        new eks.PodIdentityAssociation(
            `${name}-cilium-operator`,
            { ...cilium, clusterName, roleArn: ciliumRole.arn },
            parent,
        );
        // The add-ons of these two make their own association.
        const ebsRole = podIdentityRole(
            `${name}-ebs-driver`,
            {
                namespace: "kube-system",
                serviceAccount: EBS_DRIVER_SERVICE_ACCOUNT,
                clusterArn,
                description: "EBS driver: volumes of this cluster",
                policies: {
                    volumes: ebsStatements(platform),
                    key: volumeKeyStatements(args.volumesKeyArn, platform.region),
                },
            },
            parent,
        );
        const observabilityRole = podIdentityRole(
            `${name}-observability`,
            {
                namespace: "amazon-cloudwatch",
                serviceAccount: OBSERVABILITY_SERVICE_ACCOUNT,
                clusterArn,
                description: "CloudWatch agent and Fluent Bit: metrics and logs of this cluster",
                policies: { write: observabilityStatements(platform) },
            },
            parent,
        );

        this.ciliumOperatorRoleArn = ciliumRole.arn;
        this.ebsDriverRoleArn = ebsRole.arn;
        this.observabilityRoleArn = observabilityRole.arn;
        this.eniTags = ownershipTag(platform.name);
        this.registerOutputs({
            ciliumOperatorRoleArn: this.ciliumOperatorRoleArn,
            ebsDriverRoleArn: this.ebsDriverRoleArn,
            observabilityRoleArn: this.observabilityRoleArn,
        });
    }
}

/** Names that the add-ons themselves give to their service accounts. */
export const EBS_DRIVER_SERVICE_ACCOUNT = "ebs-csi-controller-sa";
export const OBSERVABILITY_SERVICE_ACCOUNT = "cloudwatch-agent";

/** Cilium's list for ENI mode with prefixes and their release (its documentation, network/concepts/ipam/eni). */
function ciliumStatements({ name: cluster, region, account }: Platform): PolicyStatement[] {
    const own = (kind: string): string => `arn:aws:ec2:${region}:${account}:${kind}/*`;
    const owned = { StringEquals: ownership("aws:ResourceTag/", cluster) };
    return [
        {
            // Describe has no resource level.
            Sid: "SeeTheNetwork",
            Effect: "Allow",
            Action: [
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeTags",
                "ec2:DescribeVpcs",
                "ec2:DescribeManagedPrefixLists",
                "ec2:GetManagedPrefixListEntries",
            ],
            Resource: "*",
            Condition: { StringEquals: { "aws:RequestedRegion": region } },
        },
        {
            Sid: "MakeInterfacesInOurNetwork",
            Effect: "Allow",
            Action: "ec2:CreateNetworkInterface",
            Resource: ["subnet", "security-group"].map(own),
            Condition: { StringEquals: { "aws:ResourceTag/karpenter.sh/discovery": cluster } },
        },
        {
            Sid: "MakeInterfacesWithTags",
            Effect: "Allow",
            Action: "ec2:CreateNetworkInterface",
            Resource: own("network-interface"),
            Condition: { StringEquals: ownership("aws:RequestTag/", cluster) },
        },
        {
            Sid: "TagNewInterfaces",
            Effect: "Allow",
            Action: "ec2:CreateTags",
            Resource: own("network-interface"),
            Condition: {
                StringEquals: {
                    ...ownership("aws:RequestTag/", cluster),
                    "ec2:CreateAction": "CreateNetworkInterface",
                },
            },
        },
        {
            Sid: "ServeOwnNodes",
            Effect: "Allow",
            Action: [
                "ec2:AssignPrivateIpAddresses",
                "ec2:AttachNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:UnassignPrivateIpAddresses",
            ],
            Resource: ["network-interface", "instance"].map(own),
            Condition: owned,
        },
    ];
}

/** AWS's managed policy narrowed to volumes and nodes of this cluster, and without snapshots: state is replicated to S3. */
function ebsStatements({ name: cluster, region, account }: Platform): PolicyStatement[] {
    const volumes = `arn:aws:ec2:${region}:${account}:volume/*`;
    const owned = { StringEquals: ownership("aws:ResourceTag/", cluster) };
    const requested = ownership("aws:RequestTag/", cluster);
    return [
        {
            // Describe has no resource level.
            Sid: "SeeVolumes",
            Effect: "Allow",
            Action: [
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInstances",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeSnapshots",
                "ec2:DescribeTags",
                "ec2:DescribeVolumeStatus",
                "ec2:DescribeVolumes",
                "ec2:DescribeVolumesModifications",
            ],
            Resource: "*",
            Condition: { StringEquals: { "aws:RequestedRegion": region } },
        },
        {
            Sid: "MakeVolumes",
            Effect: "Allow",
            Action: "ec2:CreateVolume",
            Resource: volumes,
            Condition: { StringEquals: requested },
        },
        {
            Sid: "TagNewVolumes",
            Effect: "Allow",
            Action: "ec2:CreateTags",
            Resource: volumes,
            Condition: { StringEquals: { ...requested, "ec2:CreateAction": "CreateVolume" } },
        },
        {
            Sid: "ServeOwnVolumes",
            Effect: "Allow",
            Action: ["ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyVolume", "ec2:DeleteVolume"],
            Resource: [volumes, `arn:aws:ec2:${region}:${account}:instance/*`],
            Condition: owned,
        },
    ];
}

/** Into the groups made for it and no other: it can make none, since one that it made would have no key and no end. */
function observabilityStatements({ name: cluster, region, account }: Platform): PolicyStatement[] {
    const groups = `arn:aws:logs:${region}:${account}:log-group:${observabilityLogGroupName(cluster, "*")}`;
    return [
        {
            Sid: "WriteLogs",
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            Resource: [groups, `${groups}:log-stream:*`],
        },
        {
            // No resource level; the condition names the namespace.
            Sid: "WriteMetrics",
            Effect: "Allow",
            Action: "cloudwatch:PutMetricData",
            Resource: "*",
            Condition: { StringEquals: { "cloudwatch:namespace": "ContainerInsights" } },
        },
        {
            // Describe has no resource level.
            Sid: "DescribeNodes",
            Effect: "Allow",
            Action: ["ec2:DescribeInstances", "ec2:DescribeTags", "ec2:DescribeVolumes", "logs:DescribeLogGroups"],
            Resource: "*",
            Condition: { StringEquals: { "aws:RequestedRegion": region } },
        },
    ];
}

function ownership(prefix: string, cluster: string): Record<string, string> {
    return Object.fromEntries(Object.entries(ownershipTag(cluster)).map(([key, value]) => [`${prefix}${key}`, value]));
}
