import { strict as assert } from "node:assert";
import { SERVICE_ACCOUNT, statePrefix } from "../../../../components/compute/agents/spec";
import { ClassIdentity, databaseUsersOf } from "../../../../components/compute/isolation/class-identity";
import { type Recorded, platform, record } from "../../../support/record";
import {
    type Statement,
    assertNarrow,
    clusterArn,
    find,
    keyArn,
    roleStatements,
    rolePolicy,
    statements,
} from "../support";
import { allows, analyst } from "./support";

const brokersArn = "arn:aws:kafka:us-east-1:111122223333:cluster/openclaw-test/1-2";
const topic = (name: string) => `arn:aws:kafka:us-east-1:111122223333:topic/openclaw-test/1-2/${name}`;
const group = (name: string) => `arn:aws:kafka:us-east-1:111122223333:group/openclaw-test/1-2/${name}`;
const bucket = "arn:aws:s3:::state";

async function identityOf(changes: Partial<typeof analyst>): Promise<Recorded> {
    return record(
        () =>
            new ClassIdentity("identity", {
                platform,
                agentClass: { ...analyst, ...changes },
                clusterName: "openclaw-test",
                clusterArn,
                vpcId: "vpc-1",
                state: { bucketArn: bucket, keyArn: keyArn("state") },
                brokers: {
                    clusterArn: brokersArn,
                    topicArns: {
                        councilDeliberation: topic("council-deliberation"),
                        agentMessages: topic("agent-messages"),
                        decisions: topic("decisions"),
                        auditEvents: topic("audit-events"),
                        deadLetters: topic("dead-letters"),
                    },
                },
                databaseResourceId: "prx-0a1b",
            }),
    );
}

