import { readFile } from "node:fs/promises";
import { AggregationTemporalityPreference, OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import {
    type AggregationOption,
    AggregationType,
    type IMetricReader,
    InstrumentType,
    PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import type { CollectorSettings } from "../settings";

/** CloudWatch's exporter writes at most so many buckets into one event. */
const BUCKETS = 100;

/**
 * Pushes metrics to the collector, as it wants them: differences since the last push, for it takes no totals, and histograms
 * whose buckets are fine wherever the values lie, so that percentiles can be read from them.
 *
 * @param every time between two pushes. Unit: ms
 */
export function pushing({ url, tokenFile }: CollectorSettings, every = 60_000): IMetricReader {
    const exporter = new OTLPMetricExporter({
        url: `${url}/v1/metrics`,
        headers: () => authorization(tokenFile),
        timeoutMillis: Math.min(10_000, every),
        temporalityPreference: AggregationTemporalityPreference.DELTA,
        aggregationPreference: (type): AggregationOption =>
            type === InstrumentType.HISTOGRAM
                ? { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: BUCKETS, recordMinMax: true } }
                : { type: AggregationType.DEFAULT },
    });
    return new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: every,
        exportTimeoutMillis: Math.min(20_000, every),
    });
}

/** The token is read anew each time: it is replaced while bridges run. Without it the collector says no, and says so. */
async function authorization(tokenFile: string | undefined): Promise<Record<string, string>> {
    if (tokenFile === undefined) return {};
    const token = await readFile(tokenFile, "utf8").catch(() => "");
    return token.trim() === "" ? {} : { authorization: `Bearer ${token.trim()}` };
}
