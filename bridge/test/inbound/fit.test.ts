import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { fit } from "../../src/inbound/fit";

describe("what is too long for a message", () => {
    it("is cut to what fits, whatever its characters are, and stays text", () => {
        const anyText = fc.oneof(
            fc.string({ unit: "binary", maxLength: 3000 }),
            fc.string({ unit: fc.constantFrom("\0", "a", "ä", "𝄞", '"', "\ud800"), maxLength: 3000 }),
        );
        fc.assert(
            fc.property(anyText, fc.integer({ min: 50, max: 2000 }), (text, bytes) => {
                const kept = fit(text, bytes);
                const size = Buffer.byteLength(JSON.stringify(kept));
                if (Buffer.byteLength(JSON.stringify(text)) <= bytes) assert.equal(kept, text);
                else assert.ok(size <= bytes + 6 && size > bytes / 3 - 40, `${size} of ${bytes}`);
            }),
        );
    });
});
