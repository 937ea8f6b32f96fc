import {
    deliveryErrorsLogged,
    logGroupEncryption,
    logGroupMadeBefore,
    logGroupRetention,
} from "../../../policy/rules/logs";
import { all, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

describe("policy: logs", () => {
    prove(logGroupRetention, {
        breaks: [set("telemetry-log", "retentionInDays", 364), set("telemetry-log", "retentionInDays", 0)],
        missing: unset("telemetry-log", "retentionInDays"),
        unknown: unknown("telemetry-log", "retentionInDays"),
    });

    prove(logGroupEncryption, {
        breaks: [set("telemetry-log", "kmsKeyId", "alias/aws/logs"), set("cluster-logs", "kmsKeyId", "")],
        missing: unset("telemetry-log", "kmsKeyId"),
        unknown: unknown("telemetry-log", "kmsKeyId"),
    });

    prove(logGroupMadeBefore, {
        breaks: [
            remove("database-logs-postgresql"),
            remove("database-proxy-logs"),
            remove("brokers-logs"),
            remove("cluster-logs"),
            remove("network-flow-logs"),
            remove("archive-delivery-logs"),
            remove("addons-logs-host"),
            set("brokers-logs", "name", "/aws/vendedlogs/msk/other"),
        ],
        missing: unset("database-cluster", "clusterIdentifier"),
        unknown: all(unknown("database-cluster", "clusterIdentifier"), unknown("cluster-logs", "name")),
    });

    prove(deliveryErrorsLogged, {
        breaks: [
            set("archive-delivery-stream", "extendedS3Configuration.cloudwatchLoggingOptions.enabled", false),
            set("archive-delivery-stream", "extendedS3Configuration.cloudwatchLoggingOptions.logStreamName", "other"),
            remove("archive-delivery-errors"),
        ],
        missing: unset("archive-delivery-stream", "extendedS3Configuration.cloudwatchLoggingOptions"),
        unknown: unknown("archive-delivery-errors", "logGroupName"),
    });
});
