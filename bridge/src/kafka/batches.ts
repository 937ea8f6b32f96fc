import type { Consumer, RecordsBatch } from "@platformatic/kafka";
import type { LogRecord, Place } from "../ports";

/** Attributes of a batch. */
const LOG_APPEND_TIME = 8;
const CONTROL = 32;

export type FetchResponse = Awaited<ReturnType<Consumer["fetch"]>>;

/** Records of a batch, from an offset on. A broker gives whole batches: the first may begin before what was asked for. */
export function recordsOf(place: Place, batch: RecordsBatch, from: bigint): LogRecord[] {
    if ((batch.attributes & CONTROL) !== 0) return [];
    const appended = (batch.attributes & LOG_APPEND_TIME) !== 0;
    return batch.records
        .map(({ offsetDelta, timestampDelta, key, value }) => ({
            ...place,
            offset: batch.firstOffset + BigInt(offsetDelta),
            timestamp: Number(appended ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta),
            key: key === null ? "" : key.toString(),
            value,
        }))
        .filter(({ offset }) => offset >= from);
}

/** The answer that the client takes for a failure, because a part of it is one. */
export function responseOf(error: unknown): FetchResponse | undefined {
    if (typeof error !== "object" || error === null) return undefined;
    if ("response" in error && isResponse(error.response)) return error.response;
    // The client wraps the errors of its tries.
    const inner = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
    return inner.map(responseOf).find((each) => each !== undefined);
}

function isResponse(value: unknown): value is FetchResponse {
    return typeof value === "object" && value !== null && "responses" in value && "sessionId" in value;
}
