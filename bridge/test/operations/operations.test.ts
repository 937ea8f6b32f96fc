import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { HealthServer } from "../../src/operations/health";
import { forEvent, logger } from "../../src/operations/log";
import { Metrics } from "../../src/operations/metrics";
import { childOf, traceFor, traceOf, traceparentOf } from "../../src/operations/trace";

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const AGENT = { agent: "analyst-0", environment: "test", logLevel: "info" } as const;

describe("traces", () => {
    it("go on under the same id, with a span of their own", () => {
        const parent = traceOf(PARENT);
        const child = childOf(parent);
        assert.equal(child.traceId, parent?.traceId);
        assert.notEqual(child.spanId, parent?.spanId);
        assert.deepEqual(traceOf(traceparentOf(child)), child);
        assert.equal(childOf(traceOf(PARENT.replace(/01$/, "00"))).sampled, false);
    });

    it("begin anew where there is none, and alike for the same event", () => {
        for (const wrong of [
            undefined,
            "",
            "x",
            PARENT.replace(/[^-]*$/, ""),
            `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
            `ff${PARENT.slice(2)}`,
            `${PARENT}-more`,
        ])
            assert.equal(traceOf(wrong), undefined);
        assert.match(traceparentOf(childOf(undefined)), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
        assert.deepEqual(traceFor("one"), traceFor("one"));
        assert.notEqual(traceFor("one").traceId, traceFor("two").traceId);
    });
});

describe("the log", () => {
    it("says what it is about in JSON, with the trace's id, and hides what is secret", () => {
        const lines: string[] = [];
        const log = logger(AGENT, { write: (line) => lines.push(line) });
        const event = { id: "e", session: "s", kind: "message", sender: "analyst-1", traceparent: PARENT };
        forEvent(log, event).warn({ token: "t0k3n", request: { headers: { cookie: "c00kie" } } }, "told");
        log.debug("not at this level");
        assert.equal(lines.length, 1);
        const line = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
        assert.equal(line["level"], "warn");
        assert.equal(line["message"], "told");
        assert.equal(line["agent"], "analyst-0");
        assert.equal(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
        assert.ok(!Number.isNaN(Date.parse(String(line["time"]))));
        assert.doesNotMatch(lines.join(), /t0k3n|c00kie/);
    });
});

interface Options {
    readonly method?: string;
    readonly host?: string;
    readonly headers?: Record<string, string>;
}

function ask(port: number, path: string, { method = "GET", host = "127.0.0.1", headers = {} }: Options = {}) {
    return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const asked = request({ port, host, path, method, headers, agent: false }, (response) => {
            let text = "";
            response.on("data", (chunk: Buffer) => (text += String(chunk)));
            response.on("end", () => resolve({ status: response.statusCode, text }));
        });
        asked.on("error", reject);
        asked.end();
    });
}

describe("the health server", () => {
    let missing: string[] = [];
    let faults: string[] = [];
    let drained: (() => void) | undefined;
    let drains = 0;
    let health: HealthServer;

    beforeEach(async () => {
        [missing, faults, drains] = [[], [], 0];
        health = await HealthServer.start({
            port: 0,
            faults: () => faults,
            missing: () => missing,
            drain: () => {
                drains += 1;
                return new Promise<void>((resolve) => (drained = resolve));
            },
            metrics: (_request, response) => response.end("figures"),
        });
    });
    afterEach(() => health.close());

    it("tells apart what is alive and what is ready, and says what is missing", async () => {
        assert.equal((await ask(health.port, "/healthz")).status, 200);
        assert.equal((await ask(health.port, "/readyz")).status, 200);
        missing = ["the database was not reached yet"];
        const unready = await ask(health.port, "/readyz?verbose");
        assert.equal(unready.status, 503);
        assert.match(unready.text, /database was not reached yet/);
        assert.equal((await ask(health.port, "/healthz")).status, 200);
        faults = ["the outbox is stuck"];
        assert.equal((await ask(health.port, "/healthz")).status, 503);
        assert.equal((await ask(health.port, "/metrics")).text, "figures");
    });

    it("answers a drain when it is done, is not ready from its beginning on, and drains once", async () => {
        const [first, second] = [1, 2].map(() => ask(health.port, "/drain", { method: "POST" }));
        while (drains === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        const unready = await ask(health.port, "/readyz");
        assert.equal(unready.status, 503);
        assert.match(unready.text, /draining/);
        drained?.();
        assert.equal((await first)?.status, 200);
        assert.equal((await second)?.status, 200);
        assert.equal(drains, 1);
    });

    it("lets nobody but the pod itself drain, and no page in its browser", async function () {
        const page = { method: "POST", headers: { origin: "https://example.com" } };
        assert.equal((await ask(health.port, "/drain", page)).status, 403);
        assert.equal((await ask(health.port, "/drain")).status, 405);
        assert.equal((await ask(health.port, "/other")).status, 404);
        const outside = Object.values(networkInterfaces())
            .flatMap((addresses) => addresses ?? [])
            .find(({ internal, family }) => !internal && family === "IPv4");
        if (outside !== undefined)
            assert.equal((await ask(health.port, "/drain", { method: "POST", host: outside.address })).status, 403);
        assert.equal(drains, 0);
    });

    it("says so where its port is taken", async () => {
        const same = { port: health.port, missing: () => [], drain: async () => undefined, metrics: () => undefined };
        await assert.rejects(HealthServer.start(same), /EADDRINUSE/);
    });
});

describe("metrics", () => {
    const log = logger(AGENT, { write: () => undefined });

    async function fetched(metrics: Metrics): Promise<string> {
        const server = createServer((request, response) => metrics.answer(request, response));
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        try {
            return (await ask((server.address() as AddressInfo).port, "/metrics")).text;
        } finally {
            server.close();
        }
    }

    it("are there for Prometheus, with buckets around the promise", async () => {
        const metrics = await Metrics.create({ ...AGENT, collector: undefined, log });
        metrics.read("council-deliberation", 12);
        metrics.read("council-deliberation", -5);
        metrics.turn("answered", 900);
        metrics.retry();
        metrics.deadLetter("agent-messages");
        metrics.duplicate("agent-messages");
        metrics.outbox(4000, 3);
        metrics.observe({ lag: () => [["agent-messages", 7]], sessions: () => 2 });
        metrics.observe({ lanes: () => 5 });
        const text = await fetched(metrics);
        for (const line of [
            'bridge_latency_bucket{topic="council-deliberation",le="10"} 1',
            'bridge_latency_bucket{topic="council-deliberation",le="50"} 2',
            'bridge_latency_sum{topic="council-deliberation"} 12',
            'bridge_turns_total{result="answered"} 1',
            'bridge_turn_duration_bucket{result="answered",le="1000"} 1',
            "bridge_retries_total 1",
            'bridge_dead_letters_total{topic="agent-messages"} 1',
            'bridge_duplicates_total{topic="agent-messages"} 1',
            "bridge_outbox_waiting 3",
            'bridge_lag{topic="agent-messages"} 7',
            "bridge_sessions 2",
            "bridge_lanes_waiting 5",
        ])
            assert.ok(text.includes(`${line}\n`) || text.endsWith(line), `${line} is not in\n${text}`);
        assert.match(text, /^bridge_outbox_age 4(\.\d+)?$/m);
        await metrics.close();
    });

    it("are pushed as differences, with exponential histograms, under the token of the moment", async () => {
        const folder = mkdtempSync(join(tmpdir(), "bridge-metrics-"));
        const tokenFile = join(folder, "token");
        writeFileSync(tokenFile, "first\n");
        const pushes: { token: string | undefined; path: string | undefined; body: string }[] = [];
        let seen: (() => void) | undefined;
        const collector = createServer((asked, response) => {
            let body = "";
            asked.on("data", (chunk: Buffer) => (body += String(chunk)));
            asked.on("end", () => {
                pushes.push({ token: asked.headers.authorization, path: asked.url, body });
                response.writeHead(200, { "content-type": "application/json" }).end("{}");
                seen?.();
            });
        });
        await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
        const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
        const metrics = await Metrics.create({ ...AGENT, collector: { url, tokenFile }, log, pushEvery: 100 });
        const pushed = () => new Promise<void>((resolve) => (seen = resolve));
        metrics.turn("answered", 500);
        metrics.read("agent-messages", 3);
        await pushed();
        writeFileSync(tokenFile, "second");
        metrics.turn("answered", 700);
        await pushed();
        await metrics.close();
        collector.close();
        collector.closeAllConnections();
        rmSync(folder, { recursive: true });
        assert.equal(pushes[0]?.path, "/v1/metrics");
        assert.equal(pushes[0]?.token, "Bearer first");
        assert.equal(pushes.at(-1)?.token, "Bearer second");
        type Point = { asInt?: number | string; asDouble?: number; count?: number };
        type Data = { aggregationTemporality: number; dataPoints: Point[] };
        type Metric = { name: string; sum?: Data; exponentialHistogram?: Data; histogram?: Data };
        const told = pushes.flatMap(({ body }) =>
            (JSON.parse(body) as { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] }).resourceMetrics
                .flatMap(({ scopeMetrics }) => scopeMetrics)
                .flatMap(({ metrics: all }) => all),
        );
        const turns = told.filter(({ name }) => name === "bridge.turns").flatMap(({ sum }) => sum ?? []);
        assert.equal(
            turns
                .flatMap(({ dataPoints }) => dataPoints)
                .reduce((sum, { asInt, asDouble }) => sum + Number(asInt ?? asDouble), 0),
            2,
        );
        const histograms = told.filter(({ name }) => name === "bridge.latency");
        assert.ok(histograms.length > 0);
        for (const { exponentialHistogram, histogram } of histograms) {
            assert.equal(histogram, undefined);
            assert.equal(exponentialHistogram?.aggregationTemporality, 1);
        }
        for (const { aggregationTemporality } of turns) assert.equal(aggregationTemporality, 1);
        assert.match(pushes[0]?.body ?? "", /k8s\.pod\.name.*analyst-0/);
    });

    it("put up with a collector that is not there", async () => {
        const lines: string[] = [];
        const metrics = await Metrics.create({
            ...AGENT,
            collector: { url: "http://127.0.0.1:9", tokenFile: "/nonexistent" },
            log: logger(AGENT, { write: (line) => lines.push(line) }),
            pushEvery: 20,
        });
        metrics.retry();
        await new Promise((resolve) => setTimeout(resolve, 100));
        const started = performance.now();
        await metrics.close(200);
        assert.ok(performance.now() - started < 1000);
        assert.match(await fetched(metrics), /bridge_retries|failed/);
    });
});
