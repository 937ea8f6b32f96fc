import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import {
    between,
    CLUSTER,
    CLUSTER_INSTANCE,
    DATABASES,
    equals,
    listing,
    postgresOf,
    requireParameters,
    SERVERS,
    type Wanted,
} from "./support/databases";
import { inTurn, requireFlag, requireNumber, requireOneOf, requireRole } from "./support/values";

export const databaseVersion = resourceRule({
    name: "database-version",
    description:
        "Every database runs an engine and a version that are decided in a pull request, and never falls into paid extended support",
    severity: "high",
    references: ["openclaw promise 8"],
    remediation:
        "Set engine and engineVersion with its minor version, engineMode provisioned, autoMinorVersionUpgrade false, and " +
        "engineLifecycleSupport to the value that disables extended support. Upgrade by a pull request, staging first.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/extended-support.html",
    types: [...DATABASES, CLUSTER_INSTANCE],
    settings: {
        engines: z
            .array(z.string().min(1))
            .min(1)
            .default(["aurora-postgresql"])
            .describe("Engines that are allowed, e.g. aurora-postgresql"),
        minimumMajor: z.int().min(1).default(16).describe("Oldest major version of the engine that is allowed"),
    },
    check({ type, props }, report, { engines, minimumMajor }) {
        inTurn(
            () => requireOneOf(props, "engine", engines, report),
            () => requireFlag(props, "autoMinorVersionUpgrade", false, report),
            () => type === CLUSTER && requireOneOf(props, "engineMode", ["provisioned"], report),
            () =>
                type !== CLUSTER_INSTANCE &&
                requireOneOf(props, "engineLifecycleSupport", ["open-source-rds-extended-support-disabled"], report),
            () => {
                if (type === CLUSTER_INSTANCE) return;
                const version = props.text("engineVersion");
                const major = Number(/^(\d+)\.\d+/.exec(version ?? "")?.[1]);
                if (version === undefined) report("has no engineVersion, major and minor are required");
                else if (Number.isNaN(major)) report(`has engineVersion ${version}, major and minor are required`);
                else if (major < minimumMajor)
                    report(`has engineVersion ${version}, at least ${minimumMajor} is required`);
            },
        );
    },
});

export const databaseChangesWait = resourceRule({
    name: "database-changes-wait",
    description: "Changes that restart a database wait for its maintenance window",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set applyImmediately to false.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Modifying.html",
    types: [...DATABASES, CLUSTER_INSTANCE],
    check: ({ props }, report) => requireFlag(props, "applyImmediately", false, report),
});

export const databaseInsights = resourceRule({
    name: "database-insights",
    description: "Every database keeps what its load was made of, long enough to look back",
    severity: "medium",
    references: ["Checkov CKV_AWS_353", "Trivy AWS-0133", "openclaw promise 7"],
    remediation:
        "Set performanceInsightsEnabled, databaseInsightsMode and performanceInsightsRetentionPeriod; advanced needs 465 days.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DatabaseInsights.html",
    types: DATABASES,
    settings: {
        modes: z
            .array(z.enum(["standard", "advanced"]))
            .min(1)
            .default(["advanced"])
            .describe("Modes of Database Insights that are allowed"),
        minimumDays: z.int().min(7).default(465).describe("Days that insights are kept at least"),
    },
    check({ props }, report, { modes, minimumDays }) {
        inTurn(
            () => requireFlag(props, "performanceInsightsEnabled", true, report),
            () => requireOneOf(props, "databaseInsightsMode", modes, report),
            () => requireNumber(props, "performanceInsightsRetentionPeriod", { least: minimumDays }, report),
        );
    },
});

export const databaseEnhancedMonitoring = resourceRule({
    name: "database-enhanced-monitoring",
    description: "Every database server reports what its operating system does",
    severity: "low",
    references: ["Checkov CKV_AWS_118", "AWS FSBP RDS.6", "openclaw promise 7"],
    remediation: "Set monitoringInterval to 60 s or less, and monitoringRoleArn to a role that RDS may use for it.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Monitoring.OS.html",
    types: SERVERS,
    settings: {
        maximumSeconds: z.int().min(1).max(60).default(60).describe("Seconds between two reports at most"),
    },
    check({ props }, report, { maximumSeconds }) {
        inTurn(
            () => requireNumber(props, "monitoringInterval", { least: 1, most: maximumSeconds }, report),
            () => requireRole(props, "monitoringRoleArn", report),
        );
    },
});

