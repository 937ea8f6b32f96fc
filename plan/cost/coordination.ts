import type { Graph } from "../graph";
import { all, inputsOf, properties, text } from "../resources";
import { BROKER_METRICS, LOGS } from "./assumptions";
import { always, byLoad, type Draft, GB, HOURS, times } from "./line";
import { acrossZones, brokersOf, decisionsGb, keptLogs, messagesGb } from "./volumes";

const tier = "coordination";
const HOURS_OF_DAY = 24;

/** The brokers, what they hold, and what goes in and out. */
export function coordinationLines(graph: Graph): Draft[] {
    const cluster = inputsOf(graph, "aws:msk/cluster:Cluster");
    const group = properties(cluster["brokerNodeGroupInfo"]);
    const count = brokersOf(graph);
    const type = text(group["instanceType"]);
    const logs = always(count * LOGS.broker);
    // Those of the agents: in a zone without brokers, every message goes to another.
    const zones = graph.settings.network.zones.length;
    return [
        {
            tier,
            item: `Brokers, ${type}`,
            key: type.replace(/^kafka\./, "msk."),
            quantity: always(count * HOURS),
            note: `${count} brokers`,
        },
        storage(graph),
        ...privateConnectivity(graph),
        {
            tier,
            item: "Messages between zones",
            key: "transfer.between-zones",
            quantity: times(messagesGb(graph.settings), 2 * acrossZones(zones) * 2),
            note:
                `each message written once and read once, ${zones - 1} of ${zones} to a broker in another zone, ` +
                "billed on both sides; between brokers nothing is billed",
        },
        metrics(graph),
        {
            tier,
            item: "Logs of brokers taken in",
            key: "logs.ingested",
            quantity: logs,
            note: `${LOGS.broker} GB a broker (planning figure)`,
        },
        { ...keptLogs(graph, tier, /^\/aws\/vendedlogs\/msk\//, logs), item: "Logs of brokers kept" },
    ];
}

/** Volumes grow by themselves once they are fuller than their target, up to their maximum. */
function storage(graph: Graph): Draft {
    const { settings } = graph;
    const group = properties(inputsOf(graph, "aws:msk/cluster:Cluster")["brokerNodeGroupInfo"]);
    const first = Number(properties(properties(group["storageInfo"])["ebsStorageInfo"])["volumeSize"] ?? 0);
    const most = Number(inputsOf(graph, "aws:appautoscaling/target:Target")["maxCapacity"] ?? first);
    const policy = properties(
        inputsOf(graph, "aws:appautoscaling/policy:Policy")["targetTrackingScalingPolicyConfiguration"],
    );
    const full = Number(policy["targetValue"] ?? 100) / 100;
    const brokers = brokersOf(graph);
    const { messages, decisions, auditEntries, messageBytes } = settings.load.perInteraction;
    const { councilDeliberation, agentMessages, decisions: verdicts, auditEvents } = settings.brokers.topics;
    const hours =
        messages * Math.max(councilDeliberation.retentionHours, agentMessages.retentionHours) +
        decisions * verdicts.retentionHours +
        auditEntries * auditEvents.retentionHours;
    const volume = (perDay: number) => {
        const kept =
            (perDay * (hours / HOURS_OF_DAY) * messageBytes * settings.brokers.replicationFactor) / GB / brokers;
        return brokers * Math.max(first, Math.min(most, kept / full));
    };
    return {
        tier,
        item: "Volumes of brokers",
        key: "msk.storage",
        quantity: byLoad(settings, volume),
        note: `${first} GB a broker, more where the copies that retention keeps fill ${full * 100} % of it, ${most} GB at most`,
    };
}

/** Firehose reads through private connectivity, which is billed for each way to sign in and by what passes. */
function privateConnectivity(graph: Graph): Draft[] {
    const group = properties(inputsOf(graph, "aws:msk/cluster:Cluster")["brokerNodeGroupInfo"]);
    const vpc = properties(properties(group["connectivityInfo"])["vpcConnectivity"]);
    const { sasl, tls } = properties(vpc["clientAuthentication"]);
    const schemes = [...Object.values(properties(sasl)), tls].filter((each) => each === true).length;
    return [
        {
            tier,
            item: "Private connectivity for the archive",
            key: "msk.private-connectivity",
            quantity: always(schemes * HOURS),
        },
        {
            tier,
            item: "Decisions through private connectivity",
            key: "msk.private-connectivity-data",
            quantity: schemes > 0 ? decisionsGb(graph.settings) : always(0),
        },
    ];
}

/** The first level is free, each further one brings more. */
function metrics(graph: Graph): Draft {
    const level = text(inputsOf(graph, "aws:msk/cluster:Cluster")["enhancedMonitoring"]);
    const topics = all(graph, "aws:msk/topic:Topic").map(({ inputs }) => inputs);
    const partitions = topics.reduce((sum, { partitionCount }) => sum + Number(partitionCount), 0);
    const brokers = brokersOf(graph);
    const levels = ["DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION"];
    const counts = [
        0,
        brokers * BROKER_METRICS.broker,
        brokers * topics.length * BROKER_METRICS.topic,
        partitions * BROKER_METRICS.partition,
    ];
    const count = counts.slice(0, levels.indexOf(level) + 1).reduce((sum, each) => sum + each, 0);
    return {
        tier,
        item: "Metrics of brokers",
        key: "cloudwatch.metric",
        quantity: always(count),
        note: `level ${level}, ${brokers} brokers and ${topics.length} topics (planning figures)`,
    };
}
