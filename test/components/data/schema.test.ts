import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { Schema, type SchemaArgs } from "../../../components/data/schema";
import type { Properties } from "../../../plan/offline-engine";
import { platform, type Recorded, record } from "../../support/record";
import { at } from "../compute/isolation/support";
import { assertNarrow, clusterArn, find, keyArn, roleStatements, statements } from "../compute/support";

const secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!cluster-0a1b";
const image = {
    repository: "registry.example.com/openclaw-database",
    tag: "0.1.0",
    digest: `sha256:${"1".repeat(64)}`,
};

const args: Omit<SchemaArgs, "database"> = {
    platform,
    image,
    clusterName: "openclaw-test",
    clusterArn,
    vpcId: "vpc-1",
    namespace: "openclaw-data",
    agents: { support: 5, analyst: 120 },
    archive: { bucketName: "archive", bucketArn: "arn:aws:s3:::archive", keyArn: keyArn("archive") },
    s3EndpointUrl: "https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com",
};

const JOB = "kubernetes:batch/v1:Job";
const CRON_JOB = "kubernetes:batch/v1:CronJob";
const ROLE = "aws:iam/role:Role";

async function create(changes: Partial<typeof args> = {}): Promise<Recorded> {
    return record(() => {
        const resource = new pulumi.ComponentResource("openclaw:data:Database", "database");
        const database = {
            host: "writer.example.com",
            name: "openclaw",
            resourceId: "cluster-ABC",
            masterSecretArn: secret,
            keyArn: keyArn("database"),
            resource,
        };
        new Schema("schema", { ...args, ...changes, database });
    });
}

/** The environment of a container at that place of a pod's spec. */
function environment(container: unknown): Record<string, unknown> {
    const { env } = container as { env: { name: string; value: unknown }[] };
    return Object.fromEntries(env.map(({ name, value }) => [name, value]));
}

