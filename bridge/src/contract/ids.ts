import { createHash } from "node:crypto";
import { stringify, v7, validate, version } from "uuid";

/** A new event's id: UUID version 7, whose first 48 bits are the time; the ledger files events by it. */
export function eventId(at = Date.now()): string {
    return v7({ msecs: at });
}

export function isEventId(text: string): boolean {
    return validate(text) && version(text) === 7;
}

/** When an event came to be, by its id. Unit: milliseconds since 1970. */
export function timeOf(id: string): number {
    return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * The id of what follows from an event: the same for whoever works it out, as often as it is done. So a turn that is repeated
 * after a crash, or a verdict that several members work out, lands once.
 *
 * @param cause id of the event that it follows from; its time is kept
 * @param what names the effect among all effects of this cause
 */
export function derivedId(cause: string, what: string): string {
    const digest = createHash("sha256").update(`${cause}\n${what}`).digest();
    return stringify(
        v7({ msecs: timeOf(cause), random: digest.subarray(0, 16), seq: digest.readUInt32BE(16) }, new Uint8Array(16)),
    );
}

/** The id of a place in the log, for what has none of its own or none that can be believed. */
export function placeId(topic: string, partition: number, offset: bigint, timestamp: number): string {
    const at = Math.min(Math.max(Math.trunc(timestamp), 0), 2 ** 48 - 1);
    return derivedId(
        stringify(v7({ msecs: at, random: new Uint8Array(16), seq: 0 }, new Uint8Array(16))),
        `${topic} ${partition} ${offset}`,
    );
}
