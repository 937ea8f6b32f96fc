import { strict as assert } from "node:assert";
import type { Client } from "pg";
import { eventId } from "../src/events";
import { ADMINISTRATOR, closeClients, Database, SUPERUSER } from "./support/database";

describe("memory", () => {
    let database: Database;
    let agent: Client;
    let other: Client;
    let operator: Client;
    let auditor: Client;
    before(async () => {
        database = await Database.migrated();
        [agent, other, operator, auditor] = (await Promise.all(
            ["analyst-0", "analyst-1", "openclaw_operator", "openclaw_auditor"].map((role) => database.as(role)),
        )) as [Client, Client, Client, Client];
    });
    after(closeClients);

    interface Memory {
        readonly namespace?: string;
        readonly key?: string;
        readonly content?: string;
        readonly event?: string;
        readonly about?: string;
        readonly meaning?: readonly number[];
        readonly until?: Date;
        readonly expected?: number;
    }
    const write = async (client: Client, memory: Memory): Promise<number> => {
        const {
            namespace = "notes",
            key = "k",
            content = "content",
            event = eventId(),
            about,
            meaning,
            until,
            expected,
        } = memory;
        const { rows } = await client.query<{ version: number }>(
            "SELECT memory.write($1, $2, $3, $4, '{}', $5, $6, $7, $8) AS version",
            [event, namespace, key, content, about, meaning && `[${meaning.join(",")}]`, until, expected],
        );
        return rows[0]?.version ?? -1;
    };
    const search = async (
        client: Client,
        words?: string,
        meaning?: readonly number[],
        namespace?: string,
    ): Promise<string[]> => {
        const { rows } = await client.query<{ key: string }>("SELECT key FROM memory.search($1, $2, $3)", [
            words,
            meaning && `[${meaning.join(",")}]`,
            namespace,
        ]);
        return rows.map(({ key }) => key);
    };
    /** A direction in the space of meanings. */
    const meaning = (index: number, beside = index) =>
        Array.from({ length: 1024 }, (_, n) => (n === index ? 1 : n === beside ? 0.5 : 0));

    it("has versions without a gap, also where many write at once", async () => {
        const second = await database.as("analyst-0");
        const tenOf = async (client: Client) => {
            const versions: number[] = [];
            for (let n = 0; n < 10; n += 1) versions.push(await write(client, { key: "versions" }));
            return versions;
        };
        const versions = await Promise.all([tenOf(agent), tenOf(second)]);
        assert.deepEqual(
            versions.flat().sort((a, b) => a - b),
            Array.from({ length: 20 }, (_, index) => index + 1),
        );
        const { rows } = await agent.query(
            "SELECT count(*)::int AS current FROM memory.item WHERE key = 'versions' AND superseded_at IS NULL",
        );
        assert.deepEqual(rows, [{ current: 1 }]);
    });

    it("lands once for each event, and tells the version that it got", async () => {
        const event = eventId();
        assert.deepEqual(
            [await write(agent, { key: "once", event }), await write(agent, { key: "once", event })],
            [1, 1],
        );
    });

    it("refuses a write that does not know the newest version", async () => {
        await write(agent, { key: "expected" });
        assert.equal(await write(agent, { key: "expected", expected: 1 }), 2);
        await assert.rejects(write(agent, { key: "expected", expected: 1 }), /is at version 2, not 1/);
    });

    it("keeps agents apart, whatever they ask for", async () => {
        await write(agent, { key: "private", content: "a secret plan" });
        assert.deepEqual(await search(other, "secret"), []);
        assert.equal(
            (await other.query("SELECT count(*)::int AS n FROM memory.item WHERE key = 'private'")).rows[0].n,
            0,
        );
        assert.equal((await other.query("DELETE FROM memory.item WHERE key = 'private'")).rowCount, 0);
        assert.equal(
            (await other.query("UPDATE memory.item SET superseded_at = now() WHERE key = 'private'")).rowCount,
            0,
        );
        await assert.rejects(
            other.query(
                "INSERT INTO memory.item (agent, namespace, key, version, event_id, content) VALUES ('analyst-0', 'n', 'k', 1, gen_random_uuid(), 'x')",
            ),
            /row-level security/,
        );
        await assert.rejects(other.query("UPDATE memory.item SET content = 'x'"), /permission denied/);
        await assert.rejects(other.query("UPDATE memory.item SET agent = 'analyst-0'"), /permission denied/);
        await assert.rejects(operator.query("SELECT * FROM memory.item"), /permission denied/);
        assert.deepEqual(await search(agent, "secret"), ["private"]);
    });

    it("is found by words, by meaning and by both, newest versions alone", async () => {
        await write(agent, { namespace: "facts", key: "cats", content: "cats chase mice", meaning: meaning(1) });
        await write(agent, { namespace: "facts", key: "dogs", content: "dogs chase cats", meaning: meaning(2, 1) });
        await write(agent, {
            namespace: "facts",
            key: "tides",
            content: "the moon moves the sea",
            meaning: meaning(3),
        });
        assert.deepEqual(await search(agent, "moon", undefined, "facts"), ["tides"]);
        assert.deepEqual((await search(agent, undefined, meaning(1), "facts")).slice(0, 2), ["cats", "dogs"]);
        assert.equal(
            (await search(agent, "dogs", meaning(1), "facts"))[0],
            "dogs",
            "second by meaning and first by words is first",
        );
        assert.deepEqual(await search(agent, undefined, undefined, "facts"), []);
        await write(agent, { namespace: "facts", key: "tides", content: "wind moves the waves", meaning: meaning(4) });
        assert.deepEqual(await search(agent, "moon", undefined, "facts"), []);
        assert.deepEqual(
            await search(agent, '"" -- \' & | ! (', undefined, "facts"),
            [],
            "any text may be searched for",
        );
    });

    it("expires by its own end or by the class's, and keeps as many versions as the class wants", async () => {
        await operator.query("INSERT INTO memory.policy VALUES ('analyst', 30, 2)");
        await write(agent, { key: "default" });
        const { rows } = await agent.query(
            "SELECT round(extract(epoch FROM expires_at - created_at) / 86400)::int AS days FROM memory.item WHERE key = 'default'",
        );
        assert.deepEqual(rows, [{ days: 30 }]);
        for (let n = 0; n < 5; n++) await write(agent, { key: "many" });
        await write(agent, { key: "over", until: new Date(Date.now() - 1000) });
        assert.deepEqual(
            await search(agent, "over"),
            [],
            "what has expired is not found, even before it is taken away",
        );
        await operator.query("SELECT memory.expire()");
        const left = await agent.query(
            "SELECT key, array_agg(version ORDER BY version) AS versions FROM memory.item WHERE key IN ('many', 'over') GROUP BY key",
        );
        assert.deepEqual(left.rows, [{ key: "many", versions: [4, 5] }]);
    });

    it("about a person is erased with all versions and agents, and the audit trail says so without the name", async () => {
        await write(agent, { key: "jo", about: "jo@example.com", content: "likes tea" });
        await write(agent, { key: "jo", about: "jo@example.com", content: "likes coffee" });
        await write(other, { key: "other", about: "jo@example.com" });
        await write(other, { key: "stays", about: "kim@example.com" });
        await assert.rejects(
            operator.query("SELECT memory.erase($1, 'jo@example.com', '')", [eventId()]),
            /needs a reason/,
        );
        await assert.rejects(
            agent.query("SELECT memory.erase($1, 'jo@example.com', 'x')", [eventId()]),
            /permission denied/,
        );
        const { rows } = await operator.query("SELECT memory.erase($1, 'jo@example.com', 'request 17') AS gone", [
            eventId(),
        ]);
        assert.deepEqual(rows, [{ gone: 3 }]);
        const left = await auditor.query("SELECT key FROM memory.item WHERE subject IS NOT NULL");
        assert.deepEqual(left.rows, [{ key: "stays" }]);
        const audit = await auditor.query(
            "SELECT actor, object, detail FROM ledger.audit WHERE action = 'memory.erase'",
        );
        assert.equal(audit.rowCount, 1);
        assert.equal(audit.rows[0].actor, "openclaw_operator");
        assert.deepEqual(audit.rows[0].detail, { memories: 3, reason: "request 17" });
        assert.ok(!JSON.stringify(audit.rows).includes("jo@example.com"));
    });
});

