import type { Properties } from "../../../plan/offline-engine";
import {
    keyDeletionWindow,
    keyManageable,
    keyNotDestroyable,
    keyPolicyClosed,
    keyRotation,
    keyUseConfined,
} from "../../../policy/rules/keys";
import { document, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";
import { compare, type Edited, statement } from "../support/statements";

const ACCOUNT = { AWS: "arn:aws:iam::111122223333:root" };

describe("policy: keys", () => {
    prove(keyRotation, {
        breaks: [set("keys-database", "enableKeyRotation", false)],
        missing: unset("keys-database", "enableKeyRotation"),
        unknown: unknown("keys-database", "enableKeyRotation"),
    });

    prove(keyDeletionWindow, {
        breaks: [set("keys-database", "deletionWindowInDays", 7)],
        missing: unset("recovery-copy-key", "deletionWindowInDays"),
        unknown: unknown("keys-database", "deletionWindowInDays"),
    });

    prove(keyPolicyClosed, {
        breaks: [
            statement("keys-logs", "EncryptLogGroups", (each) => (each["Principal"] = "*")),
            statement("keys-logs", "EncryptLogGroups", (each) => (each["Principal"] = { AWS: ["*"] })),
            statement("keys-logs", "EncryptLogGroups", (each) => (each["Principal"] = { AWS: "anyone" })),
            statement("keys-logs", "EncryptLogGroups", (each) => {
                delete each["Principal"];
                each["NotPrincipal"] = { AWS: "arn:aws:iam::111122223333:user/one" };
            }),
            statement("keys-logs", "EncryptLogGroups", (each) => delete each["Effect"]),
            statement("keys-logs", "EncryptLogGroups", (each) => delete each["Resource"]),
        ],
        missing: unset("keys-logs", "policy"),
        unknown: unknown("keys-logs", "policy"),
    });

    prove(keyUseConfined, {
        breaks: [
            statement("keys-database", "UseThroughServices", (each) => delete each["Condition"]),
            compare("keys-archive", "UseThroughServices", "StringEquals", "kms:ViaService", undefined),
            compare("keys-archive", "UseThroughServices", "StringEquals", "kms:CallerAccount", undefined),
            compare("keys-archive", "UseThroughServices", "StringEquals", "kms:ViaService", "*"),
            compare("keys-archive", "UseThroughServices", "StringEquals", "kms:CallerAccount", "*"),
            statement("keys-cluster", "GrantToTheCluster", (each) => delete each["Condition"]),
            statement("keys-volumes", "AttachByAutoScaling", (each) => delete each["Condition"]),
            compare("keys-volumes", "GrantThroughServices", "Bool", "kms:GrantIsForAWSResource", "false"),
            statement("keys-logs", "EncryptLogGroups", (each) => delete each["Condition"]),
            statement("keys-messages", "PublishToTopics", (each) => {
                each["Condition"] = { ArnLike: { "kms:EncryptionContext:aws:sns:topicArn": "*" } };
            }),
        ],
        missing: statement("keys-logs", "EncryptLogGroups", (each) => (each["Condition"] = {})),
        unknown: unknown("keys-logs", "policy"),
    });

    prove(keyNotDestroyable, {
        breaks: [
            statement("keys-archive", "AdministerThroughIam", allow("kms:ScheduleKeyDeletion")),
            statement("keys-archive", "AdministerThroughIam", allow("kms:Disable*")),
        ],
        missing: {
            passes: unset("keys-archive", "policy"),
            because: "key-policy-closed refuses a key without a policy",
        },
        unknown: unknown("keys-archive", "policy"),
    });

    prove(keyManageable, {
        breaks: [
            document("keys-archive", "policy", ({ Statement }) => void (Statement as Properties[]).shift()),
            statement("keys-archive", "AdministerThroughIam", (each) => {
                each["Action"] = ["kms:DescribeKey", "kms:PutKeyPolicy", "kms:EnableKey"];
            }),
        ],
        missing: statement("keys-archive", "AdministerThroughIam", (each) => delete each["Action"]),
        unknown: unknown("keys-archive", "policy"),
    });
});

/** Lets the account do one thing more. */
function allow(action: string): (statement: Edited) => void {
    return (each) => {
        each["Principal"] = ACCOUNT;
        each["Action"] = [...(each["Action"] as string[]), action];
    };
}
