import type { Platform } from "../platform";

/*
 * Who may do what with each key. In a key policy `Resource: "*"` is the key itself.
 *
 * Nobody may encrypt or decrypt with a key directly, whatever IAM says: a role may use it only through the services
 * named here (`kms:ViaService`), and only when its own IAM policy allows that too. The account's root stands for "who
 * IAM allows in this account"; no other account and no `*` is a principal anywhere.
 */

export const KEY_PURPOSES = [
    "cluster",
    "volumes",
    "brokers",
    "database",
    "logs",
    "archive",
    "state",
    "backup",
    "messages",
] as const;

/** What a key is for. */
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export interface Statement {
    readonly Sid: string;
    readonly Effect: "Allow";
    readonly Principal: { readonly AWS: string } | { readonly Service: string | readonly string[] };
    readonly Action: readonly string[];
    readonly Resource: "*";
    readonly Condition?: Condition;
}

export interface KeyPolicy {
    readonly Version: "2012-10-17";
    readonly Statement: readonly Statement[];
}

interface Purpose {
    readonly description: string;
    readonly statements: (platform: Platform) => readonly Statement[];
}

const ENCRYPT_AND_DECRYPT = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
];

const purposes: Record<KeyPurpose, Purpose> = {
    cluster: {
        description: "Kubernetes secrets in EKS",
        statements: (platform) => [createClusterWith(platform)],
    },
    volumes: {
        description: "EBS volumes of nodes and agents",
        statements: (platform) => [
            useThrough(platform, ["ec2"]),
            // Karpenter and the EBS CSI driver attach volumes: EC2 keeps a grant for as long as one is attached.
            grantThrough(platform, ["ec2"], { forAwsResource: true }),
            ...launchByAutoScaling(platform),
        ],
    },
    brokers: {
        description: "Kafka brokers at rest",
        statements: (platform) => [useThrough(platform, ["kafka"]), grantThrough(platform, ["kafka"])],
    },
    database: {
        description: "Aurora, its snapshots, insights and master secret",
        statements: (platform) => [
            // Performance and Database Insights come through rds as well; the master secret through secretsmanager. Any
            // region: a snapshot is copied to another region by RDS there.
            useThrough(platform, ["rds", "secretsmanager"], "*"),
            grantThrough(platform, ["rds", "secretsmanager"], { region: "*" }),
        ],
    },
    logs: {
        description: "CloudWatch log groups",
        statements: (platform) => [encryptLogs(platform)],
    },
    archive: {
        description: "Decision archive in S3",
        // Firehose writes with its role through S3; a stream fed by MSK has no encryption of its own to configure.
        statements: (platform) => [useThrough(platform, ["s3"])],
    },
    state: {
        description: "Replicas of agent state in S3",
        statements: (platform) => [useThrough(platform, ["s3"])],
    },
    backup: {
        description: "Backup vaults",
        statements: (platform) => [
            // Any region: a copy job in one region writes to the vault of another. Aurora snapshots are copied by RDS.
            useThrough(platform, ["backup", "rds"], "*"),
            grantThrough(platform, ["backup", "rds"], { forAwsResource: true, region: "*" }),
        ],
    },
    messages: {
        description: "Alarm topics and event queues",
        statements: (platform) => [
            useThrough(platform, ["sns", "sqs"]),
            publishToTopics(platform),
            sendToQueues(platform),
        ],
    },
};

export function describe(purpose: KeyPurpose): string {
    return purposes[purpose].description;
}

export function keyPolicy(purpose: KeyPurpose, platform: Platform): KeyPolicy {
    return {
        Version: "2012-10-17",
        Statement: [administer(platform), ...purposes[purpose].statements(platform)],
    };
}

function root(platform: Platform): { readonly AWS: string } {
    return { AWS: `arn:aws:iam::${platform.account}:root` };
}

/**
 * Without a statement for the account a key becomes unmanageable once its creator is gone, so administration is left to
 * IAM. It is not `kms:*`: none of these actions encrypts or decrypts. Where the platform is protected a key can be
 * neither disabled nor deleted before this policy is changed: that would undo every lock and retention on the data.
 */
function administer(platform: Platform): Statement {
    return {
        Sid: "AdministerThroughIam",
        Effect: "Allow",
        Principal: root(platform),
        Action: [
            "kms:DescribeKey",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
            "kms:ListGrants",
            "kms:ListKeyPolicies",
            "kms:ListKeyRotations",
            "kms:ListResourceTags",
            "kms:PutKeyPolicy",
            "kms:EnableKey",
            "kms:EnableKeyRotation",
            "kms:RotateKeyOnDemand",
            "kms:UpdateKeyDescription",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:CreateAlias",
            "kms:UpdateAlias",
            "kms:DeleteAlias",
            "kms:RetireGrant",
            "kms:RevokeGrant",
            "kms:CancelKeyDeletion",
            ...(platform.protect ? [] : ["kms:DisableKey", "kms:ScheduleKeyDeletion"]),
        ],
        Resource: "*",
    };
}

