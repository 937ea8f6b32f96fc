import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import type { AlarmDefinition } from "./definition";
import { type AlarmPlace, alarmName } from "./metric-alarm";
import { PROMISE_NUMBERS, PROMISES } from "./promises";

/** CloudWatch's limits of one composite alarm (PutCompositeAlarm, AlarmRule). */
const MAX_MEMBERS = 100;
const MAX_LENGTH = 10_240;

/** An alarm that has been made, with what it was made from. */
export interface MadeAlarm {
    readonly definition: AlarmDefinition;
    readonly alarm: cloudwatch.MetricAlarm;
}

/** A composite alarm and its name, which is known before it exists. */
export interface MadeComposite {
    readonly alarmName: string;
    readonly alarm: cloudwatch.CompositeAlarm;
}

/** The rule of a composite alarm that calls when any of the named alarms does. */
export function anyOf(alarmNames: readonly string[]): string {
    return alarmNames.map((name) => `ALARM("${name}")`).join(" OR ");
}

/** Cuts a list of names, in order, into as few parts as fit into one rule each. */
export function partsForRules(alarmNames: readonly string[]): string[][] {
    const parts: string[][] = [];
    for (const name of alarmNames) {
        const last = parts.at(-1);
        if (last && last.length < MAX_MEMBERS && anyOf([...last, name]).length <= MAX_LENGTH) last.push(name);
        else parts.push([name]);
    }
    return parts;
}

/**
 * One composite a promise, of the alarms that mean it is broken; more where a rule cannot hold them all. They are silent,
 * for the dashboard alone: their members have spoken. $0.50 a month each.
 */
export function promiseAlarms(
    name: string,
    alarms: readonly MadeAlarm[],
    { prefix }: AlarmPlace,
    opts: pulumi.CustomResourceOptions,
): MadeComposite[] {
    return PROMISE_NUMBERS.flatMap((number) => {
        const { slug, text } = PROMISES[number];
        const members = alarms.filter(({ definition }) => definition.critical && definition.promise === number);
        const names = members.map(({ definition }) => alarmName(prefix, definition.slug));
        return partsForRules(names).map((part, index) => {
            const suffix = index === 0 ? "" : `-${index + 1}`;
            const composite = alarmName(prefix, `promise-${number}-${slug}${suffix}`);
            const alarm = new cloudwatch.CompositeAlarm(
                `${name}-promise-${number}${suffix}`,
                {
                    alarmName: composite,
                    alarmDescription: `Promise ${number} is broken: ${text}.`,
                    alarmRule: anyOf(part),
                },
                { ...opts, dependsOn: members.map((member) => member.alarm) },
            );
            return { alarmName: composite, alarm };
        });
    });
}

/** The one alarm to wake somebody for: a promise is broken. */
export function brokenPromiseAlarm(
    name: string,
    promises: readonly MadeComposite[],
    { prefix, topicArn }: AlarmPlace,
    opts: pulumi.CustomResourceOptions,
): cloudwatch.CompositeAlarm {
    return new cloudwatch.CompositeAlarm(
        `${name}-broken-promise`,
        {
            alarmName: alarmName(prefix, "broken-promise"),
            alarmDescription:
                "A promise of the platform is broken. Which one, and by which alarm, is on the dashboard. " +
                "Runbook: docs/runbooks.md#broken-promise",
            alarmRule: anyOf(promises.map((promise) => promise.alarmName)),
            actionsEnabled: true,
            alarmActions: [topicArn],
            okActions: [topicArn],
        },
        { ...opts, dependsOn: promises.map((promise) => promise.alarm) },
    );
}
