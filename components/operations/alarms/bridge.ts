import type { AlarmDefinition } from "./definition";
import { silenceIsFine } from "./definition";
import { bridge } from "./metrics";

export interface BridgeAlarmArgs {
    /** The platform's name, which the bridges publish as dimension `Environment`. */
    readonly environment: string;
    /** Objective for the 99th percentile from produce to consume, in milliseconds. */
    readonly latencySloMs: number;
}

/** What agents themselves notice: how long a message takes from one to the other. */
export function bridgeAlarms({ environment, latencySloMs }: BridgeAlarmArgs): AlarmDefinition[] {
    return [
        {
            slug: "bridge-latency",
            title: `One message in a hundred takes longer than ${latencySloMs} ms from produce to consume`,
            promise: 3,
            critical: true,
            watched: { metric: bridge(environment, "ProduceToConsumeLatency", "p99") },
            breachedWhen: ">",
            threshold: latencySloMs,
            periodSeconds: 300,
            // A broker under maintenance raises the percentile for two minutes; 15 minutes are no maintenance.
            periods: 3,
            missing: silenceIsFine("no message was exchanged"),
            runbook: "bridge-latency",
        },
    ];
}
