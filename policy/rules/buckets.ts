import { saidOfEachBucket } from "./support/bucket-rules";
import { wholeRules } from "./support/buckets";
import { inTurn, requireCustomerKey, requireFlag, requireOneOf } from "./support/values";

export const bucketPublicAccess = saidOfEachBucket({
    name: "bucket-public-access",
    description: "Every bucket blocks public access in all four ways",
    severity: "critical",
    references: [
        "Checkov CKV_AWS_53",
        "Checkov CKV_AWS_54",
        "Checkov CKV_AWS_55",
        "Checkov CKV_AWS_56",
        "Trivy AWS-0086",
        "Trivy AWS-0087",
        "Trivy AWS-0091",
        "Trivy AWS-0093",
        "AWS FSBP S3.8",
        "CIS AWS 2.1.4",
        "openclaw promise 4",
    ],
    remediation: "Give the bucket a BucketPublicAccessBlock with all four flags true.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    kind: "BucketPublicAccessBlock",
    lacking: "blocks no public access",
    look: (said, report) =>
        inTurn(
            ...["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map(
                (flag) => () => requireFlag(said, flag, true, report),
            ),
        ),
});

export const bucketOwnership = saidOfEachBucket({
    name: "bucket-ownership",
    description: "Every bucket's objects belong to its account, and no access list gives them away",
    severity: "high",
    references: ["Checkov CKV2_AWS_65", "AWS FSBP S3.12", "openclaw promise 4"],
    remediation: "Give the bucket BucketOwnershipControls with BucketOwnerEnforced.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    kind: "BucketOwnershipControls",
    lacking: "has no ownership controls",
    look: (said, report) => requireOneOf(said, "rule.objectOwnership", ["BucketOwnerEnforced"], report),
});

export const bucketVersioning = saidOfEachBucket({
    name: "bucket-versioning",
    description: "Every bucket keeps what is overwritten or deleted",
    severity: "high",
    references: ["Checkov CKV_AWS_21", "Trivy AWS-0090", "openclaw promise 4"],
    remediation: "Give the bucket BucketVersioning with status Enabled.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
    kind: "BucketVersioning",
    lacking: "has no versioning",
    look: (said, report) => requireOneOf(said, "versioningConfiguration.status", ["Enabled"], report),
});

export const bucketEncryption = saidOfEachBucket({
    name: "bucket-encryption",
    description:
        "Every bucket encrypts with a key of our own; one that S3 writes access logs to, with S3's, as S3 demands",
    severity: "high",
    references: ["Checkov CKV_AWS_145", "Trivy AWS-0132", "openclaw promise 4"],
    remediation:
        "Give the bucket a BucketServerSideEncryptionConfiguration with aws:kms, kmsMasterKeyId and bucketKeyEnabled, that blocks SSE-C; " +
        "for access logs AES256: S3 delivers none under a key of ours.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html",
    kind: "BucketServerSideEncryptionConfiguration",
    lacking: "has no encryption set",
    look(said, report, isLogTarget) {
        const rules = said.list("rules");
        if (rules.length === 0) report("has no rules");
        for (const rule of rules) {
            const defaults = rule.get("applyServerSideEncryptionByDefault");
            const ours = () =>
                inTurn(
                    () => requireOneOf(defaults, "sseAlgorithm", ["aws:kms", "aws:kms:dsse"], report),
                    () => requireCustomerKey(defaults, "kmsMasterKeyId", report),
                    // Without it each object costs a request to KMS, which also limits how many are read at once.
                    () => requireFlag(rule, "bucketKeyEnabled", true, report),
                );
            inTurn(
                () => (isLogTarget ? requireOneOf(defaults, "sseAlgorithm", ["AES256"], report) : ours()),
                () => {
                    if (rule.texts("blockedEncryptionTypes").includes("SSE-C")) return;
                    report("does not block SSE-C: what is written under a writer's own key is lost with the writer");
                },
            );
        }
    },
});

export const bucketLifecycle = saidOfEachBucket({
    name: "bucket-lifecycle",
    description: "Every bucket ends unfinished uploads and old versions, so that nothing is paid for ever",
    severity: "low",
    references: ["Checkov CKV_AWS_300", "AWS FSBP S3.13", "openclaw promise 7"],
    remediation:
        "Give the bucket a BucketLifecycleConfiguration with enabled rules for the whole bucket: abortIncompleteMultipartUpload within 14 days, and noncurrentVersionExpiration.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html",
    kind: "BucketLifecycleConfiguration",
    lacking: "has no lifecycle",
    look(said, report) {
        const rules = wholeRules(said);
        const aborts = rules.some((rule) =>
            within(rule.number("abortIncompleteMultipartUpload.daysAfterInitiation"), 14),
        );
        if (!aborts) report("ends unfinished uploads of the whole bucket in no 14 days");
        const ends = rules.some((rule) => within(rule.number("noncurrentVersionExpiration.noncurrentDays"), Infinity));
        if (!ends) report("keeps every old version for ever");
    },
});

function within(days: number | undefined, most: number): boolean {
    return days !== undefined && days >= 1 && days <= most;
}

export const bucketRules = [bucketPublicAccess, bucketOwnership, bucketVersioning, bucketEncryption, bucketLifecycle];
