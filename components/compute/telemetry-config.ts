/** Where telemetry is collected. Policies, the runtime of agents and alarms agree by these names. */
export const TELEMETRY_NAMESPACE = "openclaw-telemetry";
export const COLLECTOR = "collector";
export const COLLECTOR_PORT = 4318;
export const COLLECTOR_HEALTH_PORT = 13133;
/** The job that gives each class its token. */
export const ACCESS_JOB = "mint-access";
/** The host name that the collector's certificate is for. */
export const COLLECTOR_HOST = `${COLLECTOR}.${TELEMETRY_NAMESPACE}.svc.cluster.local`;
/** OTLP over HTTPS: traces go to `/v1/traces`, metrics to `/v1/metrics`. */
export const COLLECTOR_URL = `https://${COLLECTOR_HOST}:${COLLECTOR_PORT}`;

/** Secret in the namespace of each class: what an agent needs to report, and nothing else. Made by the job. */
export const TELEMETRY_SECRET = { name: "telemetry", token: "token", certificate: "ca.crt" } as const;
/** Secret of the collector: the tokens it accepts, one a line, and its certificate. Made by the job. */
export const COLLECTOR_SECRET = {
    name: COLLECTOR,
    tokens: "tokens",
    certificate: "tls.crt",
    privateKey: "tls.key",
    mountPath: "/etc/collector/access",
} as const;

/** CloudWatch's namespace of everything that agents report. */
export const METRICS_NAMESPACE = "OpenClaw/Agents";

/** CloudWatch's namespace of what their bridges report. */
export const BRIDGE_NAMESPACE = "OpenClaw/Bridge";

/**
 * Which of the bridges' metrics are passed on (bridge/src/operations/metrics.ts), by their name in CloudWatch. Over all agents of the
 * environment; the agent and the topic are fields of the log event.
 */
export const FROM_BRIDGES = {
    /** From production of a message to its being read. Unit: ms. */
    ProduceToConsumeLatency: "bridge.latency",
    /** Age of the oldest message that an agent has yet to send. Unit: s. */
    OutboxAge: "bridge.outbox.age",
    /** Messages to an agent that it has not read yet. */
    Unread: "bridge.lag",
    /** Turns that are tried again. */
    Retries: "bridge.retries",
    /** Messages that nobody can handle. */
    DeadLetters: "bridge.dead_letters",
} as const;

export type BridgeMetric = keyof typeof FROM_BRIDGES;

/** CloudWatch's metrics of agents. There are so many for the environment and for each class, however many agents there are. */
export type AgentMetric =
    | "ReportedTime"
    | "TurnDuration"
    | "TurnErrors"
    | "ModelCallDuration"
    | "Tokens"
    | "CostUsd"
    | "StuckSessions"
    | "EventLoopDelay"
    | "MemoryRss"
    | "DroppedDiagnostics";

/**
 * Which of OpenClaw's metrics are passed on, and under which name; every other one is dropped (2026.9, documentation
 * gateway/opentelemetry/model-calls-and-metrics). Turns are counted from spans instead, see {@link collectorConfig}.
 */
export const FROM_METRICS: Readonly<Partial<Record<AgentMetric, string>>> = {
    // Grows by 1,000 a second for as long as the gateway's event loop runs, at work or not: an agent's sign of life.
    ReportedTime: "openclaw.gateway.event_loop.observed_ms",
    EventLoopDelay: "openclaw.gateway.event_loop.delay_max_ms",
    ModelCallDuration: "openclaw.model_call.duration_ms",
    Tokens: "openclaw.tokens",
    CostUsd: "openclaw.cost.usd",
    StuckSessions: "openclaw.session.stuck",
    MemoryRss: "openclaw.memory.rss_bytes",
    DroppedDiagnostics: "openclaw.diagnostic.async_queue.dropped",
};

export const AGENT_METRICS: readonly AgentMetric[] = [...keysOf(FROM_METRICS), "TurnDuration", "TurnErrors"];

/** The span of one attempt at a turn, whether it succeeds or not (gateway/opentelemetry/spans-and-events). */
const TURN_SPAN = "openclaw.harness.run";
const OUTCOME = "openclaw.outcome";
/** Outcomes that are faults; the others are `completed` and `aborted`, which somebody wanted. */
const FAULTS = ["error", "timed_out"];
/** Kinds of tokens that are sums of the others: counted in, every token would count twice. */
const TOKEN_SUMS = ["prompt", "total"];

/** Arguments of {@link collectorConfig}. */
export interface CollectorConfigArgs {
    /** The platform's name: value of the dimension `Environment`. */
    readonly environment: string;
    readonly region: string;
    readonly logGroupName: string;
}

