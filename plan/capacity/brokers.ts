import {
    brokerLimits,
    BROKER_CONNECTIONS,
    CONNECTIONS_OF_AN_AGENT,
    STORAGE_SHARE,
} from "../../components/model/broker-limits";
import { peakRate } from "../../components/model/throughput";
import type { CapacityLine } from "../document/schema";
import type { Graph } from "../graph";
import { all, inputsOf, properties, text } from "../resources";
import { fleetIn } from "./agents";
import { line } from "./line";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const HOURS_OF_DAY = 24;

/** Brokers: what is written, how much of it they keep, how many replicas and connections they carry. */
export function brokerLines(graph: Graph): CapacityLine[] {
    const { settings } = graph;
    const cluster = inputsOf(graph, "aws:msk/cluster:Cluster");
    const count = Number(cluster["numberOfBrokerNodes"] ?? 0);
    const type = text(properties(cluster["brokerNodeGroupInfo"])["instanceType"]);
    const limits = brokerLimits(type);
    const zones = settings.network.statefulZones.length;
    const left = count - Math.ceil(count / zones);
    const copies = settings.brokers.replicationFactor;
    const topics = all(graph, "aws:msk/topic:Topic").map(({ inputs }) => inputs);
    const replicas = topics.reduce(
        (sum, { partitionCount, replicationFactor }) => sum + Number(partitionCount) * Number(replicationFactor),
        0,
    );
    const { interactionsPerDay, peakFactor } = settings.load;
    const bytesPerDay = topicBytes(graph).reduce((sum, { bytes }) => sum + bytes, 0);
    const written = (peakRate(bytesPerDay, peakFactor) * copies) / count / MIB;
    const agents = fleetIn(settings).agents;
    return [
        line({
            group: "brokers",
            name: `Written by a broker in the busiest second (${type})`,
            need: written,
            limit: limits.diskMibps,
            unit: "MiB a second",
            key: "openclaw:brokers.instanceType",
            note: `${peakRate(interactionsPerDay.high * settings.load.perInteraction.messages, peakFactor).toFixed(0)} messages a second, ${copies} copies over ${count} brokers; those of a lost zone go to no other`,
        }),
        line({
            group: "brokers",
            name: "Kept by a broker through the topics' retention",
            need:
                (topicBytes(graph).reduce((sum, { bytes, hours }) => sum + (bytes * hours) / HOURS_OF_DAY, 0) *
                    copies) /
                count /
                GIB,
            limit: settings.brokers.maxVolumeGiB * STORAGE_SHARE,
            unit: "GiB",
            key: "openclaw:brokers.maxVolumeGiB",
            note: `begins with ${settings.brokers.volumeGiB} GiB and grows by itself; the limit leaves what the alarm asks for`,
        }),
        line({
            group: "brokers",
            name: "Replicas on a broker",
            need: Math.ceil(replicas / count),
            limit: limits.replicas,
            unit: "replicas",
            key: "openclaw:brokers.topics",
        }),
        line({
            group: "brokers",
            name: "Connections to a broker",
            need: agents * CONNECTIONS_OF_AN_AGENT,
            limit: BROKER_CONNECTIONS.atOnce,
            unit: "connections",
            key: "openclaw:brokers.instanceType",
            note: `after the loss of a zone they come back within ${Math.ceil((agents * CONNECTIONS_OF_AN_AGENT) / BROKER_CONNECTIONS.newPerSecond)} s, at ${BROKER_CONNECTIONS.newPerSecond} a second on each of ${left} brokers`,
        }),
    ];
}

interface TopicBytes {
    /** Written to the topic on a busy day, once. */
    readonly bytes: number;
    readonly hours: number;
}

/** What each topic takes in on a busy day. Agents' messages count to the topic that keeps them longer. */
function topicBytes({ settings }: Graph): TopicBytes[] {
    const { interactionsPerDay, perInteraction } = settings.load;
    const { councilDeliberation, agentMessages, decisions, auditEvents } = settings.brokers.topics;
    const perDay = (rows: number) => interactionsPerDay.high * rows * perInteraction.messageBytes;
    return [
        {
            bytes: perDay(perInteraction.messages),
            hours: Math.max(councilDeliberation.retentionHours, agentMessages.retentionHours),
        },
        { bytes: perDay(perInteraction.decisions), hours: decisions.retentionHours },
        { bytes: perDay(perInteraction.auditEntries), hours: auditEvents.retentionHours },
    ];
}
