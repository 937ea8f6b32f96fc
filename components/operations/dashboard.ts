import type { BridgeMetric } from "../compute/telemetry-config";
import type { TopicKey } from "../coordination/topics";
import type { ConsumerGroup } from "./alarms/brokers";
import type { Metric } from "./alarms/definition";
import * as metrics from "./alarms/metrics";
import { type Row, type Widget, COLUMNS, place } from "./dashboard-layout";

/** All that the dashboard shows, by names that are known. */
export interface DashboardArgs {
    readonly title: string;
    readonly region: string;
    /** ARNs of the composite alarms, one a promise. */
    readonly promises: readonly string[];
    /** ARNs of the alarms by tier. */
    readonly alarms: Readonly<Record<"compute" | "coordination" | "data", readonly string[]>>;
    readonly clusterName: string;
    readonly agentClasses: readonly string[];
    readonly turnSloSeconds: number;
    readonly brokersName: string;
    readonly brokerCount: number;
    readonly topics: Readonly<Record<TopicKey, string>>;
    readonly consumerGroups: readonly ConsumerGroup[];
    readonly clusterIdentifier: string;
    readonly instanceIdentifiers: readonly string[];
    readonly serverless: boolean;
    readonly maxConnections: number;
    readonly proxyName?: string;
    readonly natGateways: readonly { readonly zone: string; readonly id: string }[];
    readonly deliveryStreamName: string;
    readonly dailyVaultName: string;
    readonly vaultName: string;
    readonly interruptionQueueName: string;
    readonly latencySloMs: number;
}

type Line = readonly [label: string, metric: Metric | Calculated];

/** A line that is calculated from metrics, by their ids. */
interface Calculated {
    readonly expression: string;
    readonly metrics: Readonly<Record<string, Metric>>;
}

/** An alarm widget shows a hundred alarms at most. */
const MAX_ALARMS = 100;

/** The body of the dashboard: the promises on top, then the three tiers in the order in which a message meets them. */
export function dashboardBody(args: DashboardArgs): string {
    const widgets = place([...promisesRows(args), ...computeRows(args), ...coordinationRows(args), ...dataRows(args)]);
    return JSON.stringify({ start: "-PT6H", periodOverride: "inherit", widgets });
}

function promisesRows(args: DashboardArgs): Row[] {
    const bridges = (name: BridgeMetric, statistic: string) => metrics.bridge(args.title, name, statistic);
    const latency = bridges("ProduceToConsumeLatency", "p99");
    return [
        heading(
            `# ${args.title}\nRed promises are broken. What to do stands in docs/runbooks.md, by the name in each alarm.`,
            2,
        ),
        ...alarmRows("The promises", args.promises),
        {
            height: 6,
            widgets: [
                graph(
                    args,
                    8,
                    "Produce to consume, ms",
                    [
                        ["p50", { ...latency, statistic: "p50" }],
                        ["p99", latency],
                    ],
                    ["objective", args.latencySloMs],
                ),
                graph(args, 8, "Agents behind, at most", [
                    ["oldest message to be sent, seconds", bridges("OutboxAge", "Maximum")],
                    ["messages not read", bridges("Unread", "Maximum")],
                    ["turns tried again", bridges("Retries", "Sum")],
                    ["dead letters", bridges("DeadLetters", "Sum")],
                ]),
                graph(
                    args,
                    8,
                    "Caretakers behind, seconds",
                    args.consumerGroups.map(({ group, topic }): Line => [
                        `${group}: ${topic}`,
                        metrics.consumer(args.brokersName, group, args.topics[topic], "EstimatedMaxTimeLag", "Maximum"),
                    ]),
                ),
            ],
        },
    ];
}

