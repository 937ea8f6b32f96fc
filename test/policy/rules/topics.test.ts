import * as sizes from "../../../policy/rules/topic-sizes";
import * as rules from "../../../policy/rules/topics";
import { parseProperties, renderProperties } from "../../../components/model/server-properties";
import { change, document, type Mutation, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const CONFIGURATION = "brokers-configuration";
const DECISIONS = "topics-decisions";

/** Changes a setting of the brokers; without a value it is taken away. */
function broker(name: string, value?: string): Mutation {
    return change(CONFIGURATION, (inputs) => {
        const others = { ...parseProperties(String(inputs["serverProperties"])) };
        Reflect.deleteProperty(others, name);
        const changed = value === undefined ? others : { ...others, [name]: value };
        Object.assign(inputs, { serverProperties: renderProperties(changed) });
    });
}

/** Changes a setting of a topic; without a value it is taken away. */
function topic(resource: string, name: string, value?: string): Mutation {
    return document(resource, "configs", (settings) => {
        if (value === undefined) Reflect.deleteProperty(settings, name);
        else Object.assign(settings, { [name]: value });
    });
}

const unreadable = set(CONFIGURATION, "serverProperties", "min.insync.replicas");
const hidden = unknown(CONFIGURATION, "serverProperties");
const hiddenTopic = unknown(DECISIONS, "configs");

describe("policy: replication and topics", () => {
    prove(rules.brokerReplication, {
        breaks: [
            broker("default.replication.factor", "3"),
            broker("default.replication.factor", "2"),
            broker("default.replication.factor", "6"),
            broker("min.insync.replicas", "1"),
            broker("min.insync.replicas", "3"),
            broker("offsets.topic.replication.factor", "2"),
            broker("transaction.state.log.replication.factor", "2"),
            broker("transaction.state.log.min.isr", "1"),
        ],
        missing: broker("transaction.state.log.min.isr"),
        unknown: hidden,
    });

    prove(rules.topicReplication, {
        breaks: [
            set(DECISIONS, "replicationFactor", 2),
            set(DECISIONS, "replicationFactor", 3),
            topic(DECISIONS, "min.insync.replicas", "1"),
            topic(DECISIONS, "min.insync.replicas", "4"),
        ],
        missing: topic(DECISIONS, "min.insync.replicas"),
        unknown: unknown(DECISIONS, "replicationFactor"),
    });

    prove(rules.topicReplication, {
        stack: "staging",
        breaks: [set(DECISIONS, "replicationFactor", 1)],
        missing: unset(DECISIONS, "replicationFactor"),
        unknown: hiddenTopic,
    });

    prove(rules.brokerElection, {
        breaks: [
            broker("unclean.leader.election.enable", "true"),
            topic(DECISIONS, "unclean.leader.election.enable", "true"),
        ],
        missing: broker("unclean.leader.election.enable"),
        unknown: hidden,
    });

    prove(rules.brokerTopicCreation, {
        breaks: [broker("auto.create.topics.enable", "true"), broker("auto.create.topics.enable")],
        missing: unreadable,
        unknown: hidden,
    });

    prove(rules.brokerTopicDeletion, {
        breaks: [broker("delete.topic.enable", "true")],
        missing: broker("delete.topic.enable"),
        unknown: hidden,
    });

    prove(rules.brokerNearestReplica, {
        breaks: [broker("replica.selector.class", "org.apache.kafka.common.replica.LeaderSelector")],
        missing: broker("replica.selector.class"),
        unknown: hidden,
    });

    prove(rules.brokerOffsets, {
        breaks: [broker("offsets.retention.minutes", "43199")],
        missing: broker("offsets.retention.minutes"),
        unknown: unknown("topics-dead-letters", "configs"),
    });

    prove(rules.topicRetention, {
        breaks: [
            topic(DECISIONS, "retention.ms", String(13 * 24 * 3600 * 1000)),
            topic("topics-agent-messages", "retention.ms", String(6 * 24 * 3600 * 1000)),
            topic(DECISIONS, "retention.bytes", "1073741824"),
        ],
        missing: topic(DECISIONS, "retention.ms"),
        unknown: hiddenTopic,
    });

    prove(rules.topicCleanup, {
        breaks: [topic(DECISIONS, "cleanup.policy", "compact"), topic(DECISIONS, "segment.ms", "864000000")],
        missing: topic(DECISIONS, "segment.ms"),
        unknown: hiddenTopic,
    });

    prove(rules.topicTime, {
        breaks: [
            topic(DECISIONS, "message.timestamp.type", "CreateTime"),
            topic("topics-agent-messages", "message.timestamp.type", "none"),
        ],
        missing: topic("topics-agent-messages", "message.timestamp.type"),
        unknown: hiddenTopic,
    });

    prove(rules.topicCompression, {
        breaks: [topic(DECISIONS, "compression.type", "gzip")],
        missing: topic(DECISIONS, "compression.type"),
        unknown: hiddenTopic,
    });

    prove(sizes.topicPartitions, {
        breaks: [set("topics-dead-letters", "partitionCount", 3)],
        missing: unset("topics-dead-letters", "partitionCount"),
        unknown: unknown("topics-dead-letters", "partitionCount"),
    });

    prove(sizes.brokerPartitions, {
        breaks: [set("topics-agent-messages", "partitionCount", 900)],
        missing: unset("brokers-cluster", "brokerNodeGroupInfo.instanceType"),
        unknown: unknown("topics-agent-messages", "partitionCount"),
    });

    prove(sizes.topicMessageSize, {
        breaks: [
            topic(DECISIONS, "max.message.bytes", "1048575"),
            topic("topics-dead-letters", "max.message.bytes", "1048576"),
            topic("topics-dead-letters", "max.message.bytes", "10485761"),
        ],
        missing: topic("topics-dead-letters", "max.message.bytes"),
        unknown: hiddenTopic,
    });
});