/** Roles of this account may encrypt and decrypt, but only by way of these services. */
function useThrough(platform: Platform, services: readonly string[], region = platform.region): Statement {
    return {
        Sid: "UseThroughServices",
        Effect: "Allow",
        Principal: root(platform),
        Action: ENCRYPT_AND_DECRYPT,
        Resource: "*",
        Condition: viaServices(platform, services, region),
    };
}

/**
 * Lets these services keep working with the key after the caller's session has ended. `forAwsResource` adds the
 * condition that AWS documents for EBS and Backup; not every service sets it on its grants.
 */
function grantThrough(
    platform: Platform,
    services: readonly string[],
    { forAwsResource = false, region = platform.region } = {},
): Statement {
    return {
        Sid: "GrantThroughServices",
        Effect: "Allow",
        Principal: root(platform),
        Action: ["kms:CreateGrant"],
        Resource: "*",
        Condition: {
            ...viaServices(platform, services, region),
            ...(forAwsResource ? { Bool: { "kms:GrantIsForAWSResource": "true" } } : {}),
        },
    };
}

function viaServices(platform: Platform, services: readonly string[], region: string): Condition {
    const caller = { "kms:CallerAccount": platform.account };
    const via = { "kms:ViaService": services.map((service) => `${service}.${region}.amazonaws.com`) };
    return region === "*" ? { StringEquals: caller, StringLike: via } : { StringEquals: { ...caller, ...via } };
}

/**
 * Whoever creates the cluster grants EKS the key; from then on EKS works with its grant. AWS supports no
 * `kms:GrantIsForAWSResource` here (https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html) and documents no
 * `kms:ViaService`.
 */
function createClusterWith(platform: Platform): Statement {
    return {
        Sid: "GrantToTheCluster",
        Effect: "Allow",
        Principal: root(platform),
        Action: ["kms:CreateGrant"],
        Resource: "*",
        Condition: { StringEquals: { "kms:CallerAccount": platform.account } },
    };
}

/**
 * EKS launches managed nodes through Auto Scaling, whose service-linked role has no permission for customer keys of its
 * own (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html).
 *
 * KMS refuses a policy that names a role which does not exist, and this one appears with an account's first Auto Scaling
 * group. In a new account, once, before the first deployment (it says "has been taken" where the role exists):
 *
 *     aws iam create-service-linked-role --aws-service-name autoscaling.amazonaws.com
 */
function launchByAutoScaling(platform: Platform): Statement[] {
    const role = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    const Principal = { AWS: `arn:aws:iam::${platform.account}:role/${role}` };
    return [
        {
            Sid: "LaunchByAutoScaling",
            Effect: "Allow",
            Principal,
            Action: [...ENCRYPT_AND_DECRYPT, "kms:DescribeKey"],
            Resource: "*",
        },
        {
            Sid: "AttachByAutoScaling",
            Effect: "Allow",
            Principal,
            Action: ["kms:CreateGrant"],
            Resource: "*",
            Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
        },
    ];
}

/** CloudWatch Logs names the log group in the encryption context, so the key serves groups of this account alone. */
function encryptLogs(platform: Platform): Statement {
    const groups = `arn:aws:logs:${platform.region}:${platform.account}:*`;
    return {
        Sid: "EncryptLogGroups",
        Effect: "Allow",
        Principal: { Service: `logs.${platform.region}.amazonaws.com` },
        Action: [...ENCRYPT_AND_DECRYPT, "kms:DescribeKey"],
        Resource: "*",
        Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": groups } },
    };
}

/**
 * Alarms, events, database events and budgets publish as services. The condition is on the topic in the encryption
 * context and not on `aws:SourceAccount`: that key is not supported from EventBridge to an encrypted topic, and every
 * message would be dropped without an error (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
 * The topic's own policy says who may publish.
 */
function publishToTopics(platform: Platform): Statement {
    return {
        Sid: "PublishToTopics",
        Effect: "Allow",
        Principal: {
            Service: [
                "budgets.amazonaws.com",
                "cloudwatch.amazonaws.com",
                "events.amazonaws.com",
                "events.rds.amazonaws.com",
            ],
        },
        Action: ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"],
        Resource: "*",
        Condition: {
            ArnLike: {
                "kms:EncryptionContext:aws:sns:topicArn": `arn:aws:sns:${platform.region}:${platform.account}:*`,
            },
        },
    };
}

/** EventBridge puts node interruptions into Karpenter's queue, and what it cannot deliver into dead-letter queues. */
function sendToQueues(platform: Platform): Statement {
    return {
        Sid: "SendToQueues",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"],
        Resource: "*",
        Condition: {
            ArnLike: { "kms:EncryptionContext:aws:sqs:arn": `arn:aws:sqs:${platform.region}:${platform.account}:*` },
        },
    };
}
