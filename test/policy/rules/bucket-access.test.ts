import {
    accessLogTarget,
    bucketAccessLog,
    bucketRefusesOtherKeys,
    bucketTls,
} from "../../../policy/rules/bucket-access";
import { addLike, all, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";
import { compare, statement, withoutStatement } from "../support/statements";

const OBJECTS = "arn:aws:s3:::archive-bucket-13c92de/*";
const ENCRYPTION = "s3:x-amz-server-side-encryption";
const KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id";

describe("policy: access to buckets", () => {
    prove(bucketTls, {
        breaks: [
            withoutStatement("archive-policy", "TlsOnly"),
            compare("archive-policy", "TlsOnly", "Bool", "aws:SecureTransport", "true"),
            compare("archive-policy", "TlsOnly", "StringEquals", "aws:PrincipalAccount", "111122223333"),
            statement("archive-policy", "TlsOnly", (each) => (each["Resource"] = OBJECTS)),
            statement("archive-policy", "TlsOnly", (each) => (each["Action"] = "s3:GetObject")),
            statement("archive-policy", "TlsOnly", (each) => (each["Effect"] = "Allow")),
            statement("archive-policy", "TlsOnly", (each) => (each["Principal"] = { AWS: "111122223333" })),
        ],
        missing: remove("archive-access-logs-policy"),
        unknown: unknown("archive-policy", "policy"),
        also: { "access-log-target": "that bucket's policy is what lets S3 write access logs" },
    });

    prove(bucketRefusesOtherKeys, {
        breaks: [
            withoutStatement("archive-policy", "NoOtherEncryption"),
            withoutStatement("state-policy", "NoOtherKey"),
            compare("archive-policy", "NoOtherEncryption", "StringNotEquals", ENCRYPTION, "AES256"),
            compare("archive-policy", "NoOtherEncryption", "Null", ENCRYPTION, "true"),
            compare("archive-policy", "NoOtherKey", "StringNotEquals", KEY, "*"),
            compare("archive-policy", "NoOtherKey", "StringNotEquals", KEY, undefined),
            statement("archive-policy", "NoOtherKey", (each) => (each["Resource"] = "arn:aws:s3:::other/some/*")),
        ],
        missing: withoutStatement("archive-policy", "NoOtherKey"),
        unknown: unknown("state-policy", "policy"),
    });

    prove(bucketAccessLog, {
        breaks: [
            remove("archive-access-log"),
            set("state-access-log", "targetPrefix", ""),
            addLike("state-access-log", "other-access-log", (inputs) => Reflect.deleteProperty(inputs, "targetBucket")),
        ],
        missing: unset("state-access-log", "targetPrefix"),
        unknown: unknown("state-access-log", "targetPrefix"),
    });

    prove(accessLogTarget, {
        breaks: [
            withoutStatement("archive-access-logs-policy", "WrittenByS3"),
            compare("archive-access-logs-policy", "WrittenByS3", "StringEquals", "aws:SourceAccount", undefined),
            compare("archive-access-logs-policy", "WrittenByS3", "StringEquals", "aws:SourceAccount", "*"),
            statement("archive-access-logs-policy", "WrittenByS3", (each) => {
                each["Principal"] = { Service: "ec2.amazonaws.com" };
            }),
            set("archive-access-logs-lifecycle", "rules.1.expiration.days", 364),
        ],
        missing: unset("archive-access-logs-lifecycle", "rules.1.expiration"),
        unknown: all(
            unknown("archive-access-logs-lifecycle", "rules.1.expiration.days"),
            unknown("archive-access-logs-policy", "policy"),
        ),
    });
});
