import { strict as assert } from "node:assert";
import { type Anchor, anchorsOf, verify } from "../src/verify";
import { closeClients, Database, SUPERUSER } from "./support/database";
import { decision } from "./support/events";

/** What somebody does who has broken into the server, and what verifying says then. `T` is this month's partition. */
const TAMPERINGS: Readonly<
    Record<string, { readonly deed: string; readonly found: RegExp; readonly anchors?: true; readonly undo?: string }>
> = {
    "a verdict was changed": {
        deed: "UPDATE ledger.T SET verdict = 'the contrary' WHERE lane = L AND seq = 3",
        found: /lane \d+: row 3 \([0-9a-f-]{36}\) was changed/,
    },
    "an author was changed": {
        deed: "UPDATE ledger.T SET recorded_by = 'analyst-1' WHERE lane = L AND seq = 2",
        found: /row 2 .* was changed/,
    },
    "a row was changed, and its digest with it": {
        deed: `UPDATE ledger.T SET rationale = 'other' WHERE lane = L AND seq = 3;
               UPDATE ledger.T t SET digest = ledger.digest_of(t.previous, ledger.fields_of((SELECT d FROM ledger.decision d WHERE d.lane = L AND d.seq = 3 AND d.event_id = t.event_id))) WHERE lane = L AND seq = 3`,
        found: /row 4 does not follow the row before it/,
    },
    "a row in the middle was deleted": {
        deed: "DELETE FROM ledger.T WHERE lane = L AND seq = 3",
        found: /row 3 is missing/,
    },
    "rows at the end were deleted": {
        deed: "DELETE FROM ledger.T WHERE lane = L AND seq >= 4",
        found: /it should end with row \d+, and ends with row 3/,
    },
    "rows at the end were deleted, and the end moved": {
        deed: `DELETE FROM ledger.T WHERE lane = L AND seq >= 4;
               UPDATE ledger.head h SET seq = 3, digest = (SELECT digest FROM ledger.T WHERE lane = L AND seq = 3) WHERE log = 'decision' AND lane = L AND month = date_trunc('month', now())`,
        found: /row \d+, which was anchored, is missing/,
        anchors: true,
    },
    "two rows changed places": {
        deed: `UPDATE ledger.T SET seq = 1000 WHERE lane = L AND seq = 2; UPDATE ledger.T SET seq = 2 WHERE lane = L AND seq = 3;
               UPDATE ledger.T SET seq = 3 WHERE lane = L AND seq = 1000`,
        found: /row 2 does not follow the row before it/,
    },
    "a row was slipped in": {
        deed: `INSERT INTO ledger.T SELECT occurred_at + interval '1 ms', gen_random_uuid(), lane, 1 + (SELECT max(seq) FROM ledger.T WHERE lane = L),
                   recorded_at, recorded_by, council, session_id, round, members, votes, verdict, rationale, dissent, evidence, model, prompt_sha256, digest, digest
               FROM ledger.T WHERE lane = L AND seq = 3`,
        found: /was changed|it should end with row/,
    },
    "a chain was written anew from some row on, with its end": {
        deed: `DO $$ DECLARE r ledger.decision; p bytea; BEGIN
                   UPDATE ledger.T SET verdict = 'rewritten' WHERE lane = L AND seq = 2;
                   SELECT digest INTO p FROM ledger.T WHERE lane = L AND seq = 1;
                   FOR r IN SELECT d.* FROM ledger.decision d WHERE d.lane = L AND d.seq >= 2 ORDER BY d.seq LOOP
                       r.previous := p; r.digest := ledger.digest_of(p, ledger.fields_of(r)); p := r.digest;
                       UPDATE ledger.T SET previous = r.previous, digest = r.digest WHERE event_id = r.event_id;
                   END LOOP;
                   UPDATE ledger.head SET digest = p WHERE log = 'decision' AND lane = L AND month = date_trunc('month', now());
               END $$`,
        found: /is not the one that was anchored/,
        anchors: true,
    },
    "a row was moved to another lane": {
        deed: "UPDATE ledger.T SET lane = (L + 1) % 16, seq = 900 WHERE lane = L AND seq = 3",
        found: /was changed|missing/,
    },
    "a row was put outside every lane": {
        deed: "UPDATE ledger.T SET lane = 99 WHERE lane = L AND seq = 3",
        found: /1 rows stand outside every chain/,
    },
    "the whole partition was emptied": {
        deed: "TRUNCATE ledger.T",
        found: /it should end with row \d+, and ends with row 0/,
    },
    "the whole partition was dropped, with the ends of its chains": {
        deed: "DROP TABLE ledger.T; DELETE FROM ledger.head WHERE log = 'decision' AND month = date_trunc('month', now())",
        found: /the whole partition is missing/,
        anchors: true,
    },
    "the partition was detached": {
        deed: "ALTER TABLE ledger.decision DETACH PARTITION ledger.T",
        found: /the whole partition is missing/,
    },
    "the triggers were left off": {
        deed: "ALTER TABLE ledger.decision DISABLE TRIGGER append_only",
        found: /a trigger that refuses changes is missing or off/,
    },
    "row security was left off": {
        deed: "ALTER TABLE ledger.decision DISABLE ROW LEVEL SECURITY",
        found: /row security is off/,
    },
    "somebody was given a right": {
        deed: 'GRANT DELETE ON ledger.decision TO "analyst-1"',
        found: /analyst-1 may DELETE decision/,
    },
    "somebody was made a member of the owner": {
        deed: "GRANT openclaw_ledger TO openclaw_operator",
        undo: "REVOKE openclaw_ledger FROM openclaw_operator",
        found: /openclaw_operator is a member of openclaw_ledger/,
    },
};

