import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { type PolicyStatement, ownershipTag, volumeKeyStatements } from "./iam";

/*
 * What Karpenter's controller may do, after its own CloudFormation reference for 1.14 and narrower in four places:
 * subnets and security groups must carry the cluster's discovery tag; everything is in this account; instance profiles
 * are not its business (it gets one); Spot is left out, since agents run On-Demand.
 */

/** Statements by policy; inline policies of one role are counted together (10,240 characters). */
export function karpenterPolicies(args: {
    readonly platform: Platform;
    readonly clusterArn: pulumi.Input<string>;
    readonly nodeRoleArn: pulumi.Input<string>;
    readonly instanceProfileArn: pulumi.Input<string>;
    readonly queueArn: pulumi.Input<string>;
    readonly messagesKeyArn: pulumi.Input<string>;
    readonly volumesKeyArn: pulumi.Input<string>;
}): Record<string, PolicyStatement[]> {
    return {
        nodes: nodeLifecycle(args.platform),
        volumes: volumeKeyStatements(args.volumesKeyArn, args.platform.region),
        identity: [
            {
                Sid: "GiveNodesTheirRole",
                Effect: "Allow",
                Action: "iam:PassRole",
                Resource: args.nodeRoleArn,
                Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
            },
            {
                Sid: "CheckTheInstanceProfile",
                Effect: "Allow",
                Action: "iam:GetInstanceProfile",
                Resource: args.instanceProfileArn,
            },
        ],
        cluster: [
            {
                Sid: "FindTheCluster",
                Effect: "Allow",
                Action: "eks:DescribeCluster",
                Resource: args.clusterArn,
            },
            {
                // No resource level in ARC; the condition names the cluster.
                Sid: "SeeZonalShifts",
                Effect: "Allow",
                Action: "arc-zonal-shift:GetManagedResource",
                Resource: "*",
                Condition: { StringEquals: { "arc-zonal-shift:ResourceIdentifier": args.clusterArn } },
            },
        ],
        interruption: [
            {
                Sid: "HearOfInterruptions",
                Effect: "Allow",
                Action: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
                Resource: args.queueArn,
            },
            {
                Sid: "ReadEncryptedMessages",
                Effect: "Allow",
                Action: "kms:Decrypt",
                Resource: args.messagesKeyArn,
                Condition: { StringEquals: { "kms:ViaService": `sqs.${args.platform.region}.amazonaws.com` } },
            },
        ],
        discovery: discovery(args.platform.region),
    };
}

function nodeLifecycle({ name: cluster, region, account }: Platform): PolicyStatement[] {
    const own = (kind: string): string => `arn:aws:ec2:${region}:${account}:${kind}/*`;
    const launched = ["fleet", "instance", "volume", "network-interface", "launch-template"].map(own);
    const requested = {
        StringEquals: {
            ...prefixed("aws:RequestTag/", ownershipTag(cluster)),
            "aws:RequestTag/eks:eks-cluster-name": cluster,
        },
        StringLike: { "aws:RequestTag/karpenter.sh/nodepool": "*" },
    };
    const owned = {
        StringEquals: prefixed("aws:ResourceTag/", ownershipTag(cluster)),
        StringLike: { "aws:ResourceTag/karpenter.sh/nodepool": "*" },
    };
    return [
        {
            // Images and their snapshots belong to AWS, so they can carry no tag of ours.
            Sid: "LaunchFromImages",
            Effect: "Allow",
            Action: ["ec2:RunInstances", "ec2:CreateFleet"],
            Resource: [`arn:aws:ec2:${region}::image/*`, `arn:aws:ec2:${region}::snapshot/*`],
        },
        {
            Sid: "LaunchInOurNetwork",
            Effect: "Allow",
            Action: ["ec2:RunInstances", "ec2:CreateFleet"],
            Resource: ["subnet", "security-group"].map(own),
            Condition: { StringEquals: { "aws:ResourceTag/karpenter.sh/discovery": cluster } },
        },
        {
            Sid: "LaunchFromOwnTemplates",
            Effect: "Allow",
            Action: ["ec2:RunInstances", "ec2:CreateFleet"],
            Resource: own("launch-template"),
            Condition: owned,
        },
        {
            Sid: "LaunchWithTags",
            Effect: "Allow",
            Action: ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"],
            Resource: launched,
            Condition: requested,
        },
        {
            Sid: "TagAtLaunch",
            Effect: "Allow",
            Action: "ec2:CreateTags",
            Resource: launched,
            Condition: {
                ...requested,
                StringEquals: {
                    ...requested.StringEquals,
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
            },
        },
        {
            Sid: "NameOwnNodes",
            Effect: "Allow",
            Action: "ec2:CreateTags",
            Resource: own("instance"),
            Condition: {
                ...owned,
                StringEqualsIfExists: { "aws:RequestTag/eks:eks-cluster-name": cluster },
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"],
                },
            },
        },
        {
            Sid: "DeleteWhatItMade",
            Effect: "Allow",
            Action: ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            Resource: ["instance", "launch-template"].map(own),
            Condition: owned,
        },
    ];
}

/** Reading only. EC2's Describe, the price list and ListInstanceProfiles have no resource level. */
function discovery(region: string): PolicyStatement[] {
    return [
        {
            Sid: "SeeTheRegion",
            Effect: "Allow",
            Action: [
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ],
            Resource: "*",
            Condition: { StringEquals: { "aws:RequestedRegion": region } },
        },
        {
            Sid: "FindImages",
            Effect: "Allow",
            Action: "ssm:GetParameter",
            Resource: `arn:aws:ssm:${region}::parameter/aws/service/*`,
        },
        {
            Sid: "SeePricesAndProfiles",
            Effect: "Allow",
            Action: ["pricing:GetProducts", "iam:ListInstanceProfiles"],
            Resource: "*",
        },
    ];
}

function prefixed(prefix: string, tags: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}${key}`, value]));
}
