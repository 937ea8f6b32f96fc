import { createHash, randomBytes } from "node:crypto";

/*
 * W3C Trace Context. Spans are the gateway's to tell; the bridge only hands traces on, so that a council's turns in all of its
 * members' pods are one trace, and writes their ids into its log.
 */

/** A place in a trace. */
export interface Trace {
    /** 32 hexadecimal digits. */
    readonly traceId: string;
    /** 16 hexadecimal digits. */
    readonly spanId: string;
    /** Whether spans of this trace are kept. */
    readonly sampled: boolean;
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a traceparent; undefined where it is none, which begins a trace of its own. */
export function traceOf(traceparent: string | undefined): Trace | undefined {
    const found = TRACEPARENT.exec(traceparent ?? "");
    if (found === null) return undefined;
    const [, version, traceId = "", spanId = "", flags = "", more] = found;
    // Version 0 has exactly four parts; later ones may have more.
    if (version === "00" && more !== undefined) return undefined;
    return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The next step of a trace, or the first of a new one. */
export function childOf(parent: Trace | undefined): Trace {
    return {
        traceId: parent?.traceId ?? randomBytes(16).toString("hex"),
        spanId: randomBytes(8).toString("hex"),
        sampled: parent?.sampled ?? true,
    };
}

/** The trace of what has none: the same for whoever works it out, so that what follows from one event is one trace. */
export function traceFor(eventId: string): Trace {
    const digest = createHash("sha256").update(eventId).digest("hex");
    return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48), sampled: true };
}

export function traceparentOf({ traceId, spanId, sampled }: Trace): string {
    return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}
