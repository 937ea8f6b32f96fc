import { strict as assert } from "node:assert";
import * as msk from "@pulumi/aws/msk";
import * as pulumi from "@pulumi/pulumi";
import { DecisionArchive, type DecisionArchiveArgs } from "../../../components/data/archive";
import { platform, type Recorded, record } from "../../support/record";

/** Brokers, and what belongs to them. */
class Brokers extends pulumi.ComponentResource {
    constructor() {
        super("test:coordination:Brokers", "brokers");
        new msk.ClusterPolicy("brokers-policy", { clusterArn: args.brokersClusterArn, policy: "{}" }, { parent: this });
    }
}

const args: Omit<DecisionArchiveArgs, "brokers"> = {
    platform,
    retentionDays: 400,
    kmsKeyArn: "arn:archive-key",
    logsKeyArn: "arn:logs-key",
    brokersClusterArn: "arn:aws:kafka:us-east-1:111122223333:cluster/openclaw-test/uuid-2",
    topicName: "decisions",
};

const create = (changes: Partial<DecisionArchiveArgs> = {}) =>
    record(() => new DecisionArchive("archive", { ...args, brokers: new Brokers(), ...changes }));

interface Statement {
    Sid: string;
    Effect: string;
    Principal?: unknown;
    Action: string | string[];
    Resource: string | string[];
    Condition?: Record<string, Record<string, string>>;
}

const statements = (recorded: Recorded, name: string): Map<string, Statement> => {
    const { Statement: list } = JSON.parse(String(recorded.inputs(name)["policy"])) as { Statement: Statement[] };
    return new Map(list.map((statement) => [statement.Sid, statement]));
};

