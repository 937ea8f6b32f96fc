import type { Explanation } from "./explanation";

/** What alarms, events and the budget may lose unnoticed. */
export const OPERATIONS: readonly Explanation[] = [
    {
        types: /^aws:cloudwatch\/dashboard:Dashboard$/,
        paths: /./,
        because: "for the eyes of people: alarms, which have rules, do not depend on it, and its layout has unit tests",
    },
    {
        types: /^aws:cloudwatch\/metricAlarm:MetricAlarm$/,
        paths: /(^|\.)dimensions\.|^(alarmActions|okActions)\.\*$|^name$/,
        because:
            "which of several things it watches and by which name: that it watches something, has actions and is known to the alarms above it has rules",
    },
    {
        types: /^aws:cloudwatch\/metricAlarm:MetricAlarm$/,
        paths: /(^|\.)(metricName|namespace|stat|statistic|extendedStatistic|id|label|expression|period|evaluateLowSampleCountPercentiles|warmUpPeriodDurationInMinutes)$/,
        because:
            "one alarm of several on the same figure, or a query of it that CloudWatch refuses; the figures that must be watched have a rule",
    },
    {
        types: /^aws:cloudwatch\/logMetricFilter:LogMetricFilter$/,
        paths: /^(logGroupName|metricTransformation\.unit)$/,
        because: "a name that AWS refuses where it is of nothing, and the word beside the figure in graphs",
    },
    {
        types: /^aws:cloudwatch\/compositeAlarm:CompositeAlarm$/,
        paths: /^(alarmActions|okActions)\.\*$|^alarmName$/,
        because: "the topic by its ARN, which AWS refuses where it is none; that there is one has a rule",
    },
    {
        types: /^aws:cloudwatch\/event(Rule|Target):/,
        paths: /^(eventPattern\.#\..+|name|arn|rule|inputTransformer\..+)$/,
        because: "which events beyond those that have a rule, and how the message reads",
    },
    {
        types: /^aws:budgets\/budget:Budget$/,
        paths: /^(accountId|name|costFilters.*|notifications\.\*\..+)$/,
        because: "whose costs and at which further shares; that it warns in time, by both kinds of cost, has rules",
    },
    {
        types: /^aws:rds\/eventSubscription:EventSubscription$/,
        paths: /^(name|sourceIds(\.\*)?|sourceType|eventCategories\.\*|snsTopic)$/,
        because: "further kinds of events, and names that AWS refuses where they are of nothing",
    },
    {
        types: /^aws:sns\/(topic:Topic|topicSubscription:TopicSubscription)$/,
        paths: /^(name|displayName|signatureVersion|topic|endpoint|protocol)$/,
        because: "names, and an address that has to be confirmed by whoever reads it; that there is one has a rule",
    },
    {
        types: /^aws:sqs\/queue:Queue$/,
        paths: /^messageRetentionSeconds$/,
        because: "a warning of an instance's end is worth nothing after minutes",
    },
];
