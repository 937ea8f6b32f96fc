import { strict as assert } from "node:assert";
import { FROM_BRIDGES } from "../../../components/compute/telemetry-config";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROMISE_NUMBERS } from "../../../components/operations/alarms/promises";
import type { PlannedResource, Properties } from "../../../plan/offline-engine";
import { type Recorded, platform } from "../../support/record";
import { METRIC_ALARM, args, create } from "./support";

/** The sets of dimensions by which each publisher publishes the metrics that are watched. */
const KAFKA = ["Cluster Name"];
const BROKER = ["Broker ID", "Cluster Name"];
const CONTAINERS = ["ClusterName"];
const WORKLOAD = ["ClusterName", "Namespace", "PodName"];
const AGENTS = ["Environment"];
const INSTANCE = ["DBInstanceIdentifier"];
const ROLE = ["DBClusterIdentifier", "Role"];
const NAT = ["NatGatewayId"];
const STREAM = ["DeliveryStreamName"];
const VAULT = ["BackupVaultName"];
const PUBLISHED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    "AWS/Kafka": {
        ActiveControllerCount: KAFKA,
        OfflinePartitionsCount: KAFKA,
        UnderMinIsrPartitionCount: BROKER,
        UnderReplicatedPartitions: BROKER,
        CpuUser: BROKER,
        CpuSystem: BROKER,
        HeapMemoryAfterGC: BROKER,
        RequestHandlerAvgIdlePercent: BROKER,
        NetworkProcessorAvgIdlePercent: BROKER,
        BwInAllowanceExceeded: BROKER,
        BwOutAllowanceExceeded: BROKER,
        KafkaDataLogsDiskUsed: BROKER,
        IAMTooManyConnections: BROKER,
        ClientConnectionCount: ["Broker ID", "Client Authentication", "Cluster Name"],
        EstimatedMaxTimeLag: ["Cluster Name", "Consumer Group", "Topic"],
        SumOffsetLag: ["Cluster Name", "Consumer Group", "Topic"],
    },
    "AWS/RDS": {
        CPUUtilization: INSTANCE,
        FreeableMemory: INSTANCE,
        ACUUtilization: INSTANCE,
        FreeLocalStorage: INSTANCE,
        Deadlocks: ROLE,
        AuroraReplicaLag: ROLE,
        MaximumUsedTransactionIDs: ["DBClusterIdentifier"],
        MaxDatabaseConnectionsAllowed: ["ProxyName"],
    },
    ContainerInsights: {
        cluster_node_count: CONTAINERS,
        cluster_failed_node_count: CONTAINERS,
        node_cpu_utilization: CONTAINERS,
        node_memory_utilization: CONTAINERS,
        node_filesystem_utilization: CONTAINERS,
    },
    "OpenClaw/Replication/openclaw-test": { ReplicationErrors: ["Namespace"] },
    "OpenClaw/Agents": {
        ReportedTime: AGENTS,
        TurnDuration: AGENTS,
        TurnErrors: AGENTS,
        StuckSessions: AGENTS,
    },
    "AWS/EKS": { scheduler_pending_pods_UNSCHEDULABLE: CONTAINERS },
    "AWS/SQS": { ApproximateAgeOfOldestMessage: ["QueueName"] },
    "AWS/NATGateway": {
        ActiveConnectionCount: NAT,
        ErrorPortAllocation: NAT,
        PacketsDropCount: NAT,
        PacketsInFromSource: NAT,
        PacketsInFromDestination: NAT,
    },
    "AWS/Firehose": {
        "DeliveryToS3.DataFreshness": STREAM,
        "DeliveryToS3.Success": STREAM,
        KafkaOffsetLag: STREAM,
    },
    "AWS/Backup": {
        NumberOfBackupJobsCompleted: VAULT,
        NumberOfBackupJobsFailed: VAULT,
        NumberOfBackupJobsAborted: VAULT,
        NumberOfBackupJobsExpired: VAULT,
        NumberOfRestoreJobsFailed: VAULT,
    },
    "AWS/SNS": { NumberOfNotificationsFailed: ["TopicName"] },
    "AWS/Events": { FailedInvocations: ["RuleName"] },
    "OpenClaw/Database": { PartitionDaysAhead: ["Environment"] },
    "OpenClaw/Bridge": Object.fromEntries(Object.keys(FROM_BRIDGES).map((name) => [name, ["Environment"]])),
};
/** Published by two sets of dimensions: by instances and by proxies; for the cluster and for each workload. */
const TWICE: Readonly<Record<string, readonly (readonly string[])[]>> = {
    DatabaseConnections: [["DBInstanceIdentifier"], ["ProxyName"]],
    pod_number_of_container_restarts: [CONTAINERS, WORKLOAD],
    pod_status_pending: [CONTAINERS, WORKLOAD],
};

