import * as pulumi from "@pulumi/pulumi";
import type { TopicKey } from "../../coordination/topics";
import { type AlarmDefinition, silenceChangesNothing, silenceIsFailure, silenceIsFine } from "./definition";
import { broker, brokerClients, consumer, kafka } from "./metrics";

/** A group of consumers and what it reads. Groups are shared by agents, so their number does not follow the fleet's size. */
export interface ConsumerGroup {
    /** Name in ASCII without a colon, else MSK publishes no lag for it. */
    readonly group: string;
    readonly topic: TopicKey;
}

export interface BrokerAlarmArgs {
    readonly clusterName: pulumi.Input<string>;
    readonly brokerCount: number;
    readonly topics: Readonly<Record<TopicKey, pulumi.Input<string>>>;
    readonly consumerGroups: readonly ConsumerGroup[];
}

/** IAM connections a broker takes: 3,000 (MSK guide, limits), of which a fifth is kept in hand. */
const MAX_CLIENTS = 2400;

/** Tier 2: the brokers, and whether messages are taken out as fast as they come in. */
export function brokerAlarms(args: BrokerAlarmArgs): AlarmDefinition[] {
    const brokerIds = Array.from({ length: args.brokerCount }, (_, index) => index + 1);
    return [
        ...clusterAlarms(args),
        ...brokerIds.flatMap((id) => oneBrokerAlarms(args.clusterName, id)),
        ...args.consumerGroups.flatMap((group) => lagAlarms(args, group)),
    ];
}

