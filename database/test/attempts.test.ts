import { strict as assert } from "node:assert";
import type { Client, DatabaseError } from "pg";
import { closeClients, Database } from "./support/database";
import { decision } from "./support/events";

/** Every role of the platform that logs in; the administrator is none: in the cluster, the migration alone may be it. */
const ROLES = ["analyst-0", "openclaw_migrator", "openclaw_auditor", "openclaw_operator"] as const;

/** What nobody may do, as statements; `MONTH` is this month's. */
const FORBIDDEN: Readonly<Record<string, string>> = {
    "change a decision": "UPDATE ledger.decision SET verdict = 'no'",
    "change a decision in its partition": "UPDATE ledger.MONTH SET verdict = 'no'",
    "change an entry of the audit trail": "UPDATE ledger.audit SET actor = 'somebody else'",
    "delete decisions": "DELETE FROM ledger.decision",
    "delete decisions in their partition": "DELETE FROM ledger.MONTH",
    "delete the audit trail": "DELETE FROM ledger.audit",
    "insert past the chain": "INSERT INTO ledger.decision SELECT * FROM ledger.decision",
    "insert into a partition": "INSERT INTO ledger.MONTH SELECT * FROM ledger.decision",
    "copy into it": "COPY ledger.decision FROM STDIN",
    "merge into it": "MERGE INTO ledger.decision d USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "truncate decisions": "TRUNCATE ledger.decision",
    "truncate a partition": "TRUNCATE ledger.MONTH",
    "truncate the audit trail": "TRUNCATE ledger.audit CASCADE",
    "drop the decisions": "DROP TABLE ledger.decision CASCADE",
    "drop a partition": "DROP TABLE ledger.MONTH",
    "drop the schema": "DROP SCHEMA ledger CASCADE",
    "detach a partition": "ALTER TABLE ledger.decision DETACH PARTITION ledger.MONTH",
    "switch the triggers off": "ALTER TABLE ledger.decision DISABLE TRIGGER ALL",
    "drop a trigger": "DROP TRIGGER append_only ON ledger.decision",
    "switch row security off": "ALTER TABLE ledger.decision DISABLE ROW LEVEL SECURITY",
    "make a policy of one's own": "CREATE POLICY mine ON ledger.decision USING (true)",
    "take the table over": "ALTER TABLE ledger.decision OWNER TO CURRENT_USER",
    "replace a function":
        "CREATE OR REPLACE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "add a rule": "CREATE RULE away AS ON INSERT TO ledger.decision DO INSTEAD NOTHING",
    "make a table in the schema": "CREATE TABLE ledger.mine (x int)",
    "move the end of a chain": "UPDATE ledger.head SET seq = 0",
    "delete the end of a chain": "DELETE FROM ledger.head",
    "shorten the retention": "UPDATE ledger.setting SET retention_days = 1",
    "write a receipt of the archive":
        "INSERT INTO ledger.archived VALUES ('decision', '2020-01-01', 'x', decode(repeat('00', 32), 'hex'), '{}')",
    "become the ledger's owner": "SET ROLE openclaw_ledger",
    "become the administrator": "SET ROLE openclaw_admin",
    "become another session": "SET SESSION AUTHORIZATION openclaw_ledger",
    "be given the ledger's role": "GRANT openclaw_ledger TO CURRENT_USER",
    "be given rights on it":
        "DO $$ BEGIN GRANT ALL ON ledger.decision TO CURRENT_USER; IF NOT has_table_privilege(current_user, 'ledger.decision', 'DELETE') THEN RAISE 'still not'; END IF; END $$",
    "make a role": "CREATE ROLE intruder SUPERUSER LOGIN",
    "be made a superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "pass triggers by replication": "SET session_replication_role = replica",
    "write files": "COPY (SELECT 1) TO '/tmp/x'",
    "run programs": "COPY (SELECT 1) TO PROGRAM 'true'",
    "read files": "SELECT pg_read_file('/etc/passwd')",
    "make a temporary table": "CREATE TEMPORARY TABLE t (x int)",
    "make something public": "CREATE TABLE public.mine (x int)",
    "drop a partition before its time": "SELECT ledger.drop_partition('decision', date_trunc('month', now())::date)",
};

/** Insufficient privilege; a grant that is not one's own to give; no parameter that one may set. */
const REFUSALS = new Set(["42501", "0LP01", "P0001"]);

describe("what nobody may do", () => {
    let database: Database;
    let partition: string;
    before(async () => {
        database = await Database.migrated();
        const agent = await database.as("analyst-0");
        await agent.query("SELECT ledger.record_decision($1)", [JSON.stringify(decision())]);
        partition = `decision_${new Date().toISOString().slice(0, 7).replace("-", "_")}`;
    });

    after(closeClients);

    for (const role of ROLES) {
        describe(role, () => {
            let client: Client;
            before(async () => {
                client = await database.as(role);
                // The auditor could not write anyway; what is tried here are its rights.
                await client.query("SET default_transaction_read_only = off");
            });
            for (const [deed, statement] of Object.entries(FORBIDDEN)) {
                it(`cannot ${deed}`, async () => {
                    await client.query("BEGIN");
                    try {
                        await assert.rejects(
                            client.query(statement.replaceAll(/\bMONTH\b/g, partition)),
                            // The right is missing; a slip in the statement would fail as well.
                            (error: DatabaseError) =>
                                REFUSALS.has(error.code ?? "") || assert.fail(`${error.code}: ${error.message}`),
                        );
                    } finally {
                        await client.query("ROLLBACK");
                    }
                });
            }
        });
    }

    it("is refused by the triggers as well, to whoever owns the tables", async () => {
        const owner = await database.as("openclaw_admin");
        await owner.query("SET ROLE openclaw_ledger");
        for (const statement of [
            "UPDATE ledger.decision SET verdict = 'no'",
            "DELETE FROM ledger.decision",
            "TRUNCATE ledger.decision",
            `TRUNCATE ledger.${partition}`,
            `UPDATE ledger.${partition} SET verdict = 'no'`,
        ]) {
            await assert.rejects(
                owner.query(statement),
                /is append-only: (UPDATE|DELETE|TRUNCATE) is refused/,
                statement,
            );
        }
        await owner.query("RESET ROLE");
    });

    it("leaves everything as it was", async () => {
        const auditor = await database.as("openclaw_auditor");
        const { rows } = await auditor.query(
            "SELECT count(*)::int AS count, min(verdict) AS verdict FROM ledger.decision",
        );
        assert.deepEqual(rows, [{ count: 1, verdict: "go ahead" }]);
    });
});
