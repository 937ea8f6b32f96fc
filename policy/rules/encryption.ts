import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { CLUSTER, DATABASES } from "./support/databases";
import { referring } from "./support/related";
import { inTurn, requireCustomerKey, requireFlag, requireNumber } from "./support/values";

export const databaseEncryption = resourceRule({
    name: "database-encryption",
    description: "Every database, its insights and its administrator's secret are encrypted with a key of our own",
    severity: "critical",
    references: [
        "Checkov CKV_AWS_96",
        "Checkov CKV_AWS_327",
        "Checkov CKV_AWS_354",
        "Checkov CKV_AWS_149",
        "Trivy AWS-0079",
        "Trivy AWS-0078",
        "AWS FSBP RDS.3",
        "AWS FSBP RDS.27",
        "CIS AWS 2.3.1",
        "openclaw promise 4",
    ],
    remediation:
        "Set storageEncrypted, kmsKeyId, performanceInsightsKmsKeyId and masterUserSecretKmsKeyId. The storage's key can be set only when the database is made.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html",
    types: DATABASES,
    check({ props }, report) {
        inTurn(
            () => requireFlag(props, "storageEncrypted", true, report),
            () => requireCustomerKey(props, "kmsKeyId", report),
            () =>
                props.flag("performanceInsightsEnabled") === true &&
                requireCustomerKey(props, "performanceInsightsKmsKeyId", report),
            () =>
                props.flag("manageMasterUserPassword") === true &&
                requireCustomerKey(props, "masterUserSecretKmsKeyId", report),
        );
    },
});

export const messageEncryption = resourceRule({
    name: "message-encryption",
    description: "Every topic and every queue encrypts its messages with a key of our own",
    severity: "high",
    references: [
        "Checkov CKV_AWS_26",
        "Checkov CKV_AWS_27",
        "Trivy AWS-0136",
        "Trivy AWS-0135",
        "AWS FSBP SQS.1",
        "openclaw promise 4",
    ],
    remediation: "Set kmsMasterKeyId to a customer managed key whose policy lets the services that publish use it.",
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    types: ["aws:sns/topic:Topic", "aws:sqs/queue:Queue"],
    check: ({ props }, report) => requireCustomerKey(props, "kmsMasterKeyId", report),
});

/** Where each type that stores something takes its key, and the flag that turns encryption on, where it has one. */
const STORES: Readonly<Record<string, { readonly key: string; readonly flag?: string }>> = {
    "aws:backup/vault:Vault": { key: "kmsKeyArn" },
    "aws:dynamodb/table:Table": { key: "serverSideEncryption.kmsKeyArn", flag: "serverSideEncryption.enabled" },
    "aws:ebs/volume:Volume": { key: "kmsKeyId", flag: "encrypted" },
    "aws:efs/fileSystem:FileSystem": { key: "kmsKeyId", flag: "encrypted" },
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": { key: "extendedS3Configuration.kmsKeyArn" },
    "aws:kinesis/stream:Stream": { key: "kmsKeyId" },
    "aws:secretsmanager/secret:Secret": { key: "kmsKeyId" },
};

export const storageEncryption = resourceRule({
    name: "storage-encryption",
    description: "Every vault, volume, file system, table, stream and secret is encrypted with a key of our own",
    severity: "high",
    references: [
        "Checkov CKV_AWS_166",
        "Checkov CKV_AWS_119",
        "Checkov CKV_AWS_189",
        "Checkov CKV_AWS_184",
        "Checkov CKV_AWS_185",
        "Checkov CKV_AWS_149",
        "openclaw promise 4",
    ],
    remediation: "Set the key to a customer managed one. Most stores take it only when they are made.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html",
    types: Object.keys(STORES),
    check({ type, props }, report) {
        const { key, flag } = STORES[type] ?? { key: "kmsKeyId" };
        inTurn(
            () => flag !== undefined && requireFlag(props, flag, true, report),
            () => requireCustomerKey(props, key, report),
        );
    },
});

const SECRET = "aws:secretsmanager/secret:Secret";
const ROTATION = "aws:secretsmanager/secretRotation:SecretRotation";

export const secretRotation = stackRule({
    name: "secret-rotation",
    description: "Every secret changes by itself, and no administrator's password is in the state",
    severity: "high",
    references: [
        "Checkov CKV_AWS_304",
        "Checkov CKV2_AWS_57",
        "AWS FSBP SecretsManager.1",
        "AWS FSBP SecretsManager.4",
        "openclaw promise 4",
    ],
    remediation:
        "Give a secret a SecretRotation; for a database set manageMasterUserPassword, so that RDS makes the password and changes it each week.",
    url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
    types: [...DATABASES, SECRET],
    settings: {
        maximumDays: z.int().min(1).default(90).describe("Days after which a secret changes at most"),
    },
    check(stack, report, { maximumDays }) {
        stack.each(stack.ofType(...DATABASES), (database) => {
            const password = database.type === CLUSTER ? "masterPassword" : "password";
            if (database.props.has(password)) report(database, `has a ${password}, which stands in the state`);
            requireFlag(database.props, "manageMasterUserPassword", true, (message) => report(database, message));
        });
        const rotationsOf = referring(stack, [ROTATION], "secretId");
        for (const secret of stack.ofType(SECRET)) {
            const rotations = rotationsOf(secret);
            if (rotations.length === 0) report(secret, `has no rotation, one within ${maximumDays} days is required`);
            stack.each(rotations, (rotation) =>
                requireNumber(
                    rotation.props,
                    "rotationRules.automaticallyAfterDays",
                    { least: 1, most: maximumDays },
                    (message) => report(rotation, message),
                ),
            );
        }
    },
});

export const encryptionRules = [databaseEncryption, messageEncryption, storageEncryption, secretRotation];
