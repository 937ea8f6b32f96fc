import {
    databaseEncryption,
    messageEncryption,
    secretRotation,
    storageEncryption,
} from "../../../policy/rules/encryption";
import { set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const QUEUE = "aws:sqs/queue:Queue";

describe("policy: encryption", () => {
    prove(databaseEncryption, {
        breaks: [
            set("database-cluster", "storageEncrypted", false),
            set("database-cluster", "kmsKeyId", "alias/aws/rds"),
            unset("database-cluster", "performanceInsightsKmsKeyId"),
            unset("database-cluster", "masterUserSecretKmsKeyId"),
        ],
        missing: unset("database-cluster", "storageEncrypted"),
        unknown: unknown("database-cluster", "kmsKeyId"),
    });

    prove(messageEncryption, {
        breaks: [
            set("operations-topic", "kmsMasterKeyId", "alias/aws/sns"),
            unset("karpenter-interruptions", "kmsMasterKeyId", QUEUE),
        ],
        missing: unset("operations-topic", "kmsMasterKeyId"),
        unknown: unknown("operations-topic", "kmsMasterKeyId"),
    });

    prove(storageEncryption, {
        breaks: [
            set("recovery-daily-vault", "kmsKeyArn", "arn:aws:kms:us-east-1:111122223333:alias/aws/backup"),
            unset("archive-delivery-stream", "extendedS3Configuration.kmsKeyArn"),
        ],
        missing: unset("recovery-copy-monthly-vault", "kmsKeyArn"),
        unknown: unknown("recovery-daily-vault", "kmsKeyArn"),
    });

    prove(secretRotation, {
        breaks: [
            set("database-cluster", "manageMasterUserPassword", false),
            set("database-cluster", "masterPassword", "in-the-state"),
        ],
        missing: unset("database-cluster", "manageMasterUserPassword"),
        unknown: unknown("database-cluster", "manageMasterUserPassword"),
    });
});
