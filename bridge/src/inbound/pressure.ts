import type { LogReader, Place } from "../ports";

/** Messages that may wait for the gateway, and what they may weigh, before no more are fetched. */
const MOST = { tasks: 500, bytes: 8 * 1024 * 1024 };

/**
 * Stops reading while the gateway is slow, and goes on when half of what waited is done. What is not read stays on the brokers,
 * in order: nothing is dropped.
 */
export class Pressure {
    #paused: Place[] | undefined;

    /** @param places that are read now */
    constructor(
        private readonly reader: Pick<LogReader, "pause" | "resume">,
        private readonly places: () => readonly Place[],
    ) {}

    get isHigh(): boolean {
        return this.#paused !== undefined;
    }

    /** So much waits now. */
    report(tasks: number, bytes: number): void {
        if (tasks > MOST.tasks || bytes > MOST.bytes) {
            // Again each time: a session that is followed since is read as well.
            this.#paused = [...this.places()];
            for (const place of this.#paused) this.reader.pause(place);
        } else if (this.#paused !== undefined && tasks <= MOST.tasks / 2 && bytes <= MOST.bytes / 2) {
            const paused = [...this.#paused, ...this.places()];
            this.#paused = undefined;
            for (const place of paused) this.reader.resume(place);
        }
    }
}
