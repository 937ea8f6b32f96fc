import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventId } from "../src/events";
import { checkExport, type SessionExport } from "../src/session";
import { upkeep } from "../src/upkeep";
import { ADMINISTRATOR, closeClients, Database } from "./support/database";
import { decision } from "./support/events";

const cli = join(__dirname, "..", "cli.cjs");

describe("npm run data", () => {
    let database: Database;
    let folder: string;
    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "openclaw-data-commands-"));
        database = await Database.migrated();
        const agent = await database.as("analyst-0");
        const started = Date.now() - 10;
        const events = [1, 2, 3].map((round) =>
            decision({
                // Within one millisecond their order would be that of chance.
                event_id: eventId(started + round),
                session_id: "s/1",
                round,
                verdict: round === 3 ? "<b>go</b>" : "wait",
                rationale: "50% & more",
            }),
        );
        const others = Array.from({ length: 50 }, (_, index) => decision({ session_id: `other-${index}` }));
        await agent.query("SELECT ledger.record_decisions($1)", [JSON.stringify([...events, ...others])]);
        await closeClients();
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const run = (args: readonly string[], env: Record<string, string> = {}) =>
        new Promise<{ status: number | null; said: string; output: string }>((resolve) => {
            const child = spawn(process.execPath, [cli, ...args], {
                cwd: folder,
                env: { ...process.env, ...database.environment, ...env },
            });
            let [output, said] = ["", ""];
            child.stdout.on("data", (chunk: Buffer) => (output += String(chunk)));
            child.stderr.on("data", (chunk: Buffer) => (said += String(chunk)));
            child.on("close", (status) => resolve({ status, said, output }));
        });
    const as = (role: string) => ({ PGUSER: role });

    it("exports a session with proof and page; the proof holds without a database, and not after a change", async () => {
        const { status, output } = await run(["export", "s/1", "--out", "session"], as("openclaw_auditor"));
        assert.equal(status, 0, output);
        const file = join(folder, "session.json");
        const found = JSON.parse(readFileSync(file, "utf8")) as SessionExport;
        assert.deepEqual(
            found.decisions.map(({ row }) => row["round"]),
            ["1", "2", "3"],
        );
        assert.deepEqual(checkExport(found), []);
        assert.equal((await run(["check", "session.json"])).status, 0);

        const page = readFileSync(join(folder, "session.html"), "utf8");
        assert.ok(
            page.includes("&lt;b&gt;go&lt;/b&gt;") && !page.includes("<b>go</b>"),
            "text of agents is shown, not run",
        );
        assert.doesNotMatch(page, /https?:\/\/(?!www\.w3\.org)/, "the page asks for nothing");

        const [first] = found.decisions;
        assert.ok(first);
        for (const [forged, message] of [
            [{ ...first, row: { ...first.row, verdict: "no" } }, /its content is not what its digest says/],
            [{ ...first, path: [...first.path, "00".repeat(32)] }, /does not lead to the end/],
        ] as const) {
            writeFileSync(join(folder, "forged.json"), JSON.stringify({ ...found, decisions: [forged] }));
            const checked = await run(["check", "forged.json"]);
            assert.equal(checked.status, 1);
            assert.match(checked.said, message);
        }
    });

    it("exports the same end of a chain that verify and the anchors know", async () => {
        assert.equal(
            (await run(["upkeep"], { ...as("openclaw_operator"), ANCHORS: join(folder, "anchors") })).status,
            0,
        );
        await run(["export", "s/1", "--out", "again"], as("openclaw_auditor"));
        const { decisions } = JSON.parse(readFileSync(join(folder, "again.json"), "utf8")) as SessionExport;
        const { status, output } = await run(["verify", "--anchors", "anchors"], as("openclaw_auditor"));
        assert.equal(status, 0);
        assert.match(output, /^53 rows in 10 partitions recomputed, against \d+ anchors: no findings$/m);
        const { readdirSync } = await import("node:fs");
        const [name = ""] = readdirSync(join(folder, "anchors"), { recursive: true, encoding: "utf8" }).filter((each) =>
            each.endsWith(".json"),
        );
        const anchors = JSON.parse(readFileSync(join(folder, "anchors", name), "utf8")) as { digest: string }[];
        for (const { end } of decisions) assert.ok(anchors.some(({ digest }) => digest === end.digest));
    });

    it("does upkeep twice and by two at once without harm, and says what is ready", async () => {
        const env = { ...as("openclaw_operator"), ANCHORS: join(folder, "two") };
        const both = await Promise.all([run(["upkeep"], env), run(["upkeep"], env)]);
        for (const { status, output, said } of both) {
            assert.equal(status, 0, said);
            assert.match(output, /0 partitions made, ready for \d+ days/);
        }
    });

    it("never writes anchors over others, not even those of the same millisecond", async () => {
        const names: string[] = [];
        const store = { write: async (name: string) => void names.push(name) };
        const operator = await database.as("openclaw_operator");
        const now = new Date("2026-11-23T02:33:30.552Z");
        for (let run = 0; run < 2; run += 1) await upkeep(operator, store, async () => undefined, now);
        await closeClients();
        assert.equal(new Set(names).size, 2);
        for (const name of names)
            assert.match(name, /^anchors\/2026-11-23\/2026-11-23T02:33:30\.552Z-[0-9a-f]{8}\.json$/);
    });

    it("erases a person's memories, with a reason", async () => {
        const agent = await database.as("analyst-0");
        await agent.query("SELECT memory.write(gen_random_uuid(), 'n', 'k', 'x', '{}', 'jo')");
        await closeClients();
        assert.equal((await run(["erase", "jo"], as("openclaw_operator"))).status, 2);
        const { status, output } = await run(["erase", "jo", "--reason", "request 17"], as("openclaw_operator"));
        assert.equal(status, 0);
        assert.match(output, /^1 memories erased/);
        assert.equal((await run(["verify"], as("openclaw_auditor"))).status, 0, "the decision log stays as it was");
    });

    it("migrates and provisions; a second time there is nothing to do", async () => {
        const env = { PGADMINUSER: ADMINISTRATOR, AGENTS: '{"analyst": 2, "reviewer": 1}' };
        assert.match((await run(["migrate"], env)).output, /nothing to do/);
        assert.match((await run(["provision"], env)).output, /0 made, 0 may log in again, 0 may no more/);
    });

    it("explains a wrong call in one line with exit code 2, and what the database says with 1", async () => {
        for (const [args, env, status, said] of [
            [["drop"], {}, 2, /there is no command drop; commands: migrate, provision/],
            [["export"], {}, 2, /export needs the session's id/],
            [["export", "nothing"], as("openclaw_auditor"), 2, /there is no decision of a session nothing/],
            [["provision"], { AGENTS: "{" }, 2, /AGENTS must be JSON/],
            [["upkeep"], as("openclaw_operator"), 2, /ANCHORS is not set/],
            [["verify"], { PGPORT: "x" }, 2, /PGPORT is x: must be a port/],
            [["verify"], { DATABASE_AUTH: "iam" }, 2, /PGSSLROOTCERT is not set/],
            [["verify"], { PGPORT: "1" }, 1, /ECONNREFUSED/],
            [["verify"], as("analyst-0"), 1, /permission denied/],
            [["check", "none.json"], {}, 2, /cannot read none\.json/],
        ] as const) {
            const ended = await run(args, env);
            assert.equal(ended.status, status, `${args.join(" ")}: ${ended.said}`);
            assert.match(ended.said, said);
            assert.doesNotMatch(ended.said, /\n\s+at /);
        }
    });
});
