import type { Pool } from "pg";
import { timeOf } from "../contract/ids";
import { TOPICS } from "../contract/names";
import type { Change, Followed, OutboxEntry, Place, Store } from "../ports";
import { storable } from "./storable";

/** Most bytes that are taken out of the outbox at once, beside one message. */
const PORTION_BYTES = 4 * 1024 * 1024;

interface OutboxRow {
    readonly id: string;
    readonly event_id: string;
    readonly topic: OutboxEntry["topic"];
    readonly key: string;
    readonly value: string;
    readonly headers: Record<string, string>;
    readonly created_at: Date;
}

interface FollowedRow {
    readonly session: string;
    readonly council: string;
    readonly partition: number;
    readonly start: string;
}

/** What the bridge keeps, in PostgreSQL. Each call is one statement: one round trip, one transaction. */
export class PgStore implements Store {
    /** @param pool connected as the agent; it is ended by {@link close} */
    constructor(private readonly pool: Pool) {}

    /**
     * Where the connection is lost on the way, it may be done or not: then it is tried again, and says false where it was done.
     *
     * @returns false where something of it had been done before
     */
    async commit({ handled = [], ...change }: Change): Promise<boolean> {
        // What a caretaker finds, it finds for all: the next one, which may read the same again, must not say it a second time.
        const claims = handled.filter(({ session }) => session === TOPICS.deadLetters).map(({ eventId }) => eventId);
        const own = handled.filter(({ session }) => session !== TOPICS.deadLetters);
        const { rows } = await this.pool.query<{ done: boolean }>("SELECT bridge.commit($1) AS done", [
            JSON.stringify(storable({ ...change, handled: own, claims })),
        ]);
        return rows[0]?.done === true;
    }

    async handledOf(eventIds: readonly string[]): Promise<Set<string>> {
        if (eventIds.length === 0) return new Set();
        const { rows } = await this.pool.query<{ event_id: string }>(
            "SELECT event_id FROM bridge.handled WHERE agent = session_user AND event_id = ANY ($1::uuid[])",
            [eventIds],
        );
        const known = new Set(rows.map(({ event_id }) => event_id));
        // As they were asked for: PostgreSQL writes ids in small letters.
        return new Set(eventIds.filter((id) => known.has(id.toLowerCase())));
    }

    async position({ topic, partition }: Place): Promise<bigint | undefined> {
        const { rows } = await this.pool.query<{ next: string }>(
            "SELECT next FROM bridge.position WHERE agent = session_user AND topic = $1 AND partition = $2",
            [topic, partition],
        );
        return rows[0] === undefined ? undefined : BigInt(rows[0].next);
    }

    async followed(): Promise<readonly Followed[]> {
        const { rows } = await this.pool.query<FollowedRow>(
            "SELECT session, council, partition, start FROM bridge.followed WHERE agent = session_user ORDER BY followed_at, session",
        );
        return rows.map((row) => ({ ...row, start: BigInt(row.start) }));
    }

    async outbox(most: number): Promise<readonly (OutboxEntry & { readonly id: bigint; readonly createdAt: Date })[]> {
        const { rows } = await this.pool.query<OutboxRow>(
            `SELECT id, event_id, topic, key, value, headers, created_at
             FROM (
                 SELECT *, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS before
                 FROM (SELECT * FROM bridge.outbox WHERE agent = session_user ORDER BY id LIMIT $1) AS oldest
             ) AS counted
             WHERE before < $2 ORDER BY id`,
            [most, PORTION_BYTES],
        );
        return rows.map(({ id, event_id, topic, key, value, headers, created_at }) => ({
            id: BigInt(id),
            eventId: event_id,
            topic,
            key,
            value,
            headers,
            createdAt: created_at,
        }));
    }

    async sent(ids: readonly bigint[]): Promise<void> {
        await this.pool.query("DELETE FROM bridge.outbox WHERE agent = session_user AND id = ANY ($1::bigint[])", [
            ids.map(String),
        ]);
    }

    async isDecided(eventId: string): Promise<boolean> {
        const { rowCount } = await this.pool.query(
            // An event's time is in its id, and names the partition that it is in.
            "SELECT FROM ledger.decision WHERE event_id = $1 AND occurred_at = $2",
            [eventId, new Date(timeOf(eventId))],
        );
        return rowCount === 1;
    }

    /** Whether there is such an agent, and it may log in. */
    async isAgent(name: string): Promise<boolean> {
        return (await this.agentsAmong([name])).has(name);
    }

    /** Of these names, those of agents that may log in. */
    async agentsAmong(names: readonly string[]): Promise<Set<string>> {
        const { rows } = await this.pool.query<{ name: string }>(
            `SELECT r.rolname AS name FROM pg_roles r
             JOIN pg_auth_members m ON m.member = r.oid JOIN pg_roles b ON b.oid = m.roleid
             WHERE r.rolname = ANY ($1) AND r.rolcanlogin AND b.rolname = 'openclaw_bridge'`,
            [names],
        );
        return new Set(rows.map(({ name }) => name));
    }

    /** Asks the database for an answer. @throws where there is none */
    async ping(): Promise<void> {
        await this.pool.query("SELECT 1");
    }

    async close(): Promise<void> {
        await this.pool.end();
    }
}
