import { z } from "zod";
import { type ReportResource, resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { MSK_CLUSTER, spreadOf } from "./support/kafka";
import { referred, referring } from "./support/related";
import { inTurn, requireFlag, requireNumber, requireOneOf } from "./support/values";

const FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";
const CLUSTER_POLICY = "aws:msk/clusterPolicy:ClusterPolicy";
const TARGET = "aws:appautoscaling/target:Target";
const GROWTH = "aws:appautoscaling/policy:Policy";
const VOLUME_SIZE = "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize";
const GUIDE = "https://docs.aws.amazon.com/msk/latest/developerguide";

export const brokerClientEncryption = resourceRule({
    name: "broker-client-encryption",
    description: "Brokers and their clients speak TLS alone",
    severity: "high",
    references: ["Checkov CKV_AWS_81", "Trivy AWS-0073", "openclaw promise 4"],
    remediation: "Set encryptionInfo.encryptionInTransit.clientBroker to TLS.",
    url: `${GUIDE}/msk-working-with-encryption.html`,
    types: [MSK_CLUSTER],
    check: ({ props }, report) =>
        requireOneOf(props, "encryptionInfo.encryptionInTransit.clientBroker", ["TLS"], report),
});

export const brokerReplicationEncryption = resourceRule({
    name: "broker-replication-encryption",
    description: "Brokers encrypt what they copy to one another",
    severity: "high",
    references: ["AWS FSBP MSK.1", "Checkov CKV_AWS_81", "openclaw promise 4"],
    remediation: "Set encryptionInfo.encryptionInTransit.inCluster to true. It cannot be changed later.",
    url: `${GUIDE}/msk-working-with-encryption.html`,
    types: [MSK_CLUSTER],
    check: ({ props }, report) => requireFlag(props, "encryptionInfo.encryptionInTransit.inCluster", true, report),
});

export const brokerAnonymousAccess = resourceRule({
    name: "broker-anonymous-access",
    description: "Nobody reaches a broker without saying who he is",
    severity: "critical",
    references: ["AWS FSBP MSK.6", "openclaw promise 4"],
    remediation: "Set clientAuthentication.unauthenticated to false.",
    url: `${GUIDE}/msk-authentication.html`,
    types: [MSK_CLUSTER],
    check: ({ props }, report) => requireFlag(props, "clientAuthentication.unauthenticated", false, report),
});

export const brokerAuthentication = resourceRule({
    name: "broker-authentication",
    description: "Clients of the brokers are IAM roles, never passwords or certificates that somebody must keep",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Set clientAuthentication.sasl.iam to true, and neither sasl.scram nor tls.",
    url: `${GUIDE}/iam-access-control.html`,
    types: [MSK_CLUSTER],
    check: ({ props }, report) =>
        inTurn(
            () => requireFlag(props, "clientAuthentication.sasl.iam", true, report),
            () => {
                if (props.flag("clientAuthentication.sasl.scram"))
                    report("takes passwords (sasl.scram), only IAM may do");
            },
            () => {
                if (props.has("clientAuthentication.tls")) report("takes certificates (tls), only IAM may do");
            },
        ),
});

export const brokerPublicAccess = resourceRule({
    name: "broker-public-access",
    description: "No broker has a public address",
    severity: "critical",
    references: ["AWS FSBP MSK.4", "Checkov CKV_AWS_291", "openclaw promise 1"],
    remediation: "Set brokerNodeGroupInfo.connectivityInfo.publicAccess.type to DISABLED.",
    url: `${GUIDE}/public-access.html`,
    types: [MSK_CLUSTER],
    check: ({ props }, report) =>
        requireOneOf(props, "brokerNodeGroupInfo.connectivityInfo.publicAccess.type", ["DISABLED"], report),
});

/** Where broker logs may go: the switch, and what must be named with it. */
const LOG_TARGETS = [
    ["cloudwatchLogs", "logGroup"],
    ["firehose", "deliveryStream"],
    ["s3", "bucket"],
] as const;

export const brokerLogs = resourceRule({
    name: "broker-logs",
    description: "Brokers write their logs to a place that is kept",
    severity: "medium",
    references: ["Checkov CKV_AWS_80", "Trivy AWS-0074", "openclaw promise 7"],
    remediation: "Enable one of loggingInfo.brokerLogs.cloudwatchLogs, firehose or s3, and name its target.",
    url: `${GUIDE}/msk-logging.html`,
    types: [MSK_CLUSTER],
    check({ props }, report) {
        const logs = props.get("loggingInfo.brokerLogs");
        const on = LOG_TARGETS.filter(([kind]) => logs.flag(`${kind}.enabled`) === true);
        if (on.length === 0) report("writes its logs nowhere");
        for (const [kind, target] of on) {
            if (!logs.has(`${kind}.${target}`)) report(`writes its logs to ${kind} without ${target}`);
        }
    },
});

const LEVELS = ["DEFAULT", "PER_BROKER", "PER_TOPIC_PER_BROKER", "PER_TOPIC_PER_PARTITION"] as const;

export const brokerMonitoring = resourceRule({
    name: "broker-monitoring",
    description: "Brokers give the metrics that the alarms look at",
    severity: "medium",
    references: ["AWS FSBP MSK.2", "openclaw promise 7"],
    remediation: "Set enhancedMonitoring to the minimum or more: with DEFAULT nobody sees a topic that falls behind.",
    url: `${GUIDE}/metrics-details.html`,
    types: [MSK_CLUSTER],
    settings: {
        minimum: z.enum(LEVELS).default("PER_TOPIC_PER_BROKER").describe("Least detailed level that will do"),
    },
    check: ({ props }, report, { minimum }) =>
        requireOneOf(props, "enhancedMonitoring", LEVELS.slice(LEVELS.indexOf(minimum)), report),
});

const EXPORTERS = ["jmxExporter", "nodeExporter"].map(
    (exporter) => `openMonitoring.prometheus.${exporter}.enabledInBroker`,
);

export const brokerOpenMonitoring = resourceRule({
    name: "broker-open-monitoring",
    description: "The metrics of brokers and of their machines can be read by Prometheus",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation:
        "Set openMonitoring.prometheus.jmxExporter and nodeExporter to enabledInBroker true. It costs nothing.",
    url: `${GUIDE}/open-monitoring.html`,
    types: [MSK_CLUSTER],
    check: ({ props }, report) => inTurn(...EXPORTERS.map((path) => () => requireFlag(props, path, true, report))),
});

export const brokerVersion = resourceRule({
    name: "broker-version",
    description: "Brokers run a version of Kafka that is maintained, without ZooKeeper",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set kafkaVersion to one of the allowed versions. MSK upgrades in place, one broker at a time.",
    url: `${GUIDE}/supported-kafka-versions.html`,
    types: [MSK_CLUSTER],
    settings: {
        allowed: z
            .array(z.string())
            .min(1)
            .default(["3.8.x.kraft", "3.9.x.kraft", "4.0.x.kraft", "4.1.x.kraft"])
            .describe("Versions of Kafka that may run"),
    },
    check: ({ props }, report, { allowed }) => requireOneOf(props, "kafkaVersion", allowed, report),
});

export const brokerSpread = resourceRule({
    name: "broker-spread",
    description: "Every zone has as many brokers as any other",
    severity: "high",
    references: ["openclaw promise 6"],
    remediation: "Set numberOfBrokerNodes to a multiple of the client subnets, one subnet a zone.",
    url: `${GUIDE}/msk-create-cluster.html`,
    types: [MSK_CLUSTER],
    check(cluster, report) {
        const spread = spreadOf(cluster);
        if (spread === undefined) report("says not how many brokers stand in how many subnets");
        else if (spread.brokers < 1 || spread.brokers % spread.zones.length !== 0) {
            report(`has ${spread.brokers} brokers in ${spread.zones.length} subnets, a multiple is required`);
        }
    },
});

export const brokerConfigured = resourceRule({
    name: "broker-configured",
    description:
        "Every cluster of brokers names the revision of its configuration, and so never runs with MSK's defaults",
    severity: "high",
    references: ["openclaw promise 3", "openclaw promise 6"],
    remediation: "Make an aws.msk.Configuration and name its ARN and revision in configurationInfo.",
    url: `${GUIDE}/msk-default-configuration.html`,
    types: [MSK_CLUSTER],
    check: ({ props }, report) =>
        inTurn(
            () => {
                if (!props.has("configurationInfo.arn")) report("has no configurationInfo.arn: MSK's defaults hold");
            },
            () => requireNumber(props, "configurationInfo.revision", { least: 1 }, report),
        ),
});

export const brokerStorageGrowth = stackRule({
    name: "broker-storage-growth",
    description: "The brokers' volumes grow by themselves long before they are full, and never shrink",
    severity: "high",
    references: ["openclaw promise 3"],
    remediation:
        "Make an aws.appautoscaling.Target of kafka:broker-storage:VolumeSize whose maxCapacity is above the volume size, " +
        "and a Policy on KafkaBrokerStorageUtilization.",
    url: `${GUIDE}/msk-autoexpand.html`,
    types: [MSK_CLUSTER],
    settings: {
        minimumGiB: z.int().min(1).default(100).describe("Size of each broker's volume at least"),
        maximumUse: z.number().min(10).max(80).default(70).describe("Share in use from which volumes grow, in percent"),
    },
    check(stack, report, { minimumGiB, maximumUse }) {
        const targets = referring(stack, [TARGET], "resourceId");
        const policies = referring(stack, [GROWTH], "resourceId");
        stack.each(stack.ofType(MSK_CLUSTER), (cluster) => {
            const scaled = targets(cluster);
            // A policy takes the id from the target or from the cluster itself.
            const growing = [cluster, ...scaled].flatMap(policies);
            if (scaled.length === 0) report(cluster, "has volumes that do not grow: it is no target of scaling");
            if (growing.length === 0) report(cluster, "has volumes that do not grow: no policy of scaling names it");
            stack.each(growing, (policy) => requireGrowth(policy.props, maximumUse, (said) => report(policy, said)));

            requireNumber(cluster.props, VOLUME_SIZE, { least: minimumGiB }, (said) => report(cluster, said));
            const size = cluster.props.number(VOLUME_SIZE) ?? 0;
            stack.each(scaled, (target) => requireRoom(target.props, size, (said) => report(target, said)));
        });
    },
});

/** A target of scaling that leaves the volumes room to double. */
function requireRoom(props: Reader, size: number, report: ReportResource): void {
    inTurn(
        ...ofBrokerVolumes(props, report),
        () => requireNumber(props, "minCapacity", { least: 1, most: size }, report),
        () => requireNumber(props, "maxCapacity", { least: 2 * size }, report),
    );
}

/** A policy of scaling that makes volumes larger as they fill, and never smaller. */
function requireGrowth(props: Reader, maximumUse: number, report: ReportResource): void {
    const tracking = props.get("targetTrackingScalingPolicyConfiguration");
    const metric = "predefinedMetricSpecification.predefinedMetricType";
    inTurn(
        ...ofBrokerVolumes(props, report),
        () => requireOneOf(props, "policyType", ["TargetTrackingScaling"], report),
        () => requireOneOf(tracking, metric, ["KafkaBrokerStorageUtilization"], report),
        () => requireNumber(tracking, "targetValue", { least: 10, most: maximumUse }, report),
        () => requireFlag(tracking, "disableScaleIn", true, report),
    );
}

function ofBrokerVolumes(props: Reader, report: ReportResource) {
    return [
        () => requireOneOf(props, "serviceNamespace", ["kafka"], report),
        () => requireOneOf(props, "scalableDimension", ["kafka:broker-storage:VolumeSize"], report),
    ];
}

export const brokerDelivery = stackRule({
    name: "broker-delivery",
    description: "Firehose reaches the brokers that it archives from over a private connection with IAM",
    severity: "high",
    references: ["openclaw promise 5"],
    remediation:
        "Enable IAM in the cluster's brokerNodeGroupInfo.connectivityInfo.vpcConnectivity, and let " +
        "firehose.amazonaws.com connect by an aws.msk.ClusterPolicy.",
    url: "https://docs.aws.amazon.com/firehose/latest/dev/writing-with-msk.html",
    types: [FIREHOSE],
    check(stack, report) {
        const policies = referring(stack, [CLUSTER_POLICY], "clusterArn");
        stack.each(stack.ofType(FIREHOSE), (stream) => {
            if (!stream.props.has("mskSourceConfiguration")) return;
            const path = "brokerNodeGroupInfo.connectivityInfo.vpcConnectivity.clientAuthentication.sasl.iam";
            const clusters = referred(stack, stream, "mskSourceConfiguration.mskClusterArn", [MSK_CLUSTER]);
            stack.each(clusters, (cluster) => {
                requireFlag(cluster.props, path, true, (said) => report(cluster, said));
                if (policies(cluster).length === 0) report(cluster, "has no ClusterPolicy that lets Firehose connect");
            });
        });
    },
});

export const brokerRules = [
    brokerClientEncryption,
    brokerReplicationEncryption,
    brokerAnonymousAccess,
    brokerAuthentication,
    brokerPublicAccess,
    brokerLogs,
    brokerMonitoring,
    brokerOpenMonitoring,
    brokerVersion,
    brokerSpread,
    brokerConfigured,
    brokerStorageGrowth,
    brokerDelivery,
];
