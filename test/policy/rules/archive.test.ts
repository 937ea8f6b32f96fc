import {
    archiveLifecycle,
    bucketHistory,
    bucketVersionsKept,
    objectLock,
    objectLockNotShortened,
} from "../../../policy/rules/archive";
import { set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";
import { compare, statement, withoutStatement } from "../support/statements";

const RETENTION = "rule.defaultRetention";
const REMAINING = "s3:object-lock-remaining-retention-days";

describe("policy: archive and history", () => {
    prove(objectLock, {
        breaks: [
            set("archive-lock", `${RETENTION}.mode`, "GOVERNANCE"),
            set("archive-lock", `${RETENTION}.days`, 364),
            set("archive-lock", "objectLockEnabled", "Disabled"),
            set("archive-bucket", "objectLockEnabled", false),
            unset("archive-bucket", "objectLockEnabled"),
        ],
        missing: unset("archive-lock", RETENTION),
        unknown: unknown("archive-lock", `${RETENTION}.days`),
    });

    prove(objectLockNotShortened, {
        breaks: [
            compare("archive-policy", "NoShorterLock", "NumericLessThan", REMAINING, "40"),
            compare("archive-policy", "NoShorterLock", "StringEquals", "aws:PrincipalAccount", "111122223333"),
            statement("archive-policy", "NoShorterLock", (each) => (each["Action"] = "s3:GetObject")),
        ],
        missing: withoutStatement("archive-policy", "NoShorterLock"),
        unknown: unknown("archive-policy", "policy"),
    });

    prove(archiveLifecycle, {
        breaks: [
            set("archive-lifecycle", "rules.1.expiration.days", 399),
            set("archive-lifecycle", "rules.1.expiration.days", 4010),
            set("archive-lifecycle", "rules.1.transitions.0.storageClass", "DEEP_ARCHIVE"),
            set("archive-lifecycle", "rules.1.transitions.0.storageClass", "ONEZONE_IA"),
            set("archive-lifecycle", "rules.1.transitions.0.days", 9),
        ],
        missing: unset("archive-lifecycle", "rules.1.expiration"),
        unknown: unknown("archive-lifecycle", "rules.1.expiration.days"),
    });

    prove(bucketHistory, {
        breaks: [
            set("state-lifecycle", "rules.1.noncurrentVersionExpiration.noncurrentDays", 29),
            set("state-lifecycle", "rules.1.expiration", { days: 30 }),
        ],
        missing: unset("state-lifecycle", "rules.1.noncurrentVersionExpiration.noncurrentDays"),
        unknown: unknown("state-lifecycle", "rules.1.noncurrentVersionExpiration.noncurrentDays"),
    });

    prove(bucketVersionsKept, {
        breaks: [
            compare("state-policy", "HistoryStays", "StringEquals", "aws:PrincipalAccount", "111122223333"),
            statement("state-policy", "HistoryStays", (each) => (each["Principal"] = { AWS: "111122223333" })),
        ],
        missing: withoutStatement("state-policy", "HistoryStays"),
        unknown: unknown("state-policy", "policy"),
    });
});
