import { strict as assert } from "node:assert";
import { daysBetween } from "../../components/model/schedules";

describe("schedules of AWS", () => {
    const cases: readonly (readonly [string | undefined, number | undefined])[] = [
        ["cron(0 2 * * ? *)", 1],
        ["cron(0 2 ? * * *)", 1],
        ["cron(0/30 * * * ? *)", 1],
        ["cron(0 * * * ? *)", 1 / 24],
        ["cron(0 10 ? * WED *)", 7],
        ["cron(0 5 1 * ? *)", 31],
        ["cron(0 5 1 1 ? *)", undefined],
        ["cron(0 5 1 * ? 2027)", undefined],
        ["cron(0 5 1 *)", undefined],
        ["rate(12 hours)", 0.5],
        ["rate(1 day)", 1],
        ["rate(60 days)", 60],
        ["at night", undefined],
        [undefined, undefined],
    ];
    for (const [schedule, days] of cases) {
        it(`${schedule} runs once in ${days} days`, () => assert.equal(daysBetween(schedule), days));
    }
});
