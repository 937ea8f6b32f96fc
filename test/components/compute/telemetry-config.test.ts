import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import {
    AGENT_METRICS,
    COLLECTOR_HOST,
    COLLECTOR_URL,
    FROM_BRIDGES,
    FROM_METRICS,
    collectorConfig,
} from "../../../components/compute/telemetry-config";

const config = collectorConfig({
    environment: "openclaw-test",
    region: "us-east-1",
    logGroupName: "/openclaw-test/agents",
});

/** The condition by which metrics are dropped because nobody named them. */
const known = (): RegExp => {
    const condition = config.processors["filter/metrics"].metrics.metric[0] ?? "";
    const pattern = /^not IsMatch\(metric\.name, "(.+)"\)$/.exec(condition)?.[1];
    assert.ok(pattern, condition);
    return new RegExp(pattern);
};

describe("collectorConfig", () => {
    it("lets nobody in without a token, and takes nothing in the clear", () => {
        const { http } = config.receivers.otlp.protocols;
        assert.deepEqual(Object.keys(config.receivers.otlp.protocols), ["http"]);
        assert.deepEqual(http.auth, { authenticator: "bearertokenauth" });
        assert.equal(http.tls.min_version, "1.3");
        assert.ok(config.service.extensions.includes("bearertokenauth"));
        assert.equal(COLLECTOR_URL, `https://${COLLECTOR_HOST}:4318`);
    });

    it("learns the class from the token before anything else could say it, in both ways in", () => {
        for (const pipeline of [config.service.pipelines.metrics, config.service.pipelines.traces]) {
            assert.deepEqual(pipeline.receivers, ["otlp"]);
            assert.deepEqual(pipeline.processors.slice(0, 3), ["memory_limiter", "resource", "transform/identity"]);
        }
        assert.deepEqual(config.processors.resource.attributes, [
            { key: "presented", from_context: "metadata.authorization", action: "upsert" },
        ]);
        const { metric_statements: metrics, trace_statements: traces } = config.processors["transform/identity"];
        for (const statements of [metrics, traces]) {
            assert.match(statements[0] ?? "", /^set\(resource\.attributes\["Class"\], ExtractPatterns\(.*"presented"/);
            assert.match(
                statements.at(-1) ?? "",
                /^keep_keys\(resource\.attributes, \["Environment", "Class", "Agent"/,
            );
        }
    });

    it("passes on the metrics that it names and no other, whatever an agent makes up", () => {
        for (const source of Object.values(FROM_METRICS)) assert.match(source, known());
        for (const name of ["openclaw.session.state", "openclawXtokens", "openclaw.tokens.x", "TurnDuration", ""]) {
            assert.doesNotMatch(name, known());
        }
    });

    it("drops running totals, which several collectors could not turn into differences", () => {
        assert.equal(
            config.processors["filter/metrics"].metrics.metric[1],
            "metric.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE",
        );
        assert.equal(config.connectors.span_metrics.aggregation_temporality, "AGGREGATION_TEMPORALITY_DELTA");
    });

    it("makes no metric an agent: dimensions are the environment and its classes", () => {
        const { metric_declarations: declarations, dimension_rollup_option: rollup } = config.exporters.awsemf;
        assert.equal(rollup, "NoDimensionRollup");
        assert.deepEqual(declarations, [
            {
                dimensions: [["Environment"], ["Environment", "Class"]],
                metric_name_selectors: [`^(${AGENT_METRICS.join("|")})$`],
            },
        ]);
        assert.equal(new Set(AGENT_METRICS).size, 10);
    });

    it("passes on what bridges report, under names of its own, by the environment alone", () => {
        const [unknown, totals] = config.processors["filter/bridges"].metrics.metric;
        assert.equal(totals, "metric.aggregation_temporality == AGGREGATION_TEMPORALITY_CUMULATIVE");
        const pattern = new RegExp(/^not IsMatch\(metric\.name, "(.+)"\)$/.exec(unknown ?? "")?.[1] ?? "");
        for (const source of Object.values(FROM_BRIDGES)) assert.match(source, pattern);
        for (const name of ["bridge.turns", "bridge.latency.x", "bridgeXlag", "openclaw.tokens"]) {
            assert.doesNotMatch(name, pattern);
        }
        assert.deepEqual(
            config.processors["transform/bridges"].metric_statements.flatMap(({ statements }) => statements),
            Object.entries(FROM_BRIDGES).map(
                ([name, source]) => `set(metric.name, "${name}") where metric.name == "${source}"`,
            ),
        );
        const { namespace, log_stream_name: stream, metric_declarations } = config.exporters["awsemf/bridges"];
        assert.equal(namespace, "OpenClaw/Bridge");
        assert.notEqual(stream, config.exporters.awsemf.log_stream_name, "two writers on a stream wait for each other");
        assert.deepEqual(metric_declarations, [
            {
                dimensions: [["Environment"]],
                metric_name_selectors: [`^(${Object.keys(FROM_BRIDGES).join("|")})$`],
            },
        ]);
        const { metrics, "metrics/bridges": bridges } = config.service.pipelines;
        assert.deepEqual(bridges.processors.slice(0, 3), metrics.processors.slice(0, 3), "the class is the token's");
    });

    it("has the bridges' metrics by the names that they have there", () => {
        const source = readFileSync("bridge/src/operations/metrics.ts", "utf8");
        for (const name of Object.values(FROM_BRIDGES)) {
            const known = [`"${name}"`, `"${name.replace("bridge.", "")}"`].some((text) => source.includes(text));
            assert.ok(known, name);
        }
    });

    it("adds up what would carry the same labels, so that the exporter drops none of it", () => {
        for (const transform of ["transform/metrics", "transform/turns"] as const) {
            const [first, second] = config.processors[transform].metric_statements;
            assert.deepEqual(first?.statements, ["set(datapoint.start_time_unix_nano, 0)"]);
            assert.match(second?.statements[0] ?? "", /^aggregate_on_attributes\("sum", /);
        }
    });

    it("measures turns in buckets that fit into one event, for histograms of another scale would stay apart", () => {
        const { histogram, dimensions, calls_dimensions: calls } = config.connectors.span_metrics;
        assert.deepEqual(histogram, { unit: "ms", exponential: { max_size: 100 } });
        assert.deepEqual(
            dimensions.map(({ name }) => name),
            ["Environment", "Class", "Agent"],
        );
        assert.deepEqual(calls, [{ name: "openclaw.outcome" }]);
    });

    it("uses only what it defines", () => {
        const defined = {
            receivers: [...Object.keys(config.receivers), ...Object.keys(config.connectors)],
            processors: Object.keys(config.processors),
            exporters: [...Object.keys(config.exporters), ...Object.keys(config.connectors)],
        };
        const used = { receivers: new Set<string>(), processors: new Set<string>(), exporters: new Set<string>() };
        for (const pipeline of Object.values(config.service.pipelines)) {
            pipeline.receivers.forEach((name) => used.receivers.add(name));
            pipeline.processors.forEach((name) => used.processors.add(name));
            pipeline.exporters.forEach((name) => used.exporters.add(name));
        }
        for (const kind of ["receivers", "processors", "exporters"] as const) {
            assert.deepEqual([...used[kind]].sort(), defined[kind].sort(), kind);
        }
        assert.deepEqual([...config.service.extensions].sort(), Object.keys(config.extensions).sort());
    });
});
