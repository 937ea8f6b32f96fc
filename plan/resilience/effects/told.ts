import { plural, span } from "../../document/figures";
import type { Inventory } from "../inventory";
import type { Alarm } from "../inventory/alarms";
import { breaks, degrades, holds, type Judged } from "../judge";
import type { Backup, Loss } from "../loss";
import { fleetOf } from "./agents";

/** A metric after the loss: its value, or that it falls silent. */
interface Signal {
    readonly namespace: string;
    readonly metric: string;
    readonly value: number | "silent";
    /** Dimensions that an alarm on it must not contradict. */
    readonly of?: Readonly<Record<string, string>>;
    /** Dimensions that it must not have: what is lost cannot report. */
    readonly notOf?: Readonly<Record<string, string>>;
}

/** An event that AWS sends. */
interface Event {
    readonly source: string;
    readonly kinds: readonly string[];
    readonly about?: readonly string[];
}

/** Promise 7: someone is told, by an alarm that this loss sets off and that reaches a subscriber. */
export function toldAfter(inventory: Inventory, loss: Loss): Judged {
    const signals = signalsOf(inventory, loss);
    const alarms = inventory.alarms
        .filter((alarm) => alarm.reaches > 0 && signals.some((signal) => goesOff(alarm, signal)))
        .sort((one, other) => (one.afterSeconds ?? Infinity) - (other.afterSeconds ?? Infinity));
    const [alarm] = alarms;
    const more = alarms.length > 1 ? `, and ${plural(alarms.length - 1, "other")}` : "";
    if (alarm?.afterSeconds !== undefined) {
        return holds(
            `alarm ${alarm.name} calls ${plural(alarm.reaches, "subscriber")} after ${span(alarm.afterSeconds)}${more}`,
        );
    }
    const notice = inventory.notices.find(
        (each) => each.reaches > 0 && eventsOf(inventory, loss).some((event) => covers(each, event)),
    );
    if (notice !== undefined) {
        return holds(`AWS's own message is passed on to ${plural(notice.reaches, "subscriber")} (${notice.name})`);
    }
    const health = inventory.notices.find((each) => each.reaches > 0 && covers(each, HEALTH));
    if (health !== undefined && AWS_REPORTS.has(loss.kind)) {
        return degrades(
            `no alarm goes off; it gets to ${plural(health.reaches, "subscriber")} only if AWS reports it itself (${health.name})`,
        );
    }
    return breaks("no alarm of the plan goes off, and no message is passed on: nobody is told");
}

const HEALTH: Event = { source: "aws.health", kinds: ["AWS Health Event"] };
/** What AWS may report as its own incident. */
const AWS_REPORTS: ReadonlySet<Loss["kind"]> = new Set(["zone", "nat-gateway"]);

function covers(notice: Inventory["notices"][number], event: Event): boolean {
    return (
        notice.source === event.source &&
        event.kinds.some((kind) => notice.kinds.includes(kind)) &&
        (notice.about.length === 0 || (event.about ?? []).some((name) => notice.about.includes(name)))
    );
}

function goesOff(alarm: Alarm, { namespace, metric, value, of = {}, notOf = {} }: Signal): boolean {
    const watches = alarm.metrics.some(
        (each) =>
            each.namespace === namespace &&
            each.metric === metric &&
            Object.entries(of).every(([key, wanted]) => (each.dimensions[key] ?? wanted) === wanted) &&
            !Object.entries(notOf).some(([key, unwanted]) => each.dimensions[key] === unwanted),
    );
    if (!watches || alarm.threshold === undefined) return false;
    if (value === "silent") return alarm.silence === "breaching";
    switch (alarm.comparison) {
        case "GreaterThanThreshold":
            return value > alarm.threshold;
        case "GreaterThanOrEqualToThreshold":
            return value >= alarm.threshold;
        case "LessThanThreshold":
            return value < alarm.threshold;
        case "LessThanOrEqualToThreshold":
            return value <= alarm.threshold;
        default:
            return false;
    }
}

