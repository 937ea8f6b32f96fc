import * as rds from "@pulumi/aws/rds";
import type * as pulumi from "@pulumi/pulumi";

/** The settings of PostgreSQL: what holds for the whole cluster, and what for each instance's sessions. */
export interface DatabaseParameters {
    readonly cluster: rds.ClusterParameterGroup;
    readonly instance: rds.ParameterGroup;
}

/** Parameter groups for the version's family. A new major version replaces them; the old pair goes after the upgrade. */
export function createParameters(
    name: string,
    args: { readonly engineVersion: string; readonly databaseName: string },
    child: pulumi.CustomResourceOptions,
): DatabaseParameters {
    const family = `aurora-postgresql${args.engineVersion.split(".")[0] ?? ""}`;
    return {
        cluster: new rds.ClusterParameterGroup(
            `${name}-cluster-parameters`,
            { family, description: "TLS, audit and logs", parameters: clusterParameters(args.databaseName) },
            child,
        ),
        instance: new rds.ParameterGroup(
            `${name}-instance-parameters`,
            { family, description: "How long a session may hold things", parameters: sessionLimits },
            child,
        ),
    };
}

function clusterParameters(databaseName: string) {
    return [
        // Set, since AWS documents contradict each other on the default.
        parameter("rds.force_ssl", "1"),

        // Query statistics; audit; jobs inside the database, such as next month's partition of the decision log.
        parameter("shared_preload_libraries", "pg_stat_statements,pgaudit,pg_cron", "pending-reboot"),
        parameter("cron.database_name", databaseName, "pending-reboot"),
        // Every change of structure and rights is audited. Reads and writes are where a table is granted to
        // `rds_pgaudit`, so that the log is not filled with what agents remember.
        parameter("pgaudit.log", "ddl,role"),
        parameter("pgaudit.role", "rds_pgaudit", "pending-reboot"),

        parameter("log_connections", "1"),
        parameter("log_disconnections", "1"),
        parameter("log_lock_waits", "1"),
        parameter("log_temp_files", "10240"), // from 10 MiB: a sort that did not fit in memory
        parameter("log_min_duration_statement", "1000"), // ms
        parameter("log_autovacuum_min_duration", "10000"), // ms
        parameter("track_io_timing", "1"),
    ];
}

/**
 * In milliseconds; a migration or a report sets its own. There is no limit for sessions that merely idle: the pool
 * keeps such sessions on purpose.
 */
const sessionLimits = [
    parameter("statement_timeout", "60000"),
    parameter("lock_timeout", "10000"),
    parameter("idle_in_transaction_session_timeout", "60000"),
];

/** `pending-reboot` for what PostgreSQL reads at its start alone: AWS refuses to apply that at once. */
function parameter(name: string, value: string, applyMethod: "immediate" | "pending-reboot" = "immediate") {
    return { name, value, applyMethod };
}
