import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { KINDS } from "../../src/contract/envelope";
import { derivedId, eventId, isEventId, placeId, timeOf } from "../../src/contract/ids";
import { LARGEST_MESSAGE } from "../../src/contract/names";
import { readEnvelope } from "../../src/contract/read";
import { messageSchema } from "../../src/contract/schema";

const folder = join(__dirname, "v1");
const written = Object.fromEntries(
    readdirSync(folder).map((file) => [
        file.replace(".json", ""),
        JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, unknown>,
    ]),
);
const AT = Date.UTC(2026, 10, 23, 1);

function reasonOf(message: unknown, timestamp = AT): string {
    const reading = readEnvelope(
        Buffer.from(typeof message === "string" ? message : JSON.stringify(message)),
        timestamp,
    );
    return reading.ok ? "" : reading.reason;
}

describe("the contract", () => {
    it("has a message of each kind, as the first version wrote it, and still reads all of them", () => {
        assert.deepEqual(Object.keys(written).sort(), [...KINDS].sort());
        for (const message of Object.values(written)) assert.equal(reasonOf(message), "");
    });

    it("reads what a later version adds, at any place, and passes over it", () => {
        const added = (value: unknown): unknown => {
            if (Array.isArray(value)) return value.map(added);
            if (typeof value !== "object" || value === null) return value;
            return {
                ...Object.fromEntries(Object.entries(value).map(([key, each]) => [key, added(each)])),
                added: { later: 1 },
            };
        };
        for (const message of Object.values(written)) assert.equal(reasonOf(added(message)), "");
    });

    it("says what is wrong, and where", () => {
        const message = written["position"] ?? {};
        for (const [change, said] of [
            [{ version: 2 }, /expected 1.*version/],
            [{ kind: "gossip" }, /kind/],
            [{ id: "x" }, /UUID of version 7.*id/],
            [{ sender: "nobody" }, /sender/],
            [{ session: "a b" }, /session/],
            [{ payload: {} }, /payload.text/],
            [{ round: 1.5 }, /round/],
            [{ recipients: "all" }, /recipients/],
        ] as const) {
            assert.match(reasonOf({ ...message, ...change }), said);
        }
        assert.match(reasonOf("{"), /not JSON/);
        assert.match(reasonOf(""), /empty/);
        assert.match(reasonOf("x".repeat(LARGEST_MESSAGE + 1)), /786433 bytes/);
        assert.match(reasonOf({ ...message, id: eventId(AT + 3_600_000) }), /ahead of the brokers' clock/);
    });

    it("is published as it is read", () => {
        const published = readFileSync(join(__dirname, "../../../docs/bridge-message.schema.json"), "utf8");
        assert.equal(published, `${JSON.stringify(messageSchema(), null, 2)}\n`, "run npm run docs:bridge");
    });
});

describe("ids of events", () => {
    it("tell their time, and those that follow from them keep it and are the same for everybody", () => {
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.string(), fc.string(), (at, one, other) => {
                const cause = eventId(at);
                assert.equal(timeOf(cause), at);
                const effect = derivedId(cause, one);
                assert.ok(isEventId(effect));
                assert.equal(timeOf(effect), at);
                assert.equal(derivedId(cause, one), effect);
                if (one !== other) assert.notEqual(derivedId(cause, other), effect);
            }),
        );
    });

    it("name a place in the log where a record has none of its own", () => {
        assert.equal(placeId("t", 1, 2n, AT), placeId("t", 1, 2n, AT));
        assert.notEqual(placeId("t", 1, 2n, AT), placeId("t", 1, 3n, AT));
        assert.ok(isEventId(placeId("t", 1, 2n, -1)));
    });
});