describe("skills", () => {
    let database: Database;
    let operator: Client;
    let agent: Client;
    before(async () => {
        database = await Database.migrated();
        operator = await database.as("openclaw_operator");
        agent = await database.as("analyst-0");
        for (const [name, version] of [
            ["summarize", "1.0.0"],
            ["summarize", "1.1.0"],
            ["translate", "2.0.0"],
        ]) {
            await operator.query(
                "INSERT INTO skills.version (name, version, content_sha256, source) VALUES ($1, $2, sha256($3), 'git')",
                [name, version, Buffer.from(`${name}${version}`)],
            );
        }
    });
    after(closeClients);
    const scan = (name: string, version: string, state: string) =>
        operator.query("UPDATE skills.version SET scan = $3 WHERE name = $1 AND version = $2", [name, version, state]);
    const pin = (skill: string, version: string, ofClass = "analyst") =>
        operator.query(
            "INSERT INTO skills.pin (class, skill, version) VALUES ($3, $1, $2) ON CONFLICT (class, skill) DO UPDATE SET version = excluded.version",
            [skill, version, ofClass],
        );

    it("cannot be changed or taken back once they are published, by the schema's owner neither", async () => {
        await assert.rejects(operator.query("UPDATE skills.version SET source = 'elsewhere'"), /permission denied/);
        const owner = await database.as("openclaw_migrator");
        await owner.query("SET ROLE openclaw_owner");
        await assert.rejects(owner.query("UPDATE skills.version SET content_sha256 = sha256('x')"), /is immutable/);
        await assert.rejects(owner.query("DELETE FROM skills.version"), /is published and stays/);
        await assert.rejects(
            operator.query(
                "INSERT INTO skills.version (name, version, content_sha256, source) VALUES ('summarize', '1.0.0', sha256('x'), 'git')",
            ),
            /duplicate key/,
        );
    });

    it("are pinned only once they have passed their scan, and offered no more once they are revoked", async () => {
        await assert.rejects(pin("summarize", "1.0.0"), /has not passed its scan: pending/);
        await scan("summarize", "1.0.0", "passed");
        await pin("summarize", "1.0.0");
        const offered = async () => (await agent.query("SELECT skill, version FROM skills.of_class")).rows;
        assert.deepEqual(await offered(), [{ skill: "summarize", version: "1.0.0" }]);
        await scan("summarize", "1.1.0", "passed");
        await pin("summarize", "1.1.0");
        assert.deepEqual(await offered(), [{ skill: "summarize", version: "1.1.0" }]);
        await scan("summarize", "1.1.0", "revoked");
        assert.deepEqual(await offered(), []);
        await assert.rejects(scan("summarize", "1.1.0", "passed"), /cannot go from revoked to passed/);
        await scan("translate", "2.0.0", "failed");
        await assert.rejects(pin("translate", "2.0.0"), /has not passed its scan: failed/);
    });

    it("are read by agents for their own class, and written by none", async () => {
        await pin("summarize", "1.0.0", "reviewer");
        const reviewer = await database.as("reviewer-0");
        assert.deepEqual((await reviewer.query("SELECT class, skill FROM skills.pin")).rows, [
            { class: "reviewer", skill: "summarize" },
        ]);
        await assert.rejects(
            agent.query("INSERT INTO skills.pin (class, skill, version) VALUES ('analyst', 'x', '1.0.0')"),
            /permission denied/,
        );
        await assert.rejects(agent.query("UPDATE skills.version SET scan = 'passed'"), /permission denied/);
    });

    it("know who pinned them, whatever the statement says", async () => {
        const { rows } = await operator.query("SELECT DISTINCT pinned_by FROM skills.pin");
        assert.deepEqual(rows, [{ pinned_by: "openclaw_operator" }]);
    });
});

