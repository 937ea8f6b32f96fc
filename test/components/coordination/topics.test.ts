import { strict as assert } from "node:assert";
import { type TopicConfig, Topics, type TopicsArgs } from "../../../components/coordination/topics";
import { type Recorded, platform, record, value } from "../../support/record";

const TOPIC = "aws:msk/topic:Topic";

const topics: TopicConfig = {
    councilDeliberation: { partitions: 96, retentionHours: 168 },
    agentMessages: { partitions: 96, retentionHours: 72 },
    decisions: { partitions: 24, retentionHours: 336 },
    auditEvents: { partitions: 12, retentionHours: 336 },
    deadLetters: { partitions: 8, retentionHours: 720 },
};

const args: TopicsArgs = {
    platform,
    clusterArn: "arn:aws:kafka:us-east-1:111122223333:cluster/c/u",
    replicationFactor: 4,
    minInSyncReplicas: 2,
    topics,
};

const create = (changes: Partial<TopicsArgs> = {}): Promise<Recorded> =>
    record(() => new Topics("topics", { ...args, ...changes }));

const settings = (recorded: Recorded, name: string): Record<string, string> =>
    JSON.parse(String(recorded.inputs(name)["configs"])) as Record<string, string>;

describe("Topics", () => {
    let recorded: Recorded;
    before(async () => {
        recorded = await create();
    });

    it("makes the five topics, each on its own number of partitions, all on as many brokers", () => {
        const made = recorded.ofType(TOPIC).map(({ name, inputs }) => ({ child: name, ...inputs, configs: "" }));
        const common = { clusterArn: args.clusterArn, replicationFactor: 4, configs: "" };
        assert.deepEqual(made, [
            { child: "topics-council-deliberation", name: "council-deliberation", partitionCount: 96, ...common },
            { child: "topics-agent-messages", name: "agent-messages", partitionCount: 96, ...common },
            { child: "topics-decisions", name: "decisions", partitionCount: 24, ...common },
            { child: "topics-audit-events", name: "audit-events", partitionCount: 12, ...common },
            { child: "topics-dead-letters", name: "dead-letters", partitionCount: 8, ...common },
        ]);
    });

    it("keeps decisions whole: no compaction, no limit of size, dated by the broker", () => {
        assert.deepEqual(settings(recorded, "topics-decisions"), {
            "cleanup.policy": "delete",
            "retention.bytes": "-1",
            "retention.ms": "1209600000",
            "segment.ms": "86400000",
            "max.message.bytes": "1048576",
            "message.timestamp.type": "LogAppendTime",
            "compression.type": "producer",
            "min.insync.replicas": "2",
            "unclean.leader.election.enable": "false",
        });
    });

    it("dates by the brokers what is evidence, and deliberation, whose rounds end by that clock", () => {
        for (const { name } of recorded.ofType(TOPIC)) {
            const type = name === "topics-agent-messages" ? "CreateTime" : "LogAppendTime";
            assert.equal(settings(recorded, name)["message.timestamp.type"], type, name);
        }
    });

    it("has room for any message among the dead letters, with what is told about it", () => {
        const sizes = recorded.ofType(TOPIC).map(({ name }) => Number(settings(recorded, name)["max.message.bytes"]));
        const deadLetters = Number(settings(recorded, "topics-dead-letters")["max.message.bytes"]);
        assert.ok(sizes.every((size) => size === deadLetters || size <= deadLetters / 2));
        assert.equal(deadLetters, 2 * 1024 * 1024);
    });

    it("keeps messages for the hours asked, and at most a day longer for want of a full segment", async () => {
        for (const retentionHours of [1, 24, 25, 24 * 365]) {
            const made = await create({ topics: { ...topics, agentMessages: { partitions: 1, retentionHours } } });
            const given = settings(made, "topics-agent-messages");
            assert.equal(Number(given["retention.ms"]), retentionHours * 3_600_000);
            assert.equal(Number(given["segment.ms"]), Math.min(retentionHours, 24) * 3_600_000);
        }
    });

    it("gives every setting as text, as AWS gives it back", () => {
        for (const { name } of recorded.ofType(TOPIC)) {
            for (const [key, setting] of Object.entries(settings(recorded, name))) {
                assert.equal(typeof setting, "string", `${name} ${key}`);
            }
        }
    });

    it("follows the replication of the environment", async () => {
        const small = await create({ replicationFactor: 2, minInSyncReplicas: 1 });
        for (const { name, inputs } of small.ofType(TOPIC)) {
            assert.equal(inputs["replicationFactor"], 2);
            assert.equal(settings(small, name)["min.insync.replicas"], "1");
        }
    });

    it("protects every topic where the platform is protected, and none where it is not", async () => {
        assert.ok(recorded.ofType(TOPIC).every((topic) => topic.protect));
        const loose = await create({ platform: { ...platform, protect: false } });
        assert.ok(loose.ofType(TOPIC).every((topic) => !topic.protect));
    });

    it("keeps every topic below itself and gives names and ARNs by key", async () => {
        const component = recorded.get("topics");
        assert.equal(component.type, "openclaw:coordination:Topics");
        assert.ok(recorded.ofType(TOPIC).every((topic) => topic.parent === component.urn));

        let made: Topics | undefined;
        await record(() => {
            made = new Topics("topics", args);
        });
        assert.ok(made);
        assert.deepEqual(await value(made.names), {
            councilDeliberation: "council-deliberation",
            agentMessages: "agent-messages",
            decisions: "decisions",
            auditEvents: "audit-events",
            deadLetters: "dead-letters",
        });
        assert.equal(await value(made.arns.decisions), "arn:aws:kafka:us-east-1:111122223333:topic/c/u/decisions");
    });
});