function signalsOf(inventory: Inventory, loss: Loss): Signal[] {
    const failedNodes: Signal = { namespace: "ContainerInsights", metric: "cluster_failed_node_count", value: 1 };
    switch (loss.kind) {
        case "zone":
            return [
                ...(inventory.systemGroups.some(({ zones }) => zones.includes(loss.zone)) ? [failedNodes] : []),
                ...fewerAgents(inventory, loss.zone),
                ...(inventory.brokers?.zones.includes(loss.zone) ? [lagging(undefined)] : []),
                ...(inventory.database?.instances ?? [])
                    .filter(({ zone }) => zone === loss.zone)
                    .flatMap(({ name }) => silentInstance(inventory, name)),
            ];
        case "agent-node":
        case "system-node":
            return [failedNodes];
        case "broker":
            return [lagging(String(loss.broker))];
        case "database-instance":
            return silentInstance(inventory, loss.instance.name);
        case "nat-gateway":
            return ["ErrorPortAllocation", "PacketsDropCount", "PacketsInFromSource", "ActiveConnectionCount"].map(
                (metric) => ({
                    namespace: "AWS/NATGateway",
                    metric,
                    value: "silent",
                    of: { NatGatewayId: loss.gateway.id },
                }),
            );
        case "backup":
            return backupSignals(inventory, loss.backup);
    }
}

/** Those that surely fall silent with the zone: what its emptiest sister would hold. */
function fewerAgents(inventory: Inventory, zone: string): Signal[] {
    const fleet = fleetOf(inventory);
    if (typeof fleet === "string" || !fleet.zones.includes(zone)) return [];
    const value = fleet.agents - fleet.inEmptiestZone;
    return [{ namespace: "OpenClaw/Agents", metric: "ReportedTime", value }];
}

/** On the brokers that stay: partitions that lack the lost one's copy. */
function lagging(lost: string | undefined): Signal {
    return {
        namespace: "AWS/Kafka",
        metric: "UnderReplicatedPartitions",
        value: 1,
        notOf: lost === undefined ? {} : { "Broker ID": lost },
    };
}

/** The instance reports nothing, and the lag of readers has no reader to be of. */
function silentInstance({ database }: Inventory, name: string): Signal[] {
    const own = { DBInstanceIdentifier: name };
    const last = (database?.instances ?? []).length <= 2;
    return [
        { namespace: "AWS/RDS", metric: "CPUUtilization", value: "silent", of: own },
        ...(last
            ? [
                  {
                      namespace: "AWS/RDS",
                      metric: "AuroraReplicaLag",
                      value: "silent" as const,
                      of: { DBClusterIdentifier: database?.name ?? "" },
                  },
              ]
            : []),
    ];
}

function backupSignals({ archive, alarms }: Inventory, backup: Backup): Signal[] {
    if (backup.kind === "state") {
        // Each environment has a namespace of its own for what its replicators say.
        const figures = alarms.flatMap(({ metrics }) => metrics).filter(({ metric }) => metric === "ReplicationErrors");
        return figures.map(({ namespace, metric }) => ({ namespace, metric, value: 1 }));
    }
    if (backup.kind === "archive") {
        const of = { DeliveryStreamName: archive?.feed?.stream ?? "" };
        const namespace = "AWS/Firehose";
        return [
            { namespace, metric: "DeliveryToS3.Success", value: 0, of },
            { namespace, metric: "DeliveryToS3.DataFreshness", value: Infinity, of },
        ];
    }
    // Of a copy's vault there are no metrics in this region.
    if (backup.kind !== "vault" || backup.vault.copyOf !== undefined) return [];
    const of = { BackupVaultName: backup.vault.name };
    return [
        { namespace: "AWS/Backup", metric: "NumberOfBackupJobsCompleted", value: "silent", of },
        { namespace: "AWS/Backup", metric: "NumberOfBackupJobsFailed", value: 1, of },
    ];
}

function eventsOf({ database, vaults }: Inventory, loss: Loss): Event[] {
    if (loss.kind === "database-instance") {
        const about = [loss.instance.name, database?.name ?? ""];
        return [{ source: "rds", kinds: ["failover", "failure", "availability"], about }];
    }
    if (loss.kind === "backup" && loss.backup.kind === "point-in-time") {
        return [{ source: "rds", kinds: ["backup", "configuration change"], about: [database?.name ?? ""] }];
    }
    if (loss.kind !== "backup" || loss.backup.kind !== "vault") return [];
    const { vault } = loss.backup;
    if (vault.copyOf === undefined) {
        return [
            {
                source: "aws.backup",
                kinds: ["Backup Job State Change", "Backup Vault State Change"],
                about: [vault.name],
            },
        ];
    }
    const source = vaults.find(({ name, copyOf }) => name === vault.copyOf && copyOf === undefined);
    return [{ source: "aws.backup", kinds: ["Copy Job State Change"], about: [source?.arn ?? ""] }];
}
