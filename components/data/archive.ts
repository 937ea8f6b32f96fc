import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { MINIMUM_DECISION_LOG_DAYS } from "../model/retention";
import type { Platform } from "../platform";
import { ArchiveDelivery } from "./archive-delivery";
import { abortUnfinishedUploads, type PrivateBucket, privateBucket } from "./bucket";

/** Arguments of {@link DecisionArchive}. */
export interface DecisionArchiveArgs {
    readonly platform: Platform;
    /**
     * Days for which a decision record can be neither altered nor deleted: at least 365. A longer period holds for
     * what is written from then on. About $0.02 a month for each million decisions of 1 KB, compressed five to one.
     */
    readonly retentionDays: number;
    /** ARN of the key for the archive. Whoever may not use it cannot read a decision, even with access to the bucket. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** ARN of the key for logs: delivery errors. */
    readonly logsKeyArn: pulumi.Input<string>;
    /**
     * The brokers: the delivery waits for all that belongs to them, since it starts only where the cluster's policy
     * lets Firehose in. It needs multi-VPC connectivity with IAM, and brokers above t3 (Firehose guide, "Writing to
     * Firehose using Amazon MSK").
     */
    readonly brokers: pulumi.Resource;
    /** ARN of the brokers' cluster. A change replaces the delivery. */
    readonly brokersClusterArn: pulumi.Input<string>;
    /** The topic of the decisions, known only once it exists. A change replaces the delivery. */
    readonly topicName: pulumi.Input<string>;
}

/**
 * The copy of the decision log that nobody can change: each record of the decisions topic, in a bucket whose objects
 * are locked from the moment they are written. In a protected environment the lock is in compliance mode, which not
 * even the account's root user can lift; elsewhere in governance mode, so that the environment can be taken down.
 */
export class DecisionArchive extends pulumi.ComponentResource {
    readonly bucketName: pulumi.Output<string>;
    readonly bucketArn: pulumi.Output<string>;
    readonly deliveryStreamName: pulumi.Output<string>;
    /** Where S3 records who read or wrote what. Known only once S3 may write there. */
    readonly accessLogBucketName: pulumi.Output<string>;

    constructor(name: string, args: DecisionArchiveArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:DecisionArchive", name, {}, opts);
        if (!(args.retentionDays >= MINIMUM_DECISION_LOG_DAYS)) {
            throw new Error(
                `${name}: decisions are kept at least ${MINIMUM_DECISION_LOG_DAYS} days, not ${args.retentionDays}`,
            );
        }
        const child = { parent: this };

        const accessLog = createAccessLog();
        const archive = createBucket();
        const lock = lockObjects();
        const delivery = deliverDecisions();

        this.bucketName = archive.bucket.bucket;
        this.bucketArn = archive.bucket.arn;
        this.deliveryStreamName = delivery.deliveryStreamName;
        this.accessLogBucketName = accessLog.policy.bucket;
        this.registerOutputs({
            bucketName: this.bucketName,
            bucketArn: this.bucketArn,
            deliveryStreamName: this.deliveryStreamName,
            accessLogBucketName: this.accessLogBucketName,
        });

        function createAccessLog(): PrivateBucket {
            return privateBucket(
                `${name}-access-logs`,
                {
                    platform: args.platform,
                    // No key and no lock of ours here: S3 does not deliver access logs to a bucket with SSE-KMS as its
                    // default or with Object Lock (S3 API reference, LoggingEnabled).
                    lifecycleRules: accessLogLifecycle(args.platform.logRetentionDays),
                    statements: (bucketArn) => [writtenByS3(bucketArn, args.platform.account)],
                },
                child,
            );
        }

        function createBucket(): PrivateBucket {
            return privateBucket(
                name,
                {
                    platform: args.platform,
                    kmsKeyArn: args.kmsKeyArn,
                    objectLock: true,
                    lifecycleRules: archiveLifecycle(args.retentionDays),
                    statements: (bucketArn) => [noShorterLock(bucketArn, args.retentionDays)],
                    accessLog: { bucket: accessLog.policy.bucket, prefix: "archive/" },
                },
                child,
            );
        }

        function lockObjects(): s3.BucketObjectLockConfiguration {
            return new s3.BucketObjectLockConfiguration(
                `${name}-lock`,
                {
                    bucket: archive.bucket.bucket,
                    objectLockEnabled: "Enabled",
                    rule: {
                        defaultRetention: {
                            // Permanent: in compliance mode an object outlives every administrator until its day.
                            mode: args.platform.protect ? "COMPLIANCE" : "GOVERNANCE",
                            days: args.retentionDays,
                        },
                    },
                },
                { ...child, dependsOn: [archive.versioning], protect: args.platform.protect },
            );
        }

        function deliverDecisions(): ArchiveDelivery {
            return new ArchiveDelivery(
                `${name}-delivery`,
                {
                    platform: args.platform,
                    // Not one decision lands in the bucket before the bucket locks, encrypts and refuses.
                    bucketArn: pulumi
                        .all([archive.bucket.arn, lock.id, archive.policy.id, archive.encryption.id])
                        .apply(([arn]) => arn),
                    kmsKeyArn: args.kmsKeyArn,
                    logsKeyArn: args.logsKeyArn,
                    brokers: args.brokers,
                    brokersClusterArn: args.brokersClusterArn,
                    topicName: args.topicName,
                },
                child,
            );
        }
    }
}

/** The default lock applies to uploads that name none; this refuses those that name a shorter one. */
function noShorterLock(bucketArn: pulumi.Output<string>, days: number) {
    return {
        Sid: "NoShorterLock",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObjectRetention",
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: { NumericLessThan: { "s3:object-lock-remaining-retention-days": String(days) } },
    };
}

function writtenByS3(bucketArn: pulumi.Output<string>, account: string) {
    return {
        Sid: "WrittenByS3",
        Effect: "Allow",
        Principal: { Service: "logging.s3.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: { StringEquals: { "aws:SourceAccount": account } },
    };
}

/**
 * A decision is read in its first months, then hardly ever: it moves to a class at a sixth of the price that still
 * answers at once. The day after its lock ends it expires (a marker over a version), and its version goes a day later.
 */
function archiveLifecycle(retentionDays: number) {
    return [
        abortUnfinishedUploads,
        {
            id: "archive-then-expire",
            status: "Enabled",
            filter: { prefix: "" },
            transitions: [{ days: 90, storageClass: "GLACIER_IR" }],
            expiration: { days: retentionDays + 1 },
            noncurrentVersionExpiration: { noncurrentDays: 1 },
        },
    ];
}

function accessLogLifecycle(days: number) {
    return [
        abortUnfinishedUploads,
        {
            id: "expire",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days },
            noncurrentVersionExpiration: { noncurrentDays: 7 },
        },
    ];
}