describe("roles of agents", () => {
    it("are made, retired and revived with the fleet; what a retired one wrote stays", async () => {
        const database = await Database.migrated();
        const { provision } = await import("../src/provision");
        const agent = await database.as("analyst-1");
        await agent.query("SELECT memory.write(gen_random_uuid(), 'n', 'k', 'stays')");
        await closeClients();
        const admin = await database.as(ADMINISTRATOR);
        assert.deepEqual(await provision(admin, { analyst: 1, reviewer: 1 }), { made: 0, revived: 0, retired: 1 });
        await assert.rejects(database.as("analyst-1"), /not permitted to log in/);
        assert.deepEqual(await provision(admin, { analyst: 3, reviewer: 1 }), { made: 1, revived: 1, retired: 0 });
        assert.deepEqual(await provision(admin, { analyst: 3, reviewer: 1 }), { made: 0, revived: 0, retired: 0 });
        const again = await database.as("analyst-1");
        assert.equal((await again.query("SELECT content FROM memory.item")).rows[0].content, "stays");
        await closeClients();
    });

    it("have limits: of statements, waits and connections, and no right to make anything", async () => {
        const database = await Database.migrated();
        const superuser = await database.as(SUPERUSER);
        const { rows } = await superuser.query(
            "SELECT rolconnlimit, rolcreaterole, rolcreatedb, rolsuper, rolbypassrls, rolconfig FROM pg_roles WHERE rolname = 'analyst-0'",
        );
        const [{ rolconfig, ...rest }] = rows;
        assert.deepEqual(rest, {
            rolconnlimit: 4,
            rolcreaterole: false,
            rolcreatedb: false,
            rolsuper: false,
            rolbypassrls: false,
        });
        assert.deepEqual(rolconfig.sort(), [
            "idle_in_transaction_session_timeout=30s",
            "lock_timeout=5s",
            "statement_timeout=30s",
        ]);
        await closeClients();
    });
});
