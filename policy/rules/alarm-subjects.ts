import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { stackRule } from "../engine/rule";
import { type Figure, figuresOf, METRIC_ALARM } from "./support/alarms";
import { nameOf, objectsOf } from "./support/kubernetes";
import { AWS_PROVIDER } from "./tags";

const DIMENSIONS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension";

/** Names of what a dimension can be of, as far as this stack makes it. */
type Names = (stack: Stack) => readonly (string | undefined)[];

function named(type: string, property: string): Names {
    return (stack) => stack.ofType(type).map((each) => stack.decide(each, () => each.props.text(property), undefined));
}

const CLUSTERS = named("aws:eks/cluster:Cluster", "name");

/** Where the names of a dimension come from, by namespace and dimension. Ids that AWS gives are not here. */
const SUBJECTS: Readonly<Record<string, Names>> = {
    "AWS/Backup BackupVaultName": named("aws:backup/vault:Vault", "name"),
    "AWS/EKS ClusterName": CLUSTERS,
    "AWS/Events RuleName": named("aws:cloudwatch/eventRule:EventRule", "name"),
    "AWS/Firehose DeliveryStreamName": named("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "name"),
    "AWS/Kafka Cluster Name": named("aws:msk/cluster:Cluster", "clusterName"),
    "AWS/Kafka Broker ID": brokerIds,
    "AWS/Kafka Topic": named("aws:msk/topic:Topic", "name"),
    "AWS/Kafka Client Authentication": () => ["IAM", "SASL_SCRAM", "TLS"],
    "AWS/RDS DBClusterIdentifier": named("aws:rds/cluster:Cluster", "clusterIdentifier"),
    "AWS/RDS DBInstanceIdentifier": named("aws:rds/clusterInstance:ClusterInstance", "identifier"),
    "AWS/RDS ProxyName": named("aws:rds/proxy:Proxy", "name"),
    "AWS/RDS Role": () => ["READER", "WRITER"],
    "AWS/SNS TopicName": named("aws:sns/topic:Topic", "name"),
    "ContainerInsights ClusterName": CLUSTERS,
    "ContainerInsights Namespace": (stack) =>
        objectsOf(stack, "Namespace").map((each) => stack.decide(each.resource, () => nameOf(each), undefined)),
    "OpenClaw/Agents Environment": environments,
    "OpenClaw/Bridge Environment": environments,
    "OpenClaw/Database Environment": environments,
};

function brokerIds(stack: Stack): (string | undefined)[] {
    return stack.ofType("aws:msk/cluster:Cluster").flatMap((cluster) => {
        const brokers = stack.decide(cluster, () => cluster.props.number("numberOfBrokerNodes"), undefined);
        return brokers === undefined ? [undefined] : Array.from({ length: brokers }, (_, index) => String(index + 1));
    });
}

function environments(stack: Stack): (string | undefined)[] {
    return stack.ofType(AWS_PROVIDER).flatMap((provider) =>
        stack.decide<(string | undefined)[]>(provider, () => {
            const tags = new Map(provider.props.json("defaultTags").entries("tags"));
            return [tags.get("openclaw:environment")?.text()];
        }, [undefined]),
    );
}

const namespaceOf = ({ name }: Figure): string => name.slice(0, name.lastIndexOf("/"));

export const alarmSubjects = stackRule({
    name: "alarm-subjects",
    description: "Every alarm watches something that is there: one on a name of nothing never goes off",
    severity: "high",
    references: ["openclaw promise 7"],
    remediation: "Take the values of dimensions from the resources that they name.",
    url: DIMENSIONS,
    types: [METRIC_ALARM],
    check(stack, report) {
        const known = new Map<string, ReadonlySet<string | undefined>>();
        const namesOf = (key: string) => {
            const names = known.get(key) ?? new Set(SUBJECTS[key]?.(stack));
            known.set(key, names);
            return names;
        };
        stack.each(stack.ofType(METRIC_ALARM), (alarm) => {
            for (const figure of figuresOf(alarm)) {
                for (const [dimension, value] of figure.dimensions) {
                    const names = namesOf(`${namespaceOf(figure)} ${dimension}`);
                    // Where one name is not known yet, or nothing of the kind is made here, nothing can be said.
                    if (names.size === 0 || names.has(undefined) || names.has(value)) continue;
                    report(alarm, `watches ${dimension} ${value}, which is not there`);
                }
            }
        });
    },
});

/** Figures of which each broker and each server has its own. */
const EACH: Readonly<Record<string, readonly string[]>> = {
    "Broker ID": [
        "AWS/Kafka/UnderMinIsrPartitionCount",
        "AWS/Kafka/UnderReplicatedPartitions",
        "AWS/Kafka/KafkaDataLogsDiskUsed",
        "AWS/Kafka/HeapMemoryAfterGC",
        "AWS/Kafka/CpuUser",
        "AWS/Kafka/CpuSystem",
        "AWS/Kafka/ClientConnectionCount",
        "AWS/Kafka/IAMTooManyConnections",
        "AWS/Kafka/RequestHandlerAvgIdlePercent",
        "AWS/Kafka/NetworkProcessorAvgIdlePercent",
        "AWS/Kafka/BwInAllowanceExceeded",
        "AWS/Kafka/BwOutAllowanceExceeded",
    ],
    DBInstanceIdentifier: ["AWS/RDS/CPUUtilization", "AWS/RDS/DatabaseConnections", "AWS/RDS/FreeLocalStorage"],
};

const OF: Readonly<Record<string, { readonly type: string; readonly names: Names }>> = {
    "Broker ID": { type: "aws:msk/cluster:Cluster", names: brokerIds },
    DBInstanceIdentifier: {
        type: "aws:rds/clusterInstance:ClusterInstance",
        names: named("aws:rds/clusterInstance:ClusterInstance", "identifier"),
    },
};

export const alarmEach = stackRule({
    name: "alarm-each",
    description: "Each broker and each database server has its alarms: a mean over all hides the one that fails",
    severity: "high",
    references: ["openclaw promise 6", "openclaw promise 7"],
    remediation: "Make the alarm for each of them, with its own dimension.",
    url: DIMENSIONS,
    types: Object.values(OF).map(({ type }) => type),
    settings: {
        figures: z
            .record(z.string(), z.array(z.string()))
            .default(Object.fromEntries(Object.entries(EACH).map(([dimension, figures]) => [dimension, [...figures]])))
            .describe("Figures, as NAMESPACE/NAME, that each of a kind must have an alarm on, by dimension"),
    },
    check(stack, report, { figures }) {
        const watched = new Set<string>();
        const before = stack.undecided.length;
        stack.each(stack.ofType(METRIC_ALARM), (alarm) => {
            for (const { name, dimensions } of figuresOf(alarm)) {
                for (const [dimension, value] of dimensions) watched.add(`${name} ${dimension} ${value}`);
            }
        });
        for (const [dimension, { type, names }] of Object.entries(OF)) {
            const [first] = stack.ofType(type);
            const subjects = names(stack);
            if (first === undefined || stack.undecided.length > before) continue;
            for (const figure of figures[dimension] ?? []) {
                const without = subjects.filter((subject) => !watched.has(`${figure} ${dimension} ${subject}`));
                if (without.length > 0)
                    report(first, `has no alarm on ${figure} of ${dimension} ${without.join(", ")}`);
            }
        }
    },
});

/** Dimensions that tell of which figure an alarm is; without one of them it is of another, which is empty. */
const NEEDED: readonly (readonly [figure: RegExp, dimensions: readonly string[]])[] = [
    [/^AWS\/Kafka\/(EstimatedMaxTimeLag|SumOffsetLag)$/, ["Cluster Name", "Consumer Group", "Topic"]],
    [/^AWS\/Kafka\/ClientConnectionCount$/, ["Cluster Name", "Broker ID", "Client Authentication"]],
    [/^AWS\/Kafka\/(ActiveControllerCount|OfflinePartitionsCount)$/, ["Cluster Name"]],
    [/^AWS\/RDS\/(AuroraReplicaLag|Deadlocks)$/, ["DBClusterIdentifier", "Role"]],
];

/** Whether a figure is one of Container Insights, whose name of a pod is one of a namespace. */
function ofPods(name: string): boolean {
    return name.startsWith("ContainerInsights/");
}

export const alarmDimensions = stackRule({
    name: "alarm-dimensions",
    description: "Every alarm names its figure by all of its dimensions, and pods with their namespace",
    severity: "high",
    references: ["openclaw promise 7"],
    remediation: "Set the dimensions that the service publishes the figure with, no more and no fewer.",
    url: DIMENSIONS,
    types: [METRIC_ALARM],
    check(stack, report) {
        stack.each(stack.ofType(METRIC_ALARM), (alarm) => {
            for (const { name, dimensions } of figuresOf(alarm)) {
                // Of one without any dimension another rule tells.
                if (dimensions.size === 0) continue;
                const ofBroker = EACH["Broker ID"]?.includes(name) ? ["Cluster Name", "Broker ID"] : undefined;
                const needed = NEEDED.find(([pattern]) => pattern.test(name))?.[1] ?? ofBroker;
                const lacking = needed?.filter((dimension) => !dimensions.has(dimension)) ?? [];
                if (lacking.length > 0) report(alarm, `names ${name} without ${lacking.join(", ")}`);
                if (ofPods(name) && dimensions.has("PodName") !== dimensions.has("Namespace")) {
                    report(alarm, `names ${name} by only one of PodName and Namespace`);
                }
            }
        });
    },
});

export const agentsSilent = stackRule({
    name: "alarm-agents-silent",
    description: "Somebody is called when half of the agents have fallen silent, or earlier",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 7"],
    remediation: "Make an alarm on the figure that agents report, below at least half of their number.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
    types: ["kubernetes:apps/v1:StatefulSet"],
    settings: {
        agents: z
            .record(z.string(), z.string())
            .default({ "openclaw/tier": "agents" })
            .describe("Labels of agents' pods"),
        figure: z.string().default("OpenClaw/Agents/ReportedTime").describe("What agents report, as NAMESPACE/NAME"),
        share: z
            .number()
            .min(0)
            .max(1)
            .default(0.5)
            .describe("Share of the agents below which somebody is called at the latest"),
    },
    check(stack, report, { agents, figure, share }) {
        const classes = stack
            .ofType("kubernetes:apps/v1:StatefulSet")
            .filter((each) => stack.decide(each, () => isAgents(each, agents), false));
        const [first] = classes;
        if (first === undefined) return;
        const replicas = (each: Resource) => stack.decide(each, () => each.props.number("spec.replicas") ?? 0, 0);
        const least = classes.reduce((sum, each) => sum + replicas(each), 0) * share;
        const before = stack.undecided.length;
        const thresholds: number[] = [];
        stack.each(stack.ofType(METRIC_ALARM), (alarm) => {
            if (figuresOf(alarm).some(({ name }) => name === figure))
                thresholds.push(alarm.props.number("threshold") ?? 0);
        });
        if (stack.undecided.length > before) return;
        if (thresholds.length === 0) report(first, `is watched by no alarm on ${figure}`);
        else if (Math.max(...thresholds) < least) {
            report(first, `somebody is called below ${Math.max(...thresholds)} agents, ${least} at least is required`);
        }
    },
});

function isAgents({ props }: Resource, agents: Readonly<Record<string, string>>): boolean {
    const labels = new Map(props.entries("spec.template.metadata.labels"));
    return Object.entries(agents).every(([key, value]) => labels.get(key)?.text() === value);
}

export const alarmSubjectRules = [alarmSubjects, alarmEach, alarmDimensions, agentsSilent];
