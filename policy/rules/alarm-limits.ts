import { z } from "zod";
import { resourceRule } from "../engine/rule";
import { figuresOf, METRIC_ALARM, periodsOf } from "./support/alarms";

const KAFKA = "https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html";

/** From where a figure is bad: above at most so much, or below at least so much. */
type Limit = readonly ["above" | "below", number, ...string[]];

/**
 * What the vendors recommend, or what the promise says, with the statistics that show it. Figures that an alarm
 * calculates with stand together.
 */
const LIMITS: Readonly<Record<string, Limit>> = {
    "AWS/Backup/NumberOfBackupJobsCompleted": ["below", 1, "Sum"],
    "AWS/Backup/NumberOfBackupJobsFailed AWS/Backup/NumberOfBackupJobsAborted AWS/Backup/NumberOfBackupJobsExpired": [
        "above",
        0,
        "Sum",
    ],
    "AWS/Backup/NumberOfRestoreJobsFailed": ["above", 0, "Sum"],
    "AWS/EKS/scheduler_pending_pods_UNSCHEDULABLE": ["above", 0, "Maximum"],
    "AWS/Events/FailedInvocations": ["above", 0, "Sum"],
    "AWS/Firehose/DeliveryToS3.DataFreshness": ["above", 1800, "Maximum"],
    "AWS/Firehose/DeliveryToS3.Success": ["below", 1, "Average"],
    "AWS/Firehose/KafkaOffsetLag": ["above", 5000, "Maximum"],
    "AWS/Kafka/ActiveControllerCount": ["below", 1, "Maximum", "Sum"],
    "AWS/Kafka/BwInAllowanceExceeded AWS/Kafka/BwOutAllowanceExceeded": ["above", 0, "Sum", "Maximum"],
    "AWS/Kafka/ClientConnectionCount": ["above", 2400, "Sum", "Maximum"],
    "AWS/Kafka/CpuUser AWS/Kafka/CpuSystem": ["above", 60, "Average"],
    "AWS/Kafka/EstimatedMaxTimeLag": ["above", 300, "Maximum"],
    "AWS/Kafka/HeapMemoryAfterGC": ["above", 60, "Average", "Maximum"],
    "AWS/Kafka/IAMTooManyConnections": ["above", 0, "Sum", "Maximum"],
    "AWS/Kafka/KafkaDataLogsDiskUsed": ["above", 85, "Maximum"],
    "AWS/Kafka/OfflinePartitionsCount": ["above", 0, "Maximum", "Sum"],
    "AWS/Kafka/RequestHandlerAvgIdlePercent AWS/Kafka/NetworkProcessorAvgIdlePercent": ["below", 0.3, "Average"],
    "AWS/Kafka/SumOffsetLag": ["above", 50_000, "Maximum"],
    "AWS/Kafka/UnderMinIsrPartitionCount": ["above", 0, "Maximum", "Sum"],
    "AWS/Kafka/UnderReplicatedPartitions": ["above", 0, "Maximum", "Sum"],
    "AWS/NATGateway/ActiveConnectionCount": ["below", 0, "Maximum", "Sum"],
    "AWS/NATGateway/ErrorPortAllocation": ["above", 0, "Sum"],
    "AWS/NATGateway/PacketsDropCount AWS/NATGateway/PacketsInFromSource AWS/NATGateway/PacketsInFromDestination": [
        "above",
        0.01,
        "Sum",
    ],
    "AWS/RDS/ACUUtilization": ["above", 90, "Average", "Maximum"],
    "AWS/RDS/AuroraReplicaLag": ["above", 5000, "Maximum"],
    "AWS/RDS/CPUUtilization": ["above", 90, "Average"],
    "AWS/RDS/DatabaseConnections": ["above", 4500, "Maximum"],
    "AWS/RDS/DatabaseConnections AWS/RDS/MaxDatabaseConnectionsAllowed": ["above", 90, "Sum"],
    "AWS/RDS/Deadlocks": ["above", 1, "Maximum", "Average"],
    "AWS/RDS/FreeLocalStorage": ["below", 1_073_741_824, "Minimum"],
    "AWS/RDS/FreeableMemory": ["below", 268_435_456, "Minimum"],
    "AWS/RDS/MaximumUsedTransactionIDs": ["above", 1_500_000_000, "Maximum"],
    "AWS/SNS/NumberOfNotificationsFailed": ["above", 0, "Sum"],
    "AWS/SQS/ApproximateAgeOfOldestMessage": ["above", 120, "Maximum"],
    "ContainerInsights/cluster_failed_node_count": ["above", 0, "Maximum"],
    "ContainerInsights/cluster_node_count": ["below", 2, "Maximum", "Minimum"],
    "ContainerInsights/node_cpu_utilization": ["above", 90, "Average", "Maximum"],
    "ContainerInsights/node_filesystem_utilization": ["above", 85, "Maximum"],
    "ContainerInsights/node_memory_utilization": ["above", 95, "Maximum"],
    "ContainerInsights/pod_number_of_container_restarts": ["above", 30, "Sum"],
    "ContainerInsights/pod_status_pending": ["above", 0, "Maximum"],
    "OpenClaw/Agents/ReportedTime": ["below", 1, "Sum"],
    "OpenClaw/Agents/StuckSessions": ["above", 0, "Sum"],
    "OpenClaw/Agents/TurnDuration": ["above", 300_000, "p95", "p99"],
    "OpenClaw/Agents/TurnErrors OpenClaw/Agents/TurnDuration": ["above", 10, "Sum", "SampleCount"],
    "OpenClaw/Bridge/DeadLetters": ["above", 0, "Sum"],
    "OpenClaw/Bridge/OutboxAge": ["above", 300, "Maximum"],
    "OpenClaw/Bridge/ProduceToConsumeLatency": ["above", 50, "p99"],
    "OpenClaw/Bridge/Retries": ["above", 5000, "Sum"],
    "OpenClaw/Bridge/Unread": ["above", 5000, "Maximum"],
    "OpenClaw/Database/PartitionDaysAhead": ["below", 7, "Minimum"],
};

