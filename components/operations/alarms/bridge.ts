import type { BridgeMetric } from "../../compute/telemetry-config";
import type { AlarmDefinition } from "./definition";
import { silenceIsFine } from "./definition";
import { bridge } from "./metrics";

export interface BridgeAlarmArgs {
    /** The platform's name, which the bridges publish as dimension `Environment`. */
    readonly environment: string;
    /** Objective for the 99th percentile from produce to consume, in milliseconds. */
    readonly latencySloMs: number;
    /** Agents of the environment, each with a bridge. */
    readonly agents: number;
}

/** Messages that an agent may be behind; its bridge stops reading where a few hundred wait for turns. */
const BEHIND = 1000;

/** What agents themselves notice of messages: how long they take, whether they go out, and whether they are answered. */
export function bridgeAlarms({ environment, latencySloMs, agents }: BridgeAlarmArgs): AlarmDefinition[] {
    const metric = (name: BridgeMetric, statistic: string) => bridge(environment, name, statistic);
    const silence = silenceIsFine("bridges that report nothing are agents that report nothing: agents-silent calls");
    // A gateway that starts again costs a few: on the whole one for each agent is no gateway's start.
    const retries = Math.max(20, agents);
    return [
        {
            slug: "bridge-latency",
            title: `One message in a hundred takes longer than ${latencySloMs} ms from produce to consume`,
            promise: 3,
            critical: true,
            watched: { metric: metric("ProduceToConsumeLatency", "p99") },
            breachedWhen: ">",
            threshold: latencySloMs,
            periodSeconds: 300,
            // A broker under maintenance raises the percentile for two minutes; 15 minutes are no maintenance.
            periods: 3,
            missing: silenceIsFine("no message was exchanged"),
            runbook: "bridge-latency",
        },
        {
            slug: "bridge-outbox",
            title: "An agent cannot send: its oldest message has been waiting for more than a minute, for 15 minutes",
            promise: 3,
            critical: true,
            watched: { metric: metric("OutboxAge", "Maximum") },
            breachedWhen: ">",
            threshold: 60,
            periodSeconds: 300,
            periods: 3,
            missing: silence,
            runbook: "bridge-outbox",
        },
        {
            slug: "bridge-unread",
            title: `An agent is more than ${BEHIND} messages behind for half an hour`,
            promise: 3,
            critical: false,
            watched: { metric: metric("Unread", "Maximum") },
            breachedWhen: ">",
            threshold: BEHIND,
            periodSeconds: 600,
            periods: 3,
            missing: silence,
            runbook: "bridge-unread",
        },
        {
            slug: "bridge-retries",
            title: `Agents did not answer their messages: more than ${retries} turns were tried again within 15 minutes`,
            promise: 3,
            critical: false,
            watched: { metric: metric("Retries", "Sum") },
            breachedWhen: ">",
            threshold: retries,
            periodSeconds: 900,
            periods: 1,
            missing: silence,
            runbook: "bridge-retries",
        },
        {
            slug: "bridge-dead-letters",
            title: "A bridge has put a message aside that nobody can handle",
            promise: 3,
            critical: false,
            watched: { metric: metric("DeadLetters", "Sum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 1,
            missing: silenceIsFine("no message was put aside"),
            runbook: "brokers-dead-letters",
        },
    ];
}
