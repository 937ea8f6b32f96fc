import { z } from "zod";
import { type Envelope, envelope } from "./envelope";
import { timeOf } from "./ids";
import { LARGEST_MESSAGE } from "./names";

/** Clocks of agents and brokers differ by seconds; an id that says otherwise is made up. Unit: milliseconds. */
const CLOCK_TOLERANCE = 5 * 60_000;

/** Deepest nesting that is read: what checks and writes values calls itself for each level, and has a limited stack. */
const DEEPEST = 100;

/** What is written on the brokers: it is what the contract says, or why it is not. */
export type Reading =
    { readonly ok: true; readonly envelope: Envelope } | { readonly ok: false; readonly reason: string };

/**
 * Reads a message. Never throws, whatever the bytes are.
 *
 * @param timestamp of the record
 */
export function readEnvelope(value: Uint8Array | null | undefined, timestamp: number): Reading {
    if (value === null || value === undefined || value.length === 0) return refused("it is empty");
    if (value.length > LARGEST_MESSAGE)
        return refused(`it has ${value.length} bytes; at most ${LARGEST_MESSAGE} are read`);
    let json: unknown;
    try {
        json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
    } catch {
        return refused("it is not JSON in UTF-8");
    }
    if (isDeep(json)) return refused(`it is nested more than ${DEEPEST} levels deep`);
    const result = envelope.safeParse(json);
    if (!result.success)
        return refused(
            z
                .prettifyError(result.error)
                .replace(/\s*\n\s*/g, " ")
                .slice(0, 1000),
        );
    const ahead = timeOf(result.data.id) - timestamp;
    if (ahead > CLOCK_TOLERANCE) return refused(`its id is ${Math.round(ahead / 1000)} s ahead of the brokers' clock`);
    return { ok: true, envelope: result.data };
}

export function writeEnvelope(message: Envelope): Buffer {
    return Buffer.from(JSON.stringify(message));
}

/** Level by level, so that it needs no stack itself. */
function isDeep(json: unknown): boolean {
    let level = [json];
    for (let depth = 0; level.length > 0; depth++) {
        if (depth > DEEPEST) return true;
        level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
    }
    return false;
}

function refused(reason: string): Reading {
    return { ok: false, reason };
}
