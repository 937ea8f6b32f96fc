import * as s3 from "@pulumi/aws/s3";
import type { input } from "@pulumi/aws/types";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/** One statement of a policy document. */
export type Statement = Readonly<Record<string, unknown>>;

/** Arguments of {@link privateBucket}. */
export interface PrivateBucketArgs {
    readonly platform: Platform;
    /** ARN of the key for the objects; absent: keys of S3 itself, for a bucket that S3 refuses to fill under ours. */
    readonly kmsKeyArn?: pulumi.Input<string>;
    /** Whether objects can be locked. Decided for the bucket's life: it cannot be turned off. A change replaces it. */
    readonly objectLock?: boolean;
    /** What becomes of objects over time. */
    readonly lifecycleRules: input.s3.BucketLifecycleConfigurationRule[];
    /** Further statements of the bucket's policy, given the bucket's ARN. */
    readonly statements?: (bucketArn: pulumi.Output<string>) => readonly Statement[];
    /** Where requests are recorded; absent for the bucket that holds the records. */
    readonly accessLog?: { readonly bucket: pulumi.Input<string>; readonly prefix: string };
}

/** A bucket and what has to be in place before anything is written to it. */
export interface PrivateBucket {
    readonly bucket: s3.Bucket;
    readonly versioning: s3.BucketVersioning;
    readonly policy: s3.BucketPolicy;
    readonly encryption: s3.BucketServerSideEncryptionConfiguration;
}

/**
 * A bucket that nobody outside the account can reach, that speaks TLS alone, keeps the versions of its objects and
 * encrypts them. Without `kmsKeyArn` each object costs nothing to encrypt; with it, one key request for many objects
 * (bucket key), $0.03 per 10,000. Storage is $0.023 a GB and month before it moves to a cheaper class.
 */
export function privateBucket(
    name: string,
    args: PrivateBucketArgs,
    opts: { readonly parent: pulumi.Resource },
): PrivateBucket {
    const { platform } = args;
    const bucket = new s3.Bucket(
        `${name}-bucket`,
        { objectLockEnabled: args.objectLock ?? false, forceDestroy: !platform.protect },
        { ...opts, protect: platform.protect },
    );
    const publicAccess = new s3.BucketPublicAccessBlock(
        `${name}-public-access`,
        {
            bucket: bucket.bucket,
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        },
        opts,
    );
    // Access lists are off: whoever writes, this account owns the object, and the policy below is all there is.
    new s3.BucketOwnershipControls(
        `${name}-ownership`,
        { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
        opts,
    );
    const versioning = new s3.BucketVersioning(
        `${name}-versioning`,
        { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
        { ...opts, protect: platform.protect },
    );
    const encryption = new s3.BucketServerSideEncryptionConfiguration(
        `${name}-encryption`,
        { bucket: bucket.bucket, rules: [encryptionRule(args.kmsKeyArn)] },
        opts,
    );
    const policy = new s3.BucketPolicy(
        `${name}-policy`,
        {
            bucket: bucket.bucket,
            policy: pulumi.jsonStringify({
                Version: "2012-10-17",
                Statement: [
                    tlsOnly(bucket.arn),
                    ...(args.kmsKeyArn === undefined ? [] : ourKeyOnly(bucket.arn, args.kmsKeyArn)),
                    ...(args.statements?.(bucket.arn) ?? []),
                ],
            }),
        },
        // S3 refuses two changes to a bucket's access at once (409 OperationAborted).
        { ...opts, dependsOn: [publicAccess] },
    );
    new s3.BucketLifecycleConfiguration(
        `${name}-lifecycle`,
        { bucket: bucket.bucket, rules: args.lifecycleRules },
        // Rules for older versions are valid only where versions are kept.
        { ...opts, dependsOn: [versioning] },
    );
    if (args.accessLog !== undefined) {
        new s3.BucketLogging(
            `${name}-access-log`,
            {
                bucket: bucket.bucket,
                targetBucket: args.accessLog.bucket,
                targetPrefix: args.accessLog.prefix,
                targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
            },
            opts,
        );
    }
    return { bucket, versioning, policy, encryption };
}

/** The rule that ends uploads which nobody finished: their parts cost as much as objects, and no listing shows them. */
export const abortUnfinishedUploads: input.s3.BucketLifecycleConfigurationRule = {
    id: "abort-unfinished-uploads",
    status: "Enabled",
    filter: { prefix: "" },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
};

function encryptionRule(
    kmsKeyArn: pulumi.Input<string> | undefined,
): input.s3.BucketServerSideEncryptionConfigurationRule {
    return {
        applyServerSideEncryptionByDefault:
            kmsKeyArn === undefined
                ? { sseAlgorithm: "AES256" }
                : { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
        bucketKeyEnabled: kmsKeyArn !== undefined,
        // A key that the writer brings along is lost with the writer.
        blockedEncryptionTypes: ["SSE-C"],
    };
}

/** Everyone, since it denies. */
function tlsOnly(bucketArn: pulumi.Output<string>): Statement {
    return {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
    };
}

/**
 * An upload that says nothing of encryption gets our key by default; one that asks for something else is refused.
 * `Null` lets the first pass: `StringNotEquals` alone also matches a header that is not there.
 */
function ourKeyOnly(bucketArn: pulumi.Output<string>, kmsKeyArn: pulumi.Input<string>): readonly Statement[] {
    const refuse = (sid: string, header: string, value: pulumi.Input<string>): Statement => ({
        Sid: sid,
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: pulumi.interpolate`${bucketArn}/*`,
        Condition: { Null: { [header]: "false" }, StringNotEquals: { [header]: value } },
    });
    return [
        refuse("NoOtherEncryption", "s3:x-amz-server-side-encryption", "aws:kms"),
        refuse("NoOtherKey", "s3:x-amz-server-side-encryption-aws-kms-key-id", kmsKeyArn),
    ];
}
