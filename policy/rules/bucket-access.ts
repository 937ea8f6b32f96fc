import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { type ReportResource, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { refusedByEachBucket } from "./support/bucket-rules";
import { BUCKET_TYPES, Buckets, isAbout, policyOf, wholeRules } from "./support/buckets";
import { condition, deniesEveryone, type Statement } from "./support/statements";

export const bucketTls = refusedByEachBucket({
    name: "bucket-tls",
    description: "Every bucket refuses requests without TLS",
    severity: "high",
    references: ["AWS FSBP S3.5", "CIS AWS 2.1.1", "openclaw promise 4"],
    remediation:
        "Deny s3:* to everyone, on the bucket and on its objects, where aws:SecureTransport is false, in the bucket's policy.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    message: "has no policy that refuses requests without TLS, on the bucket and on its objects",
    refuses: (statements) =>
        (["bucket", "objects"] as const).every((what) =>
            statements.some(
                (each) =>
                    deniesEveryone(each, "s3:*") &&
                    isAbout(each, what) &&
                    each.conditions.length === 1 &&
                    condition(each, "Bool", "aws:SecureTransport")?.join() === "false",
            ),
        ),
});

/** An upload that asks for other encryption than the default is refused; one that asks for nothing may be let pass. */
function refusesOther(statements: readonly Statement[], header: string, wanted: RegExp): boolean {
    return statements.some((each) => {
        const other = condition(each, /^StringNotEquals(IfExists)?$/, header);
        const asked = condition(each, "Null", header);
        return (
            deniesEveryone(each, "s3:PutObject") &&
            isAbout(each, "objects") &&
            other?.length === 1 &&
            other.every((value) => wanted.test(value)) &&
            each.conditions.length === (asked ? 2 : 1) &&
            (asked === undefined || asked.join() === "false")
        );
    });
}

export const bucketRefusesOtherKeys = refusedByEachBucket({
    name: "bucket-refuses-other-keys",
    description: "Every bucket with a key of our own refuses uploads under another one",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation:
        "Deny s3:PutObject to everyone where s3:x-amz-server-side-encryption is there and is not aws:kms, and where s3:x-amz-server-side-encryption-aws-kms-key-id is there and is another key.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    among: (buckets) => buckets.holdingData(),
    message: "has no policy that refuses uploads under another encryption and under another key",
    refuses: (statements) =>
        refusesOther(statements, "s3:x-amz-server-side-encryption", /^aws:kms$/) &&
        refusesOther(statements, "s3:x-amz-server-side-encryption-aws-kms-key-id", /^arn:aws[^:]*:kms:.+:key\/.+$/),
});

export const bucketAccessLog = stackRule({
    name: "bucket-access-log",
    description: "Who reads and writes a bucket is recorded in another one",
    severity: "medium",
    references: ["Checkov CKV_AWS_18", "Trivy AWS-0089", "AWS FSBP S3.9", "openclaw promise 4"],
    remediation: "Give the bucket a BucketLogging with a targetBucket that is made here and a targetPrefix of its own.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
    types: BUCKET_TYPES,
    check(stack, report) {
        const buckets = new Buckets(stack);
        for (const bucket of buckets.holdingData()) {
            const logs = buckets.of(bucket, "BucketLogging");
            if (logs.length === 0) report(bucket, "records nowhere who reads and writes it");
            for (const log of logs) {
                if (buckets.namedBy(log, "targetBucket").length === 0) report(log, "names no bucket that is made here");
                stack.decide(log, () => requirePrefix(log.props, (message) => report(log, message)), undefined);
            }
        }
    },
});

function requirePrefix(log: Reader, report: ReportResource): void {
    const prefix = log.text("targetPrefix");
    if (prefix === undefined || prefix === "") report("has no targetPrefix: the records of several buckets would mix");
}

export const accessLogTarget = stackRule({
    name: "access-log-target",
    description:
        "Where access logs go, S3 may write them, for this account's buckets alone, and they are kept long enough",
    severity: "medium",
    references: ["openclaw promise 4", "openclaw promise 5"],
    remediation:
        "Allow s3:PutObject to logging.s3.amazonaws.com where aws:SourceAccount is the account, leave Object Lock out, and let the lifecycle end objects not before the minimum.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html",
    types: BUCKET_TYPES,
    settings: {
        minimumDays: z.int().min(1).default(365).describe("Days that access logs are kept at least"),
    },
    check(stack, report, { minimumDays }) {
        const buckets = new Buckets(stack);
        for (const bucket of buckets.logTargets) {
            const statements = policyOf(stack, buckets, bucket);
            if (statements && !statements.some(letsS3Write)) {
                report(bucket, "has no policy that lets S3 write access logs, for this account alone");
            }
            if (buckets.isLocked(bucket)) report(bucket, "locks its objects: S3 delivers no access logs there");
            keptFor(stack, buckets.of(bucket, "BucketLifecycleConfiguration"), minimumDays, report);
        }
    },
});

function letsS3Write(statement: Statement): boolean {
    const { effect, actions, principals } = statement;
    const accounts = condition(statement, /^String(Equals|Like)$/, "aws:SourceAccount") ?? [];
    return (
        effect === "Allow" &&
        actions.includes("s3:PutObject") &&
        isAbout(statement, "objects") &&
        principals.some(({ kind, name }) => kind === "Service" && name === "logging.s3.amazonaws.com") &&
        accounts.length > 0 &&
        accounts.every((account) => /^\d{12}$/.test(account))
    );
}

function keptFor(
    stack: Stack,
    lifecycles: readonly Resource[],
    days: number,
    report: (resource: Resource, message: string) => void,
): void {
    stack.each(lifecycles, (lifecycle) => {
        const ends = wholeRules(lifecycle.props).flatMap((rule) => rule.number("expiration.days") ?? []);
        if (ends.length === 0) report(lifecycle, "lets access logs end never");
        for (const end of ends) {
            if (end < days) report(lifecycle, `lets access logs end after ${end} days, ${days} are required`);
        }
    });
}

export const bucketAccessRules = [bucketTls, bucketRefusesOtherKeys, bucketAccessLog, accessLogTarget];