function computeRows(args: DashboardArgs): Row[] {
    const pods = (name: string, statistic: string) => metrics.containers(args.clusterName, name, statistic);
    return [
        heading("## Tier 1: compute", 1),
        ...alarmRows("Agent, compute and network alarms", args.alarms.compute),
        ...agentRows(args),
        {
            height: 6,
            widgets: [
                graph(args, 6, "Nodes", [
                    ["all", pods("cluster_node_count", "Maximum")],
                    ["unhealthy", pods("cluster_failed_node_count", "Maximum")],
                ]),
                graph(args, 6, "Nodes in use, %", [
                    ["processor, average", pods("node_cpu_utilization", "Average")],
                    ["memory, fullest", pods("node_memory_utilization", "Maximum")],
                    ["disk, fullest", pods("node_filesystem_utilization", "Maximum")],
                ]),
                graph(args, 6, "Pods", [
                    ["running", pods("cluster_number_of_running_pods", "Maximum")],
                    [
                        "without room",
                        metrics.controlPlane(args.clusterName, "scheduler_pending_pods_UNSCHEDULABLE", "Maximum"),
                    ],
                ]),
                graph(args, 6, "Container restarts", [["restarts", pods("pod_number_of_container_restarts", "Sum")]]),
            ],
        },
        {
            height: 6,
            widgets: [
                graph(
                    args,
                    12,
                    "Ways out: ports refused, packets dropped",
                    args.natGateways.flatMap(({ zone, id }): Line[] => [
                        [`${zone} ports`, metrics.nat(id, "ErrorPortAllocation", "Sum")],
                        [`${zone} drops`, metrics.nat(id, "PacketsDropCount", "Sum")],
                    ]),
                ),
                graph(args, 12, "Oldest warning of an interruption, seconds", [
                    ["age", metrics.queue(args.interruptionQueueName, "ApproximateAgeOfOldestMessage", "Maximum")],
                ]),
            ],
        },
    ];
}

function agentRows(args: DashboardArgs): Row[] {
    const reported = (name: string, statistic: string, className?: string) =>
        metrics.agents(args.title, name, statistic, className);
    const byClass = (line: (className: string) => Line[1]): Line[] =>
        args.agentClasses.map((className) => [className, line(className)]);
    return [
        {
            height: 6,
            widgets: [
                graph(
                    args,
                    6,
                    "Agents that report",
                    byClass((className) => ({
                        expression: `reported_${id(className)} / (1000 * PERIOD(reported_${id(className)}))`,
                        metrics: { [`reported_${id(className)}`]: reported("ReportedTime", "Sum", className) },
                    })),
                ),
                graph(
                    args,
                    6,
                    "Turns, ms",
                    [
                        ["p50", reported("TurnDuration", "p50")],
                        ["p95", reported("TurnDuration", "p95")],
                        ["p99", reported("TurnDuration", "p99")],
                        ["model call, average", reported("ModelCallDuration", "Average")],
                    ],
                    ["objective of p95", args.turnSloSeconds * 1000],
                ),
                graph(
                    args,
                    6,
                    "Turns, p95 by class, ms",
                    byClass((className) => reported("TurnDuration", "p95", className)),
                ),
                graph(args, 6, "Turns that fail", [
                    ["turns", reported("TurnDuration", "SampleCount")],
                    ["of them failed", reported("TurnErrors", "Sum")],
                    ["stuck sessions", reported("StuckSessions", "Sum")],
                ]),
            ],
        },
        {
            height: 6,
            widgets: [
                graph(
                    args,
                    6,
                    "Tokens",
                    byClass((className) => reported("Tokens", "Sum", className)),
                ),
                graph(
                    args,
                    6,
                    "Models, US dollars (estimated)",
                    byClass((className) => reported("CostUsd", "Sum", className)),
                ),
                graph(
                    args,
                    6,
                    "Event loop stands still, ms",
                    byClass((className) => reported("EventLoopDelay", "Maximum", className)),
                ),
                graph(
                    args,
                    6,
                    "Memory of an agent at most, bytes",
                    byClass((className) => reported("MemoryRss", "Maximum", className)),
                ),
            ],
        },
    ];
}

/** Ids in calculations have letters, digits and underscores alone. */
function id(className: string): string {
    return className.replaceAll("-", "_");
}

function coordinationRows(args: DashboardArgs): Row[] {
    const cluster = (name: string) => metrics.kafka(args.brokersName, name, "Maximum");
    const brokers = (label: string, name: string, statistic: string): Line[] =>
        Array.from({ length: args.brokerCount }, (_, index) => [
            `${label} ${index + 1}`,
            metrics.broker(args.brokersName, index + 1, name, statistic),
        ]);
    return [
        heading("## Tier 2: coordination", 1),
        ...alarmRows("Broker alarms", args.alarms.coordination),
        {
            height: 6,
            widgets: [
                graph(args, 8, "Partitions in trouble", [
                    ["no leader", cluster("OfflinePartitionsCount")],
                    ...brokers("writes refused, broker", "UnderMinIsrPartitionCount", "Maximum"),
                    ...brokers("replica missing, broker", "UnderReplicatedPartitions", "Maximum"),
                ]),
                graph(args, 8, "Broker processors, user %", brokers("broker", "CpuUser", "Average"), ["too busy", 60]),
                graph(args, 8, "Broker storage used, %", brokers("broker", "KafkaDataLogsDiskUsed", "Maximum"), [
                    "too full",
                    85,
                ]),
            ],
        },
        {
            height: 6,
            widgets: [
                graph(args, 12, "Bytes in and out a second", [
                    ...brokers("in", "BytesInPerSec", "Average"),
                    ...brokers("out", "BytesOutPerSec", "Average"),
                ]),
                graph(args, 12, "Connections", brokers("broker", "ConnectionCount", "Maximum"), ["refused from", 3000]),
            ],
        },
    ];
}

