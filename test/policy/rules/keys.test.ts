import type { Properties } from "../../../plan/offline-engine";
import {
    keyDeletionWindow,
    keyManageable,
    keyNotDestroyable,
    keyPolicyClosed,
    keyRotation,
    keyUseConfined,
} from "../../../policy/rules/keys";
import { document, type Mutation, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

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
        ],
        missing: unset("keys-logs", "policy"),
        unknown: unknown("keys-logs", "policy"),
    });

    prove(keyUseConfined, {
        breaks: [
            statement("keys-database", "UseThroughServices", (each) => delete each["Condition"]),
            conditions("keys-archive", "UseThroughServices", (each) => delete each["kms:ViaService"]),
            conditions("keys-archive", "UseThroughServices", (each) => delete each["kms:CallerAccount"]),
            conditions("keys-archive", "UseThroughServices", (each) => (each["kms:ViaService"] = "*")),
            conditions("keys-archive", "UseThroughServices", (each) => (each["kms:CallerAccount"] = "*")),
            statement("keys-cluster", "GrantToTheCluster", (each) => delete each["Condition"]),
            statement("keys-volumes", "AttachByAutoScaling", (each) => delete each["Condition"]),
            statement("keys-volumes", "GrantThroughServices", (each) => {
                (each["Condition"] as Record<string, unknown>)["Bool"] = { "kms:GrantIsForAWSResource": "false" };
            }),
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

type Edited = Record<string, unknown>;

/** Changes one statement of a key's policy. */
function statement(key: string, sid: string, edit: (statement: Edited) => unknown): Mutation {
    return document(key, "policy", (policy) => {
        const found = (policy["Statement"] as unknown as Edited[]).find((each) => each["Sid"] === sid);
        if (!found) throw new Error(`${key} has no statement ${sid}`);
        edit(found);
    });
}

/** Changes what a statement demands to be equal. */
function conditions(key: string, sid: string, edit: (conditions: Edited) => unknown): Mutation {
    return statement(key, sid, (each) => edit((each["Condition"] as Record<string, Edited>)["StringEquals"] ?? {}));
}

function allow(action: string): (statement: Edited) => void {
    return (each) => {
        each["Principal"] = ACCOUNT;
        each["Action"] = [...(each["Action"] as string[]), action];
    };
}
