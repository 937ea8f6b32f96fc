import { strict as assert } from "node:assert";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIGRATIONS } from "../src/migrate";
import { verify } from "../src/verify";
import { closeClients, Database, SUPERUSER } from "./support/database";
import { decision } from "./support/events";

const ALL = ["admin", "app"].flatMap((set) =>
    readdirSync(join(MIGRATIONS, set)).map((file) => `${set}/${file.replace(".sql", "")}`),
);

describe("migrations", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "openclaw-migrations-"));
        cpSync(MIGRATIONS, folder, { recursive: true });
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    after(closeClients);

    it("are applied in order, and nothing is done the second time", async () => {
        const database = await Database.empty();
        assert.deepEqual(await database.migrate(), ALL);
        assert.deepEqual(await database.migrate(), []);
    });

    it("are applied once where five start at once on an empty database", async () => {
        const database = await Database.empty();
        const applied = await Promise.all(Array.from({ length: 5 }, () => database.migrate()));
        assert.deepEqual(applied.flat().sort(), ALL);
    });

    it("keep every row of a filled database, and its chains", async () => {
        const database = await Database.migrated();
        const agent = await database.as("analyst-0");
        const events = Array.from({ length: 200 }, (_, index) => decision({ session_id: `session-${index % 40}` }));
        await agent.query("SELECT ledger.record_decisions($1)", [JSON.stringify(events)]);
        await agent.query(
            "SELECT memory.write(gen_random_uuid(), 'notes', 'k' || n, 'content ' || n) FROM generate_series(1, 100) n",
        );
        const all = await database.as(SUPERUSER);
        const content = async () =>
            (
                await all.query(
                    "SELECT (SELECT json_agg(d ORDER BY event_id) FROM ledger.decision d)::text AS decisions, (SELECT json_agg(i ORDER BY key) FROM memory.item i)::text AS memories",
                )
            ).rows;
        const before = await content();

        writeFileSync(join(folder, "admin", "0900_more.sql"), "ALTER TABLE ledger.setting ADD COLUMN note text;\n");
        writeFileSync(join(folder, "app", "0900_more.sql"), "ALTER TABLE memory.policy ADD COLUMN note text;\n");
        assert.deepEqual(await database.migrate(folder), ["admin/0900_more", "app/0900_more"]);
        assert.deepEqual(await content(), before);
        assert.deepEqual((await verify(all)).findings, []);
    });

    it("leave nothing of one that fails, and keep those before it", async () => {
        const database = await Database.migrated();
        writeFileSync(join(folder, "app", "0900_good.sql"), "CREATE TABLE memory.good (x int);\n");
        writeFileSync(join(folder, "app", "0901_bad.sql"), "CREATE TABLE memory.half (x int);\nSELECT 1/0;\n");
        await assert.rejects(database.migrate(folder), /division by zero/);
        const all = await database.as(SUPERUSER);
        const { rows } = await all.query(
            "SELECT to_regclass('memory.good')::text AS good, to_regclass('memory.half')::text AS half",
        );
        assert.deepEqual(rows, [{ good: "memory.good", half: null }]);
        rmSync(join(folder, "app", "0901_bad.sql"));
        assert.deepEqual(await database.migrate(folder), []);
    });

    it("ask for the administrator only where something of theirs is missing", async () => {
        const database = await Database.migrated();
        writeFileSync(join(folder, "app", "0900_more.sql"), "ALTER TABLE memory.policy ADD COLUMN note text;\n");
        const { migrate } = await import("../src/migrate");
        const administrator = () => Promise.reject(new Error("the administrator was asked for"));
        const migrator = () => database.as("openclaw_migrator");
        assert.deepEqual(await migrate({ administrator, migrator }, () => undefined, folder), ["app/0900_more"]);
        writeFileSync(join(folder, "admin", "0900_more.sql"), "ALTER TABLE ledger.setting ADD COLUMN note text;\n");
        await assert.rejects(
            migrate({ administrator, migrator }, () => undefined, folder),
            /the administrator was asked for/,
        );
    });
});
