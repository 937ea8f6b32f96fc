import { fleetCapacity } from "../components/model/capacity";
import { assess } from "../components/model/replication";
import { parseProperties } from "../components/model/server-properties";
import { fleetOf, headroomOf, plannedType } from "../settings/fleet";
import { isPlaceholder } from "../settings/image";
import type { Promised } from "./document/schema";
import { copyRegionOf } from "./document/topology";
import type { Graph } from "./graph";
import { all, inputsOf, properties, text } from "./resources";

/** A promise of the platform, and the values of the plan that carry it. */
type Carried = Pick<Promised, "number" | "title" | "values">;

/** The promises with their values, read from the resources of the plan where a resource carries them. */
export function promises(graph: Graph): Carried[] {
    return [
        { number: 1, title: "Every agent is its own pod, with limits and isolated state", values: agents(graph) },
        { number: 2, title: "Capacity grows by adding pods, over at least two zones", values: capacity(graph) },
        { number: 3, title: "Messages of a council session in order, at least once, in time", values: messages(graph) },
        { number: 4, title: "Data durable, encrypted, restorable to a point in time", values: data(graph) },
        { number: 5, title: "Decision logs at least one year, unalterable", values: decisions(graph) },
        { number: 6, title: "No single zone, node, broker or writer stops the platform", values: losses(graph) },
        { number: 7, title: "Someone is told before a promise breaks", values: operations(graph) },
        { number: 8, title: "A change that would break a promise is refused in the pull request", values: refusal() },
    ];
}

function agents({ settings }: Graph): string[] {
    return Object.entries(settings.fleet.classes).map(([name, { agents, cpu, memory, bandwidth, stateSize }]) =>
        [
            `${name.padEnd(12)}${String(agents).padStart(5)} x`,
            `CPU ${cpu.request} to ${cpu.limit}, ${memory}, ${bandwidth.ingress} in ${bandwidth.egress} out, ${stateSize} state`,
        ].join(" "),
    );
}

function capacity({ settings }: Graph): string[] {
    const type = plannedType(settings);
    const { agents, nodes, nodesPerZone } = fleetCapacity(fleetOf(settings, type));
    const { consequence, sparePerZone } = headroomOf(settings);
    const zones = settings.network.zones.length;
    const spare = sparePerZone > 0 ? `, and ${sparePerZone * zones} that wait` : "";
    return [
        `${agents} agents on ${nodes.normal} nodes ${type}, ${nodesPerZone.normal} in each of ${zones} zones${spare}`,
        consequence,
    ];
}

function messages(graph: Graph): string[] {
    const topics = all(graph, "aws:msk/topic:Topic").map(({ inputs }) => inputs);
    const broker = parseProperties(text(inputsOf(graph, "aws:msk/configuration:Configuration")["serverProperties"]));
    const property = (key: string) => broker[key] ?? "?";
    return [
        `${topics.map(({ name, partitionCount }) => `${text(name)} ${text(partitionCount)}`).join(", ")} partitions`,
        `a session's messages share a key, so they share a partition: order holds within it`,
        `${property("default.replication.factor")} copies, ${property("min.insync.replicas")} must acknowledge, ` +
            `unclean election ${property("unclean.leader.election.enable") === "false" ? "off" : "ON"}`,
        `alarm on produce to consume above ${graph.settings.operations.latencySloMs} ms at p99`,
        ...(isPlaceholder(graph.settings.fleet.bridge.digest)
            ? ["NOT BUILT YET: the bridge. Its digest goes into fleet.bridge (README, 5); agents wait for it"]
            : []),
    ];
}

function data(graph: Graph): string[] {
    const { settings } = graph;
    const cluster = inputsOf(graph, "aws:rds/cluster:Cluster");
    const instances = all(graph, "aws:rds/clusterInstance:ClusterInstance");
    const copyRegion = copyRegionOf(graph);
    const own = copyRegion === undefined ? "" : `, copied to ${copyRegion}`;
    return [
        `Aurora PostgreSQL ${text(cluster["engineVersion"])}, ${instances.length} ${instances.length === 1 ? "instance" : "instances"}: ` +
            instances.map(({ inputs }) => text(inputs["availabilityZone"])).join(", "),
        `any second of the last ${text(cluster["backupRetentionPeriod"])} days; snapshots ${settings.retention.backupDays} days${own}`,
        `at rest under ${all(graph, "aws:kms/key:Key").length} keys of our own, rotated yearly; in transit TLS everywhere`,
        ...(isPlaceholder(settings.database.tool.digest)
            ? ["NOT BUILT YET: the database tool. Its digest goes into database.tool (README, 5); agents wait for it"]
            : []),
    ];
}

function decisions(graph: Graph): string[] {
    const rule = inputsOf(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")["rule"];
    const retention = properties(properties(rule)["defaultRetention"]);
    const locks = all(graph, "aws:backup/vaultLockConfiguration:VaultLockConfiguration");
    return [
        `archive: Object Lock in ${text(retention["mode"]).toLowerCase()} mode for ${text(retention["days"])} days, fed from the decisions topic`,
        locks.length > 0
            ? `backup vaults locked: ${locks.map(({ name, inputs }) => `${name.replace(/^recovery-|-(vault-)?lock$|-vault$/g, "")} ${text(inputs["minRetentionDays"])} days`).join(", ")}`
            : "backup vaults not locked",
    ];
}

function losses(graph: Graph): string[] {
    const { network, brokers, database } = graph.settings;
    const { count, replicationFactor, minInSyncReplicas } = brokers;
    const after = assess({ zones: network.statefulZones, brokers: count, replicationFactor, minInSyncReplicas });
    const goesOn = (kind: "brokers" | "zones") =>
        after[kind].every(({ writable, partitions }) => writable === partitions);
    const acknowledged = {
        "beyond-a-zone": "an acknowledged message is surely in two zones",
        "beyond-a-broker": "an acknowledged message is surely on two brokers",
        "one-broker": "an acknowledged message CAN BE LOST with one broker",
    }[after.acknowledgement];
    const nat = all(graph, "aws:ec2/natGateway:NatGateway").length;
    return [
        `broker lost: writes ${goesOn("brokers") ? "go on" : "STOP"}; zone lost: writes ${goesOn("zones") ? "go on" : "STOP"}; ${acknowledged}`,
        database.instances > 1
            ? "database writer lost: a reader in another zone takes over"
            : "database writer lost: AWS makes a new one, an OUTAGE of minutes",
        `way out: ${nat} NAT ${nat === 1 ? "gateway" : "gateways"} for ${network.zones.length} zones`,
    ];
}

function operations(graph: Graph): string[] {
    const alarms = all(graph, "aws:cloudwatch/metricAlarm:MetricAlarm").length;
    const { alertEmails, monthlyBudgetUsd } = graph.settings.operations;
    const groups = all(graph, "aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) =>
        Number(inputs["retentionInDays"]),
    );
    return [
        `${alarms} alarms and a dashboard; mail to ${alertEmails.join(", ")}`,
        `${groups.length} log groups, kept ${Math.min(...groups)} days or more`,
        `budget $${monthlyBudgetUsd.toLocaleString("en-US")} a month, with a forecast`,
    ];
}

function refusal(): string[] {
    return [
        "each promise is written as policies, which judge this plan, Pulumi's preview and every pull request alike",
        "the cluster refuses by its own admission policies what is applied to it by hand",
    ];
}
