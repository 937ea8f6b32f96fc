import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { type ReportStack, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { refusedByEachBucket } from "./support/bucket-rules";
import { BUCKET_TYPES, Buckets, isAbout, wholeRules } from "./support/buckets";
import { condition, deniesEveryone } from "./support/statements";
import { inTurn, requireFlag, requireNumber, requireOneOf } from "./support/values";

const YEAR = z.int().min(1).default(365);

/** Days of a lock's default retention, which stands in days or in years. */
function lockedDays(lock: Reader): number | undefined {
    const years = lock.number("rule.defaultRetention.years");
    return lock.number("rule.defaultRetention.days") ?? (years === undefined ? undefined : years * 365);
}

export const objectLock = stackRule({
    name: "object-lock",
    description: "What is written to an archive can be neither changed nor deleted for a year, by anyone",
    severity: "critical",
    references: ["openclaw promise 5"],
    remediation:
        "Make the bucket with objectLockEnabled, and give it a BucketObjectLockConfiguration with a default retention in compliance mode. " +
        "In governance mode an administrator can lift it.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    types: BUCKET_TYPES,
    settings: {
        modes: z
            .array(z.enum(["COMPLIANCE", "GOVERNANCE"]))
            .min(1)
            .default(["COMPLIANCE"])
            .describe("Modes of the lock that are allowed"),
        minimumDays: YEAR.describe("Days that an object is locked at least"),
    },
    check(stack, report, { modes, minimumDays }) {
        const buckets = new Buckets(stack);
        for (const bucket of buckets.all.filter((each) => buckets.isLocked(each))) {
            const told = (message: string) => report(bucket, message);
            stack.decide(bucket, () => requireFlag(bucket.props, "objectLockEnabled", true, told), undefined);
            const locks = buckets.of(bucket, "BucketObjectLockConfiguration");
            if (locks.length === 0) report(bucket, "can lock objects, and locks none by default");
            for (const lock of locks) look(stack, lock, modes, minimumDays, report);
        }
    },
});

function look(stack: Stack, lock: Resource, modes: readonly string[], least: number, report: ReportStack): void {
    const told = (message: string) => report(lock, message);
    stack.decide(
        lock,
        () =>
            inTurn(
                () => requireOneOf(lock.props, "objectLockEnabled", ["Enabled"], told),
                () => requireOneOf(lock.props, "rule.defaultRetention.mode", modes, told),
                () => {
                    const days = lockedDays(lock.props);
                    if (days === undefined) report(lock, `locks objects for no time, ${least} days are required`);
                    else if (days < least) report(lock, `locks objects for ${days} days, ${least} are required`);
                },
            ),
        undefined,
    );
}

export const objectLockNotShortened = refusedByEachBucket({
    name: "object-lock-not-shortened",
    description: "An upload to an archive cannot ask for a shorter lock than the archive's own",
    severity: "high",
    references: ["openclaw promise 5"],
    remediation:
        "Deny s3:PutObjectRetention to everyone where s3:object-lock-remaining-retention-days is less than a year, in the bucket's policy.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
    among: (buckets) => buckets.all.filter((bucket) => buckets.isLocked(bucket)),
    message: "has no policy that refuses a lock of less than 365 days",
    refuses: (statements) =>
        statements.some((each) => {
            const days = condition(each, "NumericLessThan", "s3:object-lock-remaining-retention-days");
            return (
                deniesEveryone(each, "s3:PutObjectRetention") &&
                isAbout(each, "objects") &&
                each.conditions.length === 1 &&
                days?.length === 1 &&
                days.every((value) => Number(value) >= 365)
            );
        }),
});

/** Classes that answer at once and stand in more than one zone. */
const READABLE = ["GLACIER_IR", "INTELLIGENT_TIERING", "STANDARD_IA"];

export const archiveLifecycle = stackRule({
    name: "archive-lifecycle",
    description: "An archive's records end after their lock and not before, and can be read at once until then",
    severity: "high",
    references: ["openclaw promise 5"],
    remediation:
        "Let the lifecycle expire objects of the whole bucket after the lock's days, and move them only to classes that answer at once and outlive a zone.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html",
    types: BUCKET_TYPES,
    settings: {
        maximumDays: z.int().min(1).default(3653).describe("Days after which records end at the latest"),
    },
    check(stack, report, { maximumDays }) {
        const buckets = new Buckets(stack);
        for (const bucket of buckets.all.filter((each) => buckets.isLocked(each))) {
            const locked = buckets
                .of(bucket, "BucketObjectLockConfiguration")
                .map((lock) => stack.decide(lock, () => lockedDays(lock.props) ?? 0, 0));
            const least = Math.max(1, ...locked);
            stack.each(buckets.of(bucket, "BucketLifecycleConfiguration"), (lifecycle) => {
                const told = (message: string) => report(lifecycle, message);
                const ends = wholeRules(lifecycle.props).filter((rule) => rule.has("expiration"));
                if (ends.length === 0) told(`lets no record end, ${least} to ${maximumDays} days are required`);
                for (const rule of lifecycle.props.list("rules")) {
                    inTurn(
                        () => {
                            if (!rule.has("expiration")) return;
                            requireNumber(rule, "expiration.days", { least, most: maximumDays }, told);
                        },
                        ...rule.list("transitions").map((each) => () => {
                            requireOneOf(each, "storageClass", READABLE, told);
                            // What is moved earlier is paid for in full until then.
                            requireNumber(each, "days", { least: 30, most: maximumDays }, told);
                        }),
                    );
                }
            });
        }
    },
});

/** Buckets whose objects change: what they were is all that a restore to a point in time has. */
function changing(buckets: Buckets): readonly Resource[] {
    return buckets.holdingData().filter((bucket) => !buckets.isLocked(bucket));
}

export const bucketHistory = stackRule({
    name: "bucket-history",
    description: "What is overwritten in a bucket can be restored for a while",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Let noncurrentVersionExpiration of the bucket's lifecycle end old versions not before the minimum.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
    types: BUCKET_TYPES,
    settings: {
        minimumDays: z.int().min(1).default(30).describe("Days that an old version is kept at least"),
    },
    check(stack, report, { minimumDays }) {
        const buckets = new Buckets(stack);
        for (const bucket of changing(buckets)) {
            stack.each(buckets.of(bucket, "BucketLifecycleConfiguration"), (lifecycle) => {
                for (const rule of lifecycle.props.list("rules")) {
                    if (rule.has("expiration.days") || rule.has("expiration.date")) {
                        report(lifecycle, "ends objects that are in use");
                    }
                    if (!rule.has("noncurrentVersionExpiration")) continue;
                    const told = (message: string) => report(lifecycle, message);
                    requireNumber(rule, "noncurrentVersionExpiration.noncurrentDays", { least: minimumDays }, told);
                }
            });
        }
    },
});

export const bucketVersionsKept = refusedByEachBucket({
    name: "bucket-versions-kept",
    description: "Nobody deletes an old version by hand: only the bucket's lifecycle ends it",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Deny s3:DeleteObjectVersion to everyone in the bucket's policy, without a condition. A lifecycle is not held by it.",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html",
    among: changing,
    message: "has no policy that refuses to delete old versions",
    refuses: (statements) =>
        statements.some(
            (each) =>
                deniesEveryone(each, "s3:DeleteObjectVersion") &&
                isAbout(each, "objects") &&
                each.conditions.length === 0,
        ),
});

export const archiveRules = [objectLock, objectLockNotShortened, archiveLifecycle, bucketHistory, bucketVersionsKept];
