import type * as pulumi from "@pulumi/pulumi";
import { type AlarmDefinition, silenceIsFine } from "./definition";
import { rule, topic } from "./metrics";

export interface NotificationAlarmArgs {
    readonly topicName: pulumi.Input<string>;
    /** Rules that turn events into messages, by a stable word for each. */
    readonly rules: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Whether those who should be told can be told. */
export function notificationAlarms({ topicName, rules }: NotificationAlarmArgs): AlarmDefinition[] {
    return [
        {
            slug: "watch-notifications",
            title: "Messages to the people on call could not be delivered",
            promise: 7,
            critical: true,
            watched: { metric: topic(topicName, "NumberOfNotificationsFailed", "Sum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 1,
            missing: silenceIsFine("nothing failed"),
            runbook: "watch-notifications",
        },
        ...Object.entries(rules).map(([word, ruleName]): AlarmDefinition => ({
            slug: `watch-events-${word}`,
            title: `Events of ${word} could not be passed on to the people on call`,
            promise: 7,
            critical: false,
            watched: { metric: rule(ruleName, "FailedInvocations", "Sum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 1,
            missing: silenceIsFine("nothing failed"),
            runbook: "watch-notifications",
        })),
    ];
}
