import type { IncomingMessage, ServerResponse } from "node:http";
import { diag, type Histogram, type Counter } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { type IMetricReader, MeterProvider } from "@opentelemetry/sdk-metrics";
import type { Topic } from "../contract/names";
import type { CollectorSettings } from "../settings";
import type { Logger } from "./log";

export interface MetricsOptions {
    readonly agent: string;
    readonly environment: string;
    /** Where metrics are pushed to; undefined: nowhere, they are only there to be fetched. */
    readonly collector: CollectorSettings | undefined;
    readonly log: Logger;
    /** Time between two pushes. Unit: ms, default: 60,000. */
    readonly pushEvery?: number;
}

/** How a turn of the gateway ended. */
export type TurnOutcome = "answered" | "refused" | "failed" | "unavailable";

/** Bounds of the buckets that Prometheus sees; the promise is 50 ms at p99. Unit: ms. */
const LATENCY_BOUNDS = [1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 250, 500, 1000, 5000, 30_000];
const TURN_BOUNDS = [250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000];

/**
 * What the bridge counts and measures, under one meter: to be fetched by Prometheus, and pushed to the collector where there is
 * one.
 */
export class Metrics {
    readonly #provider: MeterProvider;
    readonly #prometheus: PrometheusExporter;
    readonly #latency: Histogram;
    readonly #turns: Counter;
    readonly #turnDuration: Histogram;
    readonly #retries: Counter;
    readonly #deadLetters: Counter;
    readonly #duplicates: Counter;
    #outbox = { oldest: 0, waiting: 0 };
    #sources: Sources = {};

    private constructor(provider: MeterProvider, prometheus: PrometheusExporter) {
        this.#provider = provider;
        this.#prometheus = prometheus;
        const meter = provider.getMeter("openclaw-bridge");
        this.#latency = meter.createHistogram("bridge.latency", {
            description: "From production of a message to its being read, before the model",
            unit: "ms",
            advice: { explicitBucketBoundaries: LATENCY_BOUNDS },
        });
        this.#turns = meter.createCounter("bridge.turns", { description: "Turns of the gateway, by result" });
        this.#turnDuration = meter.createHistogram("bridge.turn.duration", {
            description: "Turns of the gateway, from input to answer",
            unit: "ms",
            advice: { explicitBucketBoundaries: TURN_BOUNDS },
        });
        this.#retries = meter.createCounter("bridge.retries", { description: "Turns that are tried again" });
        this.#deadLetters = meter.createCounter("bridge.dead_letters", {
            description: "Messages that cannot be handled, sent to dead-letters",
        });
        this.#duplicates = meter.createCounter("bridge.duplicates", {
            description: "Messages that were read again and not handled again",
        });
        const gauge = (name: string, description: string, unit: string, read: () => number) =>
            meter
                .createObservableGauge(`bridge.${name}`, { description, unit })
                .addCallback((result) => result.observe(read()));
        gauge("outbox.age", "Age of the oldest message that waits to be sent", "s", () => this.#outboxAge());
        gauge("outbox.waiting", "Messages that wait to be sent", "", () => this.#outbox.waiting);
        gauge("sessions", "Sessions that this agent follows", "", () => this.#sources.sessions?.() ?? 0);
        gauge(
            "lanes.waiting",
            "Messages that were read and are not handled yet",
            "",
            () => this.#sources.lanes?.() ?? 0,
        );
        meter
            .createObservableGauge("bridge.lag", { description: "Records that are not read yet, by topic" })
            .addCallback((result) => {
                for (const [topic, lag] of this.#sources.lag?.() ?? []) result.observe(lag, { topic });
            });
    }

    static async create({ agent, environment, collector, log, pushEvery }: MetricsOptions): Promise<Metrics> {
        const tell = (text: string, ...more: unknown[]) =>
            log.warn({ metrics: [text, ...more.map(String)].join(" ") }, "metrics");
        const silent = () => undefined;
        // Set twice it would complain about itself.
        diag.disable();
        diag.setLogger({ error: tell, warn: tell, info: silent, debug: silent, verbose: silent });
        const prometheus = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
        const readers: IMetricReader[] = [prometheus];
        if (collector !== undefined) {
            // Six megabytes that a bridge without a collector does not need.
            const { pushing } = await import("./push");
            readers.push(pushing(collector, pushEvery));
        }
        const resource = resourceFromAttributes({
            "service.name": "openclaw-bridge",
            "k8s.pod.name": agent,
            "deployment.environment.name": environment,
        });
        return new Metrics(new MeterProvider({ resource, readers }), prometheus);
    }

    /** A message was read. Clocks of producer and reader may differ: what seems to come from the future took no time. */
    read(topic: Topic, latencyMs: number): void {
        this.#latency.record(Math.max(latencyMs, 0), { topic });
    }

    turn(result: TurnOutcome, milliseconds: number): void {
        this.#turns.add(1, { result });
        this.#turnDuration.record(milliseconds, { result });
    }

    retry(): void {
        this.#retries.add(1);
    }

    /** @param topic that the message came from */
    deadLetter(topic: Topic): void {
        this.#deadLetters.add(1, { topic });
    }

    duplicate(topic: Topic): void {
        this.#duplicates.add(1, { topic });
    }

    /** What the outbox was like when it was last looked at. Where nobody can look any more, its oldest message still ages. */
    outbox(ageMs: number, waiting: number): void {
        this.#outbox = { oldest: Date.now() - ageMs, waiting };
    }

    /** Where to ask for what is a state and no event. */
    observe(sources: Sources): void {
        this.#sources = { ...this.#sources, ...sources };
    }

    /** Answers a request of Prometheus. */
    answer(request: IncomingMessage, response: ServerResponse): void {
        this.#prometheus.getMetricsRequestHandler(request, response);
    }

    /** Pushes what was not pushed yet, as far as that goes in this time, and ends. Unit: ms. */
    async close(within = 3000): Promise<void> {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, within)));
        // Without the collector there is nothing more to do about it: the next bridge's figures will come.
        await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
        clearTimeout(timer);
    }

    #outboxAge(): number {
        return this.#outbox.waiting === 0 ? 0 : Math.max(Date.now() - this.#outbox.oldest, 0) / 1000;
    }
}

/** Asked whenever metrics are collected. */
export interface Sources {
    /** Records that are not read yet, by topic. */
    readonly lag?: () => Iterable<readonly [Topic, number]>;
    /** Sessions that are followed. */
    readonly sessions?: () => number;
    /** Messages that wait in lanes. */
    readonly lanes?: () => number;
}
