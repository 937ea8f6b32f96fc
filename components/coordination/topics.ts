import * as msk from "@pulumi/aws/msk";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

const HOUR_MS = 60 * 60 * 1000;
const MIB = 1024 * 1024;

/** Size of one topic. */
export interface TopicSizing {
    /**
     * How many logs the topic's work is spread over: a bridge reads those alone that its own keys lie in. May grow in place,
     * never shrink; growth moves keys to other partitions, so grow while no council is in session and no message waits
     * (docs/runbooks.md).
     */
    readonly partitions: number;
    /** Hours that a message is kept, counted in whole segments of a day at most. Changes in place. */
    readonly retentionHours: number;
}

/** The topics of the platform, and why each is one of its own. */
export interface TopicConfig {
    /**
     * `council-deliberation`: arguments, votes and verdicts of council sessions. The session's id is the key, so a session
     * lives in one partition and its messages stay in order; partitions are how many sessions advance side by side.
     * Kept for days, so that a council can be replayed after a fault.
     */
    readonly councilDeliberation: TopicSizing;
    /**
     * `agent-messages`: requests and answers between agents, by the receiver's key. Apart from councils, so that a burst of
     * chatter delays no deliberation.
     */
    readonly agentMessages: TopicSizing;
    /**
     * `decisions`: one message a decision taken, by the session's key, on its way to database and archive. Few and small.
     * Kept longer than the longest stop of the archive's delivery that nobody repairs.
     */
    readonly decisions: TopicSizing;
    /**
     * `audit-events`: who did what, from every agent and bridge. Apart from decisions, because another team reads it and its
     * volume follows activity, not outcomes.
     */
    readonly auditEvents: TopicSizing;
    /**
     * `dead-letters`: messages that a consumer could not handle, with reason and origin in their headers. One topic for all
     * others, rarely written; kept the longest, for a person has to look at them.
     */
    readonly deadLetters: TopicSizing;
}

export type TopicKey = keyof TopicConfig;

interface TopicTraits {
    readonly topicName: string;
    /**
     * Whose clock dates a message, and so decides when it expires: the producer's, or the broker's, so that an agent with a
     * wrong clock cannot have its decision expire on arrival, nor end a council's round for the others.
     */
    readonly datedBy: "producer" | "broker";
    /** Largest batch that is taken, in bytes. Larger things go to the agent's state bucket, and the message names them. */
    readonly maxMessageBytes: number;
}

const TRAITS: Readonly<Record<TopicKey, TopicTraits>> = {
    councilDeliberation: { topicName: "council-deliberation", datedBy: "broker", maxMessageBytes: MIB },
    agentMessages: { topicName: "agent-messages", datedBy: "producer", maxMessageBytes: MIB },
    decisions: { topicName: "decisions", datedBy: "broker", maxMessageBytes: MIB },
    auditEvents: { topicName: "audit-events", datedBy: "broker", maxMessageBytes: MIB },
    // Room for the largest message of any topic and, besides, the headers that tell what went wrong.
    deadLetters: { topicName: "dead-letters", datedBy: "broker", maxMessageBytes: 2 * MIB },
};

/** Arguments of {@link Topics}. */
export interface TopicsArgs {
    readonly platform: Platform;
    /** ARN of the brokers' cluster. A change replaces every topic with all its messages. */
    readonly clusterArn: pulumi.Input<string>;
    /** Copies of each partition. A change replaces every topic with all its messages; protected ones refuse it. */
    readonly replicationFactor: number;
    /** Copies that must have a message before it is acknowledged to a producer with `acks=all`. Changes in place. */
    readonly minInSyncReplicas: number;
    /** Partitions and retention by topic. */
    readonly topics: TopicConfig;
}

/**
 * The topics, made through the AWS API: whoever deploys needs no network path to the brokers, but beside `kafka:*Topic` the
 * data-plane rights `kafka-cluster:Connect`, `CreateTopic`, `DescribeTopic`, `AlterTopic`, `DeleteTopic` and those for
 * `...TopicDynamicConfiguration` on the cluster and its topics (MSK guide, msk-topic-operations).
 */
export class Topics extends pulumi.ComponentResource {
    /** Names as clients use them; known once the topic exists. */
    readonly names: Readonly<Record<TopicKey, pulumi.Output<string>>>;
    readonly arns: Readonly<Record<TopicKey, pulumi.Output<string>>>;

    constructor(name: string, args: TopicsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:coordination:Topics", name, {}, opts);

        const topics = byKey((key) => createTopic(this, name, key, args));

        this.names = byKey((key) => topics[key].name);
        this.arns = byKey((key) => topics[key].arn);
        this.registerOutputs({ names: this.names, arns: this.arns });
    }
}

function createTopic(parent: Topics, name: string, key: TopicKey, args: TopicsArgs): msk.Topic {
    const { topicName } = TRAITS[key];
    const { partitions, retentionHours } = args.topics[key];
    return new msk.Topic(
        `${name}-${topicName}`,
        {
            clusterArn: args.clusterArn,
            name: topicName,
            partitionCount: partitions,
            replicationFactor: args.replicationFactor,
            configs: JSON.stringify(topicSettings(TRAITS[key], retentionHours, args.minInSyncReplicas)),
        },
        { parent, protect: args.platform.protect },
    );
}

/** Kafka's settings of a topic. All are strings: numbers would differ from what AWS gives back at every preview. */
function topicSettings(traits: TopicTraits, retentionHours: number, minInSyncReplicas: number): Record<string, string> {
    return {
        // Every message counts: none is dropped because a later one has its key, nor because the topic is large.
        "cleanup.policy": "delete",
        "retention.bytes": "-1",
        "retention.ms": String(retentionHours * HOUR_MS),
        // Messages expire by whole segments, and a quiet partition would keep one for a week.
        "segment.ms": String(Math.min(24, retentionHours) * HOUR_MS),
        "max.message.bytes": String(traits.maxMessageBytes),
        "message.timestamp.type": traits.datedBy === "broker" ? "LogAppendTime" : "CreateTime",
        // As the producer packed it: packing anew in the broker costs the latency that is promised.
        "compression.type": "producer",
        // Repeated from the brokers' settings, so that a topic keeps its promise whatever becomes of those.
        "min.insync.replicas": String(minInSyncReplicas),
        "unclean.leader.election.enable": "false",
    };
}

function byKey<T>(make: (key: TopicKey) => T): Record<TopicKey, T> {
    return {
        councilDeliberation: make("councilDeliberation"),
        agentMessages: make("agentMessages"),
        decisions: make("decisions"),
        auditEvents: make("auditEvents"),
        deadLetters: make("deadLetters"),
    };
}
