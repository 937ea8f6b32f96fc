import { strict as assert } from "node:assert";
import type { Client } from "pg";
import { eventId } from "../src/events";
import { verify } from "../src/verify";
import { ADMINISTRATOR, closeClients, Database, SUPERUSER } from "./support/database";
import { decision } from "./support/events";

const DAY = 24 * 60 * 60 * 1000;

describe("ledger", () => {
    let database: Database;
    let agent: Client;
    let other: Client;
    let auditor: Client;
    let operator: Client;
    before(async () => {
        database = await Database.migrated();
        agent = await database.as("analyst-0");
        other = await database.as("reviewer-0");
        auditor = await database.as("openclaw_auditor");
        operator = await database.as("openclaw_operator");
    });

    after(closeClients);

    const record = async (client: Client, ...events: unknown[]): Promise<number> => {
        const { rows } = await client.query<{ added: number }>("SELECT ledger.record_decisions($1) AS added", [
            JSON.stringify(events),
        ]);
        return rows[0]?.added ?? -1;
    };

    describe("decisions", () => {
        it("keep all that was decided, and who recorded it", async () => {
            const event = decision({ session_id: "all" });
            assert.equal(await record(agent, event), 1);
            const { rows } = await auditor.query("SELECT * FROM ledger.decision WHERE session_id = 'all'");
            const { lane, seq, previous, digest, recorded_at, occurred_at, prompt_sha256, ...rest } = rows[0];
            assert.deepEqual(rest, { ...without(event, "prompt_sha256"), recorded_by: "analyst-0" });
            assert.equal(prompt_sha256.toString("hex"), event.prompt_sha256);
            assert.ok(lane >= 0 && lane < 16 && Number(seq) >= 1 && previous.length === 32 && digest.length === 32);
            assert.ok(Math.abs(recorded_at - occurred_at) < 60_000);
        });

        it("land once, however often they are delivered: one by one, in bulk and at the same time", async () => {
            const events = Array.from({ length: 40 }, (_, index) => decision({ session_id: `again-${index % 7}` }));
            assert.equal(await record(agent, ...events, ...events), 40);
            for (const event of events) assert.equal(await record(agent, event), 0);
            const more = Array.from({ length: 60 }, (_, index) => decision({ session_id: `race-${index % 5}` }));
            const clients = await Promise.all(
                ["analyst-0", "analyst-1", "reviewer-0"].flatMap((role) => [database.as(role), database.as(role)]),
            );
            const added = await Promise.all(
                clients.map((client, index) => record(client, ...(index % 3 ? more : [...more].reverse()))),
            );
            assert.equal(
                added.reduce((sum, count) => sum + count, 0),
                60,
            );
            assert.deepEqual((await verify(auditor)).findings, []);
        });

        it("cannot be replaced by another content under the same event", async () => {
            const event = decision({ session_id: "fixed" });
            await record(agent, event);
            assert.equal(await record(agent, { ...event, verdict: "the contrary" }), 0);
            const { rows } = await auditor.query("SELECT verdict FROM ledger.decision WHERE session_id = 'fixed'");
            assert.deepEqual(rows, [{ verdict: "go ahead" }]);
        });

        it("take no row, author or place in the chain from the outside", async () => {
            const event = {
                ...decision({ session_id: "forged" }),
                recorded_by: "reviewer-0",
                seq: 99,
                lane: 3,
                digest: "\\x00",
                previous: "\\x00",
            };
            await record(agent, event);
            const { rows } = await auditor.query(
                "SELECT recorded_by, seq::int FROM ledger.decision WHERE session_id = 'forged'",
            );
            assert.equal(rows[0].recorded_by, "analyst-0");
            assert.notEqual(rows[0].seq, 99);
        });

        it("refuse what is incomplete or malformed, and add nothing of a bulk that holds it", async () => {
            const count = async () =>
                Number((await auditor.query("SELECT count(*) FROM ledger.decision")).rows[0].count);
            const before = await count();
            for (const wrong of [
                without(decision(), "verdict"),
                without(decision(), "members"),
                decision({ prompt_sha256: "ab" }),
                decision({ session_id: "" }),
                decision({ round: -1 }),
                { ...decision(), votes: ["yes"] },
                { ...decision(), event_id: "not an id" },
            ]) {
                await assert.rejects(record(agent, decision(), wrong));
            }
            assert.equal(await count(), before);
        });

        it("carry their time in their id, and refuse one from the future, too old, or of another kind", async () => {
            await assert.rejects(
                record(agent, decision({ event_id: eventId(Date.now() + 10 * 60_000) })),
                /from the future/,
            );
            await assert.rejects(
                record(agent, decision({ event_id: eventId(Date.now() - 16 * DAY) })),
                /older than 15 days/,
            );
            await assert.rejects(
                record(agent, decision({ event_id: "7f3c0a52-0f5e-4c1b-9b0f-111111111111" })),
                /not a UUID of version 7/,
            );
            const at = Date.now() - 3 * DAY;
            await record(agent, decision({ session_id: "late", event_id: eventId(at) }));
            const { rows } = await auditor.query("SELECT occurred_at FROM ledger.decision WHERE session_id = 'late'");
            assert.equal(Number(rows[0].occurred_at), at);
        });

        it("are seen by the agents that sat in the council and by who recorded them, and by no others", async () => {
            await record(agent, decision({ session_id: "closed", members: ["analyst-0"] }));
            await record(agent, decision({ session_id: "shared", members: ["analyst-0", "reviewer-0"] }));
            const seen = async (client: Client) =>
                (
                    await client.query(
                        "SELECT session_id FROM ledger.decision WHERE session_id IN ('closed', 'shared') ORDER BY 1",
                    )
                ).rows.map((row) => row.session_id);
            assert.deepEqual(await seen(agent), ["closed", "shared"]);
            assert.deepEqual(await seen(other), ["shared"]);
            assert.deepEqual(await seen(auditor), ["closed", "shared"]);
            await assert.rejects(seen(operator), /permission denied/);
        });
    });

    describe("audit trail", () => {
        it("says who did it by their log-in; only an operator speaks for others", async () => {
            const entry = (object: string) =>
                JSON.stringify([{ event_id: eventId(), actor: "the boss", action: "look", object, detail: {} }]);
            await agent.query("SELECT ledger.record_audit($1)", [entry("by-agent")]);
            await operator.query("SELECT ledger.record_audit($1)", [entry("by-operator")]);
            const { rows } = await auditor.query(
                "SELECT object, actor, recorded_by FROM ledger.audit WHERE object LIKE 'by-%' ORDER BY 1",
            );
            assert.deepEqual(rows, [
                { object: "by-agent", actor: "analyst-0", recorded_by: "analyst-0" },
                { object: "by-operator", actor: "the boss", recorded_by: "openclaw_operator" },
            ]);
        });

        it("lands once as well", async () => {
            const event = JSON.stringify([{ event_id: eventId(), action: "look", object: "twice" }]);
            const twice = [
                await agent.query("SELECT ledger.record_audit($1) AS n", [event]),
                await agent.query("SELECT ledger.record_audit($1) AS n", [event]),
            ];
            assert.deepEqual(
                twice.map(({ rows }) => rows[0].n),
                [1, 0],
            );
        });
    });

    describe("partitions", () => {
        it("are ready for three months, and made once where many ask at the same time", async () => {
            const operators = await Promise.all(Array.from({ length: 6 }, () => database.as("openclaw_operator")));
            const made = await Promise.all(
                operators.map((client) => client.query<{ n: number }>("SELECT ledger.ensure_partitions(5) AS n")),
            );
            assert.equal(
                made.reduce((sum, { rows }) => sum + (rows[0]?.n ?? 0), 0),
                4,
                "two months more of two logs",
            );
            await assert.rejects(operator.query("SELECT ledger.ensure_partitions(100)"), /must be 1 to 24/);
        });

        it("say what to do where one is missing", async () => {
            const { rows } = await auditor.query("SELECT ledger.time_of($1) AS at", [eventId(Date.UTC(2026, 4, 1))]);
            assert.equal(Number(rows[0].at), Date.UTC(2026, 4, 1));
            const admin = await database.as(ADMINISTRATOR);
            await admin.query("BEGIN");
            await admin.query("SET ROLE openclaw_ledger");
            await admin.query("DELETE FROM ledger.head WHERE log = 'decision'");
            await assert.rejects(
                admin.query("SELECT ledger.record_decision($1)", [JSON.stringify(decision())]),
                /there is no partition of decision for/,
            );
            await admin.query("ROLLBACK");
        });

        describe("dropped", () => {
            const month = "2025-01-01";
            const manifest = Buffer.alloc(32, 1);
            let old: Database;
            let keeper: Client;
            let superuser: Client;
            beforeEach(async () => {
                // A month that is over long ago, as a database of that age has it.
                old = await Database.migrated();
                keeper = await old.as("openclaw_operator");
                superuser = await old.as(SUPERUSER);
                await superuser.query(`
                    CREATE TABLE ledger.decision_2025_01 PARTITION OF ledger.decision FOR VALUES FROM ('2025-01-01T00:00Z') TO ('2025-02-01T00:00Z');
                    ALTER TABLE ledger.decision_2025_01 OWNER TO openclaw_ledger;
                    INSERT INTO ledger.head SELECT 'decision', '2025-01-01', n::smallint, 0, ledger.first_digest('decision', '2025-01-01', n::smallint) FROM generate_series(0, 15) n`);
            });
            const heads = async () =>
                (await keeper.query("SELECT ledger.heads_of('decision', $1) AS heads", [month])).rows[0].heads;
            const confirm = async (ends: unknown) =>
                keeper.query("SELECT ledger.confirm_archive('decision', $1, 's3://archive/2025-01', $2, $3)", [
                    month,
                    manifest,
                    JSON.stringify(ends),
                ]);
            const drop = () => keeper.query("SELECT ledger.drop_partition('decision', $1)", [month]);

            it("only after the archive was confirmed", async () => {
                await assert.rejects(drop(), /not confirmed to be in the archive/);
                await confirm(await heads());
                await drop();
                const { rows } = await keeper.query("SELECT to_regclass('ledger.decision_2025_01') AS found");
                assert.equal(rows[0].found, null);
            });

            it("only where the archive ends where the chains end, then and now", async () => {
                await assert.rejects(
                    confirm({ ...(await heads()), "0": { seq: 1, digest: "00" } }),
                    /does not end where its chains end/,
                );
                await confirm(await heads());
                await superuser.query("UPDATE ledger.head SET seq = 1 WHERE month = '2025-01-01' AND lane = 3");
                await assert.rejects(drop(), /rows were added to decision 2025-01 after it was archived/);
            });

            it("never within the retention, which is never below a year", async () => {
                await confirm(await heads());
                await superuser.query("UPDATE ledger.setting SET retention_days = 3650");
                await assert.rejects(drop(), /is kept 3650 days, until 203\d/);
                await assert.rejects(
                    superuser.query("UPDATE ledger.setting SET retention_days = 364"),
                    /check constraint/,
                );
            });

            it("once, and not made again by the next upkeep", async () => {
                await confirm(await heads());
                await assert.rejects(confirm(await heads()), /duplicate key/);
                await drop();
                await assert.rejects(drop(), /rows were added|does not exist/);
            });

            it("not by a name that is no month", async () => {
                await assert.rejects(
                    keeper.query("SELECT ledger.drop_partition('decision', '2025-01-15')"),
                    /there is no log decision with a month/,
                );
                await assert.rejects(
                    keeper.query("SELECT ledger.drop_partition('memory', '2025-01-01')"),
                    /there is no log memory/,
                );
            });
        });
    });
});

function without<T extends object>(value: T, key: keyof T): Partial<T> {
    const copy: Partial<T> = { ...value };
    Reflect.deleteProperty(copy, key);
    return copy;
}
