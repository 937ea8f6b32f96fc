import { strict as assert } from "node:assert";
import { isUnknown, Reader, Undecided, UNKNOWN } from "../../../policy/engine/value";

describe("policy: reading values", () => {
    const reader = new Reader({
        encryption: { inTransit: { clientBroker: "TLS" }, keyArn: UNKNOWN },
        count: "4",
        days: 35,
        on: "true",
        off: false,
        nothing: null,
        zones: ["a", UNKNOWN, "c"],
        statements: JSON.stringify({ Statement: [{ Action: "s3:GetObject" }, { Action: ["a", "b"] }] }),
        broken: "{",
        below: UNKNOWN,
    });

    it("reads by path, and numbers and flags that stand as text", () => {
        assert.equal(reader.text("encryption.inTransit.clientBroker"), "TLS");
        assert.equal(reader.number("count"), 4);
        assert.equal(reader.number("days"), 35);
        assert.equal(reader.flag("on"), true);
        assert.equal(reader.flag("off"), false);
    });

    it("gives nothing for what is absent or of another type", () => {
        assert.equal(reader.text("days"), undefined);
        assert.equal(reader.number("on"), undefined);
        assert.equal(reader.flag("count"), undefined);
        assert.equal(reader.text("encryption.atRest.key"), undefined);
        assert.deepEqual(reader.list("count"), []);
        assert.deepEqual(reader.entries("zones"), []);
        assert.equal(reader.json("broken").has("Statement"), false);
        assert.equal(reader.text("toString"), undefined, "what every object inherits is not there");
    });

    it("says whether something is there even where it is unknown, but not below it", () => {
        assert.equal(reader.has("encryption.keyArn"), true);
        assert.equal(reader.has("encryption.other"), false);
        assert.equal(reader.has("nothing"), false);
        assert.throws(() => reader.has("below.key"), Undecided);
    });

    it("throws with the path where a value is unknown", () => {
        assert.throws(() => reader.text("encryption.keyArn"), { path: "encryption.keyArn" });
        const [first, second, third] = reader.list("zones");
        assert.equal(first?.text(), "a");
        assert.throws(() => second?.text(), { path: "zones[1]" });
        assert.equal(third?.text(), "c");
        assert.throws(() => reader.raw("encryption"), Undecided);
        assert.throws(() => reader.get("below").keys(), Undecided);
    });

    it("reads documents that stand as text, and one item as a list of one", () => {
        const statements = reader.json("statements").list("Statement");
        assert.deepEqual(
            statements.map((statement) => statement.texts("Action")),
            [["s3:GetObject"], ["a", "b"]],
        );
    });

    it("takes an encrypted value of an exported state for unknown", () => {
        const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:..." };
        assert.equal(isUnknown(secret), true);
        assert.throws(() => new Reader({ password: secret }).text("password"), Undecided);
        assert.equal(new Reader({ password: secret }).has("password"), true);
    });
});