/**
 * Configuration of the OpenTelemetry collector (contrib 0.159).
 *
 * Who speaks is known from the token, not from what an agent says of itself: a token begins with the name of its class, and the
 * extension has compared all of it before the name is read.
 *
 * Metrics come as differences of the last minute, so that a collector keeps no state of agents and any of them may answer.
 * CloudWatch adds them up by `Environment` and `Class`; the agent is a field of the log event, for queries, and no
 * dimension. A metric that comes as a running total is dropped: rather silence, which calls, than wrong sums, which do not.
 *
 * Percentiles need single values or fine buckets, and CloudWatch gets neither from OpenClaw's histograms: the exporter makes
 * count, sum, minimum and maximum of them. So turns are measured by their spans, in exponential histograms, which the
 * exporter passes on as values and counts. The spans end there.
 */
export function collectorConfig({ environment, region, logGroupName }: CollectorConfigArgs) {
    const identity = [
        'set(resource.attributes["Class"], ' +
            'ExtractPatterns(resource.attributes["presented"], "^Bearer (?P<class>[a-z0-9-]+)[.]")["class"])',
        'set(resource.attributes["Agent"], "unknown")',
        'set(resource.attributes["Agent"], resource.attributes["k8s.pod.name"]) ' +
            'where IsMatch(resource.attributes["k8s.pod.name"], "^[a-z0-9-]{1,20}-[0-9]{1,4}$")',
        `set(resource.attributes["Environment"], "${environment}")`,
    ];
    const known = anyOf(Object.values(FROM_METRICS));
    const tokenSums = TOKEN_SUMS.map((kind) => `datapoint.attributes["openclaw.token"] == "${kind}"`).join(" or ");
    const faults = FAULTS.map((outcome) => `datapoint.attributes["${OUTCOME}"] == "${outcome}"`).join(" or ");
    const events = {
        region,
        log_group_name: logGroupName,
        resource_to_telemetry_conversion: { enabled: true },
        dimension_rollup_option: "NoDimensionRollup",
        max_retries: 5,
    };
    return {
        extensions: {
            health_check: { endpoint: `0.0.0.0:${COLLECTOR_HEALTH_PORT}` },
            bearertokenauth: { filename: `${COLLECTOR_SECRET.mountPath}/${COLLECTOR_SECRET.tokens}` },
        },
        receivers: {
            otlp: {
                protocols: {
                    http: {
                        endpoint: `0.0.0.0:${COLLECTOR_PORT}`,
                        auth: { authenticator: "bearertokenauth" },
                        // The token is read again further down.
                        include_metadata: true,
                        max_request_body_size: 4 * 1024 * 1024,
                        tls: {
                            cert_file: `${COLLECTOR_SECRET.mountPath}/${COLLECTOR_SECRET.certificate}`,
                            key_file: `${COLLECTOR_SECRET.mountPath}/${COLLECTOR_SECRET.privateKey}`,
                            min_version: "1.3",
                            reload_interval: "1h",
                        },
                    },
                },
            },
        },
        processors: {
            // Says no before memory is full; agents try again.
            memory_limiter: { check_interval: "1s", limit_percentage: 75, spike_limit_percentage: 20 },
            resource: {
                attributes: [{ key: "presented", from_context: "metadata.authorization", action: "upsert" }],
            },
            "transform/identity": {
                error_mode: "propagate",
                metric_statements: [...identity, 'keep_keys(resource.attributes, ["Environment", "Class", "Agent"])'],
                trace_statements: [
                    ...identity,
                    // The connector passes over spans of no service.
                    'set(resource.attributes["service.name"], "openclaw")',
                    'keep_keys(resource.attributes, ["Environment", "Class", "Agent", "service.name"])',
                ],
            },
            "filter/metrics": {
                error_mode: "propagate",
                metrics: {
                    metric: [
                        `not IsMatch(metric.name, "${known}")`,
                        "metric.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE",
                    ],
                    datapoint: [`metric.name == "${FROM_METRICS.Tokens}" and (${tokenSums})`],
                },
            },
            "transform/metrics": {
                error_mode: "propagate",
                metric_statements: [...addUp([]), { context: "metric", statements: renamed(FROM_METRICS) }],
            },
            "filter/bridges": {
                error_mode: "propagate",
                metrics: {
                    metric: [
                        `not IsMatch(metric.name, "${anyOf(Object.values(FROM_BRIDGES))}")`,
                        "metric.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE",
                    ],
                },
            },
            "transform/bridges": {
                error_mode: "propagate",
                // Not added up: each point of a bridge has labels of its own, and histograms of different scale would stay apart.
                metric_statements: [{ context: "metric", statements: renamed(FROM_BRIDGES) }],
            },
            "filter/turns": {
                error_mode: "propagate",
                traces: { span: [`span.name != "${TURN_SPAN}"`] },
            },
            "filter/faults": {
                error_mode: "propagate",
                metrics: { datapoint: [`metric.name == "turns.calls" and not (${faults})`] },
            },
            "transform/turns": {
                error_mode: "propagate",
                metric_statements: [
                    ...addUp(["Environment", "Class", "Agent"]),
                    {
                        context: "metric",
                        statements: [
                            'set(metric.name, "TurnDuration") where metric.name == "turns.duration"',
                            'set(metric.name, "TurnErrors") where metric.name == "turns.calls"',
                        ],
                    },
                    { context: "resource", statements: ["keep_keys(resource.attributes, [])"] },
                ],
            },
            batch: { timeout: "10s", send_batch_size: 1024 },
        },
        connectors: {
            span_metrics: {
                namespace: "turns",
                // The exporter writes at most 100 buckets into one event.
                histogram: { unit: "ms", exponential: { max_size: 100 } },
                aggregation_temporality: "AGGREGATION_TEMPORALITY_DELTA",
                metrics_flush_interval: "60s",
                metrics_expiration: "5m",
                dimensions: [{ name: "Environment" }, { name: "Class" }, { name: "Agent" }],
                // Not of the durations: histograms of different scale are not added up.
                calls_dimensions: [{ name: OUTCOME }],
                exclude_dimensions: ["service.name", "span.name", "span.kind", "status.code", "collector.instance.id"],
            },
        },
        exporters: {
            awsemf: {
                ...events,
                namespace: METRICS_NAMESPACE,
                log_stream_name: "${env:POD_NAME}",
                metric_declarations: [
                    {
                        dimensions: [["Environment"], ["Environment", "Class"]],
                        metric_name_selectors: [`^(${AGENT_METRICS.join("|")})$`],
                    },
                ],
            },
            "awsemf/bridges": {
                ...events,
                namespace: BRIDGE_NAMESPACE,
                // Two that write to one stream would wait for each other.
                log_stream_name: "${env:POD_NAME}-bridges",
                metric_declarations: [
                    { dimensions: [["Environment"]], metric_name_selectors: [anyOf(Object.keys(FROM_BRIDGES))] },
                ],
            },
        },
        service: {
            extensions: ["health_check", "bearertokenauth"],
            pipelines: {
                metrics: {
                    receivers: ["otlp"],
                    processors: [
                        "memory_limiter",
                        "resource",
                        "transform/identity",
                        "filter/metrics",
                        "transform/metrics",
                        "batch",
                    ],
                    exporters: ["awsemf"],
                },
                "metrics/bridges": {
                    receivers: ["otlp"],
                    processors: [
                        "memory_limiter",
                        "resource",
                        "transform/identity",
                        "filter/bridges",
                        "transform/bridges",
                        "batch",
                    ],
                    exporters: ["awsemf/bridges"],
                },
                traces: {
                    receivers: ["otlp"],
                    processors: ["memory_limiter", "resource", "transform/identity", "filter/turns"],
                    exporters: ["span_metrics"],
                },
                "metrics/turns": {
                    receivers: ["span_metrics"],
                    processors: ["filter/faults", "transform/turns", "batch"],
                    exporters: ["awsemf"],
                },
            },
            telemetry: { logs: { encoding: "json" }, metrics: { level: "none" } },
        },
    };
}

/**
 * Adds up the points of a metric that have the same values of these attributes. Of two points with the same labels and time
 * the exporter would keep one (awsemf: duplicate metric). Points that began at different times count as different, so the
 * beginning, which no one reads, goes first.
 */
function addUp(attributes: readonly string[]) {
    return [
        { context: "datapoint", statements: ["set(datapoint.start_time_unix_nano, 0)"] },
        { context: "metric", statements: [`aggregate_on_attributes("sum", ${JSON.stringify(attributes)})`] },
    ];
}

function keysOf(record: Readonly<Partial<Record<AgentMetric, string>>>): AgentMetric[] {
    return Object.keys(record).filter((key): key is AgentMetric => key in record);
}

/** The whole of any of these names. */
function anyOf(names: readonly string[]): string {
    return `^(${names.map(escape).join("|")})$`;
}

function renamed(from: Readonly<Record<string, string>>): string[] {
    return Object.entries(from).map(([name, source]) => `set(metric.name, "${name}") where metric.name == "${source}"`);
}

function escape(text: string): string {
    return text.replaceAll(".", "[.]");
}
