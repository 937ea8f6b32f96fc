import type * as pulumi from "@pulumi/pulumi";
import { type AlarmDefinition, silenceIsFailure, silenceIsFine } from "./definition";
import { replicationErrors } from "../replication-errors";
import { agents, workload } from "./metrics";

/** A class of agents, as far as alarms depend on it. */
export interface WatchedClass {
    readonly name: string;
    /** Where its pods are. */
    readonly namespace: string;
    readonly agents: number;
}

export interface AgentAlarmArgs {
    /** The platform's name, which the collector publishes as dimension `Environment`. */
    readonly environment: string;
    readonly clusterName: pulumi.Input<string>;
    readonly classes: readonly WatchedClass[];
    /** Objective for the 95th percentile of a turn, in seconds: model, tools and all. */
    readonly turnSloSeconds: number;
}

/** Share of the agents that must report. A roll-out takes a tenth away; two tenths are no roll-out. */
const REPORTING = 0.8;
/** Turns in five minutes below which a share of them says nothing. */
const ENOUGH_TURNS = 20;

/** Agents by what they report themselves, and their pods by class: three alarms a class, none an agent. */
export function agentAlarms({ environment, clusterName, classes, turnSloSeconds }: AgentAlarmArgs): AlarmDefinition[] {
    const metric = (name: string, statistic: string) => agents(environment, name, statistic);
    const all = classes.reduce((sum, each) => sum + each.agents, 0);
    return [
        {
            slug: "agents-silent",
            title: `Of ${all} agents fewer than ${Math.ceil(REPORTING * all)} have reported for 15 minutes, or none has`,
            promise: 1,
            critical: true,
            watched: {
                // Each agent adds the milliseconds that its event loop ran.
                expression: "reported / (1000 * PERIOD(reported))",
                metrics: { reported: metric("ReportedTime", "Sum") },
            },
            breachedWhen: "<",
            threshold: Math.floor(REPORTING * all * 100) / 100,
            periodSeconds: 300,
            periods: 3,
            // Agents come last of all.
            missing: silenceIsFailure("no agent, or no collector, is there", 120),
            runbook: "agents-silent",
        },
        {
            slug: "agents-turn-latency",
            title: `One turn in twenty takes longer than ${turnSloSeconds} s`,
            promise: 1,
            critical: false,
            watched: { metric: metric("TurnDuration", "p95") },
            breachedWhen: ">",
            threshold: turnSloSeconds * 1000,
            periodSeconds: 300,
            periods: 3,
            missing: silenceIsFine("no agent was asked anything"),
            runbook: "agents-turns",
        },
        {
            slug: "agents-turn-errors",
            title: "More than 5 % of the turns end in an error or by the clock",
            promise: 1,
            critical: false,
            watched: {
                expression: `IF(turns >= ${ENOUGH_TURNS}, 100 * FILL(errors, 0) / turns, 0)`,
                metrics: { errors: metric("TurnErrors", "Sum"), turns: metric("TurnDuration", "SampleCount") },
            },
            breachedWhen: ">",
            threshold: 5,
            periodSeconds: 300,
            periods: 3,
            missing: silenceIsFine("no agent was asked anything"),
            runbook: "agents-turns",
        },
        {
            slug: "agents-stuck",
            title: "Sessions are stuck again and again for half an hour: their agents accept no more work",
            promise: 1,
            critical: false,
            watched: { metric: metric("StuckSessions", "Sum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 600,
            periods: 3,
            missing: silenceIsFine("no session is stuck"),
            runbook: "agents-stuck",
        },
        ...classes.flatMap((each) => [...podAlarms(clusterName, each), replicationAlarm(environment, each)]),
    ];
}

function podAlarms(
    clusterName: pulumi.Input<string>,
    { name, namespace, agents: count }: WatchedClass,
): AlarmDefinition[] {
    const silence = silenceIsFine("a cluster that reports nothing calls by compute-nodes");
    const place = { clusterName, namespace, workload: name };
    // A roll-out replaces pods, and a new pod has not restarted; what counts here are crashes.
    const restarts = Math.min(30, Math.max(3, Math.ceil(count / 10)));
    return [
        {
            slug: `agents-restarts-${name}`,
            title: `Agents of class ${name} restarted more than ${restarts} times within 15 minutes`,
            promise: 1,
            critical: false,
            watched: { metric: workload(place, "pod_number_of_container_restarts", "Sum") },
            breachedWhen: ">",
            threshold: restarts,
            periodSeconds: 900,
            periods: 1,
            missing: silence,
            runbook: "compute-pods",
        },
        {
            slug: `agents-pending-${name}`,
            title: `An agent of class ${name} has been waiting to start for 20 minutes`,
            promise: 1,
            critical: false,
            watched: { metric: workload(place, "pod_status_pending", "Maximum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            // A node comes within three minutes; a volume of a lost one is set free after six.
            periods: 4,
            missing: silence,
            runbook: "compute-pods",
        },
    ];
}

/** A quarter of an hour: the replicator tries again every few seconds, and a short stop of S3 is none of ours. */
function replicationAlarm(environment: string, { name, namespace }: WatchedClass): AlarmDefinition {
    return {
        slug: `agents-replication-${name}`,
        title: `State of agents of class ${name} has not been replicated for 15 minutes`,
        promise: 4,
        critical: false,
        watched: { metric: replicationErrors(environment, namespace) },
        breachedWhen: ">",
        threshold: 0,
        periodSeconds: 300,
        periods: 3,
        missing: silenceIsFine("no replication has failed"),
        runbook: "agents-replication",
    };
}