const limit = z.tuple([z.enum(["above", "below"]), z.number()]).rest(z.string());

export const alarmLimits = resourceRule({
    name: "alarm-limits",
    description: "Alarms on well-known figures go off in the right direction, no later than is recommended or promised",
    severity: "high",
    references: ["openclaw promise 3", "openclaw promise 7"],
    remediation: "Set threshold and comparisonOperator to go off by the limit, and a statistic that shows the worst.",
    url: KAFKA,
    types: [METRIC_ALARM],
    settings: {
        limits: z
            .record(z.string(), limit)
            .default({})
            .describe("Further or other limits by NAMESPACE/NAME: above or below what, and by which statistics"),
    },
    check(alarm, report, { limits }) {
        const figures = figuresOf(alarm);
        const name = figures.map((figure) => figure.name).join(" ");
        const found = limits[name] ?? LIMITS[name];
        if (found === undefined) return;
        const [side, value, ...statistics] = found;
        const operator = alarm.props.text("comparisonOperator") ?? "";
        const threshold = alarm.props.number("threshold");
        const known = /^(Greater|Less)Than(OrEqualTo)?Threshold$/.test(operator);
        if (known && !operator.startsWith(side === "above" ? "GreaterThan" : "LessThan")) {
            report(`goes off by ${operator}, and ${name} is bad ${side} ${value}`);
        }
        // "At least 1" goes off where "more than 0" does, since such figures are counts.
        const reached = operator.startsWith("GreaterThanOrEqual") && value === 0 ? 1 : 0;
        const late = threshold !== undefined && (side === "above" ? threshold - reached > value : threshold < value);
        if (late) report(`goes off ${side} ${threshold}, by ${value} is required of ${name}`);
        const other = figures.find(({ statistic }) => !statistics.includes(statistic ?? ""));
        if (other)
            report(
                `looks at the ${other.statistic ?? "nothing"} of ${other.name}, ${statistics.join(" or ")} is required`,
            );
    },
});

export const alarmDelay = resourceRule({
    name: "alarm-delay",
    description: "Every alarm looks as often as CloudWatch can, and goes off within the time that is left to act",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Set period to 10, 30 or a multiple of 60 seconds, and fewer or shorter periods.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
    types: [METRIC_ALARM],
    settings: {
        maximumMinutes: z.number().positive().default(60).describe("Minutes until an alarm goes off at most"),
        slower: z
            .record(z.string(), z.number().positive())
            .default({ "AWS/Backup": 30 * 60, "OpenClaw/Database": 180 })
            .describe("Minutes at most for what changes by the hour or the day, by namespace"),
    },
    check(alarm, report, { maximumMinutes, slower }) {
        const looks = periodsOf(alarm);
        const periods = alarm.props.number("evaluationPeriods");
        if (looks.length === 0 || periods === undefined) {
            report("says not how often it looks");
            return;
        }
        const strange = looks.find((period) => period >= 10 && period !== 10 && period !== 30 && period % 60 !== 0);
        if (strange !== undefined) report(`looks every ${strange} s, which CloudWatch cannot`);
        const [figure] = figuresOf(alarm);
        const namespace = figure?.name.slice(0, figure.name.lastIndexOf("/")) ?? "";
        const most = slower[namespace] ?? maximumMinutes;
        const minutes = (Math.max(...looks) * periods) / 60;
        if (minutes > most) report(`goes off after ${minutes} minutes, ${most} at most are allowed`);
    },
});

export const alarmWarmUp = resourceRule({
    name: "alarm-warm-up",
    description: "An alarm that silence sets off waits for first data, and then no longer",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation: "Set warmUpConfiguration.warmUpPeriodDurationInMinutes to at most two days.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
    types: [METRIC_ALARM],
    settings: { maximumMinutes: z.int().min(1).default(2880).describe("Minutes that an alarm waits at most") },
    check({ props }, report, { maximumMinutes }) {
        const breaches = props.text("treatMissingData") === "breaching";
        const minutes = props.number("warmUpConfiguration.warmUpPeriodDurationInMinutes");
        if (breaches && minutes === undefined) report("goes off before its subject can have said anything");
        if (minutes === undefined) return;
        if (!breaches) report(`waits ${minutes} minutes for data whose absence means nothing`);
        else if (minutes < 5 || minutes > maximumMinutes) {
            report(`waits ${minutes} minutes for first data, 5 to ${maximumMinutes} are allowed`);
        }
    },
});

export const alarmLimitRules = [alarmLimits, alarmDelay, alarmWarmUp];
