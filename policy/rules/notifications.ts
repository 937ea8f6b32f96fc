import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";

const BUDGET = "aws:budgets/budget:Budget";
const TOPIC = "aws:sns/topic:Topic";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const EVENT_RULE = "aws:cloudwatch/eventRule:EventRule";
const EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const RDS_EVENTS = "aws:rds/eventSubscription:EventSubscription";
const EVENTS_URL = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html";

export const budgetSet = stackRule({
    name: "budget-set",
    description: "A stack with running costs has a monthly budget",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Make an aws.budgets.Budget of the kind COST with a limit in US dollars a month.",
    url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
    types: [BUDGET, "aws:eks/cluster:Cluster", "aws:msk/cluster:Cluster", "aws:rds/cluster:Cluster"],
    check(stack, report) {
        const budgets = stack.ofType(BUDGET);
        const costly = stack.ofType("aws:eks/cluster:Cluster", "aws:msk/cluster:Cluster", "aws:rds/cluster:Cluster");
        if (costly.length > 0 && budgets.length === 0) report(costly[0], "runs without a budget");
        stack.each(budgets, (budget) => {
            const { props } = budget;
            if (props.text("budgetType") !== "COST") report(budget, "is no budget of costs");
            if ((props.number("limitAmount") ?? 0) <= 0) report(budget, "has no limit");
            if (props.text("limitUnit") !== "USD") report(budget, "has a limit without a currency");
            if (props.text("timeUnit") !== "MONTHLY") report(budget, "is not by the month");
        });
    },
});

export const budgetWarns = resourceRule({
    name: "budget-warns",
    description: "A budget warns before it is used up, by what was spent and by what will be, and tells people",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation:
        "Add notifications of both kinds, ACTUAL and FORECASTED, at most at the limit, with addresses or topics.",
    url: "https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html",
    types: [BUDGET],
    settings: {
        highestPercent: z
            .number()
            .positive()
            .default(100)
            .describe("Share of the limit at which the first warning comes at the latest"),
    },
    check({ props }, report, { highestPercent }) {
        const notifications = props.list("notifications");
        for (const kind of ["ACTUAL", "FORECASTED"]) {
            const ofKind = notifications.filter((each) => each.text("notificationType") === kind);
            const warns = ofKind.some(
                (each) =>
                    each.text("comparisonOperator") === "GREATER_THAN" &&
                    each.text("thresholdType") === "PERCENTAGE" &&
                    (each.number("threshold") ?? Infinity) <= highestPercent,
            );
            if (!warns) report(`does not warn by ${kind.toLowerCase()} cost at ${highestPercent} % or before`);
        }
        for (const each of notifications) {
            const told = [...each.texts("subscriberEmailAddresses"), ...each.texts("subscriberSnsTopicArns")];
            if (told.length === 0) report("has a notification that nobody gets");
        }
    },
});

export const topicRead = stackRule({
    name: "topic-subscribed",
    description: "Every topic for notifications has somebody who reads it",
    severity: "high",
    references: ["openclaw promise 7"],
    remediation: "Subscribe an address or a queue to the topic.",
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    types: [TOPIC, SUBSCRIPTION],
    check(stack, report) {
        const subscriptions = stack.ofType(SUBSCRIPTION);
        stack.each(subscriptions, (subscription) => {
            const { props } = subscription;
            if (!props.text("endpoint") || !props.text("protocol"))
                report(subscription, "does not say who is told, and how");
            if (props.text("protocol") === "http") report(subscription, "tells its endpoint without encryption");
        });
        stack.each(stack.ofType(TOPIC), (topic) => {
            if (!subscriptions.some((each) => stack.refers(each, "topic", topic))) report(topic, "has no subscription");
        });
    },
});

