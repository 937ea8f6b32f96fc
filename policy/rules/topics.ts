import { z } from "zod";
import { type Replication, validateReplication } from "../../components/model/replication";
import type { Resource, Stack } from "../engine/resource";
import { type ReportResource, resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import {
    brokerSettings,
    MSK_CLUSTER,
    MSK_CONFIGURATION,
    MSK_TOPIC,
    setting,
    type Spread,
    spreadOf,
    topicSettings,
} from "./support/kafka";
import { referred, referring } from "./support/related";

const PROPERTIES = "https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-properties.html";
const DESIGN = "https://kafka.apache.org/documentation/#replication";
const TOPIC_SETTINGS = "https://kafka.apache.org/documentation/#topicconfigs";
const DAY = 24 * 3600 * 1000;

/** A setting of brokers or of a topic by Kafka's own name. */
function requireSetting(settings: Reader, name: string, wanted: readonly string[], report: ReportResource): void {
    const value = settings.text(setting(name));
    const required = `${wanted.join(" or ")} is required`;
    if (value === undefined) report(`sets no ${name}, ${required}`);
    else if (!wanted.includes(value)) report(`sets ${name} to ${value}, ${required}`);
}

function requireSettingWithin(
    settings: Reader,
    name: string,
    [least, most]: readonly [number, number],
    report: ReportResource,
): void {
    const value = settings.number(setting(name));
    if (value === undefined) report(`sets no ${name}`);
    else if (value < least) report(`sets ${name} to ${value}, at least ${least} is required`);
    else if (value > most) report(`sets ${name} to ${value}, at most ${most} is allowed`);
}

const durable = z
    .boolean()
    .default(true)
    .describe("Whether what is acknowledged must survive the loss of any broker (min.insync.replicas 2 or more)");

/** Says what a replication does not survive. How the brokers stand is a rule of its own. */
function requireReplication(
    spread: Spread,
    copies: Pick<Replication, "replicationFactor" | "minInSyncReplicas">,
    isDurable: boolean,
    report: ReportResource,
): void {
    validateReplication({ ...spread, ...copies }, isDurable)
        .filter(({ rule }) => rule !== "brokers-even-over-zones")
        .forEach(({ sentence, suggestion }) => report(`${sentence} (${suggestion} would do)`));
}

/** Kafka's own topics and those that come without settings: how often they are kept, and how often before it is said. */
const KEPT = [
    ["default.replication.factor", "min.insync.replicas"],
    ["offsets.topic.replication.factor", "min.insync.replicas"],
    ["transaction.state.log.replication.factor", "transaction.state.log.min.isr"],
] as const;

export const brokerReplication = stackRule({
    name: "broker-replication",
    description: "By default messages, offsets and transactions survive the loss of a zone, and writes go on",
    severity: "critical",
    references: ["openclaw promise 3", "openclaw promise 6"],
    remediation:
        "Set the replication factors and minimums of the brokers' configuration to values that survive a zone.",
    url: DESIGN,
    types: [MSK_CONFIGURATION],
    settings: { durable },
    check(stack, report, settings) {
        const clusters = referring(stack, [MSK_CLUSTER], "configurationInfo.arn");
        stack.each(stack.ofType(MSK_CONFIGURATION), (configuration) => {
            const say = (message: string) => report(configuration, message);
            const kept = brokerSettings(configuration);
            for (const cluster of clusters(configuration)) {
                const spread = stack.decide(cluster, () => spreadOf(cluster), undefined);
                for (const [factor, minimum] of KEPT) {
                    const replicationFactor = kept.number(setting(factor));
                    const minInSyncReplicas = kept.number(setting(minimum));
                    if (replicationFactor === undefined) say(`sets no ${factor}`);
                    if (minInSyncReplicas === undefined) say(`sets no ${minimum}`);
                    if (!spread || replicationFactor === undefined || minInSyncReplicas === undefined) continue;
                    requireReplication(spread, { replicationFactor, minInSyncReplicas }, settings.durable, (message) =>
                        say(`${factor}: ${message}`),
                    );
                }
            }
        });
    },
});

export const topicReplication = stackRule({
    name: "topic-replication",
    description: "Every topic survives the loss of a zone, and writes to it go on",
    severity: "critical",
    references: ["openclaw promise 3", "openclaw promise 6"],
    remediation: "Set replicationFactor, and min.insync.replicas in configs, to values that survive a zone.",
    url: DESIGN,
    types: [MSK_TOPIC],
    settings: { durable },
    check(stack, report, settings) {
        eachTopic(stack, (topic, cluster) => {
            const say = (message: string) => report(topic, message);
            const spread = stack.decide(cluster, () => spreadOf(cluster), undefined);
            const replicationFactor = topic.props.number("replicationFactor");
            const minInSyncReplicas = topicSettings(topic).number(setting("min.insync.replicas"));
            if (replicationFactor === undefined) say("has no replicationFactor");
            if (minInSyncReplicas === undefined) say("sets no min.insync.replicas");
            if (!spread || replicationFactor === undefined || minInSyncReplicas === undefined) return;
            requireReplication(spread, { replicationFactor, minInSyncReplicas }, settings.durable, say);
        });
    },
});

function eachTopic(stack: Stack, look: (topic: Resource, cluster: Resource) => void): void {
    stack.each(stack.ofType(MSK_TOPIC), (topic) => {
        for (const cluster of referred(stack, topic, "clusterArn", [MSK_CLUSTER])) look(topic, cluster);
    });
}

export const brokerElection = resourceRule({
    name: "broker-election",
    description: "No replica that missed acknowledged messages becomes leader, of any topic",
    severity: "critical",
    references: ["openclaw promise 3"],
    remediation: "Set unclean.leader.election.enable to false for brokers and topics: a partition waits instead.",
    url: PROPERTIES,
    types: [MSK_CONFIGURATION, MSK_TOPIC],
    check: (resource, report) =>
        requireSetting(
            resource.type === MSK_TOPIC ? topicSettings(resource) : brokerSettings(resource),
            "unclean.leader.election.enable",
            ["false"],
            report,
        ),
});

export const brokerTopicCreation = resourceRule({
    name: "broker-topic-creation",
    description: "No topic comes into being by a misspelt name",
    severity: "medium",
    references: ["openclaw promise 3"],
    remediation: "Set auto.create.topics.enable to false, and make topics as resources.",
    url: PROPERTIES,
    types: [MSK_CONFIGURATION],
    check: (resource, report) =>
        requireSetting(brokerSettings(resource), "auto.create.topics.enable", ["false"], report),
});

export const brokerTopicDeletion = resourceRule({
    name: "broker-topic-deletion",
    description: "No client can delete a topic",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Set delete.topic.enable to false. A topic is then deleted by changing it first.",
    url: PROPERTIES,
    types: [MSK_CONFIGURATION],
    check: (resource, report) => requireSetting(brokerSettings(resource), "delete.topic.enable", ["false"], report),
});

export const brokerNearestReplica = resourceRule({
    name: "broker-nearest-replica",
    description: "Consumers may read from the replica of their own zone",
    severity: "low",
    references: ["openclaw promise 3"],
    remediation: "Set replica.selector.class to org.apache.kafka.common.replica.RackAwareReplicaSelector.",
    url: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices-kafka-client.html",
    types: [MSK_CONFIGURATION],
    check: (resource, report) =>
        requireSetting(
            brokerSettings(resource),
            "replica.selector.class",
            ["org.apache.kafka.common.replica.RackAwareReplicaSelector"],
            report,
        ),
});

export const brokerOffsets = stackRule({
    name: "broker-offsets",
    description: "A consumer's position is kept as long as the messages that it has still to read",
    severity: "high",
    references: ["openclaw promise 3"],
    remediation: "Set offsets.retention.minutes to the longest retention of a topic or more.",
    url: PROPERTIES,
    types: [MSK_CONFIGURATION],
    check(stack, report) {
        const topics = referring(stack, [MSK_TOPIC], "clusterArn");
        const clusters = referring(stack, [MSK_CLUSTER], "configurationInfo.arn");
        stack.each(stack.ofType(MSK_CONFIGURATION), (configuration) => {
            const kept = brokerSettings(configuration).number(setting("offsets.retention.minutes"));
            if (kept === undefined) report(configuration, "sets no offsets.retention.minutes");
            for (const topic of clusters(configuration).flatMap(topics)) {
                const read = () => topicSettings(topic).number(setting("retention.ms"));
                const minutes = (stack.decide(topic, read, undefined) ?? 0) / 60_000;
                if (kept === undefined || kept >= minutes) continue;
                report(configuration, `keeps positions ${kept} minutes, and ${topic.name} its messages ${minutes}`);
            }
        });
    },
});

export const topicRetention = resourceRule({
    name: "topic-retention",
    description: "Every topic keeps its messages long enough for whoever reads them to come back after an outage",
    severity: "high",
    references: ["openclaw promise 3", "openclaw promise 5"],
    remediation: "Set retention.ms in configs to the minimum or more, and retention.bytes to -1.",
    url: TOPIC_SETTINGS,
    types: [MSK_TOPIC],
    settings: {
        minimumDays: z.number().positive().default(7).describe("Days that any topic keeps its messages at least"),
        longer: z
            .record(z.string(), z.number().positive())
            .default({ decisions: 14, "audit-events": 14, "dead-letters": 30 })
            .describe("Days at least for topics that need more, by name"),
    },
    check(topic, report, { minimumDays, longer }) {
        const settings = topicSettings(topic);
        const days = longer[topic.props.text("name") ?? ""] ?? minimumDays;
        const kept = settings.number(setting("retention.ms"));
        if (kept === undefined) report(`sets no retention.ms, ${days} days are required`);
        else if (kept !== -1 && kept < days * DAY) {
            report(`keeps messages ${Math.round((kept / DAY) * 10) / 10} days, ${days} are required`);
        }
        requireSetting(settings, "retention.bytes", ["-1"], report);
    },
});

export const topicCleanup = resourceRule({
    name: "topic-cleanup",
    description: "Messages end by their age alone, and soon after it",
    severity: "high",
    references: ["openclaw promise 5"],
    remediation: "Set cleanup.policy to delete, and segment.ms to at most a day: age counts from a closed segment.",
    url: TOPIC_SETTINGS,
    types: [MSK_TOPIC],
    check(topic, report) {
        const settings = topicSettings(topic);
        requireSetting(settings, "cleanup.policy", ["delete"], report);
        requireSettingWithin(settings, "segment.ms", [60_000, DAY], report);
    },
});

export const topicTime = resourceRule({
    name: "topic-time",
    description:
        "What is kept as evidence, and what ends a council's rounds, bears the time of the broker, which no producer can choose",
    severity: "medium",
    references: ["openclaw promise 3", "openclaw promise 5"],
    remediation: "Set message.timestamp.type of these topics to LogAppendTime, and of the others say which.",
    url: TOPIC_SETTINGS,
    types: [MSK_TOPIC],
    settings: {
        evidence: z
            .array(z.string())
            .default(["council-deliberation", "decisions", "audit-events", "dead-letters"])
            .describe("Names of the topics that are kept as evidence, or that councils go by"),
    },
    check(topic, report, { evidence }) {
        const isEvidence = evidence.includes(topic.props.text("name") ?? "");
        const allowed = isEvidence ? ["LogAppendTime"] : ["CreateTime", "LogAppendTime"];
        requireSetting(topicSettings(topic), "message.timestamp.type", allowed, report);
    },
});

export const topicCompression = resourceRule({
    name: "topic-compression",
    description: "Brokers keep messages as they come, and lose no time on them",
    severity: "low",
    references: ["openclaw promise 3"],
    remediation: "Set compression.type to producer.",
    url: TOPIC_SETTINGS,
    types: [MSK_TOPIC],
    check: (topic, report) => requireSetting(topicSettings(topic), "compression.type", ["producer"], report),
});

export const topicRules = [
    brokerReplication,
    topicReplication,
    brokerElection,
    brokerTopicCreation,
    brokerTopicDeletion,
    brokerNearestReplica,
    brokerOffsets,
    topicRetention,
    topicCleanup,
    topicTime,
    topicCompression,
];
