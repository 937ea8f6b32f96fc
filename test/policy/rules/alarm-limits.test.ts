import * as limits from "../../../policy/rules/alarm-limits";
import * as subjects from "../../../policy/rules/alarm-subjects";
import { change, type Mutation, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const OFFLINE = "operations-brokers-offline-partitions";
const LATENCY = "operations-bridge-latency";
const NODES = "operations-compute-nodes";
const DISK = "operations-brokers-disk-2";
const SILENT = "operations-agents-silent";
const LAG = "operations-brokers-lag-time-openclaw-council-councilDeliberation";

/** Sets a dimension, whose name may have spaces; without a value it is taken away. */
function dimension(alarm: string, name: string, value?: string): Mutation {
    return change(alarm, (inputs) => {
        const dimensions = inputs["dimensions"] as Record<string, string>;
        if (value === undefined) Reflect.deleteProperty(dimensions, name);
        else dimensions[name] = value;
    });
}

describe("policy: limits of alarms", () => {
    prove(limits.alarmLimits, {
        breaks: [
            set(OFFLINE, "threshold", 1),
            set(OFFLINE, "comparisonOperator", "LessThanThreshold"),
            set(OFFLINE, "statistic", "Average"),
            set(LATENCY, "threshold", 500),
            set(LATENCY, "extendedStatistic", "p50"),
            set(NODES, "threshold", 0),
            set("operations-brokers-under-min-isr-1", "threshold", 2),
            set("operations-brokers-cpu-1", "threshold", 90),
        ],
        missing: unset(OFFLINE, "statistic"),
        unknown: unknown(OFFLINE, "threshold"),
    });

    prove(limits.alarmDelay, {
        breaks: [
            set(OFFLINE, "period", 61),
            set("operations-compute-failed-nodes", "period", 3600),
            set("operations-brokers-cpu-1", "metricQueries.0.metric.period", 45),
        ],
        missing: unset(OFFLINE, "period"),
        unknown: unknown(OFFLINE, "period"),
    });

    prove(limits.alarmWarmUp, {
        breaks: [
            set(NODES, "warmUpConfiguration.warmUpPeriodDurationInMinutes", 20160),
            set(NODES, "warmUpConfiguration.warmUpPeriodDurationInMinutes", 1),
            set(OFFLINE, "warmUpConfiguration", { warmUpPeriodDurationInMinutes: 30 }),
        ],
        missing: unset(NODES, "warmUpConfiguration"),
        unknown: unknown(NODES, "warmUpConfiguration.warmUpPeriodDurationInMinutes"),
    });
});

describe("policy: what alarms watch", () => {
    prove(subjects.alarmSubjects, {
        breaks: [
            dimension(LAG, "Topic", "council-deliberations"),
            dimension(NODES, "ClusterName", "openclaw-staging"),
            dimension(LATENCY, "Environment", "other"),
            dimension("operations-database-deadlocks", "Role", "MASTER"),
            dimension("operations-agents-pending-analyst", "Namespace", "agents-analysts"),
            dimension("operations-watch-notifications", "TopicName", "other"),
            dimension("operations-archive-freshness", "DeliveryStreamName", "other"),
        ],
        missing: {
            passes: dimension(LAG, "Topic"),
            because: "which dimensions a figure must have is the next rule's but one",
        },
        unknown: unknown(LATENCY, "dimensions"),
    });

    prove(subjects.alarmEach, {
        breaks: [
            remove(DISK),
            remove("operations-brokers-traffic-4"),
            remove("operations-database-local-storage-openclaw-prod-database-b-1"),
            dimension(DISK, "Broker ID", "1"),
        ],
        missing: dimension(DISK, "Broker ID"),
        unknown: unknown(DISK, "dimensions"),
    });

    prove(subjects.alarmDimensions, {
        breaks: [
            dimension(LAG, "Consumer Group"),
            dimension(DISK, "Cluster Name"),
            dimension("operations-database-replica-lag", "Role"),
            dimension("operations-agents-pending-analyst", "Namespace"),
        ],
        missing: dimension("operations-agents-pending-analyst", "PodName"),
        unknown: unknown(LAG, "dimensions"),
    });

    prove(subjects.agentsSilent, {
        breaks: [
            set(SILENT, "threshold", 100),
            set("fleet-analyst", "spec.replicas", 1200, "kubernetes:apps/v1:StatefulSet"),
        ],
        missing: remove(SILENT),
        unknown: unknown(SILENT, "threshold"),
        also: {
            "composite-alarm-complete": "the alarm above it names it",
            "namespace-quota-size": "the quota is for fewer agents",
        },
    });
});