describe("verify", () => {
    let database: Database;
    let anchors: Anchor[];
    let lane: number;
    const table = `decision_${new Date().toISOString().slice(0, 7).replace("-", "_")}`;
    before(async () => {
        database = await Database.migrated();
        const agent = await database.as("analyst-0");
        const events = Array.from({ length: 300 }, (_, index) => decision({ session_id: `session-${index % 30}` }));
        await agent.query("SELECT ledger.record_decisions($1)", [JSON.stringify(events)]);
        const superuser = await database.as(SUPERUSER);
        anchors = await anchorsOf(superuser);
        const longest = await superuser.query(
            "SELECT lane FROM ledger.head WHERE log = 'decision' ORDER BY seq DESC LIMIT 1",
        );
        lane = longest.rows[0].lane;
        await closeClients();
    });
    afterEach(closeClients);

    it("finds nothing where nothing was done, as the auditor too", async () => {
        for (const role of [SUPERUSER, "openclaw_auditor"]) {
            const { rows, partitions, findings } = await verify(await database.as(role), anchors);
            assert.deepEqual(findings, []);
            assert.equal(rows, 300);
            assert.equal(partitions, 10);
        }
    });

    for (const [what, { deed, found, anchors: needed, undo }] of Object.entries(TAMPERINGS)) {
        it(`finds that ${what}${needed ? " (by its anchors)" : ""}`, async () => {
            const superuser = await database.copy().as(SUPERUSER);
            // Past every trigger, as only a superuser can.
            await superuser.query("SET session_replication_role = replica");
            await superuser.query(deed.replaceAll(/\bT\b/g, table).replaceAll(/\bL\b/g, String(lane)));
            await superuser.query("RESET session_replication_role");
            try {
                const { findings } = await verify(superuser, needed ? anchors : []);
                assert.ok(
                    findings.some(({ message }) => found.test(message)),
                    JSON.stringify(findings, null, 1),
                );
            } finally {
                if (undo !== undefined) await superuser.query(undo);
            }
        });
    }

    it("finds nothing while agents go on writing", async () => {
        const copy = database.copy();
        const agent = await copy.as("analyst-0");
        const writing = (async () => {
            for (let n = 0; n < 20; n++) {
                await agent.query("SELECT ledger.record_decision($1)", [
                    JSON.stringify(decision({ session_id: `busy-${n}` })),
                ]);
            }
        })();
        const auditor = await copy.as("openclaw_auditor");
        for (let n = 0; n < 3; n++) assert.deepEqual((await verify(auditor, anchors)).findings, []);
        await writing;
    });
});