function clusterAlarms({ clusterName, topics }: BrokerAlarmArgs): AlarmDefinition[] {
    // The controllers of a KRaft cluster are apart from its brokers and may publish nothing: silence proves nothing here.
    // That a broker is silent is told by its processor alarm.
    const controllerSilence = silenceChangesNothing("controllers may be silent; silent brokers call by brokers-cpu");
    return [
        {
            slug: "brokers-controller",
            title: "The brokers have no active controller: no partition gets a new leader",
            promise: 3,
            critical: true,
            watched: { metric: kafka(clusterName, "ActiveControllerCount", "Maximum") },
            breachedWhen: "<",
            threshold: 1,
            periodSeconds: 60,
            periods: 5,
            missing: controllerSilence,
            runbook: "brokers-controller",
        },
        {
            slug: "brokers-offline-partitions",
            title: "Partitions have no leader: their council sessions stand still",
            promise: 3,
            critical: true,
            // Never the average: the brokers that see none would hide the one that does.
            watched: { metric: kafka(clusterName, "OfflinePartitionsCount", "Maximum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 60,
            periods: 2,
            missing: controllerSilence,
            runbook: "brokers-partitions",
        },
        {
            slug: "brokers-dead-letters",
            title: "Messages are arriving in the dead-letter topic: a consumer could not handle them",
            promise: 3,
            critical: false,
            // A query, so that one alarm covers any number of brokers; a calculation takes ten metrics at most.
            watched: {
                query: pulumi.interpolate`SELECT SUM(BytesInPerSec) FROM SCHEMA("AWS/Kafka", "Broker ID", "Cluster Name", Topic) WHERE "Cluster Name" = '${clusterName}' AND Topic = '${topics.deadLetters}'`,
            },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 1,
            missing: silenceIsFine("no dead letter was written"),
            runbook: "brokers-dead-letters",
        },
    ];
}

function oneBrokerAlarms(clusterName: pulumi.Input<string>, id: number): AlarmDefinition[] {
    const metric = (name: string, statistic: string) => broker(clusterName, id, name, statistic);
    const silence = silenceChangesNothing("a silent broker calls by brokers-cpu");
    return [
        {
            slug: `brokers-under-min-isr-${id}`,
            title: `Broker ${id} leads partitions with too few replicas in sync: producers are refused`,
            promise: 3,
            critical: true,
            watched: { metric: metric("UnderMinIsrPartitionCount", "Maximum") },
            breachedWhen: ">=",
            threshold: 1,
            periodSeconds: 60,
            periods: 2,
            missing: silence,
            runbook: "brokers-partitions",
        },
        {
            slug: `brokers-under-replicated-${id}`,
            title: `Broker ${id} leads partitions with a replica missing for 15 minutes`,
            promise: 6,
            critical: false,
            watched: { metric: metric("UnderReplicatedPartitions", "Maximum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 3,
            missing: silence,
            runbook: "brokers-partitions",
        },
        {
            slug: `brokers-cpu-${id}`,
            title: `Broker ${id} uses more than 60 % of its processors, or has fallen silent`,
            promise: 6,
            critical: false,
            watched: {
                expression: "user + system",
                metrics: { user: metric("CpuUser", "Average"), system: metric("CpuSystem", "Average") },
            },
            breachedWhen: ">",
            threshold: 60,
            periodSeconds: 300,
            // Maintenance takes a broker away for 5 to 15 minutes; longer is no maintenance.
            periods: 4,
            missing: silenceIsFailure("a broker that reports nothing is away"),
            runbook: "brokers-load",
        },
        {
            slug: `brokers-heap-${id}`,
            title: `Broker ${id} keeps more than 60 % of its heap after garbage collection`,
            promise: 3,
            critical: false,
            watched: { metric: metric("HeapMemoryAfterGC", "Average") },
            breachedWhen: ">",
            threshold: 60,
            periodSeconds: 300,
            periods: 3,
            missing: silence,
            runbook: "brokers-load",
        },
        {
            slug: `brokers-threads-${id}`,
            title: `Broker ${id} has less than 30 % of its request or network threads free`,
            promise: 3,
            critical: false,
            watched: {
                expression: "MIN([requests, network])",
                metrics: {
                    requests: metric("RequestHandlerAvgIdlePercent", "Average"),
                    network: metric("NetworkProcessorAvgIdlePercent", "Average"),
                },
            },
            breachedWhen: "<",
            threshold: 0.3,
            periodSeconds: 300,
            periods: 3,
            missing: silence,
            runbook: "brokers-load",
        },
        {
            slug: `brokers-traffic-${id}`,
            title: `Broker ${id} exceeds the network allowance of its size: AWS is dropping or delaying its packets`,
            promise: 3,
            critical: false,
            watched: {
                expression: "incoming + outgoing",
                metrics: {
                    incoming: metric("BwInAllowanceExceeded", "Sum"),
                    outgoing: metric("BwOutAllowanceExceeded", "Sum"),
                },
            },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 2,
            missing: silenceIsFine("nothing was shaped"),
            runbook: "brokers-load",
        },
        {
            slug: `brokers-disk-${id}`,
            title: `Broker ${id} has used more than 85 % of its storage, although storage grows by itself at 70 %`,
            promise: 3,
            critical: false,
            watched: { metric: metric("KafkaDataLogsDiskUsed", "Maximum") },
            breachedWhen: ">",
            threshold: 85,
            periodSeconds: 300,
            periods: 1,
            missing: silence,
            runbook: "brokers-disk",
        },
        {
            slug: `brokers-connections-${id}`,
            title: `Broker ${id} has more than ${MAX_CLIENTS} of the 3,000 connections that it takes`,
            promise: 2,
            critical: false,
            // The sum by the minute: a broker reports once for each of its network threads.
            watched: { metric: brokerClients(clusterName, id, "ClientConnectionCount", "Sum") },
            breachedWhen: ">",
            threshold: MAX_CLIENTS,
            periodSeconds: 60,
            periods: 5,
            missing: silenceIsFine("no client is connected"),
            runbook: "brokers-connections",
        },
        {
            slug: `brokers-refused-${id}`,
            title: `Broker ${id} refuses connections: more than 100 clients a second want in`,
            promise: 2,
            critical: false,
            watched: { metric: metric("IAMTooManyConnections", "Sum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 1,
            missing: silenceIsFine("no connection was refused"),
            runbook: "brokers-connections",
        },
    ];
}

function lagAlarms({ clusterName, topics }: BrokerAlarmArgs, { group, topic }: ConsumerGroup): AlarmDefinition[] {
    const metric = (name: string, statistic: string) => consumer(clusterName, group, topics[topic], name, statistic);
    // MSK publishes lag only while a group is stable or empty, so a group that never settles must not look well.
    const missing = silenceChangesNothing("a group that is regrouping has no lag to report");
    return [
        {
            slug: `brokers-lag-time-${group}-${topic}`,
            title: `Consumers ${group} are more than a minute behind on ${topic}`,
            promise: 3,
            critical: false,
            watched: { metric: metric("EstimatedMaxTimeLag", "Maximum") },
            breachedWhen: ">",
            threshold: 60,
            periodSeconds: 60,
            periods: 5,
            missing,
            runbook: "brokers-lag",
        },
        {
            slug: `brokers-lag-count-${group}-${topic}`,
            title: `Consumers ${group} have more than 10,000 messages of ${topic} before them`,
            promise: 3,
            critical: false,
            watched: { metric: metric("SumOffsetLag", "Maximum") },
            breachedWhen: ">",
            threshold: 10_000,
            periodSeconds: 300,
            periods: 3,
            missing,
            runbook: "brokers-lag",
        },
    ];
}
