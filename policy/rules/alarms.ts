import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";

const METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const URL = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html";

export const alarmActs = resourceRule({
    name: "alarm-acts",
    description: "Every alarm tells somebody when it goes off, and when it is over",
    severity: "high",
    references: ["AWS FSBP CloudWatch.15", "AWS FSBP CloudWatch.17", "openclaw promise 7"],
    remediation: "Set alarmActions and okActions to a topic that somebody reads, and actionsEnabled to true.",
    url: URL,
    types: [METRIC_ALARM],
    check({ props }, report) {
        if (props.flag("actionsEnabled") !== true) report("does not enable its actions");
        for (const actions of ["alarmActions", "okActions"]) {
            if (props.texts(actions).filter((arn) => arn.startsWith("arn:")).length === 0) report(`has no ${actions}`);
        }
    },
});

export const alarmDecides = resourceRule({
    name: "alarm-decides",
    description: "Every alarm says what it compares, with what, for how long, and what missing data means",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation:
        "Set comparisonOperator, threshold, evaluationPeriods, datapointsToAlarm and treatMissingData: AWS's default for missing data leaves an alarm undecided for ever.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
    types: [METRIC_ALARM],
    settings: {
        maximumPeriods: z
            .int()
            .min(1)
            .default(60)
            .describe("Periods that an alarm may wait at most before it goes off"),
    },
    check({ props }, report, { maximumPeriods }) {
        const operators = ["GreaterThan", "LessThan", "GreaterThanOrEqualTo", "LessThanOrEqualTo"].map(
            (each) => `${each}Threshold`,
        );
        if (!operators.includes(props.text("comparisonOperator") ?? "")) report("does not say how it compares");
        if (props.number("threshold") === undefined) report("has no threshold");
        if (!["breaching", "notBreaching", "ignore", "missing"].includes(props.text("treatMissingData") ?? "")) {
            report("does not say what missing data means");
        }
        const periods = props.number("evaluationPeriods") ?? 0;
        if (periods < 1 || periods > maximumPeriods)
            report(`looks at ${periods} periods, 1 to ${maximumPeriods} are allowed`);
        const points = props.number("datapointsToAlarm") ?? 0;
        if (points < 1 || points > periods) report(`goes off after ${points} of ${periods} periods`);
    },
});

export const alarmMeasures = resourceRule({
    name: "alarm-measures",
    description: "Every alarm watches one figure of something that is named",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Name metric, namespace, statistic, period and dimensions, or queries of which one returns data.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
    types: [METRIC_ALARM],
    settings: {
        longestSeconds: z.int().min(60).default(86_400).describe("Longest period of a figure"),
    },
    check({ props }, report, { longestSeconds }) {
        const queries = props.list("metricQueries");
        if (queries.length === 0) {
            for (const problem of measure(props, longestSeconds)) report(problem);
            if (!props.has("statistic") && !props.has("extendedStatistic")) report("has no statistic");
            return;
        }
        const returning = queries.filter((query) => query.flag("returnData") === true);
        if (returning.length !== 1) report(`has ${returning.length} queries that return data, 1 is required`);
        for (const query of queries) {
            if (query.has("metric")) {
                for (const problem of measure(query.get("metric"), longestSeconds)) report(problem);
                if (!query.has("metric.stat")) report("has a query without statistic");
            } else if (!query.text("expression")) report("has a query with neither metric nor expression");
        }
    },
});

function measure(props: Reader, longestSeconds: number): string[] {
    const missing = ["metricName", "namespace"].filter((key) => !props.text(key)).map((key) => `has no ${key}`);
    const period = props.number("period") ?? 0;
    if (period < 10 || period > longestSeconds)
        missing.push(`has a period of ${period} s, 10 to ${longestSeconds} are allowed`);
    if (props.keys("dimensions").length === 0) missing.push("names nothing that it watches");
    return missing;
}

export const alarmRunbook = resourceRule({
    name: "alarm-runbook",
    description: "Every alarm that calls somebody says what is wrong and which runbook to follow",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation: "End alarmDescription with Runbook and the place of the section.",
    url: URL,
    types: [METRIC_ALARM],
    check({ props }, report) {
        if (!/Runbook: \S+/.test(props.text("alarmDescription") ?? "")) report("names no runbook in its description");
    },
});

