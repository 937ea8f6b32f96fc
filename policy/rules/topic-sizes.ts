import { z } from "zod";
import type { Resource } from "../engine/resource";
import { stackRule } from "../engine/rule";
import { MSK_CLUSTER, MSK_TOPIC, setting, spreadOf, topicSettings } from "./support/kafka";
import { referring } from "./support/related";

const BEST_PRACTICES = "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html";
const MESSAGE_BYTES = "max.message.bytes";

export const topicPartitions = stackRule({
    name: "topic-partitions",
    description: "Every broker leads a part of every topic, so that none stands idle while another is full",
    severity: "medium",
    references: ["openclaw promise 2", "openclaw promise 3"],
    remediation: "Set partitionCount to the number of brokers or more. It can grow later, and then moves keys.",
    url: BEST_PRACTICES,
    types: [MSK_TOPIC],
    check(stack, report) {
        const topics = referring(stack, [MSK_TOPIC], "clusterArn");
        stack.each(stack.ofType(MSK_CLUSTER), (cluster) => {
            const brokers = stack.decide(cluster, () => spreadOf(cluster)?.brokers, undefined) ?? 1;
            stack.each(topics(cluster), (topic) => {
                const partitions = topic.props.number("partitionCount");
                if (partitions === undefined) report(topic, "has no partitionCount");
                else if (partitions < brokers) {
                    report(
                        topic,
                        `has ${partitions} partitions, at least one for each of ${brokers} brokers is required`,
                    );
                }
            });
        });
    },
});

/** Partitions with their copies that AWS recommends for a broker of a size, where others than a thousand. */
const RECOMMENDED: Readonly<Record<string, number>> = {
    small: 300,
    "2xlarge": 2000,
    "4xlarge": 4000,
    "8xlarge": 4000,
    "12xlarge": 4000,
    "16xlarge": 4000,
    "24xlarge": 4000,
};

export const brokerPartitions = stackRule({
    name: "broker-partitions",
    description: "No broker carries more partitions than AWS recommends for its size",
    severity: "high",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation: "Take fewer partitions, more brokers or a larger size. MSK refuses upgrades of brokers with too many.",
    url: `${BEST_PRACTICES}#partitions-per-broker`,
    types: [MSK_CLUSTER],
    check(stack, report) {
        const topics = referring(stack, [MSK_TOPIC], "clusterArn");
        stack.each(stack.ofType(MSK_CLUSTER), (cluster) => {
            const { props } = cluster;
            const size = props.text("brokerNodeGroupInfo.instanceType")?.split(".").at(-1);
            const brokers = spreadOf(cluster)?.brokers;
            if (size === undefined || brokers === undefined) {
                report(cluster, "says not of which size its brokers are, or how many");
                return;
            }
            const copies = topics(cluster).reduce(
                (sum, topic) => sum + stack.decide(topic, () => copiesOf(topic), 0),
                0,
            );
            const each = Math.ceil(copies / brokers);
            const most = RECOMMENDED[size] ?? 1000;
            if (each > most) report(cluster, `has ${each} partitions on each broker, at most ${most} are recommended`);
        });
    },
});

function copiesOf({ props }: Resource): number {
    return (props.number("partitionCount") ?? 0) * (props.number("replicationFactor") ?? 0);
}

export const topicMessageSize = stackRule({
    name: "topic-message-size",
    description:
        "What one topic takes fits wherever it goes on to: into the archive, and with its story to the dead letters",
    severity: "medium",
    references: ["openclaw promise 3", "openclaw promise 5"],
    remediation: `Set ${MESSAGE_BYTES} of every topic to at most the maximum, and of the dead letters to more than of any other.`,
    url: "https://docs.aws.amazon.com/firehose/latest/dev/limits.html",
    types: [MSK_TOPIC],
    settings: {
        minimumBytes: z.int().min(1).default(1_048_576).describe("Largest message that must pass"),
        maximumBytes: z.int().min(1).default(10_485_760).describe("Largest message that Firehose takes"),
        deadLetters: z.string().default("dead-letters").describe("Name of the topic for what could not be handled"),
    },
    check(stack, report, { minimumBytes, maximumBytes, deadLetters }) {
        const topics = stack.ofType(MSK_TOPIC);
        const bytesOf = (topic: Resource) => topicSettings(topic).number(setting(MESSAGE_BYTES));
        const isDead = (topic: Resource) => topic.props.text("name") === deadLetters;
        const largest = Math.max(
            minimumBytes,
            ...topics.map((topic) => stack.decide(topic, () => (isDead(topic) ? 0 : (bytesOf(topic) ?? 0)), 0)),
        );
        stack.each(topics, (topic) => {
            const bytes = bytesOf(topic);
            const least = isDead(topic) ? largest + 1 : minimumBytes;
            if (bytes === undefined) report(topic, `sets no ${MESSAGE_BYTES}`);
            else if (bytes < least) report(topic, `takes messages of ${bytes} bytes, at least ${least} are required`);
            else if (bytes > maximumBytes) {
                report(topic, `takes messages of ${bytes} bytes, at most ${maximumBytes} are allowed`);
            }
        });
    },
});

export const topicSizeRules = [topicPartitions, brokerPartitions, topicMessageSize];
