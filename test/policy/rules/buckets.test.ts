import {
    bucketEncryption,
    bucketLifecycle,
    bucketOwnership,
    bucketPublicAccess,
    bucketVersioning,
} from "../../../policy/rules/buckets";
import { remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const ENCRYPTION = "rules.0.applyServerSideEncryptionByDefault";

describe("policy: buckets", () => {
    prove(bucketPublicAccess, {
        breaks: [
            set("archive-public-access", "blockPublicAcls", false),
            set("archive-public-access", "blockPublicPolicy", false),
            set("state-public-access", "ignorePublicAcls", false),
            set("state-public-access", "restrictPublicBuckets", false),
            remove("archive-access-logs-public-access"),
        ],
        missing: unset("archive-public-access", "blockPublicAcls"),
        unknown: unknown("archive-public-access", "blockPublicAcls"),
    });

    prove(bucketOwnership, {
        breaks: [set("archive-ownership", "rule.objectOwnership", "ObjectWriter"), remove("state-ownership")],
        missing: unset("archive-ownership", "rule"),
        unknown: unknown("archive-ownership", "rule.objectOwnership"),
    });

    prove(bucketVersioning, {
        breaks: [
            set("state-versioning", "versioningConfiguration.status", "Suspended"),
            remove("archive-access-logs-versioning"),
        ],
        missing: unset("state-versioning", "versioningConfiguration"),
        unknown: unknown("state-versioning", "versioningConfiguration.status"),
    });

    prove(bucketEncryption, {
        breaks: [
            set("state-encryption", `${ENCRYPTION}.sseAlgorithm`, "AES256"),
            set("state-encryption", `${ENCRYPTION}.kmsMasterKeyId`, "alias/aws/s3"),
            set("state-encryption", "rules.0.bucketKeyEnabled", false),
            set("state-encryption", "rules.0.blockedEncryptionTypes", ["NONE"]),
            set("archive-access-logs-encryption", `${ENCRYPTION}.sseAlgorithm`, "aws:kms"),
            set("archive-encryption", "rules", []),
            remove("archive-encryption"),
        ],
        missing: unset("state-encryption", `${ENCRYPTION}.kmsMasterKeyId`),
        unknown: unknown("state-encryption", `${ENCRYPTION}.kmsMasterKeyId`),
    });

    prove(bucketLifecycle, {
        breaks: [
            set("state-lifecycle", "rules.0.status", "Disabled"),
            set("state-lifecycle", "rules.0.filter.prefix", "somewhere/"),
            set("state-lifecycle", "rules.0.abortIncompleteMultipartUpload.daysAfterInitiation", 70),
            unset("archive-lifecycle", "rules.1.noncurrentVersionExpiration"),
            remove("state-lifecycle"),
        ],
        missing: unset("state-lifecycle", "rules.0.abortIncompleteMultipartUpload"),
        unknown: unknown("state-lifecycle", "rules.0.status"),
    });
});
