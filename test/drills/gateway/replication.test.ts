import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
    isSeenEnough,
    keysOf,
    LOOKS,
    looksOf,
    MOST_WAITING,
    mustHold,
    numberOf,
    outOfRhythm,
    Replication,
} from "../../../drills/gateway/replication";

function nameOf(number: number): string {
    const text = number.toString(16).padStart(16, "0");
    return `${text}-${text}.ltx`;
}

describe("what the gateway drill knows of a replica", () => {
    it("is sure of a turn only where a piece was begun after it, whenever Litestream looks", () => {
        // A look from `begin` on holds what was committed before `begin`; its piece is seen from `end` on.
        const look = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }));
        fc.assert(
            fc.property(
                fc.array(look, { minLength: 1, maxLength: 30 }),
                fc.nat(2000),
                fc.nat(30),
                (looks, at, held) => {
                    let clock = 0;
                    const pieces = looks.map(([pause, length]) => ({
                        begin: (clock += pause),
                        end: (clock += length),
                    }));
                    const newestThen = pieces.filter(({ end }) => end <= at).length;
                    const isIn = pieces.slice(0, held).some(({ begin }) => begin >= at);
                    if (mustHold(newestThen, Math.min(held, pieces.length))) assert.ok(isIn);
                },
            ),
        );
        assert.ok(mustHold(7, 9));
        assert.ok(!mustHold(7, 8));
    });

    it("counts the two pieces around a checkpoint as one look", () => {
        assert.equal(looksOf([]), 0);
        assert.equal(looksOf([0, 1000, 1040, 2001, 3000, 3100]), 4);
    });

    it("takes a rhythm as good whatever the machine's speed", () => {
        for (const slower of [1, 3, 20]) {
            const seen = { turns: 4 * LOOKS, seconds: LOOKS * slower, looks: LOOKS, waiting: MOST_WAITING };
            assert.ok(isSeenEnough(seen));
            assert.deepEqual(outOfRhythm(seen), []);
        }
    });

    it("finds uploads and looks that are too rare", () => {
        const good = { turns: 100, seconds: 20, looks: LOOKS, waiting: 6 };
        assert.match(outOfRhythm({ ...good, waiting: LOOKS }).join(), /20 looks waited for their upload, 10 may/);
        const rare = { ...good, turns: 400, seconds: 60, looks: 12 };
        assert.ok(isSeenEnough(rare));
        assert.match(outOfRhythm(rare).join(), /12 looks at 400 turns in 60 s/);
        assert.ok(!isSeenEnough({ ...rare, turns: 30 }), "few turns explain few looks");
    });

    it("reads names of pieces and lists of them", () => {
        assert.equal(numberOf(`agents-a/a-0/agent/0000/${nameOf(0x41)}`), 65);
        assert.equal(numberOf(`${nameOf(0x41)}.tmp`), 0);
        assert.deepEqual(keysOf("<R><Contents><Key>a/b</Key></Contents><Contents><Key>c</Key></Contents></R>"), [
            "a/b",
            "c",
        ]);
    });

    describe("with a volume and a store", () => {
        let folder: string;
        let server: Server;
        let asked: string[];
        let stored: number[];
        let replication: Replication;

        beforeEach(async () => {
            folder = mkdtempSync(join(tmpdir(), "openclaw-replication-"));
            asked = [];
            stored = [];
            server = createServer((request, response) => {
                const { searchParams } = new URL(request.url ?? "", "http://store");
                const after = searchParams.get("start-after") ?? "";
                asked.push(after);
                const keys = stored.map((number) => `${searchParams.get("prefix")}${nameOf(number)}`);
                response.end(
                    keys
                        .filter((key) => key > after)
                        .map((key) => `<Key>${key}</Key>`)
                        .join(""),
                );
            });
            await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
            const address = server.address();
            const port = typeof address === "object" && address !== null ? address.port : 0;
            replication = new Replication(
                join(folder, "a.sqlite"),
                `http://127.0.0.1:${port}/bucket`,
                "agents-a/a-0/agent",
            );
        });

        afterEach(() => {
            server.close();
            rmSync(folder, { recursive: true });
        });

        it("tells what is cut and what is held, and asks only for what is new", async () => {
            assert.equal(replication.cut(), 0);
            assert.equal(await replication.held(), 0);
            const pieces = join(folder, ".a.sqlite-litestream", "ltx", "0");
            mkdirSync(pieces, { recursive: true });
            for (let number = 1; number <= 17; number++) {
                writeFileSync(join(pieces, nameOf(number)), "");
                utimesSync(join(pieces, nameOf(number)), number, number);
            }
            stored = [1, 2, 3];
            assert.equal(replication.cut(), 17);
            assert.equal(replication.looks(await replication.held()), 14);
            stored.push(4);
            assert.equal(await replication.held(), 4);
            assert.equal(await replication.held(), 4);
            assert.match(asked.at(-1) ?? "", /0004\.ltx$/);
        });
    });
});
