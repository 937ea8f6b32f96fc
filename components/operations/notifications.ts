import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/** Arguments of {@link createNotifications}. */
export interface NotificationsArgs {
    readonly platform: Platform;
    /** ARN of the key for messages. Its policy lets the publishers below use it. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** Addresses that get every message. Each must confirm once, by the link that AWS sends. */
    readonly emails: readonly string[];
}

export interface Notifications {
    readonly topicName: pulumi.Output<string>;
    /** Known once the publishers are allowed to publish: some services try at once and fail for good. */
    readonly topicArn: pulumi.Output<string>;
}

/** The one topic by which people are told, and who may speak through it. E-mail costs $2 for 100,000 messages. */
export function createNotifications(
    name: string,
    { platform, kmsKeyArn, emails }: NotificationsArgs,
    opts: pulumi.CustomResourceOptions,
): Notifications {
    const topic = new sns.Topic(
        `${name}-topic`,
        {
            name: `${platform.name}-alerts`,
            displayName: platform.name, // the sender's name in e-mail
            kmsMasterKeyId: kmsKeyArn,
            signatureVersion: 2, // SHA-256
        },
        opts,
    );
    const policy = new sns.TopicPolicy(
        `${name}-topic-policy`,
        { arn: topic.arn, policy: pulumi.jsonStringify(topicPolicy(platform, topic.arn)) },
        opts,
    );
    for (const email of emails) {
        new sns.TopicSubscription(
            `${name}-email-${email}`,
            { topic: topic.arn, protocol: "email", endpoint: email },
            opts,
        );
    }
    return { topicName: topic.name, topicArn: policy.arn };
}

/**
 * Four services publish, three of them for this account and from this environment's own sources alone. Failed backups come through
 * EventBridge, so AWS Backup needs no entry of its own.
 */
function topicPolicy({ name, account, region }: Platform, topicArn: pulumi.Input<string>) {
    const publishers = [
        ["Alarms", "cloudwatch.amazonaws.com", `arn:aws:cloudwatch:${region}:${account}:alarm:${name}-*`],
        ["Database", "events.rds.amazonaws.com", `arn:aws:rds:${region}:${account}:*`],
        ["Budgets", "budgets.amazonaws.com", `arn:aws:budgets::${account}:*`],
    ] as const;
    return {
        Version: "2012-10-17",
        Statement: [
            ...publishers.map(([sid, service, source]) => ({
                Sid: sid,
                Effect: "Allow",
                Principal: { Service: service },
                Action: "sns:Publish",
                Resource: topicArn,
                Condition: {
                    StringEquals: { "aws:SourceAccount": account },
                    ArnLike: { "aws:SourceArn": source },
                },
            })),
            {
                // Without a condition, as AWS's own guide gives it (re:Post, sns-not-getting-eventbridge-notification):
                // EventBridge is reported to fill in no source for a topic, and a failed backup would be told to nobody.
                Sid: "Events",
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sns:Publish",
                Resource: topicArn,
            },
            {
                Sid: "EncryptedInTransit",
                Effect: "Deny",
                Principal: { AWS: "*" }, // a refusal to everyone whose connection is not encrypted
                Action: "sns:Publish",
                Resource: topicArn,
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ],
    };
}