describe("DecisionArchive", () => {
    let recorded: Recorded;
    before(async () => (recorded = await create()));

    it("locks every object in compliance mode from the moment it is written", () => {
        const bucket = recorded.get("archive-bucket");
        assert.deepEqual(bucket.inputs, { objectLockEnabled: true, forceDestroy: false });
        assert.equal(bucket.protect, true);
        const lock = recorded.get("archive-lock");
        assert.deepEqual(lock.inputs, {
            bucket: bucket.outputs["bucket"],
            objectLockEnabled: "Enabled",
            rule: { defaultRetention: { mode: "COMPLIANCE", days: 400 } },
        });
        assert.equal(lock.protect, true);
        assert.deepEqual(recorded.inputs("archive-versioning")["versioningConfiguration"], { status: "Enabled" });
    });

    it("writes nothing before lock, key and policy are in place, nor before the brokers let it in", () => {
        const reached = new Set(recorded.get("archive-delivery-stream").dependencies);
        for (const name of [
            "archive-lock",
            "archive-policy",
            "archive-encryption",
            "archive-delivery-permissions",
            "brokers-policy",
        ]) {
            assert.ok(reached.has(recorded.get(name).urn), name);
        }
    });

    it("encrypts with our key, and refuses another", () => {
        assert.deepEqual(recorded.inputs("archive-encryption")["rules"], [
            {
                applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:archive-key" },
                bucketKeyEnabled: true,
                blockedEncryptionTypes: ["SSE-C"],
            },
        ]);
        const key = "s3:x-amz-server-side-encryption-aws-kms-key-id";
        const policy = statements(recorded, "archive-policy");
        assert.deepEqual(policy.get("NoOtherKey")?.Condition, {
            Null: { [key]: "false" },
            StringNotEquals: { [key]: "arn:archive-key" },
        });
        assert.deepEqual(policy.get("NoOtherEncryption")?.Condition, {
            Null: { "s3:x-amz-server-side-encryption": "false" },
            StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
        });
    });

    it("grants nobody anything: its policy only denies, what is not TLS and locks shorter than promised", () => {
        const policy = statements(recorded, "archive-policy");
        for (const { Effect, Sid } of policy.values()) assert.equal(Effect, "Deny", Sid);
        const arn = String(recorded.get("archive-bucket").outputs["arn"]);
        assert.deepEqual(policy.get("TlsOnly"), {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        });
        assert.deepEqual(policy.get("NoShorterLock"), {
            Sid: "NoShorterLock",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:PutObjectRetention",
            Resource: `${arn}/*`,
            Condition: { NumericLessThan: { "s3:object-lock-remaining-retention-days": "400" } },
        });
    });

    it("is closed to the public, and owned by the account whoever writes", () => {
        for (const bucket of ["archive", "archive-access-logs"]) {
            assert.deepEqual(recorded.inputs(`${bucket}-public-access`), {
                bucket: recorded.get(`${bucket}-bucket`).outputs["bucket"],
                blockPublicAcls: true,
                blockPublicPolicy: true,
                ignorePublicAcls: true,
                restrictPublicBuckets: true,
            });
            assert.deepEqual(recorded.inputs(`${bucket}-ownership`)["rule"], {
                objectOwnership: "BucketOwnerEnforced",
            });
        }
    });

    it("gets cheaper with age, and expires only when the lock is over", () => {
        assert.deepEqual(recorded.inputs("archive-lifecycle")["rules"], [
            {
                id: "abort-unfinished-uploads",
                status: "Enabled",
                filter: { prefix: "" },
                abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
            },
            {
                id: "archive-then-expire",
                status: "Enabled",
                filter: { prefix: "" },
                transitions: [{ days: 90, storageClass: "GLACIER_IR" }],
                expiration: { days: 401 },
                noncurrentVersionExpiration: { noncurrentDays: 1 },
            },
        ]);
    });

    it("records its requests in a bucket that S3 can write to: no key of ours, no lock", () => {
        const logs = recorded.get("archive-access-logs-bucket");
        assert.equal(logs.inputs["objectLockEnabled"], false);
        assert.deepEqual(recorded.inputs("archive-access-logs-encryption")["rules"], [
            {
                applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
                bucketKeyEnabled: false,
                blockedEncryptionTypes: ["SSE-C"],
            },
        ]);
        assert.deepEqual(statements(recorded, "archive-access-logs-policy").get("WrittenByS3"), {
            Sid: "WrittenByS3",
            Effect: "Allow",
            Principal: { Service: "logging.s3.amazonaws.com" },
            Action: "s3:PutObject",
            Resource: `${String(logs.outputs["arn"])}/*`,
            Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
        });
        const logging = recorded.get("archive-access-log");
        assert.equal(logging.inputs["targetBucket"], logs.outputs["bucket"]);
        assert.ok(logging.dependencies.includes(recorded.get("archive-access-logs-policy").urn));
    });

    it("reads the topic from its first record and files decisions by day", () => {
        const role = recorded.get("archive-delivery-role").outputs["arn"];
        assert.deepEqual(recorded.inputs("archive-delivery-stream"), {
            name: "openclaw-test-decisions",
            destination: "extended_s3",
            mskSourceConfiguration: {
                mskClusterArn: args.brokersClusterArn,
                topicName: "decisions",
                readFromTimestamp: "1970-01-01T00:00:00Z",
                authenticationConfiguration: { connectivity: "PRIVATE", roleArn: role },
            },
            extendedS3Configuration: {
                roleArn: role,
                bucketArn: recorded.get("archive-bucket").outputs["arn"],
                kmsKeyArn: "arn:archive-key",
                bufferingInterval: 60,
                bufferingSize: 64,
                compressionFormat: "GZIP",
                fileExtension: ".jsonl.gz",
                customTimeZone: "UTC",
                prefix: "decisions/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/",
                errorOutputPrefix:
                    "undelivered/!{firehose:error-output-type}/" +
                    "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/",
                processingConfiguration: {
                    enabled: true,
                    processors: [
                        {
                            type: "AppendDelimiterToRecord",
                            parameters: [{ parameterName: "Delimiter", parameterValue: "\\n" }],
                        },
                    ],
                },
                cloudwatchLoggingOptions: {
                    enabled: true,
                    logGroupName: "/aws/kinesisfirehose/openclaw-test-decisions",
                    logStreamName: "DestinationDelivery",
                },
            },
        });
    });

    it("lets the delivery read one topic and add to one bucket: no reading back, no deleting, no unlocking", () => {
        const allowed = [...statements(recorded, "archive-delivery-permissions").values()];
        assert.deepEqual(allowed.flatMap(({ Action }) => Action).sort(), [
            "kafka-cluster:Connect",
            "kafka-cluster:DescribeGroup",
            "kafka-cluster:DescribeTopic",
            "kafka-cluster:DescribeTopicDynamicConfiguration",
            "kafka-cluster:ReadData",
            "kafka:DescribeCluster",
            "kafka:DescribeClusterV2",
            "kafka:GetBootstrapBrokers",
            "kms:Decrypt",
            "kms:GenerateDataKey",
            "logs:PutLogEvents",
            "s3:AbortMultipartUpload",
            "s3:GetBucketLocation",
            "s3:ListBucket",
            "s3:ListBucketMultipartUploads",
            "s3:PutObject",
        ]);
        const bucket = String(recorded.get("archive-bucket").outputs["arn"]);
        assert.deepEqual(
            allowed.map(({ Resource }) => Resource),
            [
                "arn:aws:kafka:us-east-1:111122223333:cluster/openclaw-test/uuid-2",
                "arn:aws:kafka:us-east-1:111122223333:topic/openclaw-test/uuid-2/decisions",
                "arn:aws:kafka:us-east-1:111122223333:group/openclaw-test/uuid-2/*",
                bucket,
                `${bucket}/*`,
                "arn:archive-key",
                recorded.get("archive-delivery-errors").outputs["arn"],
            ],
        );
    });

    it("can be taken down where nothing is protected: same days, but a lock that an administrator may lift", async () => {
        const staging = await create({ platform: { ...platform, protect: false }, retentionDays: 365 });
        assert.deepEqual(staging.inputs("archive-lock")["rule"], {
            defaultRetention: { mode: "GOVERNANCE", days: 365 },
        });
        assert.equal(staging.inputs("archive-bucket")["forceDestroy"], true);
        assert.ok(staging.resources.every(({ protect }) => !protect));
    });

    for (const retentionDays of [0, -400, 364, 364.9, Number.NaN]) {
        it(`refuses to keep decisions ${retentionDays} days, before anything but itself is registered`, async () => {
            const refused = await record(() => {
                const brokers = new pulumi.ComponentResource("test:coordination:Brokers", "brokers");
                assert.throws(
                    () => new DecisionArchive("archive", { ...args, brokers, retentionDays }),
                    /at least 365 days/,
                );
            });
            assert.equal(refused.resources.filter(({ custom }) => custom).length, 0);
        });
    }
});
