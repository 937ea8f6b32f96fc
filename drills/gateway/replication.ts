import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SYNC_SECONDS } from "../../components/compute/agents/litestream-config";
import { Broken } from "../components/report";

/*
 * Litestream 0.5 looks at a database about once a second. If it has changed, it cuts what is new into a piece, or into two
 * around a checkpoint; pieces are numbered, and uploaded in order at every sync interval. So pieces tell what a replica holds,
 * and looks how far it is behind, without a clock: on a busy machine turns, looks and uploads all take longer, and there are
 * no more looks from one upload to the next.
 */

/** Looks that find something new, while turns run before the power is cut. */
export const LOOKS = 4 * SYNC_SECONDS;

/** Looks whose pieces may wait for their upload: a sync interval has five, and more come while they are uploaded. */
export const MOST_WAITING = 2 * SYNC_SECONDS;

/** Turns, or seconds if those are fewer, that {@link LOOKS} may take: three times what they do. */
const MOST_TURNS = 3 * LOOKS;

/** Two pieces of one look are closer to each other. Unit: ms. */
const SAME_LOOK = 500;

/** What was seen of Litestream while turns ran. */
export interface Rhythm {
    readonly turns: number;
    readonly seconds: number;
    readonly looks: number;
    /** The most looks whose pieces were waiting for their upload. */
    readonly waiting: number;
}

/** Whether more turns would tell nothing new: there were enough looks, or they are too rare. */
export function isSeenEnough({ turns, seconds, looks }: Rhythm): boolean {
    return looks >= LOOKS || Math.min(turns, seconds) >= MOST_TURNS;
}

/** What is wrong with the rhythm, on a machine of any speed. */
export function outOfRhythm({ turns, seconds, looks, waiting }: Rhythm): string[] {
    return [
        ...(looks < LOOKS ? [`${looks} looks at ${turns} turns in ${seconds.toFixed(0)} s, not ${LOOKS}`] : []),
        ...(waiting > MOST_WAITING ? [`${waiting} looks waited for their upload, ${MOST_WAITING} may`] : []),
    ];
}

/** How many looks pieces come from, by the times at which they were cut. Unit: ms. */
export function looksOf(times: readonly number[]): number {
    return times.filter((time, index) => time - (times[index - 1] ?? -Infinity) >= SAME_LOOK).length;
}

/**
 * Whether a replica must hold what was committed at a moment. The piece after the newest one of that moment may have been
 * begun before it; the one after that cannot have been.
 *
 * @param newestThen number of the newest piece that was cut at that moment
 * @param newestHeld number of the newest piece in the replica
 */
export function mustHold(newestThen: number, newestHeld: number): boolean {
    return newestHeld >= newestThen + 2;
}

/** The pieces of one database. */
export class Replication {
    readonly #folder: string;
    readonly #prefix: string;
    #last = "";

    /**
     * @param database its file
     * @param bucketUrl the bucket with the replica
     * @param path of the replica within the bucket
     */
    constructor(
        database: string,
        private readonly bucketUrl: string,
        path: string,
    ) {
        this.#folder = join(dirname(database), `.${basename(database)}-litestream`, "ltx", "0");
        this.#prefix = `${path}/0000/`;
    }

    /** Number of the newest piece that is cut; 0 where there is none. */
    cut(): number {
        return numberOf(this.#files().at(-1) ?? "");
    }

    /** Looks that made the pieces after this one. */
    looks(after: number): number {
        const files = this.#files().filter((file) => numberOf(file) > after);
        return looksOf(files.map((file) => statSync(join(this.#folder, file)).mtimeMs));
    }

    /** Number of the newest piece in the replica. */
    async held(): Promise<number> {
        const query = new URLSearchParams({ "list-type": "2", prefix: this.#prefix, "start-after": this.#last });
        const response = await fetch(`${this.bucketUrl}?${query.toString()}`);
        if (!response.ok) throw new Broken(`the stand-in for S3 does not list the replica: ${response.status}`);
        const keys = keysOf(await response.text());
        this.#last = keys.at(-1) ?? this.#last;
        return numberOf(this.#last);
    }

    #files(): string[] {
        // Where there is no folder, Litestream has not begun.
        if (!existsSync(this.#folder)) return [];
        return readdirSync(this.#folder)
            .filter((file) => numberOf(file) > 0)
            .sort();
    }
}

/** Names in S3's answer to a request for a list. */
export function keysOf(xml: string): string[] {
    return [...xml.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = ""]) => key);
}

/** The number of a piece by its name, e.g. `0000000000000041-0000000000000041.ltx`; 0 where it is no piece. */
export function numberOf(name: string): number {
    return parseInt(/-([0-9a-f]{16})\.ltx$/.exec(name)?.[1] ?? "0", 16);
}