interface Seen {
    readonly namespace: string;
    readonly name: string;
    readonly dimensions: Readonly<Record<string, string>>;
}

/** Every metric that an alarm looks at, whether directly or in a calculation. */
function metricsOf({ inputs }: PlannedResource): Seen[] {
    const queries = (inputs["metricQueries"] ?? []) as Properties[];
    const sources = queries.length > 0 ? queries.map((query) => query["metric"]).filter(Boolean) : [inputs];
    return (sources as Properties[]).map((source) => ({
        namespace: String(source["namespace"]),
        name: String(source["metricName"]),
        dimensions: source["dimensions"] as Record<string, string>,
    }));
}

describe("Alarms", () => {
    let recorded: Recorded;
    let alarms: PlannedResource[];
    before(async () => {
        ({ recorded } = await create());
        alarms = recorded.ofType(METRIC_ALARM);
    });
    const alarm = (slug: string) => recorded.inputs(`operations-${slug}`);

    it("watch every promise that can break while the platform runs", () => {
        for (const promise of PROMISE_NUMBERS) {
            const watching = alarms.filter(({ inputs }) =>
                String(inputs["alarmDescription"]).includes(`Promise ${promise}:`),
            );
            assert.ok(watching.length > 0, `promise ${promise} has no alarm`);
        }
    });

    it("tell people when they call and when all is well again", () => {
        const topic = [recorded.get("operations-topic").outputs["arn"]];
        for (const { name, inputs } of alarms) {
            assert.deepEqual([name, inputs["alarmActions"], inputs["okActions"]], [name, topic, topic]);
            assert.equal(inputs["actionsEnabled"], true, name);
        }
    });

    it("say what silence means, and start slowly where silence counts as bad", () => {
        for (const { name, inputs } of alarms) {
            const treat = String(inputs["treatMissingData"]);
            assert.ok(["breaching", "notBreaching", "ignore"].includes(treat), `${name}: ${treat}`);
            assert.match(
                String(inputs["alarmDescription"]),
                /Missing data counts as (good|bad): |Missing data changes nothing: /,
            );
            assert.equal("warmUpConfiguration" in inputs, treat === "breaching", name);
        }
    });

    it("name their promise and a runbook that exists, within the 1,024 characters of a description", () => {
        const runbooks = readFileSync(join(__dirname, "../../../docs/runbooks.md"), "utf8");
        const sections = new Set([...runbooks.matchAll(/^## (\S+)$/gm)].map((match) => match[1]));
        for (const { name, inputs } of recorded.resources) {
            const text = String(inputs["alarmDescription"] ?? "");
            const runbook = /Runbook: docs\/runbooks\.md#(\S+)$/.exec(text)?.[1];
            if (inputs["metricName"] ?? inputs["metricQueries"]) assert.ok(runbook, `${name} names no runbook`);
            if (runbook) assert.ok(sections.has(runbook), `${name}: no section ${runbook}`);
            assert.ok(text.length <= 1024, name);
        }
    });

    it("watch metrics by exactly the dimensions by which they are published", () => {
        for (const resource of alarms) {
            for (const { namespace, name, dimensions } of metricsOf(resource)) {
                const keys = Object.keys(dimensions).sort();
                const sets = TWICE[name];
                if (sets) {
                    assert.ok(
                        sets.some((set) => set.join() === keys.join()),
                        `${resource.name}: ${keys.join()}`,
                    );
                } else {
                    assert.deepEqual(keys, PUBLISHED[namespace]?.[name], `${resource.name}: ${namespace} ${name}`);
                }
            }
        }
    });

    it("look back no further than CloudWatch allows", () => {
        for (const { name, inputs } of alarms) {
            const queries = (inputs["metricQueries"] ?? []) as Properties[];
            const periods = queries.map(
                (query) => query["period"] ?? (query["metric"] as Properties | undefined)?.["period"],
            );
            const period = Number(inputs["period"] ?? periods.find((found) => found !== undefined));
            const seconds = period * Number(inputs["evaluationPeriods"]);
            assert.ok(seconds <= (period >= 3600 ? 604_800 : 86_400), `${name}: ${seconds} s`);
            assert.ok(queries.length <= 10, `${name}: ${queries.length} queries`);
        }
    });

    it("have names that are stable and carry the environment", () => {
        for (const { name, inputs } of alarms) {
            assert.equal(inputs["name"], name.replace(/^operations-/, `${platform.name}-`));
        }
    });

    it("call when a partition refuses writes, within two minutes", () => {
        const { alarmDescription, alarmActions, okActions, ...inputs } = alarm("brokers-under-min-isr-3");
        assert.match(String(alarmDescription), /^Broker 3 leads partitions with too few replicas in sync/);
        assert.deepEqual(alarmActions, okActions);
        assert.deepEqual(inputs, {
            name: "openclaw-test-brokers-under-min-isr-3",
            namespace: "AWS/Kafka",
            metricName: "UnderMinIsrPartitionCount",
            dimensions: { "Cluster Name": "openclaw-test-brokers", "Broker ID": "3" },
            statistic: "Maximum",
            period: 60,
            evaluationPeriods: 2,
            datapointsToAlarm: 2,
            comparisonOperator: "GreaterThanOrEqualToThreshold",
            threshold: 1,
            treatMissingData: "ignore",
            actionsEnabled: true,
        });
    });

    it("add user and system time of a broker, and miss a broker that is silent", () => {
        const inputs = alarm("brokers-cpu-1");
        const dimensions = { "Cluster Name": "openclaw-test-brokers", "Broker ID": "1" };
        const metric = (metricName: string) => ({
            namespace: "AWS/Kafka",
            metricName,
            dimensions,
            period: 300,
            stat: "Average",
        });
        const label = "Broker 1 uses more than 60 % of its processors, or has fallen silent";
        assert.deepEqual(inputs["metricQueries"], [
            { id: "user", metric: metric("CpuUser") },
            { id: "system", metric: metric("CpuSystem") },
            { id: "value", expression: "user + system", label, returnData: true },
        ]);
        assert.equal(inputs["threshold"], 60);
        assert.equal(inputs["treatMissingData"], "breaching");
        assert.deepEqual(inputs["warmUpConfiguration"], { warmUpPeriodDurationInMinutes: 30 });
    });

    it("call when an agent cannot send, falls behind or does not answer, and for each dead letter", () => {
        assert.deepEqual(
            ["bridge-outbox", "bridge-unread", "bridge-retries", "bridge-dead-letters"].map((slug) => {
                const { metricName, statistic, threshold } = alarm(slug);
                return [metricName, statistic, threshold];
            }),
            [
                ["OutboxAge", "Maximum", 60],
                ["Unread", "Maximum", 1000],
                ["Retries", "Sum", args.agents.classes.reduce((sum, each) => sum + each.agents, 0)],
                ["DeadLetters", "Sum", 0],
            ],
        );
    });

    it("hold the 99th percentile of the bridge against the objective", () => {
        const inputs = alarm("bridge-latency");
        assert.equal(inputs["namespace"], "OpenClaw/Bridge");
        assert.equal(inputs["metricName"], "ProduceToConsumeLatency");
        assert.deepEqual(inputs["dimensions"], { Environment: "openclaw-test" });
        assert.equal(inputs["extendedStatistic"], "p99");
        assert.equal(inputs["statistic"], undefined);
        assert.equal(inputs["evaluateLowSampleCountPercentiles"], "evaluate");
        assert.equal(inputs["threshold"], 50);
        assert.equal(inputs["comparisonOperator"], "GreaterThanThreshold");
    });

    it("miss agents that do not report, all or a fifth of them", () => {
        const { alarmActions, okActions, alarmDescription, ...inputs } = alarm("agents-silent");
        const title = "Of 125 agents fewer than 100 have reported for 15 minutes, or none has";
        assert.ok(String(alarmDescription).startsWith(title));
        assert.deepEqual(alarmActions, okActions);
        assert.deepEqual(inputs, {
            name: "openclaw-test-agents-silent",
            metricQueries: [
                {
                    id: "reported",
                    metric: {
                        namespace: "OpenClaw/Agents",
                        metricName: "ReportedTime",
                        dimensions: { Environment: "openclaw-test" },
                        period: 300,
                        stat: "Sum",
                    },
                },
                { id: "value", expression: "reported / (1000 * PERIOD(reported))", label: title, returnData: true },
            ],
            comparisonOperator: "LessThanThreshold",
            threshold: 100,
            evaluationPeriods: 3,
            datapointsToAlarm: 3,
            treatMissingData: "breaching",
            warmUpConfiguration: { warmUpPeriodDurationInMinutes: 120 },
            actionsEnabled: true,
        });
    });

    it("hold turns against their objective, and their faults against a share of enough of them", () => {
        const latency = alarm("agents-turn-latency");
        assert.deepEqual(
            [latency["namespace"], latency["metricName"], latency["extendedStatistic"], latency["threshold"]],
            ["OpenClaw/Agents", "TurnDuration", "p95", 120_000],
        );
        const errors = alarm("agents-turn-errors")["metricQueries"] as Properties[];
        assert.equal(errors.at(-1)?.["expression"], "IF(turns >= 20, 100 * FILL(errors, 0) / turns, 0)");
    });

    it("watch the pods of each class by the name of what they belong to, in proportion to its size", () => {
        const restarts = (name: string) => alarm(`agents-restarts-${name}`);
        assert.deepEqual(restarts("analyst")["dimensions"], {
            ClusterName: "openclaw-test",
            Namespace: "agents-analyst",
            PodName: "analyst",
        });
        assert.deepEqual([restarts("analyst")["threshold"], restarts("support")["threshold"]], [12, 3]);
        assert.deepEqual(alarm("agents-pending-support")["dimensions"], {
            ClusterName: "openclaw-test",
            Namespace: "agents-support",
            PodName: "support",
        });
    });

    it("count what replication says in error, by class, and call when it goes on", () => {
        const filter = recorded.ofType("aws:cloudwatch/logMetricFilter:LogMetricFilter")[0];
        assert.equal(filter?.inputs["logGroupName"], args.agents.logGroupName);
        assert.match(String(filter?.inputs["pattern"]), /container_name = "litestream" && .*level = "ERROR"/);
        const { namespace, name, dimensions } = filter?.inputs["metricTransformation"] as Properties;
        assert.deepEqual(dimensions, { Namespace: "$.kubernetes.namespace_name" });
        const called = alarm("agents-replication-analyst");
        assert.deepEqual(
            [called["namespace"], called["metricName"], called["dimensions"]],
            [namespace, name, { Namespace: "agents-analyst" }],
        );
        assert.deepEqual([called["threshold"], called["treatMissingData"]], [0, "notBreaching"]);
    });

    it("notice that a NAT gateway is gone by its silence", () => {
        const silent = alarm("network-nat-silent-us-east-1a");
        assert.deepEqual([silent["treatMissingData"], silent["dimensions"]], ["breaching", { NatGatewayId: "nat-a" }]);
    });

    it("stay as many when a class grows", async () => {
        const [analyst, support] = args.agents.classes;
        assert.ok(analyst && support);
        const grown = { ...args.agents, classes: [{ ...analyst, agents: 1000 }, support] };
        const { recorded: larger } = await create({ agents: grown });
        assert.equal(larger.ofType(METRIC_ALARM).length, alarms.length);
    });

    it("watch dead letters over all brokers by one query", () => {
        assert.deepEqual(alarm("brokers-dead-letters")["metricQueries"], [
            {
                id: "value",
                expression:
                    'SELECT SUM(BytesInPerSec) FROM SCHEMA("AWS/Kafka", "Broker ID", "Cluster Name", Topic) ' +
                    "WHERE \"Cluster Name\" = 'openclaw-test-brokers' AND Topic = 'dead-letters'",
                period: 300,
                label: "Messages are arriving in the dead-letter topic: a consumer could not handle them",
                returnData: true,
            },
        ]);
    });

    it("notice the day on which no backup was made, which no failure reports", () => {
        const inputs = alarm("recovery-no-backup");
        assert.deepEqual(inputs["dimensions"], { BackupVaultName: "openclaw-test-daily" });
        assert.equal(Number(inputs["period"]) * Number(inputs["evaluationPeriods"]), 30 * 3600);
        assert.equal(inputs["treatMissingData"], "breaching");
        assert.equal(inputs["comparisonOperator"], "LessThanThreshold");
    });

    it("notice that next month's partition is missing, or that nobody has looked for two hours", () => {
        const { alarmActions, okActions, alarmDescription, ...inputs } = alarm("ledger-partitions");
        assert.deepEqual(alarmActions, okActions);
        assert.match(String(alarmDescription), /Promise 5: .*Missing data counts as bad: /s);
        assert.deepEqual(inputs, {
            name: "openclaw-test-ledger-partitions",
            namespace: "OpenClaw/Database",
            metricName: "PartitionDaysAhead",
            dimensions: { Environment: "openclaw-test" },
            statistic: "Minimum",
            period: 3600,
            evaluationPeriods: 2,
            datapointsToAlarm: 2,
            comparisonOperator: "LessThanThreshold",
            threshold: 20,
            treatMissingData: "breaching",
            warmUpConfiguration: { warmUpPeriodDurationInMinutes: 180 },
            actionsEnabled: true,
        });
        const promise = String(recorded.inputs("operations-promise-5")["alarmRule"]);
        assert.ok(promise.includes('ALARM("openclaw-test-ledger-partitions")'), "it breaks promise 5");
    });

    it("measure the database against its size", () => {
        const first = "openclaw-test-database-1";
        assert.equal(alarm(`database-memory-${first}`)["threshold"], Math.round(0.05 * 32 * 1024 ** 3));
        assert.equal(alarm(`database-connections-${first}`)["threshold"], 2883);
        assert.equal(alarm("database-proxy-connections")["threshold"], 80);
        assert.deepEqual(alarm("database-replica-lag")["dimensions"], {
            DBClusterIdentifier: "openclaw-test-database",
            Role: "READER",
        });
    });
});

describe("Alarms of a small environment", () => {
    it("watch capacity units in the place of memory, and neither a reader nor a proxy that is not there", async () => {
        const { clusterIdentifier } = args.database;
        const { recorded } = await create({
            database: { clusterIdentifier, instanceIdentifiers: ["one"], maxConnections: 901 },
            natGatewayIds: args.natGatewayIds.slice(0, 1),
            brokers: { ...args.brokers, brokerCount: 2, consumerGroups: [] },
        });
        const slugs = recorded.ofType(METRIC_ALARM).map(({ name }) => name.replace("operations-", ""));
        const database = slugs.filter((slug) => slug.startsWith("database-"));
        assert.deepEqual(database.sort(), [
            "database-capacity-one",
            "database-connections-one",
            "database-cpu-one",
            "database-deadlocks",
            "database-local-storage-one",
            "database-transaction-ids",
        ]);
        assert.deepEqual(slugs.filter((slug) => slug.startsWith("network-")).sort(), [
            "network-nat-drops-us-east-1a",
            "network-nat-ports-us-east-1a",
            "network-nat-silent-us-east-1a",
        ]);
        assert.equal(slugs.filter((slug) => slug.startsWith("brokers-")).length, 3 + 2 * 9);
    });
});
