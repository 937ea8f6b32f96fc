import {
    alarmActs,
    alarmDecides,
    alarmMeasures,
    alarmRunbook,
    compositeKnows,
    watched,
} from "../../../policy/rules/alarms";
import { remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const ALARM = "operations-brokers-controller";

describe("policy: alarms", () => {
    prove(alarmActs, {
        breaks: [set(ALARM, "actionsEnabled", false), set(ALARM, "alarmActions", []), set(ALARM, "okActions", [])],
        missing: unset(ALARM, "alarmActions"),
        unknown: unknown(ALARM, "actionsEnabled"),
    });
    prove(alarmDecides, {
        breaks: [
            set(ALARM, "treatMissingData", "perhaps"),
            set(ALARM, "comparisonOperator", "About"),
            set(ALARM, "datapointsToAlarm", 6),
            set(ALARM, "evaluationPeriods", 100),
        ],
        missing: unset(ALARM, "treatMissingData"),
        unknown: unknown(ALARM, "threshold"),
        also: { "alarm-delay": "so many periods take too long" },
    });
    prove(alarmMeasures, {
        breaks: [
            set(ALARM, "period", 1),
            set(ALARM, "dimensions", {}),
            set("operations-agents-silent", "metricQueries.1.returnData", false),
            set("operations-agents-silent", "metricQueries.1.expression", ""),
        ],
        missing: unset(ALARM, "statistic"),
        unknown: unknown(ALARM, "period"),
    });
    prove(alarmRunbook, {
        breaks: [set(ALARM, "alarmDescription", "Something is wrong.")],
        missing: unset(ALARM, "alarmDescription"),
        unknown: unknown(ALARM, "alarmDescription"),
    });
    prove(compositeKnows, {
        breaks: [
            set("operations-promise-2", "alarmRule", 'ALARM("openclaw-prod-nothing")'),
            set("operations-broken-promise", "alarmActions", []),
            set("operations-broken-promise", "actionsEnabled", false),
        ],
        missing: unset("operations-promise-2", "alarmRule"),
        unknown: unknown("operations-promise-2", "alarmRule"),
    });
    prove(watched, {
        breaks: [set("operations-brokers-offline-partitions", "metricName", "Other")],
        missing: remove("operations-database-transaction-ids"),
        also: { "composite-alarm-complete": "the promise's alarm names the one that is gone" },
        unknown: unknown("operations-brokers-offline-partitions", "metricName"),
    });
});
