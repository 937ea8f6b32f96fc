import {
    databaseAudit,
    databaseChangesWait,
    databaseEnhancedMonitoring,
    databaseInsights,
    databaseScheduledJobs,
    databaseSessionLimits,
    databaseSlowQueries,
    databaseVersion,
} from "../../../policy/rules/database-operation";
import { UNKNOWN } from "../../../policy/engine/value";
import { parameter } from "../support/database";
import { set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const PARAMETERS = "database-cluster-parameters";
const SESSIONS = "database-instance-parameters";

describe("policy: operation of databases", () => {
    prove(databaseVersion, {
        breaks: [
            set("database-cluster", "engineVersion", "17"),
            set("database-cluster", "engineVersion", "15.4"),
            set("database-cluster", "autoMinorVersionUpgrade", true),
            set("database-instance-a-1", "autoMinorVersionUpgrade", true),
            set("database-cluster", "engineMode", "serverless"),
            set("database-instance-a-1", "engine", "aurora-mysql"),
            set("database-cluster", "engineLifecycleSupport", "open-source-rds-extended-support"),
        ],
        missing: unset("database-cluster", "engineVersion"),
        unknown: unknown("database-cluster", "engineVersion"),
    });

    prove(databaseChangesWait, {
        breaks: [
            set("database-cluster", "applyImmediately", true),
            set("database-instance-b-1", "applyImmediately", true),
        ],
        missing: unset("database-cluster", "applyImmediately"),
        unknown: unknown("database-cluster", "applyImmediately"),
    });

    prove(databaseInsights, {
        breaks: [
            set("database-cluster", "performanceInsightsEnabled", false),
            set("database-cluster", "databaseInsightsMode", "standard"),
            set("database-cluster", "performanceInsightsRetentionPeriod", 7),
        ],
        missing: unset("database-cluster", "performanceInsightsEnabled"),
        unknown: unknown("database-cluster", "performanceInsightsRetentionPeriod"),
    });

    prove(databaseEnhancedMonitoring, {
        breaks: [
            set("database-instance-a-1", "monitoringInterval", 0),
            set("database-instance-a-1", "monitoringRoleArn", "somebody"),
        ],
        missing: unset("database-instance-a-1", "monitoringInterval"),
        unknown: unknown("database-instance-a-1", "monitoringInterval"),
    });

    prove(databaseAudit, {
        breaks: [
            parameter(PARAMETERS, "shared_preload_libraries", "pg_stat_statements,pg_cron"),
            parameter(PARAMETERS, "pgaudit.log", "ddl"),
            parameter(PARAMETERS, "pgaudit.role", undefined),
            parameter(PARAMETERS, "log_connections", "0"),
            parameter(PARAMETERS, "log_disconnections", "0"),
        ],
        missing: parameter(PARAMETERS, "pgaudit.log", undefined),
        unknown: parameter(PARAMETERS, "pgaudit.log", UNKNOWN),
    });

    prove(databaseSlowQueries, {
        breaks: [
            parameter(PARAMETERS, "shared_preload_libraries", "pgaudit,pg_cron"),
            parameter(PARAMETERS, "log_min_duration_statement", "-1"),
            parameter(PARAMETERS, "log_autovacuum_min_duration", "-1"),
            parameter(PARAMETERS, "log_temp_files", "-1"),
            parameter(PARAMETERS, "log_lock_waits", "0"),
            parameter(PARAMETERS, "track_io_timing", "0"),
        ],
        missing: parameter(PARAMETERS, "log_min_duration_statement", undefined),
        unknown: parameter(PARAMETERS, "log_min_duration_statement", UNKNOWN),
    });

    prove(databaseScheduledJobs, {
        breaks: [
            parameter(PARAMETERS, "shared_preload_libraries", "pg_stat_statements,pgaudit"),
            parameter(PARAMETERS, "cron.database_name", "postgres"),
            unset("database-cluster", "databaseName"),
        ],
        missing: parameter(PARAMETERS, "cron.database_name", undefined),
        unknown: parameter(PARAMETERS, "cron.database_name", UNKNOWN),
    });

    prove(databaseSessionLimits, {
        breaks: [
            parameter(SESSIONS, "statement_timeout", "0"),
            parameter(SESSIONS, "lock_timeout", "3600000"),
            parameter(SESSIONS, "idle_in_transaction_session_timeout", "for ever"),
            unset("database-instance-a-1", "dbParameterGroupName"),
        ],
        missing: parameter(SESSIONS, "statement_timeout", undefined),
        unknown: parameter(SESSIONS, "statement_timeout", UNKNOWN),
    });
});
