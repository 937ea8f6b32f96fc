import * as rules from "../../../policy/rules/events";
import { networkAttached } from "../../../policy/rules/network";
import { nodeNetworkTagged } from "../../../policy/rules/tags";
import { change, document, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const RULE = "aws:cloudwatch/eventRule:EventRule";
const TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const STATES = "karpenter-state-change";
const MAIL = "operations-email-agents-oncall@example.com";
const BUDGET = "operations-budget";

/** Edits what of an event a rule asks for. */
const details = (rule: string, edit: object) =>
    document(rule, "eventPattern", (pattern) => Object.assign(pattern["detail"] ?? {}, edit), RULE);

const discovery = (name: string, value: string) =>
    change(name, (inputs) => Object.assign(inputs["tags"] ?? {}, { "karpenter.sh/discovery": value }));

describe("policy: events, subscriptions and warnings", () => {
    prove(rules.interruptionsHeard, {
        breaks: [
            details(STATES, { state: ["stopping"] }),
            details(STATES, { state: [] }),
            details("karpenter-health", { eventTypeCategory: ["issue"] }),
            details("karpenter-health", { service: [] }),
            document(
                "karpenter-rebalance",
                "eventPattern",
                (pattern) => Object.assign(pattern, { "detail-type": ["Other"] }),
                RULE,
            ),
            set("karpenter-spot-interruption", "arn", "arn:aws:sns:us-east-1:111122223333:other", TARGET),
        ],
        missing: unset(STATES, "eventPattern", RULE),
        unknown: unknown(STATES, "eventPattern", RULE),
        also: { "event-rule-leads-somewhere": "a rule without a pattern takes nothing" },
    });

    prove(rules.topicSubscription, {
        breaks: [set(MAIL, "protocol", "http"), set(MAIL, "endpoint", "agents-oncall")],
        missing: unset(MAIL, "endpoint"),
        unknown: unknown(MAIL, "endpoint"),
        also: { "topic-subscribed": "a subscription without an address is none" },
    });

    prove(rules.topicSignature, {
        breaks: [set("operations-topic", "signatureVersion", 1)],
        missing: unset("operations-topic", "signatureVersion"),
        unknown: unknown("operations-topic", "signatureVersion"),
    });

    prove(rules.budgetNotification, {
        breaks: [
            set(BUDGET, "accountId", "any"),
            set(BUDGET, "notifications.1.threshold", 1000),
            set(BUDGET, "notifications.1.comparisonOperator", "LESS_THAN"),
            set(BUDGET, "notifications.1.thresholdType", "ABSOLUTE_VALUE"),
            set(BUDGET, "notifications.2.subscriberSnsTopicArns", []),
            set(BUDGET, "notifications.0.subscriberEmailAddresses", ["nobody"]),
        ],
        missing: unset(BUDGET, "notifications.1.threshold"),
        unknown: unknown(BUDGET, "notifications.1.threshold"),
    });

    prove(networkAttached, {
        breaks: [unset("database-access", "vpcId"), unset("network-internet", "vpcId")],
        missing: unset("network-endpoint-access", "vpcId"),
        unknown: unknown("network-endpoint-access", "vpcId"),
    });

    prove(nodeNetworkTagged, {
        breaks: [discovery("cluster-nodes", "other"), discovery("network-nodes-b", "other")],
        missing: unset("cluster-nodes", "tags"),
        unknown: unknown("cluster-nodes", "tags"),
        also: { "node-class-network": "no subnet of that zone is found" },
    });
});