export const databaseAudit = stackRule({
    name: "database-audit",
    description: "Every PostgreSQL database audits changes of structure and rights, and who comes and goes",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Set these parameters in the database's own parameter group; shared_preload_libraries takes a restart.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html",
    types: DATABASES,
    settings: {
        classes: z
            .array(z.enum(["ddl", "function", "misc", "read", "role", "write"]))
            .min(1)
            .default(["ddl", "role"])
            .describe("Classes of statements that pgaudit records at least"),
    },
    check: (stack, report, { classes }) =>
        requireParameters(
            stack,
            postgresOf(stack, DATABASES),
            () => [
                listing("shared_preload_libraries", ["pgaudit"]),
                listing("pgaudit.log", classes),
                equals("pgaudit.role", "rds_pgaudit"),
                equals("log_connections", "1"),
                equals("log_disconnections", "1"),
            ],
            report,
        ),
});

export const databaseSlowQueries = stackRule({
    name: "database-slow-queries",
    description: "Every PostgreSQL database logs and counts what is slow, waits for locks or spills to disk",
    severity: "medium",
    references: ["Checkov CKV2_AWS_27", "openclaw promise 7"],
    remediation:
        "Set these parameters in the database's own parameter group; shared_preload_libraries takes a restart.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html",
    types: DATABASES,
    settings: {
        maximumStatementMilliseconds: z
            .int()
            .min(0)
            .default(5000)
            .describe("Milliseconds from which statements are logged, at most"),
    },
    check: (stack, report, { maximumStatementMilliseconds }) =>
        requireParameters(
            stack,
            postgresOf(stack, DATABASES),
            () => [
                listing("shared_preload_libraries", ["pg_stat_statements"]),
                between("log_min_duration_statement", 0, maximumStatementMilliseconds, " ms"),
                between("log_autovacuum_min_duration", 0, 60_000, " ms"),
                between("log_temp_files", 0, 102_400, " KiB"),
                equals("log_lock_waits", "1"),
                equals("track_io_timing", "1"),
            ],
            report,
        ),
});

export const databaseScheduledJobs = stackRule({
    name: "database-scheduled-jobs",
    description:
        "Every PostgreSQL database can run jobs inside the database that holds the decision log, for next month's partition",
    severity: "medium",
    references: ["openclaw promise 5"],
    remediation: "Load pg_cron in shared_preload_libraries, and set cron.database_name to the cluster's databaseName.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/PostgreSQL_pg_cron.html",
    types: [CLUSTER],
    check(stack, report) {
        const clusters = postgresOf(stack, [CLUSTER]);
        stack.each(clusters, (cluster) => {
            if (!cluster.props.has("databaseName")) report(cluster, "has no databaseName");
        });
        requireParameters(
            stack,
            clusters,
            ({ props }) => [
                listing("shared_preload_libraries", ["pg_cron"]),
                equals("cron.database_name", props.text("databaseName") ?? "the database's name"),
            ],
            report,
        );
    },
});

export const databaseSessionLimits = stackRule({
    name: "database-session-limits",
    description: "No session of PostgreSQL holds a lock or a connection for ever",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation:
        "Set these parameters in the parameter group of each instance. A migration sets its own for its session.",
    url: "https://www.postgresql.org/docs/17/runtime-config-client.html",
    types: SERVERS,
    settings: {
        maximumSeconds: z.int().min(1).default(300).describe("Seconds for each of the limits, at most"),
    },
    check(stack, report, { maximumSeconds }) {
        const limit = (name: string): Wanted => between(name, 1, maximumSeconds * 1000, " ms");
        requireParameters(
            stack,
            postgresOf(stack, SERVERS),
            () => ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"].map(limit),
            report,
        );
    },
});

export const databaseOperationRules = [
    databaseVersion,
    databaseChangesWait,
    databaseInsights,
    databaseEnhancedMonitoring,
    databaseAudit,
    databaseSlowQueries,
    databaseScheduledJobs,
    databaseSessionLimits,
];
