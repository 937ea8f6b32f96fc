import { logGroupRetention } from "../../../policy/rules/logs";
import { set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

describe("policy: logs", () => {
    prove(logGroupRetention, {
        breaks: [set("telemetry-log", "retentionInDays", 364), set("telemetry-log", "retentionInDays", 0)],
        missing: unset("telemetry-log", "retentionInDays"),
        unknown: unknown("telemetry-log", "retentionInDays"),
    });
});
