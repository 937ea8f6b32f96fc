import type * as pulumi from "@pulumi/pulumi";
import { instanceMemoryGiB } from "../../model/database-memory";
import { type AlarmDefinition, silenceIsFailure, silenceIsFine } from "./definition";
import { database, instance, proxy, role } from "./metrics";

export interface DatabaseAlarmArgs {
    readonly clusterIdentifier: pulumi.Input<string>;
    /** Stable identifiers of all instances, the first writer and its readers. */
    readonly instanceIdentifiers: readonly string[];
    /** Size of the instances, e.g. `db.r8g.xlarge`; absent where capacity is serverless. */
    readonly instanceClass?: string;
    /** Connections that one instance takes. */
    readonly maxConnections: number;
    /** The proxy before the cluster; absent where there is none. */
    readonly proxyName?: pulumi.Input<string>;
}

const GIB = 1024 ** 3;

/** Tier 3: the database. */
export function databaseAlarms(args: DatabaseAlarmArgs): AlarmDefinition[] {
    return [
        ...args.instanceIdentifiers.flatMap((identifier) => instanceAlarms(args, identifier)),
        ...clusterAlarms(args),
        ...(args.instanceIdentifiers.length > 1 ? [replicaAlarm(args)] : []),
        ...(args.proxyName === undefined ? [] : [proxyAlarm(args.proxyName)]),
    ];
}

function instanceAlarms(args: DatabaseAlarmArgs, identifier: string): AlarmDefinition[] {
    const silence = silenceIsFine("a silent instance calls by database-cpu");
    const connectionLimit = Math.floor(args.maxConnections * 0.8);
    return [
        {
            slug: `database-cpu-${identifier}`,
            title: `Database instance ${identifier} uses more than 80 % of its processors, or has fallen silent`,
            promise: 6,
            critical: false,
            watched: { metric: instance(identifier, "CPUUtilization", "Average") },
            breachedWhen: ">",
            threshold: 80,
            periodSeconds: 300,
            periods: 3,
            missing: silenceIsFailure("an instance that reports nothing is away"),
            runbook: "database-load",
        },
        args.instanceClass === undefined
            ? {
                  slug: `database-capacity-${identifier}`,
                  title: `Database instance ${identifier} uses more than 90 % of the largest capacity it may have`,
                  promise: 4,
                  critical: false,
                  watched: { metric: instance(identifier, "ACUUtilization", "Average") },
                  breachedWhen: ">",
                  threshold: 90,
                  periodSeconds: 300,
                  periods: 3,
                  missing: silence,
                  runbook: "database-load",
              }
            : {
                  slug: `database-memory-${identifier}`,
                  title: `Database instance ${identifier} has less than a twentieth of its memory free`,
                  promise: 4,
                  critical: false,
                  watched: { metric: instance(identifier, "FreeableMemory", "Minimum") },
                  breachedWhen: "<",
                  // Aurora gives three quarters to its buffers, so little is free in a healthy instance.
                  threshold: Math.round(instanceMemoryGiB(args.instanceClass) * GIB * 0.05),
                  periodSeconds: 300,
                  periods: 3,
                  missing: silence,
                  runbook: "database-load",
              },
        {
            slug: `database-local-storage-${identifier}`,
            title: `Database instance ${identifier} is running out of local storage for sorts and logs`,
            promise: 4,
            critical: false,
            watched: { metric: instance(identifier, "FreeLocalStorage", "Minimum") },
            breachedWhen: "<",
            // Local storage is about twice the memory: a tenth of it, or 2 GiB where capacity moves.
            threshold:
                args.instanceClass === undefined
                    ? 2 * GIB
                    : Math.round(instanceMemoryGiB(args.instanceClass) * GIB * 0.2),
            periodSeconds: 300,
            periods: 2,
            missing: silence,
            runbook: "database-storage",
        },
        {
            slug: `database-connections-${identifier}`,
            title: `Database instance ${identifier} has more than ${connectionLimit} of the ${args.maxConnections} connections it takes`,
            promise: 2,
            critical: false,
            watched: { metric: instance(identifier, "DatabaseConnections", "Maximum") },
            breachedWhen: ">",
            threshold: connectionLimit,
            periodSeconds: 60,
            periods: 5,
            missing: silence,
            runbook: "database-connections",
        },
    ];
}

function clusterAlarms({ clusterIdentifier }: DatabaseAlarmArgs): AlarmDefinition[] {
    return [
        {
            slug: "database-deadlocks",
            title: "Transactions are deadlocking",
            promise: 4,
            critical: false,
            watched: { metric: role(clusterIdentifier, "WRITER", "Deadlocks", "Maximum") },
            breachedWhen: ">",
            // In a second. One deadlock now and then is retried and forgotten; this is one every ten seconds.
            threshold: 0.1,
            periodSeconds: 300,
            periods: 3,
            missing: silenceIsFine("no deadlock was counted"),
            runbook: "database-deadlocks",
        },
        {
            slug: "database-transaction-ids",
            title: "Half of the transaction ids are used: at the end PostgreSQL refuses every write",
            promise: 4,
            critical: true,
            watched: { metric: database(clusterIdentifier, "MaximumUsedTransactionIDs", "Maximum") },
            breachedWhen: ">",
            // Writes stop a little below 2^31; vacuum starts by itself at 200 million.
            threshold: 1_000_000_000,
            periodSeconds: 3600,
            periods: 1,
            missing: silenceIsFine("a silent instance calls by database-cpu"),
            runbook: "database-transaction-ids",
        },
    ];
}

function replicaAlarm({ clusterIdentifier }: DatabaseAlarmArgs): AlarmDefinition {
    return {
        slug: "database-replica-lag",
        title: "The reader that would take over is more than a second behind the writer, or there is none",
        promise: 6,
        critical: true,
        watched: { metric: role(clusterIdentifier, "READER", "AuroraReplicaLag", "Maximum") },
        breachedWhen: ">",
        threshold: 1000,
        periodSeconds: 60,
        periods: 10,
        missing: silenceIsFailure("without a reader nothing is there to take over"),
        runbook: "database-replica",
    };
}

function proxyAlarm(proxyName: pulumi.Input<string>): AlarmDefinition {
    return {
        slug: "database-proxy-connections",
        title: "The proxy uses more than 80 % of the connections it may open: agents will soon wait for one",
        promise: 2,
        critical: false,
        watched: {
            expression: "100 * used / allowed",
            metrics: {
                used: proxy(proxyName, "DatabaseConnections", "Sum"),
                allowed: proxy(proxyName, "MaxDatabaseConnectionsAllowed", "Sum"),
            },
        },
        breachedWhen: ">",
        threshold: 80,
        periodSeconds: 60,
        periods: 5,
        missing: silenceIsFine("nobody has connected through the proxy"),
        runbook: "database-connections",
    };
}
