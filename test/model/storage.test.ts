import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { growth, held, type PerDay, ROW_BYTES } from "../../components/model/storage";

const GIB = 1024 ** 3;
const rows = fc.integer({ min: 0, max: 50_000_000 });
const loads = fc.record({ decision: rows, audit: rows, memory: rows });
const near = (one: number, other: number) =>
    Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one), Math.abs(other));

describe("growth of storage", () => {
    it("is what a row takes, a row a day, thirty days and a half", () => {
        for (const kind of ["decision", "audit", "memory"] as const) {
            assert.ok(near(growth({ [kind]: GIB / ROW_BYTES[kind] }), 365.25 / 12), kind);
        }
        assert.equal(growth({}), 0);
    });

    it("adds up over kinds, and doubles with the load", () => {
        fc.assert(
            fc.property(loads, (load) => {
                const parts = (["decision", "audit", "memory"] as const).map((kind) => growth({ [kind]: load[kind] }));
                assert.ok(
                    near(
                        growth(load),
                        parts.reduce((sum, part) => sum + part, 0),
                    ),
                );
                const twice: PerDay = { decision: 2 * load.decision, audit: 2 * load.audit, memory: 2 * load.memory };
                assert.ok(near(growth(twice), 2 * growth(load)));
            }),
        );
    });

    it("ends where as much expires as is added: twelve months hold a year", () => {
        fc.assert(
            fc.property(loads, fc.integer({ min: 1, max: 4000 }), (load, days) => {
                assert.ok(near(held(load, 365.25), 12 * growth(load)));
                assert.ok(held(load, days + 1) >= held(load, days));
            }),
        );
    });

    it("counts rows with their indexes: no less than the fields that they must have", () => {
        // A decision carries two digests and a rationale of some 1,500 characters, a memory a vector of 1,024 numbers of 4 bytes.
        assert.ok(ROW_BYTES.decision > 1500 + 2 * 32);
        assert.ok(ROW_BYTES.memory > 1024 * 4);
        assert.ok(ROW_BYTES.audit > 2 * 32);
    });
});
