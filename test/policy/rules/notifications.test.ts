import {
    backupEvents,
    budgetSet,
    budgetWarns,
    databaseEvents,
    eventsLead,
    topicRead,
} from "../../../policy/rules/notifications";
import { all, change, document, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const BUDGET = "operations-budget";
const EMAIL = "operations-email-agents-oncall@example.com";

describe("policy: notifications", () => {
    prove(budgetSet, {
        breaks: [set(BUDGET, "limitAmount", "0"), set(BUDGET, "timeUnit", "ANNUALLY"), remove(BUDGET)],
        missing: unset(BUDGET, "limitAmount"),
        unknown: unknown(BUDGET, "limitAmount"),
    });
    prove(budgetWarns, {
        breaks: [
            change(BUDGET, (inputs) => {
                inputs["notifications"] = (inputs["notifications"] as { [key: string]: string }[]).filter(
                    (each) => each["notificationType"] !== "FORECASTED",
                );
            }),
            all(
                set(BUDGET, "notifications.0.subscriberEmailAddresses", []),
                set(BUDGET, "notifications.0.subscriberSnsTopicArns", []),
            ),
        ],
        missing: unset(BUDGET, "notifications"),
        unknown: unknown(BUDGET, "notifications"),
        also: { "budget-notification": "one of its warnings reaches nobody" },
    });
    prove(topicRead, {
        breaks: [set(EMAIL, "protocol", "http"), remove(EMAIL, "operations-email-agents-platform@example.com")],
        missing: unset(EMAIL, "endpoint"),
        unknown: unknown(EMAIL, "protocol"),
        also: { "topic-subscription": "it is over plain HTTP" },
    });
    prove(eventsLead, {
        breaks: [
            remove("operations-events-health-target"),
            document(
                "operations-events-health",
                "eventPattern",
                (pattern) => {
                    pattern["source"] = [];
                },
                "aws:cloudwatch/eventRule:EventRule",
            ),
        ],
        missing: unset("operations-events-health-target", "arn"),
        unknown: unknown("operations-events-health", "eventPattern", "aws:cloudwatch/eventRule:EventRule"),
    });
    prove(databaseEvents, {
        breaks: [set("operations-events-database-cluster", "eventCategories", ["maintenance"])],
        missing: unset("operations-events-database-cluster", "snsTopic"),
        unknown: unknown("operations-events-database-cluster", "eventCategories"),
    });
    prove(backupEvents, {
        breaks: [
            document(
                "operations-events-backups",
                "eventPattern",
                (pattern) => {
                    pattern["detail"] = { state: ["COMPLETED"] };
                },
                "aws:cloudwatch/eventRule:EventRule",
            ),
        ],
        missing: remove("operations-events-vaults", "operations-events-vaults-target"),
        unknown: unknown("operations-events-backups", "eventPattern", "aws:cloudwatch/eventRule:EventRule"),
    });
});