describe("Schema", () => {
    let recorded: Recorded;
    let migration: Properties;
    let upkeep: Properties;
    before(async () => {
        recorded = await create();
        migration = recorded.inputs("schema-migrate", JOB);
        upkeep = recorded.inputs("schema-upkeep", CRON_JOB);
    });
    const pods = () => [
        at(migration["spec"], "template", "spec") as Properties,
        at(upkeep["spec"], "jobTemplate", "spec", "template", "spec") as Properties,
    ];

    it("applies the schema first, then makes the agents' roles, on the cluster itself", () => {
        const [pod] = pods();
        const [migrate] = pod?.["initContainers"] as Properties[];
        const [provision, ...others] = pod?.["containers"] as Properties[];
        assert.deepEqual([migrate?.["args"], provision?.["args"], others], [["migrate"], ["provision"], []]);
        for (const container of [migrate, provision]) {
            assert.deepEqual(environment(container), {
                PGHOST: "writer.example.com",
                PGDATABASE: "openclaw",
                PGUSER: "openclaw_migrator",
                DATABASE_AUTH: "iam",
                AWS_REGION: "us-east-1",
                ADMIN_SECRET_ARN: secret,
                AGENTS: '{"analyst":120,"support":5}',
                NODE_OPTIONS: "--max-old-space-size=192",
            });
        }
    });

    it("runs it again when the image or the fleet is another, and not for another order of the classes", async () => {
        const name = (from: Recorded) => at(from.inputs("schema-migrate", JOB)["metadata"], "name");
        const first = name(recorded);
        assert.match(String(first), /^migrate-[0-9a-f]{10}$/);
        assert.equal(name(await create({ agents: { analyst: 120, support: 5 } })), first);
        assert.notEqual(name(await create({ agents: { analyst: 121, support: 5 } })), first);
        assert.notEqual(name(await create({ image: { ...image, digest: `sha256:${"2".repeat(64)}` } })), first);
    });

    it("keeps partitions ahead every hour, one at a time, and ends what hangs", () => {
        const { jobTemplate, ...schedule } = upkeep["spec"] as Properties;
        assert.deepEqual(schedule, {
            schedule: "17 * * * *",
            timeZone: "Etc/UTC",
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 1800,
            successfulJobsHistoryLimit: 1,
            failedJobsHistoryLimit: 3,
        });
        assert.ok(Number(at(jobTemplate, "spec", "activeDeadlineSeconds")) < 3600, "before the next one");
        assert.deepEqual(environment(at(jobTemplate, "spec", "template", "spec", "containers", 0)), {
            PGHOST: "writer.example.com",
            PGDATABASE: "openclaw",
            PGUSER: "openclaw_operator",
            DATABASE_AUTH: "iam",
            AWS_REGION: "us-east-1",
            ANCHORS: "s3://archive",
            AWS_ENDPOINT_URL_S3: "https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com",
            METRICS_NAMESPACE: "OpenClaw/Database",
            ENVIRONMENT: "openclaw-test",
            NODE_OPTIONS: "--max-old-space-size=192",
        });
    });

    it("runs both restricted, on system nodes, by digest, without a token of Kubernetes", () => {
        for (const pod of pods()) {
            assert.deepEqual(pod["nodeSelector"], { "openclaw/pool": "system" });
            assert.deepEqual([pod["restartPolicy"], pod["automountServiceAccountToken"]], ["Never", false]);
            assert.deepEqual(at(pod, "securityContext", "seccompProfile"), { type: "RuntimeDefault" });
            assert.equal(at(pod, "securityContext", "runAsNonRoot"), true);
            for (const container of [pod["initContainers"] ?? [], pod["containers"]].flat() as Properties[]) {
                assert.equal(
                    container["image"],
                    `registry.example.com/openclaw-database:0.1.0@sha256:${"1".repeat(64)}`,
                );
                assert.deepEqual(container["securityContext"], {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                });
                const memory = (which: string) => at(container, "resources", which, "memory");
                assert.equal(memory("requests"), memory("limits"));
            }
        }
    });

    it("has all of its identity before it starts, its policies too, and upkeep the migration", () => {
        const jobs = {
            "schema-migrator": recorded.get("schema-migrate", JOB),
            "schema-upkeep": recorded.get("schema-upkeep", CRON_JOB),
        };
        for (const [identity, { dependencies }] of Object.entries(jobs)) {
            const own = recorded.resources.filter(({ parent }) => parent?.endsWith(`JobIdentity::${identity}`));
            assert.ok(own.length >= 5, "role, policies, association, account");
            for (const { name, urn } of own) assert.ok(dependencies.includes(urn), name);
        }
        const { urn } = recorded.get("schema-migrate", JOB);
        assert.ok(recorded.get("schema-upkeep", CRON_JOB).dependencies.includes(urn));
    });

    it("lets the migrator log in as itself and read one secret, by way of its key, from inside the VPC", () => {
        const all = roleStatements(recorded, "schema-migrator");
        assertNarrow(all);
        assert.equal(all.length, 3);
        assert.deepEqual(
            find(all, "LogIn").Resource,
            "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/openclaw_migrator",
        );
        const read = find(all, "ReadAdministratorsPassword");
        assert.deepEqual([read.Action, read.Resource], ["secretsmanager:GetSecretValue", secret]);
        assert.deepEqual(read.Condition, { StringEquals: { "aws:SourceVpc": "vpc-1" } });
        const decrypt = find(all, "DecryptAdministratorsPassword");
        assert.deepEqual([decrypt.Action, decrypt.Resource], ["kms:Decrypt", keyArn("database")]);
        assert.deepEqual(decrypt.Condition, {
            StringEquals: {
                "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
                "kms:EncryptionContext:SecretARN": secret,
            },
        });
    });

    it("lets upkeep log in as itself, add anchors and nothing else to the archive, and publish its own figures", () => {
        const all = roleStatements(recorded, "schema-upkeep");
        assertNarrow(all);
        assert.equal(all.length, 4);
        assert.deepEqual(
            find(all, "LogIn").Resource,
            "arn:aws:rds-db:us-east-1:111122223333:dbuser:cluster-ABC/openclaw_operator",
        );
        const add = find(all, "AddAnchors");
        assert.deepEqual([add.Action, add.Resource], ["s3:PutObject", "arn:aws:s3:::archive/anchors/*"]);
        assert.deepEqual(find(all, "EncryptAnchors").Action, "kms:GenerateDataKey");
        const publish = find(all, "PublishFigures");
        assert.equal(publish.Action, "cloudwatch:PutMetricData");
        assert.deepEqual(publish.Condition, { StringEquals: { "cloudwatch:namespace": "OpenClaw/Database" } });
    });

    it("gives each role to one service account of one namespace of this cluster", () => {
        for (const account of ["migrator", "upkeep"]) {
            const [trust] = statements(recorded, `schema-${account}`, ROLE, "assumeRolePolicy");
            assert.deepEqual(trust?.Condition, {
                StringEquals: {
                    "aws:RequestTag/eks-cluster-arn": clusterArn,
                    "aws:RequestTag/kubernetes-namespace": "openclaw-data",
                    "aws:RequestTag/kubernetes-service-account": account,
                },
            });
        }
    });
});
