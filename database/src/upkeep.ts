import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { type Anchor, anchorsOf } from "./verify";

/** Where the ends of the chains are kept, out of reach of whoever administers the database. */
export interface AnchorStore {
    write(name: string, text: string): Promise<void>;
}

/** Where figures go that alarms watch. */
export type Publish = (metrics: Readonly<Record<string, number>>) => Promise<void>;

export interface Upkeep {
    readonly partitionsMade: number;
    /** Days from now until no partition is ready. */
    readonly daysAhead: number;
    readonly memoriesExpired: number;
    /** What bridges had to remember no longer. */
    readonly forgotten: number;
    readonly anchors: readonly Anchor[];
}

const PORTION = 10_000;

/**
 * What has to be done every hour, safe at any time and by two at once: partitions and days ahead, out with expired memories and what
 * bridges need no longer, the ends of the chains anchored, and the days that are ready published for the alarm.
 */
export async function upkeep(client: Client, store: AnchorStore, publish: Publish, now = new Date()): Promise<Upkeep> {
    const partitionsMade = await number(client, "SELECT ledger.ensure_partitions() AS value");
    const memoriesExpired = await inPortions(client, "memory.expire");
    await number(client, "SELECT bridge.turn_days() AS value");
    const forgotten = await inPortions(client, "bridge.forget");
    const anchors = await anchorsOf(client);
    // A name of its own each time, also for two runs in one millisecond: an object that is locked cannot be written again.
    await store.write(
        `anchors/${now.toISOString().slice(0, 10)}/${now.toISOString()}-${randomUUID().slice(0, 8)}.json`,
        `${JSON.stringify(anchors)}\n`,
    );
    const daysAhead = await number(
        client,
        `SELECT min(ahead) AS value FROM (
             SELECT floor(extract(epoch FROM (max(month) + interval '1 month') - now() AT TIME ZONE 'UTC') / 86400) AS ahead
             FROM ledger.head GROUP BY log) AS by_log`,
    );
    await publish({ PartitionDaysAhead: daysAhead, MemoriesExpired: memoriesExpired });
    return { partitionsMade, daysAhead, memoriesExpired, forgotten, anchors };
}

/** Until less than a portion was there: each is a transaction of its own, so that nobody waits long. */
async function inPortions(client: Client, work: "memory.expire" | "bridge.forget"): Promise<number> {
    let all = 0;
    for (let gone = PORTION; gone >= PORTION; all += gone) {
        gone = await number(client, `SELECT ${work}(${PORTION}) AS value`);
    }
    return all;
}

async function number(client: Client, query: string): Promise<number> {
    const { rows } = await client.query<{ value: string | number }>(query);
    return Number(rows[0]?.value);
}