export const eventsLead = stackRule({
    name: "event-rule-leads-somewhere",
    description: "Every rule for events says which events it takes, and has a target",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation:
        "Set eventPattern with a source, and make an EventTarget of the rule with the ARN of a topic or queue.",
    url: EVENTS_URL,
    types: [EVENT_RULE, EVENT_TARGET],
    check(stack, report) {
        const targets = stack.ofType(EVENT_TARGET);
        stack.each(targets, (target) => {
            if (!target.props.has("arn")) report(target, "leads nowhere");
            if (!target.props.has("rule")) report(target, "belongs to no rule");
        });
        stack.each(stack.ofType(EVENT_RULE), (rule) => {
            const pattern = rule.props.json("eventPattern");
            const timed = rule.props.has("scheduleExpression");
            if (!timed && pattern.texts("source").filter((source) => source !== "").length === 0)
                report(rule, "names no source of events");
            if (!timed && pattern.texts("detail-type").length === 0) report(rule, "names no kind of event");
            if (rule.props.text("state") === "DISABLED") report(rule, "is switched off");
            if (!targets.some((target) => stack.refers(target, "rule", rule))) report(rule, "has no target");
        });
    },
});

export const databaseEvents = stackRule({
    name: "database-events-told",
    description: "Failovers and failures of a database are told to somebody",
    severity: "medium",
    references: ["AWS FSBP RDS.19", "AWS FSBP RDS.20", "openclaw promise 7"],
    remediation:
        "Make an rds.EventSubscription for clusters with failover and failure, and one for instances with failure, to a topic.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Events.html",
    types: ["aws:rds/cluster:Cluster", RDS_EVENTS],
    check(stack, report) {
        const [cluster] = stack.ofType("aws:rds/cluster:Cluster");
        if (cluster === undefined) return;
        const told = new Map<string, Set<string>>();
        stack.each(stack.ofType(RDS_EVENTS), (subscription) => {
            const { props } = subscription;
            if (!props.has("snsTopic")) report(subscription, "tells nobody");
            if (props.flag("enabled") === false) report(subscription, "is switched off");
            if (props.list("sourceIds").length === 0 && props.has("sourceIds")) report(subscription, "names no source");
            told.set(props.text("sourceType") ?? "", new Set(props.texts("eventCategories")));
        });
        if (stack.undecided.length > 0) return;
        for (const [source, categories] of [
            ["db-cluster", ["failover", "failure"]],
            ["db-instance", ["failure"]],
        ] as const) {
            for (const category of categories) {
                if (!told.get(source)?.has(category)) report(cluster, `${category} of a ${source} is told to nobody`);
            }
        }
    },
});

export const backupEvents = stackRule({
    name: "backup-events-told",
    description: "Backups, copies and restores that fail, and changes to vaults, are told to somebody",
    severity: "high",
    references: ["openclaw promise 4", "openclaw promise 7"],
    remediation: "Make rules for aws.backup's events: job state changes to FAILED, and Backup Vault State Change.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html",
    types: ["aws:backup/plan:Plan", EVENT_RULE],
    check(stack, report) {
        const [plan] = stack.ofType("aws:backup/plan:Plan");
        if (plan === undefined) return;
        const seen = new Map<string, readonly string[]>();
        stack.each(stack.ofType(EVENT_RULE), ({ props }) => {
            const pattern = props.json("eventPattern");
            if (!pattern.texts("source").includes("aws.backup")) return;
            const states = [...pattern.texts("detail.state"), ...pattern.texts("detail.status")];
            for (const kind of pattern.texts("detail-type")) seen.set(kind, states);
        });
        if (stack.undecided.length > 0) return;
        const wanted: [string, string][] = [
            ["Backup Job State Change", "FAILED"],
            ["Backup Job State Change", "EXPIRED"],
            ["Restore Job State Change", "FAILED"],
            ["Backup Vault State Change", "DELETED"],
        ];
        if (plan.props.list("rules").some((rule) => rule.list("copyActions").length > 0))
            wanted.push(["Copy Job State Change", "FAILED"]);
        for (const [kind, state] of wanted)
            if (!seen.get(kind)?.includes(state)) report(plan, `${kind} to ${state} is told to nobody`);
    },
});

export const notificationRules = [budgetSet, budgetWarns, topicRead, eventsLead, databaseEvents, backupEvents];
