import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { maxAway } from "../../components/model/disruption";

const percent = fc.integer({ min: 1, max: 100 });
const agents = fc.integer({ min: 1, max: 5000 });

describe("Agents away at once", () => {
    it("are a tenth of a class, rounded down", () => {
        assert.deepEqual(
            [1, 4, 10, 11, 19, 20, 30, 120, 320].map((count) => maxAway(10, count)),
            [1, 1, 1, 1, 1, 2, 3, 12, 32],
        );
    });

    it("are never more than the share, but for the one that is always allowed", () => {
        fc.assert(
            fc.property(percent, agents, (share, count) => {
                const away = maxAway(share, count);
                assert.ok(away === 1 || away * 100 <= count * share, `${away} of ${count} at ${share} %`);
            }),
        );
    });

    it("are as many as the share allows: one more would be too many", () => {
        fc.assert(
            fc.property(percent, agents, (share, count) => {
                assert.ok((maxAway(share, count) + 1) * 100 > count * share);
            }),
        );
    });

    it("are a whole number of at least one, and not more than there are", () => {
        fc.assert(
            fc.property(percent, agents, (share, count) => {
                const away = maxAway(share, count);
                assert.ok(Number.isInteger(away) && away >= 1 && away <= count);
            }),
        );
    });

    it("grow with the class and with the share", () => {
        fc.assert(
            fc.property(percent, agents, (share, count) => {
                assert.ok(maxAway(share, count + 1) >= maxAway(share, count));
                assert.ok(maxAway(share + 1, count) >= maxAway(share, count));
            }),
        );
    });
});
