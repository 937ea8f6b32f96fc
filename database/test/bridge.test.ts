import { strict as assert } from "node:assert";
import type { Client } from "pg";
import { eventId } from "../src/events";
import { upkeep } from "../src/upkeep";
import { closeClients, Database, SUPERUSER } from "./support/database";
import { decision } from "./support/events";

describe("bridges' own", () => {
    let database: Database;
    let agent: Client;
    let second: Client;
    let other: Client;
    let operator: Client;
    let auditor: Client;
    let superuser: Client;
    before(async () => {
        database = await Database.migrated();
        const roles = ["analyst-0", "analyst-0", "reviewer-0", "openclaw_operator", "openclaw_auditor", SUPERUSER];
        [agent, second, other, operator, auditor, superuser] = (await Promise.all(
            roles.map((role) => database.as(role)),
        )) as [Client, Client, Client, Client, Client, Client];
    });
    after(closeClients);

    const commit = async (client: Client, change: object): Promise<boolean> => {
        const { rows } = await client.query<{ done: boolean }>("SELECT bridge.commit($1) AS done", [
            JSON.stringify(change),
        ]);
        return rows[0]?.done ?? assert.fail();
    };
    const count = async (table: string): Promise<number> =>
        (await superuser.query<{ n: number }>(`SELECT count(*)::int AS n FROM bridge.${table}`)).rows[0]?.n ?? -1;
    const handled = (...ids: string[]) => ids.map((id) => ({ eventId: id, session: "s-1" }));
    const outbox = (id = eventId()) => [{ eventId: id, topic: "agent-messages", key: "reviewer-0", value: "{}" }];

    it("changes are done once, by whoever comes first, and the second waits for the first one's end", async () => {
        const id = eventId();
        await agent.query("BEGIN");
        assert.equal(await commit(agent, { handled: handled(id), outbox: outbox() }), true);
        let isOver = false;
        const late = commit(second, { handled: handled(id), outbox: outbox() }).finally(() => (isOver = true));
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal(isOver, false, "it may still be undone");
        await agent.query("ROLLBACK");
        assert.equal(await late, true);
        assert.equal(await commit(agent, { handled: handled(id) }), false);
        assert.equal(await count("outbox"), 1);
        await superuser.query("DELETE FROM bridge.outbox");
    });

    it("changes hold everything, or nothing where one part is refused", async () => {
        const [id, place] = [eventId(), eventId()];
        const all = {
            handled: handled(id),
            claims: [place],
            position: { topic: "agent-messages", partition: 1, next: "5" },
            follow: [{ session: "s-1", council: "strategy", partition: 2, start: "0" }],
            outbox: outbox(),
            decisions: [decision({ session_id: "whole" })],
            audit: [{ event_id: eventId(), action: "look", object: "thing" }],
        };
        await assert.rejects(commit(agent, { ...all, decisions: [decision({ verdict: "" })] }), /check constraint/);
        await assert.rejects(commit(agent, { ...all, outbox: [{ ...outbox()[0], topic: "elsewhere" }] }), /check/);
        for (const table of ["claim", "position", "followed", "outbox"]) assert.equal(await count(table), 0, table);
        assert.equal(await commit(agent, all), true);
        assert.equal(await count("outbox"), 3, "the message and two announcements");
        assert.equal(await commit(agent, { ...all, handled: handled(eventId()) }), false, "its place is claimed");
        assert.equal(await count("outbox"), 3);
        assert.equal(await commit(agent, {}), true);
    });

    it("an agent sees, changes and takes away nothing of another one", async () => {
        for (const table of ["handled", "claim", "position", "followed", "outbox"]) {
            assert.ok((await agent.query(`SELECT FROM bridge.${table}`)).rowCount, table);
            assert.equal((await other.query(`SELECT FROM bridge.${table}`)).rowCount, 0, table);
        }
        await agent.query("INSERT INTO bridge.seat (council) VALUES ('strategy')");
        assert.equal((await other.query("SELECT agent FROM bridge.seat")).rowCount, 1, "seats are for all to see");
        for (const table of ["handled", "claim", "followed", "outbox", "seat"])
            assert.equal((await other.query(`DELETE FROM bridge.${table}`)).rowCount, 0, table);
        assert.equal((await other.query("UPDATE bridge.position SET next = 0")).rowCount, 0);
        for (const deed of [
            "INSERT INTO bridge.outbox (agent, event_id, topic, key, value) VALUES ('analyst-0', gen_random_uuid(), 'agent-messages', 'k', 'v')",
            "INSERT INTO bridge.seat (council, agent) VALUES ('risk', 'analyst-0')",
            "UPDATE bridge.outbox SET value = 'x'",
            "UPDATE bridge.handled SET session = 'x'",
            "TRUNCATE bridge.outbox",
            "SELECT FROM bridge.handled_rest",
            "SELECT bridge.forget()",
            "SELECT bridge.turn_days()",
        ])
            await assert.rejects(other.query(deed), /permission denied/, deed);
    });

    it("are read by auditors, and by operators not at all", async () => {
        assert.ok((await auditor.query("SELECT FROM bridge.outbox")).rowCount);
        assert.ok((await auditor.query("SELECT FROM bridge.handled")).rowCount);
        await assert.rejects(auditor.query("SELECT bridge.commit('{}')"), /permission denied/);
        await assert.rejects(operator.query("SELECT FROM bridge.outbox"), /permission denied/);
    });

    it("calls stand for one event, for what they first asked for", async () => {
        const eventOf = async (client: Client, key: string, digest: number, id = eventId()) =>
            (await client.query("SELECT bridge.event_of($1, $2, $3) AS id", [key, Buffer.alloc(32, digest), id]))
                .rows[0].id;
        const first = eventId();
        assert.equal(await eventOf(agent, "k", 1, first), first);
        assert.equal(await eventOf(second, "k", 1), first);
        await assert.rejects(eventOf(agent, "k", 2), /key k was used for another call/);
        assert.notEqual(await eventOf(other, "k", 2), first);
    });

    it("days are made ahead once, also where many ask; what came too early moves into its day", async () => {
        const early = eventId(Date.now() + 5 * 86_400_000);
        await commit(agent, { handled: handled(early) });
        assert.equal(await count("handled_rest"), 1);
        const operators = await Promise.all(Array.from({ length: 4 }, () => database.as("openclaw_operator")));
        const made = await Promise.all(
            operators.map((each) => each.query<{ n: number }>("SELECT bridge.turn_days(6) AS n")),
        );
        assert.equal(
            made.reduce((sum, { rows }) => sum + (rows[0]?.n ?? 0), 0),
            3,
        );
        assert.equal(await count("handled_rest"), 0);
        assert.equal(await commit(agent, { handled: handled(early) }), false, "it is known as before");
        await assert.rejects(operator.query("SELECT bridge.turn_days(3, 0)"), /must be 1 to 30/);
    });

    it("what is of no use any more goes with the hourly upkeep, and what is of use stays", async () => {
        const fresh = eventId();
        await commit(agent, { claims: [fresh], handled: handled(fresh) });
        await superuser.query(
            `INSERT INTO bridge.claim SELECT gen_random_uuid(), 'analyst-0', now() - interval '9 days' FROM generate_series(1, 40);
             INSERT INTO bridge.call (agent, key, digest, event_id, called_at)
             SELECT 'analyst-0', 'old ' || n, sha256(''), gen_random_uuid(), now() - interval '9 days' FROM generate_series(1, 30) n;
             INSERT INTO bridge.seat VALUES ('risk', 'analyst-9', now() - interval '9 days');
             INSERT INTO bridge.followed (agent, session, council, partition, start, followed_at)
             VALUES ('analyst-1', 'old', 'risk', 0, 0, now() - interval '31 days'), ('analyst-1', 'long', 'risk', 0, 0, now() - interval '9 days');
             INSERT INTO bridge.outbox (agent, event_id, topic, key, value, created_at)
             VALUES ('analyst-1', gen_random_uuid(), 'agent-messages', 'k', 'v', now() - interval '90 days')`,
        );
        const { rows } = await operator.query("SELECT bridge.forget(10) AS n");
        assert.ok(rows[0].n < 30, "in portions");
        const { forgotten } = await upkeep(operator, { write: async () => undefined }, async () => undefined);
        assert.equal(rows[0].n + forgotten, 40 + 30 + 1 + 1);
        assert.equal(await commit(agent, { claims: [fresh] }), false);
        const left = await superuser.query("SELECT session FROM bridge.followed WHERE agent = 'analyst-1'");
        assert.deepEqual(left.rows, [{ session: "long" }]);
        const waiting = await superuser.query("SELECT FROM bridge.outbox WHERE agent = 'analyst-1'");
        assert.equal(waiting.rowCount, 1, "what was not sent is never thrown away");
    });

    it("an agent's own rows are found by an index, among those of hundreds", async () => {
        await superuser.query(
            `INSERT INTO bridge.outbox (agent, event_id, topic, key, value)
             SELECT 'analyst-' || n % 300, gen_random_uuid(), 'agent-messages', 'k', 'v' FROM generate_series(1, 20000) n`,
        );
        await superuser.query(
            `INSERT INTO memory.item (agent, namespace, key, version, event_id, content)
             SELECT 'analyst-' || n % 300, 'n', 'k' || n, 1, gen_random_uuid(), 'c' FROM generate_series(1, 20000) n`,
        );
        const month = `ledger.decision_${new Date().toISOString().slice(0, 7).replace("-", "_")}`;
        await superuser.query("SET session_replication_role = replica");
        await superuser.query(
            `INSERT INTO ${month} SELECT date_trunc('month', now()) + n * interval '1 second', gen_random_uuid(), 0, n, now(),
                 'analyst-' || n % 300, 'c', 's', 1, jsonb_build_array('analyst-' || n % 300, 'reviewer-' || n % 200), '{}',
                 'v', 'r', '[]', '[]', 'm', decode(repeat('00', 32), 'hex'), '', ''
             FROM generate_series(1000, 30000) n`,
        );
        await superuser.query("ANALYZE bridge.outbox, memory.item, ledger.decision");
        for (const [statement, plan] of [
            ["SELECT id FROM bridge.outbox WHERE agent = session_user ORDER BY id LIMIT 200", /outbox_pkey/],
            ["SELECT FROM memory.item WHERE agent = session_user AND namespace = 'n' AND key = 'k300'", /item_/],
            ["SELECT FROM ledger.decision WHERE occurred_at > now() - interval '90 days'", /BitmapOr/],
        ] as const) {
            const { rows } = await agent.query<Record<string, string>>(`EXPLAIN ${statement}`);
            assert.match(rows.map((row) => row["QUERY PLAN"]).join("\n"), plan);
        }
    });
});
