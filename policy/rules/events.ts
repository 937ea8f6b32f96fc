import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { referring } from "./support/related";
import { inTurn, requireForm, requireNumber, requireOneOf } from "./support/values";

const EVENT_RULE = "aws:cloudwatch/eventRule:EventRule";
const EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass";
const TOPIC = "aws:sns/topic:Topic";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const BUDGET = "aws:budgets/budget:Budget";

/** What Karpenter must hear of to move pods before their node goes: kind, and what of it. */
const INTERRUPTIONS: Readonly<Record<string, readonly string[]>> = {
    "AWS Health Event": ["scheduledChange"],
    "EC2 Capacity Reservation Instance Interruption Warning": [],
    "EC2 Instance Rebalance Recommendation": [],
    "EC2 Instance State-change Notification": ["stopping", "stopped", "shutting-down", "terminated"],
    "EC2 Spot Instance Interruption Warning": [],
};

export const interruptionsHeard = stackRule({
    name: "interruptions-heard",
    description: "Karpenter hears of nodes that AWS is about to take, and moves their pods first",
    severity: "high",
    references: ["openclaw promise 6"],
    remediation: "Make an EventBridge rule for each kind of event, with Karpenter's queue as its target.",
    url: "https://karpenter.sh/docs/concepts/disruption/#interruption",
    types: [NODE_CLASS],
    settings: {
        kinds: z
            .record(z.string(), z.array(z.string()))
            .default(Object.fromEntries(Object.entries(INTERRUPTIONS).map(([kind, of]) => [kind, [...of]])))
            .describe("Kinds of events that must be heard of, each with the states or categories that matter"),
    },
    check(stack, report, { kinds }) {
        const [nodeClass] = stack.ofType(NODE_CLASS);
        if (nodeClass === undefined) return;
        const targets = referring(stack, [EVENT_TARGET], "rule");
        const before = stack.undecided.length;
        const heard = new Map<string, ReadonlySet<string>>();
        stack.each(stack.ofType(EVENT_RULE), (rule) => {
            const pattern = rule.props.json("eventPattern");
            const toQueue = targets(rule).some((target) => target.props.text("arn")?.includes(":sqs:"));
            if (!toQueue || !pattern.texts("source").every((source) => /^aws\.(ec2|health)$/.test(source))) return;
            const details = new Set([...pattern.texts("detail.state"), ...pattern.texts("detail.eventTypeCategory")]);
            for (const kind of pattern.texts("detail-type")) if (!narrow(pattern)) heard.set(kind, details);
        });
        if (stack.undecided.length > before) return;
        for (const [kind, wanted] of Object.entries(kinds)) {
            const details = heard.get(kind);
            const lacking = wanted.filter((each) => details?.size !== 0 && !details?.has(each));
            if (details === undefined) report(nodeClass, `${kind} reaches no queue`);
            else if (lacking.length > 0) report(nodeClass, `${kind} of ${lacking.join(", ")} reaches no queue`);
        }
    },
});

/** Whether a pattern asks for something of which nothing can be: an empty list matches no event. */
function narrow(pattern: Reader): boolean {
    return [...pattern.entries(), ...pattern.entries("detail")].some(
        ([key, value]) => key !== "detail" && value.texts().length === 0 && value.keys().length === 0,
    );
}

const FORMS: Readonly<Record<string, readonly [RegExp, string]>> = {
    email: [/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an address"],
    "email-json": [/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an address"],
    https: [/^https:\/\//, "an https:// address"],
    sqs: [/^arn:aws[^:]*:sqs:/, "the ARN of a queue"],
    lambda: [/^arn:aws[^:]*:lambda:/, "the ARN of a function"],
    firehose: [/^arn:aws[^:]*:firehose:/, "the ARN of a stream"],
    sms: [/^\+\d{8,15}$/, "a number such as +4930123456"],
};

export const topicSubscription = resourceRule({
    name: "topic-subscription",
    description: "Every subscription of a topic leads to an address of its kind, and never over plain HTTP",
    severity: "medium",
    references: ["openclaw promise 4", "openclaw promise 7"],
    remediation: `Set protocol to ${Object.keys(FORMS).join(", ")}, and endpoint to an address of that kind.`,
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html#enforce-encryption-data-in-transit",
    types: [SUBSCRIPTION],
    check({ props }, report) {
        requireOneOf(props, "protocol", Object.keys(FORMS), report);
        const [form, what] = FORMS[props.text("protocol") ?? ""] ?? [/^/, "an address"];
        requireForm(props, "endpoint", form, what, report);
    },
});

export const topicSignature = resourceRule({
    name: "topic-signature",
    description: "Notifications are signed with SHA-256, so that nobody forges an alarm or its end",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation: "Set signatureVersion to 2.",
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
    types: [TOPIC],
    check: ({ props }, report) => requireNumber(props, "signatureVersion", { least: 2, most: 2 }, report),
});

export const budgetNotification = resourceRule({
    name: "budget-notification",
    description: "Every warning of a budget can go off, and reaches a topic as well as people",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation:
        "Set notificationType, comparisonOperator, threshold and thresholdType, and both kinds of subscribers.",
    url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html",
    types: [BUDGET],
    settings: {
        highestPercent: z.number().positive().default(120).describe("Share of the limit that a warning is of at most"),
    },
    check({ props }, report, { highestPercent }) {
        inTurn(
            () => requireForm(props, "accountId", /^\d{12}$/, "an account", report),
            ...props.list("notifications").flatMap((each) => [
                () => requireOneOf(each, "notificationType", ["ACTUAL", "FORECASTED"], report),
                () => requireOneOf(each, "comparisonOperator", ["GREATER_THAN"], report),
                () => requireOneOf(each, "thresholdType", ["PERCENTAGE"], report),
                () => requireNumber(each, "threshold", { least: 1, most: highestPercent }, report),
                () => {
                    if (!each.texts("subscriberEmailAddresses").some((to) => to.includes("@")))
                        report("warns nobody by mail");
                },
                () => {
                    if (!each.texts("subscriberSnsTopicArns").some((to) => /^arn:aws[^:]*:sns:/.test(to))) {
                        report("warns no topic");
                    }
                },
            ]),
        );
    },
});

export const eventRules = [interruptionsHeard, topicSubscription, topicSignature, budgetNotification];