function dataRows(args: DashboardArgs): Row[] {
    const instances = (name: string, statistic: string) =>
        args.instanceIdentifiers.map((identifier): Line => [identifier, metrics.instance(identifier, name, statistic)]);
    const archive = (name: string) => metrics.firehose(args.deliveryStreamName, name, "Maximum");
    const proxyLines: Line[] =
        args.proxyName === undefined
            ? []
            : [["proxy clients", metrics.proxy(args.proxyName, "ClientConnections", "Sum")]];
    return [
        heading("## Tier 3: data", 1),
        ...alarmRows("Database, archive and backup alarms", args.alarms.data),
        {
            height: 6,
            widgets: [
                graph(args, 6, "Database processors, %", instances("CPUUtilization", "Average"), ["too busy", 80]),
                args.serverless
                    ? graph(args, 6, "Capacity used, %", instances("ACUUtilization", "Average"), ["too busy", 90])
                    : graph(args, 6, "Memory free, bytes", instances("FreeableMemory", "Minimum")),
                graph(
                    args,
                    6,
                    "Connections",
                    [...instances("DatabaseConnections", "Maximum"), ...proxyLines],
                    ["refused from", args.maxConnections],
                ),
                graph(args, 6, "Reader behind writer, ms", [
                    ["reader", metrics.role(args.clusterIdentifier, "READER", "AuroraReplicaLag", "Maximum")],
                ]),
            ],
        },
        {
            height: 6,
            widgets: [
                graph(
                    args,
                    8,
                    "Oldest decision not yet archived, seconds",
                    [["age", archive("DeliveryToS3.DataFreshness")]],
                    ["too old", 900],
                ),
                graph(args, 8, "Decisions not yet read by the archive", [["decisions", archive("KafkaOffsetLag")]]),
                graph(args, 8, "Backups", [
                    ["completed, daily", metrics.vault(args.dailyVaultName, "NumberOfBackupJobsCompleted", "Sum")],
                    ["failed, daily", metrics.vault(args.dailyVaultName, "NumberOfBackupJobsFailed", "Sum")],
                    ["completed, monthly", metrics.vault(args.vaultName, "NumberOfBackupJobsCompleted", "Sum")],
                    ["failed, monthly", metrics.vault(args.vaultName, "NumberOfBackupJobsFailed", "Sum")],
                ]),
            ],
        },
    ];
}

function heading(markdown: string, height: number): Row {
    return { height, widgets: [{ type: "text", width: COLUMNS, properties: { markdown } }] };
}

function alarmRows(title: string, alarms: readonly string[]): Row[] {
    const rows: Row[] = [];
    for (let first = 0; first < alarms.length; first += MAX_ALARMS) {
        const shown = alarms.slice(first, first + MAX_ALARMS);
        const widget: Widget = { type: "alarm", width: COLUMNS, properties: { title, alarms: shown } };
        // A row of the widget holds about six alarms.
        rows.push({ height: Math.min(12, 1 + Math.ceil(shown.length / 6)), widgets: [widget] });
    }
    return rows;
}

function graph(
    { region }: DashboardArgs,
    width: number,
    title: string,
    lines: readonly Line[],
    limit?: readonly [label: string, value: number],
): Widget {
    return {
        type: "metric",
        width,
        properties: {
            title,
            region,
            view: "timeSeries",
            period: 300,
            yAxis: { left: { min: 0, showUnits: false } },
            metrics: lines.flatMap(([label, drawn]) =>
                "expression" in drawn
                    ? [
                          [{ expression: drawn.expression, label }],
                          ...Object.entries(drawn.metrics).map(([key, metric]) =>
                              source(metric, { id: key, visible: false }),
                          ),
                      ]
                    : [source(drawn, { label })],
            ),
            ...(limit ? { annotations: { horizontal: [{ label: limit[0], value: limit[1] }] } } : {}),
        },
    };
}

function source(
    { namespace, name, dimensions, statistic }: Metric,
    options: Readonly<Record<string, unknown>>,
): unknown[] {
    return [namespace, name, ...Object.entries(dimensions).flat(), { ...options, stat: statistic }];
}