describe("ClassIdentity", () => {
    let recorded: Recorded;
    let granted: Statement[];
    let modelGranted: Statement[];
    before(async () => {
        recorded = await identityOf({});
        granted = roleStatements(recorded, "identity-role");
        modelGranted = roleStatements(recorded, "identity-model-role");
    });

    /** The session of one agent, inside the VPC. */
    const session = (pod: string, more: Record<string, string> = {}): Record<string, string> => ({
        "aws:PrincipalTag/kubernetes-namespace": "agents-analyst",
        "aws:PrincipalTag/kubernetes-pod-name": pod,
        "aws:SourceVpc": "vpc-1",
        ...more,
    });
    const may = (action: string, resource: string, context = session("analyst-1")) =>
        allows(granted, { action, resource, context });
    const modelMay = (action: string, resource: string, context = session("analyst-1")) =>
        allows(modelGranted, { action, resource, context });

    it("is for the class's service account in this cluster alone", () => {
        assert.deepEqual(statements(recorded, "identity-role", "aws:iam/role:Role", "assumeRolePolicy"), [
            {
                Effect: "Allow",
                Principal: { Service: "pods.eks.amazonaws.com" },
                Action: ["sts:AssumeRole", "sts:TagSession"],
                Condition: {
                    StringEquals: {
                        "aws:RequestTag/eks-cluster-arn": clusterArn,
                        "aws:RequestTag/kubernetes-namespace": "agents-analyst",
                        "aws:RequestTag/kubernetes-service-account": SERVICE_ACCOUNT,
                    },
                },
            },
        ]);
        assert.deepEqual(recorded.inputs("identity-association"), {
            clusterName: "openclaw-test",
            namespace: "agents-analyst",
            serviceAccount: SERVICE_ACCOUNT,
            roleArn: recorded.get("identity-role", "aws:iam/role:Role").outputs["arn"],
        });
    });

    it("keeps its session tags: they are what tells one agent from another", () => {
        const association = recorded.inputs("identity-association");
        assert.ok(!("policy" in association) && !("disableSessionTags" in association));
    });

    it("lets an agent keep its own state, where its replicator puts it", () => {
        const own = `${bucket}/${statePrefix("analyst", "analyst-1")}/state/0001.ltx`;
        for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]) {
            assert.ok(may(action, own), action);
        }
        assert.ok(may("s3:ListBucket", bucket, session("analyst-1", { "s3:prefix": "agents-analyst/analyst-1/" })));
    });

    it("shows no agent what another one has", () => {
        for (const other of ["analyst-2", "analyst-10", "analyst-11", "coordinator-1", "analyst-1x", ""]) {
            for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]) {
                assert.ok(!may(action, `${bucket}/agents-analyst/${other}/x`), `${action} of ${other}`);
                assert.ok(!may(action, `${bucket}/agents-coordinator/${other}/x`), `${action} of ${other}`);
            }
            assert.ok(!may("s3:ListBucket", bucket, session("analyst-1", { "s3:prefix": `agents-analyst/${other}/` })));
        }
        // A prefix without its slash would list the folders of analyst-10 to analyst-19 as well.
        for (const prefix of ["", "agents-analyst/", "agents-analyst/analyst-1"]) {
            assert.ok(!may("s3:ListBucket", bucket, session("analyst-1", { "s3:prefix": prefix })), `"${prefix}"`);
        }
        assert.ok(!may("s3:ListBucket", bucket), "the whole bucket");
    });

    it("lets nobody delete or read older versions, nor change the bucket", () => {
        const own = `${bucket}/agents-analyst/analyst-1/x`;
        for (const action of [
            "s3:DeleteObjectVersion",
            "s3:GetObjectVersion",
            "s3:PutObjectAcl",
            "s3:BypassGovernanceRetention",
        ]) {
            assert.ok(!may(action, own), action);
        }
        for (const action of ["s3:PutBucketPolicy", "s3:DeleteBucket", "s3:PutLifecycleConfiguration"]) {
            assert.ok(!may(action, bucket), action);
        }
    });

    it("makes state and models worthless to credentials outside the VPC", () => {
        const elsewhere = session("analyst-1", { "aws:SourceVpc": "vpc-2" });
        const internet = Object.fromEntries(
            Object.entries(session("analyst-1")).filter(([key]) => key !== "aws:SourceVpc"),
        );
        const profile = String(find(modelGranted, "InvokeProfile").Resource);
        const modelRole = String(recorded.get("identity-model-role", "aws:iam/role:Role").outputs["arn"]);
        assert.ok(may("sts:AssumeRole", modelRole));
        for (const context of [elsewhere, internet]) {
            assert.ok(!may("s3:GetObject", `${bucket}/agents-analyst/analyst-1/x`, context));
            assert.ok(!modelMay("bedrock:InvokeModel", profile, context));
            assert.ok(!may("sts:AssumeRole", modelRole, context));
        }
    });

    it("uses the key of states through S3, and no other", () => {
        const through = (service: string) => session("analyst-1", { "kms:ViaService": service });
        assert.ok(may("kms:GenerateDataKey", keyArn("state"), through("s3.us-east-1.amazonaws.com")));
        assert.ok(may("kms:Decrypt", keyArn("state"), through("s3.us-east-1.amazonaws.com")));
        assert.ok(!may("kms:Decrypt", keyArn("state")));
        assert.ok(!may("kms:Decrypt", keyArn("state"), through("ebs.us-east-1.amazonaws.com")));
        assert.ok(!may("kms:Decrypt", keyArn("archive"), through("s3.us-east-1.amazonaws.com")));
        assert.ok(!may("kms:ScheduleKeyDeletion", keyArn("state"), through("s3.us-east-1.amazonaws.com")));
    });

    it("connects to the platform's brokers and writes each message once", () => {
        assert.deepEqual(find(granted, "Connect"), {
            Sid: "Connect",
            Effect: "Allow",
            Action: ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"],
            Resource: brokersArn,
        });
    });

    it("writes to all topics, and reads what agents say to each other", () => {
        const readable = ["council-deliberation", "agent-messages"];
        const others = ["decisions", "audit-events", "dead-letters"];
        for (const name of [...readable, ...others]) assert.ok(may("kafka-cluster:WriteData", topic(name)), name);
        for (const name of readable) assert.ok(may("kafka-cluster:ReadData", topic(name)), name);
        for (const name of others) assert.ok(!may("kafka-cluster:ReadData", topic(name)), name);
        assert.ok(!may("kafka-cluster:WriteData", topic("__consumer_offsets")));
        for (const name of ["openclaw-council", "openclaw-messages"]) {
            assert.ok(may("kafka-cluster:AlterGroup", group(name)), name);
        }
        assert.ok(!may("kafka-cluster:AlterGroup", group("firehose")));
        for (const action of ["CreateTopic", "DeleteTopic", "AlterTopic", "AlterCluster", "DeleteGroup"]) {
            assert.ok(!may(`kafka-cluster:${action}`, topic("decisions")), action);
        }
    });

    it("keeps a class that sits in no council out of theirs", async () => {
        const others = roleStatements(await identityOf({ councils: [] }), "identity-role");
        const theyMay = (action: string, resource: string) =>
            allows(others, { action: `kafka-cluster:${action}`, resource, context: session("analyst-1") });
        for (const action of ["DescribeTopic", "ReadData", "WriteData"]) {
            assert.ok(!theyMay(action, topic("council-deliberation")), action);
        }
        assert.ok(!theyMay("AlterGroup", group("openclaw-council")));
        assert.ok(theyMay("ReadData", topic("agent-messages")));
    });

    it("logs in to the database as the user named like its pod, through the pool", () => {
        const user = (resource: string, name: string) =>
            `arn:aws:rds-db:us-east-1:111122223333:dbuser:${resource}/${name}`;
        assert.ok(may("rds-db:connect", user("prx-0a1b", "analyst-1")));
        for (const name of ["analyst-10", "analyst-2", "openclaw_bridge", "openclaw_admin", "postgres", "*"]) {
            assert.ok(!may("rds-db:connect", user("prx-0a1b", name)), name);
        }
        assert.ok(!may("rds-db:connect", user("cluster-ABC", "analyst-1")), "past the pool");
        assert.equal(databaseUsersOf("analyst"), "analyst-*");
    });

    it("invokes the class's model through its profile, in whatever region that sends it to", () => {
        const profile = `arn:aws:bedrock:us-east-1:111122223333:inference-profile/${analyst.model}`;
        const model = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0";
        for (const action of ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]) {
            assert.ok(modelMay(action, profile), action);
            assert.ok(
                modelMay(action, model, session("analyst-1", { "bedrock:InferenceProfileArn": profile })),
                action,
            );
            assert.ok(!modelMay(action, model), "past the profile");
            assert.ok(!modelMay(action, profile.replace("sonnet", "opus")), "another model");
            assert.ok(
                !modelMay(
                    action,
                    model.replace("sonnet", "opus"),
                    session("analyst-1", { "bedrock:InferenceProfileArn": profile }),
                ),
            );
        }
    });

    for (const id of ["amazon.nova-pro-v1:0", "meta.llama3-1-8b-instruct-v1:0", "zai.glm-4.6"]) {
        it(`takes ${id} for a model of the region, not for a profile`, async () => {
            const all = roleStatements(await identityOf({ model: id }), "identity-model-role");
            const resources = all.filter(({ Sid }) => Sid?.startsWith("Invoke")).map(({ Resource }) => Resource);
            assert.deepEqual(resources, [`arn:aws:bedrock:us-east-1::foundation-model/${id}`]);
        });
    }

    it("takes a global profile for one", async () => {
        const all = roleStatements(
            await identityOf({ model: "global.anthropic.claude-opus-4-6-v1" }),
            "identity-model-role",
        );
        const context = {
            ...session("analyst-1"),
            "bedrock:InferenceProfileArn":
                "arn:aws:bedrock:us-east-1:111122223333:inference-profile/global.anthropic.claude-opus-4-6-v1",
        };
        const resource = "arn:aws:bedrock:::foundation-model/anthropic.claude-opus-4-6-v1";
        assert.ok(allows(all, { action: "bedrock:InvokeModel", resource, context }));
    });

    it("gives what the agent's shell is in its model alone, through a role that nobody but its pods may take on", () => {
        assert.deepEqual([...new Set(modelGranted.flatMap(({ Action }) => Action))].sort(), [
            "bedrock:InvokeModel",
            "bedrock:InvokeModelWithResponseStream",
        ]);
        assert.ok(!granted.some(({ Action }) => [Action].flat().some((action) => action.startsWith("bedrock:"))));
        assert.deepEqual(statements(recorded, "identity-model-role", "aws:iam/role:Role", "assumeRolePolicy"), [
            {
                Effect: "Allow",
                Principal: { AWS: recorded.get("identity-role", "aws:iam/role:Role").outputs["arn"] },
                Action: ["sts:AssumeRole", "sts:TagSession"],
                Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } },
            },
        ]);
    });

    it("may do nothing else: no secret, no other role, no service beyond these", () => {
        assertNarrow(granted);
        assertNarrow(modelGranted);
        const actions = granted.flatMap(({ Action }) => Action);
        const services = [...new Set(actions.map((action) => action.split(":")[0]))].sort();
        assert.deepEqual(services, ["kafka-cluster", "kms", "rds-db", "s3", "sts"]);
        for (const { Resource } of granted) assert.ok(![Resource].flat().includes("*"));
        const size = recorded.ofType(rolePolicy).reduce((sum, { inputs }) => sum + String(inputs["policy"]).length, 0);
        assert.ok(size < 10_240, `${size} characters of inline policies`);
    });
});
