import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADMINISTRATOR, Database } from "./support/database";

const database = join(__dirname, "..");

describe("the bundle of the image", () => {
    let folder: string;
    before(() => {
        // As in the image: the bundle, the migrations, and no package anywhere above.
        folder = mkdtempSync(join(tmpdir(), "openclaw-data-bundle-"));
        const { status, stderr } = spawnSync("npm", ["run", "build", "--prefix", database], { encoding: "utf8" });
        assert.equal(status, 0, stderr);
        cpSync(join(database, "dist"), join(folder, "dist"), { recursive: true });
        cpSync(join(database, "migrations"), join(folder, "migrations"), { recursive: true });
        mkdirSync(join(folder, "empty"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const run = (args: readonly string[], env: Record<string, string> = {}) =>
        spawnSync(process.execPath, [join(folder, "dist", "main.cjs"), ...args], {
            cwd: join(folder, "empty"),
            env: { PATH: process.env["PATH"], ...env },
            encoding: "utf8",
        });

    it("starts from an empty folder and says what it can do", () => {
        const { status, stdout, stderr } = run(["--help"]);
        assert.deepEqual([status, stderr], [0, ""]);
        for (const command of ["migrate", "provision", "upkeep", "verify", "export", "erase"]) {
            assert.match(stdout, new RegExp(`^  ${command} `, "m"));
        }
    });

    it("tells what is missing in a line, as the command itself does", () => {
        const { status, stdout, stderr } = run(["upkeep"], { PGUSER: "openclaw_operator" });
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, /^data: ANCHORS is not set: .*\n.*--help\n$/);
    });

    it("does on a real database what the jobs of the cluster ask of it: migrate, provision, upkeep", async () => {
        const { environment } = await Database.empty();
        const asked = (args: string[], env: Record<string, string>) => {
            const { status, stdout, stderr } = run(args, { ...environment, ...env });
            assert.equal(status, 0, stderr);
            return stdout;
        };
        const migrations = ["admin", "app"].flatMap((set) => readdirSync(join(database, "migrations", set)));
        const administrator = { PGADMINUSER: ADMINISTRATOR, AGENTS: '{"analyst":2,"reviewer":1}' };

        const applied = asked(["migrate"], administrator);
        assert.match(applied, new RegExp(`^${migrations.length} migrations applied$`, "m"));
        assert.match(asked(["migrate"], administrator), /nothing to do/);
        asked(["provision"], administrator);
        assert.match(asked(["provision"], administrator), /0 made, 0 may log in again, 0 may no more/);

        const anchors = join(folder, "anchors");
        assert.match(
            asked(["upkeep"], { PGUSER: "openclaw_operator", ANCHORS: anchors }),
            /0 partitions made, ready for \d+ days/,
        );
        const written = readdirSync(anchors, { recursive: true, encoding: "utf8" });
        assert.ok(
            written.some((name) => /^anchors.\d{4}-\d\d-\d\d.+\.json$/.test(name)),
            written.join(", "),
        );
    });
});
