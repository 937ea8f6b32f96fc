import { strict as assert } from "node:assert";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cached, execute, MissingTool, run } from "../../../drills/components/cache";

describe("the cache of real components", () => {
    let root: string;
    const before = process.env["XDG_CACHE_HOME"];
    const { write } = process.stderr;

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "openclaw-cache-"));
        process.env["XDG_CACHE_HOME"] = root;
        process.stderr.write = () => true;
    });
    afterEach(() => {
        process.stderr.write = write;
        if (before === undefined) delete process.env["XDG_CACHE_HOME"];
        else process.env["XDG_CACHE_HOME"] = before;
        rmSync(root, { recursive: true });
    });

    const make = (content: string) => (folder: string) => {
        writeFileSync(join(folder, "tool"), content);
        return Promise.resolve();
    };
    const left = () => readdirSync(join(root, "openclaw")).sort();

    it("makes a version once, and another version beside it", async () => {
        const first = await cached("tool", "1.0", make("one"));
        const again = await cached("tool", "1.0", () => assert.fail("made twice"));
        const second = await cached("tool", "2.0", make("two"));
        assert.equal(again, first);
        assert.equal(readFileSync(join(first, "tool"), "utf8"), "one");
        assert.equal(readFileSync(join(second, "tool"), "utf8"), "two");
        assert.deepEqual(left(), ["tool-1.0", "tool-2.0"]);
    });

    it("lets every user run what it holds", async () => {
        const folder = await cached("tool", "1.0", make("one"));
        assert.equal(statSync(folder).mode & 0o777, 0o755);
    });

    it("leaves nothing of what could not be made, and tries again", async () => {
        const broken = (folder: string) => {
            writeFileSync(join(folder, "tool"), "half");
            return Promise.reject(new Error("no network"));
        };
        await assert.rejects(cached("tool", "1.0", broken), /no network/);
        assert.deepEqual(left(), []);
        await cached("tool", "1.0", make("whole"));
        assert.deepEqual(left(), ["tool-1.0"]);
    });

    it("takes what another run has made meanwhile", async () => {
        const folders = await Promise.all([cached("tool", "1.0", make("same")), cached("tool", "1.0", make("same"))]);
        assert.equal(folders[0], folders[1]);
        assert.deepEqual(left(), ["tool-1.0"]);
        assert.ok(existsSync(join(folders[0], "tool")));
    });
});

describe("a command that a drill runs", () => {
    it("says what it printed", async () => {
        assert.equal(await run(process.execPath, ["-p", "1 + 1"]), "2\n");
    });

    it("says why it failed, and with which code where that is an answer", async () => {
        const failing = ["-e", "console.error('no room'); process.exit(3)"];
        await assert.rejects(run(process.execPath, failing), /ended with 3:\nno room/);
        assert.deepEqual(await execute(process.execPath, failing), { code: 3, output: "", said: "no room\n" });
    });

    it("is named where it is missing, with where it comes from", async () => {
        const missing = run("openclaw-no-such-tool", [], { why: "install it" });
        await assert.rejects(missing, new MissingTool('"openclaw-no-such-tool" is not on this machine: install it'));
    });

    it("ends when its time is up", async () => {
        const { code, said } = await execute(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
            limitSeconds: 0.2,
        });
        assert.notEqual(code, 0);
        assert.match(said, /ended because it may take 0.2 s/);
    });
});
