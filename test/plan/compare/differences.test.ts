import { strict as assert } from "node:assert";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { differences } from "../../../plan/compare/differences";

const paths = (before: unknown, after: unknown) => differences(before, after).map(({ path }) => path);

describe("differences", () => {
    it("are named at the deepest place that says them", () => {
        assert.deepEqual(differences({ a: { b: [1, 2] }, c: 1 }, { a: { b: [1, 3] }, c: 1 }), [
            { path: "a.b[1]", before: 2, after: 3 },
        ]);
        assert.deepEqual(paths({ list: [1] }, { list: [1, 2] }), ["list[1]"]);
        assert.deepEqual(paths({ old: 1 }, { new: 1 }), ["old", "new"]);
    });

    it("look into documents that are kept as text, whatever their blanks", () => {
        const policy = (action: string, indent?: number) =>
            JSON.stringify({ Statement: [{ Action: action, Effect: "Allow" }] }, undefined, indent);
        assert.deepEqual(paths({ policy: policy("s3:Get*") }, { policy: policy("s3:*") }), [
            "policy.Statement[0].Action",
        ]);
        assert.deepEqual(paths({ policy: policy("s3:*") }, { policy: policy("s3:*", 2) }), []);
        assert.deepEqual(paths({ text: "{no document" }, { text: "{none" }), ["text"]);
    });

    it("tell apart what only looks the same", () => {
        assert.deepEqual(paths({ a: 1 }, { a: "1" }), ["a"]);
        assert.deepEqual(paths({ a: {} }, { a: [] }), ["a"]);
        assert.deepEqual(paths({ a: null }, {}), ["a"]);
    });

    it("are none exactly where two values are the same, and the same in number both ways", () => {
        // Texts that hold documents are opened, so they are left out here.
        const value = fc.jsonValue().filter((each) => !/"[[{]/.test(JSON.stringify(each)));
        fc.assert(
            fc.property(value, value, (one, other) => {
                const found = differences(one, other);
                assert.equal(found.length === 0, isDeepStrictEqual(one, other));
                assert.equal(differences(other, one).length, found.length);
            }),
        );
    });
});
