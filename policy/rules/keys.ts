import { z } from "zod";
import { resourceRule } from "../engine/rule";
import { condition, covers, type Statement, statementsAt } from "./support/statements";
import { requireFlag, requireNumber } from "./support/values";

const KEY = "aws:kms/key:Key";

export const keyRotation = resourceRule({
    name: "key-rotation",
    description: "Every symmetric key changes its material by itself",
    severity: "high",
    references: ["Checkov CKV_AWS_7", "Trivy AWS-0065", "CIS AWS 3.6", "openclaw promise 4"],
    remediation: "Set enableKeyRotation to true. What was encrypted before stays readable.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    types: [KEY],
    check({ props }, report) {
        // AWS rotates neither pairs of keys nor those that sign.
        const spec = props.text("customerMasterKeySpec") ?? "SYMMETRIC_DEFAULT";
        if (spec === "SYMMETRIC_DEFAULT") requireFlag(props, "enableKeyRotation", true, report);
    },
});

export const keyDeletionWindow = resourceRule({
    name: "key-deletion-window",
    description: "Every key that is deleted can be called back for a while: with it goes all that it encrypts",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Set deletionWindowInDays to the minimum or more; AWS takes 7 to 30.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    types: [KEY],
    settings: {
        minimumDays: z.int().min(7).max(30).default(30).describe("Days in which a deletion can be called back"),
    },
    check: ({ props }, report, { minimumDays }) =>
        requireNumber(props, "deletionWindowInDays", { least: minimumDays }, report),
});

export const keyPolicyClosed = resourceRule({
    name: "key-policy-closed",
    description: "Every key has a policy, and it lets in neither everyone nor all but some",
    severity: "critical",
    references: ["Checkov CKV_AWS_33", "Checkov CKV2_AWS_64", "AWS FSBP KMS.5", "openclaw promise 4"],
    remediation:
        "Name accounts, roles or services as principals. A key without a policy of its own gets one that lets all of the account's IAM decide.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
    types: [KEY],
    check({ props }, report) {
        const statements = statementsAt(props, "policy");
        if (statements.length === 0) report("has no policy");
        for (const { title, effect, principals, inverted, resources } of statements) {
            if (effect === undefined) report(`${title} of its policy has no effect`);
            if (!resources.some((each) => each === "*" || /:key\//.test(each)))
                report(`${title} of its policy is about no key`);
            if (effect !== "Allow") continue;
            if (inverted) report(`${title} of its policy allows all but some`);
            else if (principals.length === 0) report(`${title} of its policy names no principal`);
            for (const { kind, name } of principals) {
                if (name === "*") report(`${title} of its policy allows everyone`);
                else if (!/^(AWS|Service|Federated)$/.test(kind) || !/[.:]/.test(name)) {
                    report(`${title} of its policy allows ${name}, which is no account, role or service`);
                }
            }
        }
    },
});

const USE = [
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
];

export const keyUseConfined = resourceRule({
    name: "key-use-confined",
    description: "No key can be used but by the services and for the resources that its policy names",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Allow use to the account only with kms:ViaService and kms:CallerAccount, to a service only with an encryption context or source of this account, and kms:CreateGrant only with a condition.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
    types: [KEY],
    check({ props }, report) {
        for (const statement of statementsAt(props, "policy").filter(({ effect }) => effect === "Allow")) {
            const told = (message: string) => report(`${statement.title} of its policy ${message}`);
            const uses = USE.some((action) => covers(statement.actions, action));
            if (uses || covers(statement.actions, "kms:CreateGrant")) confine(statement, uses, told);
        }
    },
});

function confine(statement: Statement, uses: boolean, report: (message: string) => void): void {
    const account = condition(statement, "StringEquals", "kms:CallerAccount") ?? [];
    const via = condition(statement, /^String(Equals|Like)$/, "kms:ViaService") ?? [];
    const resource = condition(statement, "Bool", "kms:GrantIsForAWSResource");
    if (resource && !resource.every((value) => value === "true"))
        report("has kms:GrantIsForAWSResource that is not true");
    if (account.some((value) => !/^\d{12}$/.test(value)))
        report(`has kms:CallerAccount ${account.join(", ")}, which is no account`);
    if (via.some((value) => !/^[a-z0-9-]+\.([a-z0-9-]+|\*)\.amazonaws\.com/.test(value))) {
        report(`has kms:ViaService ${via.join(", ")}, which is not one service each`);
    }
    for (const { kind, name } of statement.principals) {
        if (kind === "Service") {
            if (!ofOurs(statement)) report(`lets ${name} use the key for everyone's resources`);
        } else if (/^\d{12}$|:root$/.test(name)) {
            if (account.length === 0) report("lets the account in without kms:CallerAccount");
            if (uses && via.length === 0) report("lets the account use the key without kms:ViaService");
        } else if (!uses && !resource) report(`lets ${name} make grants for anything`);
    }
}

/** Whether a service is held to resources of an account: by the encryption context that it gives, or by its source. */
function ofOurs({ conditions }: Statement): boolean {
    return conditions.some(
        ({ operator, key, values }) =>
            /^(String|Arn)(Equals|Like)$/.test(operator) &&
            /^(kms:EncryptionContext:.+|aws:Source(Account|Arn|OrgID))$/i.test(key) &&
            values.length > 0 &&
            values.every((value) => /\d{12}|^o-/.test(value)),
    );
}

/** What takes the data with the key, at once or after its window. */
const DESTROYS = ["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial"];

export const keyNotDestroyable = resourceRule({
    name: "key-not-destroyable",
    description:
        "No key can be disabled or deleted before its policy is changed: that would undo every lock on the data",
    severity: "high",
    references: ["AWS FSBP KMS.3", "openclaw promise 5"],
    remediation:
        "Leave kms:ScheduleKeyDeletion, kms:DisableKey and kms:DeleteImportedKeyMaterial out of the key's policy, and with them kms:*.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    types: [KEY],
    check({ props }, report) {
        for (const { title, effect, actions } of statementsAt(props, "policy")) {
            if (effect !== "Allow") continue;
            for (const action of DESTROYS)
                if (covers(actions, action)) report(`${title} of its policy allows ${action}`);
        }
    },
});

export const keyManageable = resourceRule({
    name: "key-manageable",
    description:
        "Every key's policy lets the account change it: a key that nobody may manage has to be rescued by AWS Support",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Allow kms:PutKeyPolicy, kms:CancelKeyDeletion and kms:EnableKey to the account or to a role that stays.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    types: [KEY],
    check({ props }, report) {
        const allowed = statementsAt(props, "policy").filter(({ effect }) => effect === "Allow");
        for (const action of ["kms:PutKeyPolicy", "kms:CancelKeyDeletion", "kms:EnableKey"]) {
            const somebody = allowed.some(
                ({ actions, principals }) =>
                    covers(actions, action) && principals.some(({ name }) => /^arn:aws[^:]*:iam::\d{12}:/.test(name)),
            );
            if (!somebody) report(`allows ${action} to nobody`);
        }
    },
});

export const keyRules = [
    keyRotation,
    keyDeletionWindow,
    keyPolicyClosed,
    keyUseConfined,
    keyNotDestroyable,
    keyManageable,
];
