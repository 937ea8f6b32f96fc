import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import {
    CLOUDWATCH_RETENTION_DAYS,
    MINIMUM_DECISION_LOG_DAYS,
    nearestRetention,
} from "../../components/model/retention";

describe("retention", () => {
    const longest = 3653;

    it("knows the days that CloudWatch accepts, in order and once each", () => {
        assert.deepEqual(
            [...new Set(CLOUDWATCH_RETENTION_DAYS)].sort((a, b) => a - b),
            CLOUDWATCH_RETENTION_DAYS,
        );
        assert.equal(CLOUDWATCH_RETENTION_DAYS.length, 22);
        assert.equal(CLOUDWATCH_RETENTION_DAYS.at(-1), longest);
    });

    it("never keeps logs for less than asked, nor longer than CloudWatch makes it", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: longest }), (days) => {
                const nearest = nearestRetention(days);
                assert.ok(CLOUDWATCH_RETENTION_DAYS.includes(nearest));
                assert.ok(nearest >= days);
                assert.ok(!CLOUDWATCH_RETENTION_DAYS.some((accepted) => accepted >= days && accepted < nearest));
            }),
        );
    });

    it("leaves accepted days as they are, and never shortens when more is asked", () => {
        for (const days of CLOUDWATCH_RETENTION_DAYS) assert.equal(nearestRetention(days), days);
        const day = fc.integer({ min: 1, max: longest });
        fc.assert(
            fc.property(day, day, (a, b) =>
                assert.ok(nearestRetention(Math.min(a, b)) <= nearestRetention(Math.max(a, b))),
            ),
        );
    });

    it("rounds the year's edge up: 365 stays, 366 is 400", () => {
        assert.equal(nearestRetention(MINIMUM_DECISION_LOG_DAYS), 365);
        assert.equal(nearestRetention(366), 400);
        assert.equal(nearestRetention(401), 545);
    });

    for (const days of [0, -1, longest + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
        it(`refuses ${days} days`, () => {
            assert.throws(() => nearestRetention(days), RangeError);
        });
    }
});