export const compositeKnows = stackRule({
    name: "composite-alarm-complete",
    description:
        "Every alarm made of others names alarms that exist, and every promise is part of one that calls somebody",
    severity: "high",
    references: ["openclaw promise 7"],
    remediation: "Name existing alarms in alarmRule, and give the alarm above all others actions.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html",
    types: [COMPOSITE_ALARM],
    check(stack, report) {
        const known = new Set<string>();
        for (const type of [METRIC_ALARM, COMPOSITE_ALARM]) {
            stack.each(stack.ofType(type), ({ props }) => {
                const name = props.text(type === METRIC_ALARM ? "name" : "alarmName");
                if (name !== undefined) known.add(name);
            });
        }
        const called = new Set<string>();
        const composites = stack.ofType(COMPOSITE_ALARM);
        stack.each(composites, (composite) => {
            const rule = composite.props.text("alarmRule") ?? "";
            const named = [...rule.matchAll(/ALARM\("([^"]+)"\)/g)].map(([, name]) => name ?? "");
            if (named.length === 0) report(composite, "is made of no other alarm");
            for (const name of named) {
                called.add(name);
                if (!known.has(name)) report(composite, `names ${name}, which is no alarm of this stack`);
            }
        });
        stack.each(composites, (composite) => {
            const { props } = composite;
            if (called.has(props.text("alarmName") ?? "")) return;
            const acts =
                props.flag("actionsEnabled") === true &&
                props.texts("alarmActions").length > 0 &&
                props.texts("okActions").length > 0;
            if (!acts) report(composite, "is part of no other alarm and tells nobody");
        });
    },
});

/** What has to be watched where there is something of that kind, by type of resource. */
const WATCHED: Readonly<Record<string, readonly string[]>> = {
    "aws:msk/cluster:Cluster": [
        "AWS/Kafka/ActiveControllerCount",
        "AWS/Kafka/OfflinePartitionsCount",
        "AWS/Kafka/UnderMinIsrPartitionCount",
        "AWS/Kafka/UnderReplicatedPartitions",
        "AWS/Kafka/KafkaDataLogsDiskUsed",
        "AWS/Kafka/CpuUser",
        "AWS/Kafka/HeapMemoryAfterGC",
        "AWS/Kafka/SumOffsetLag",
    ],
    "aws:rds/cluster:Cluster": [
        "AWS/RDS/MaximumUsedTransactionIDs",
        "AWS/RDS/DatabaseConnections",
        "AWS/RDS/CPUUtilization",
        "AWS/RDS/FreeLocalStorage",
    ],
    "aws:eks/cluster:Cluster": [
        "ContainerInsights/cluster_failed_node_count",
        "ContainerInsights/pod_number_of_container_restarts",
        "AWS/EKS/scheduler_pending_pods_UNSCHEDULABLE",
    ],
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [
        "AWS/Firehose/DeliveryToS3.DataFreshness",
        "AWS/Firehose/DeliveryToS3.Success",
    ],
    "aws:backup/plan:Plan": ["AWS/Backup/NumberOfBackupJobsCompleted", "AWS/Backup/NumberOfBackupJobsFailed"],
    "aws:ec2/natGateway:NatGateway": ["AWS/NATGateway/ErrorPortAllocation"],
    "aws:sns/topic:Topic": ["AWS/SNS/NumberOfNotificationsFailed"],
};

export const watched = stackRule({
    name: "service-watched",
    description:
        "Brokers, database, cluster, archive, backups and ways out each have the alarms that tell of their failure first",
    severity: "high",
    references: ["openclaw promise 7"],
    remediation: "Make a metric alarm for the figure.",
    url: "https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html",
    types: Object.keys(WATCHED),
    settings: {
        metrics: z
            .record(z.string(), z.array(z.string()))
            .default(Object.fromEntries(Object.entries(WATCHED).map(([type, metrics]) => [type, [...metrics]])))
            .describe("Metrics that must have an alarm, as NAMESPACE/NAME, by type of resource"),
    },
    check(stack, report, { metrics }) {
        const seen = new Set<string>();
        stack.each(stack.ofType(METRIC_ALARM), ({ props }) => {
            for (const each of [props, ...props.list("metricQueries").map((query) => query.get("metric"))]) {
                seen.add(`${each.text("namespace")}/${each.text("metricName")}`);
            }
        });
        if (stack.undecided.length > 0) return;
        for (const [type, wanted] of Object.entries(metrics)) {
            const [first] = stack.ofType(type);
            if (first === undefined) continue;
            for (const metric of wanted) if (!seen.has(metric)) report(first, `has no alarm on ${metric}`);
        }
    },
});

export const alarmRules = [alarmActs, alarmDecides, alarmMeasures, alarmRunbook, compositeKnows, watched];
