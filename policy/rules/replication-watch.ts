import { z } from "zod";
import type { Resource } from "../engine/resource";
import { stackRule } from "../engine/rule";
import { agentSettings, agentsOf, replicatorImage } from "./support/agents";
import { figuresOf, METRIC_ALARM, periodsOf } from "./support/alarms";
import { namespaceOf } from "./support/kubernetes";
import { containersOf, type Pod } from "./support/pods";

const METRIC_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";

export const replicationFailureWatched = stackRule({
    name: "replication-failure-watched",
    description: "Where the replication of agents' state fails, someone is told: until then a volume is the only copy",
    severity: "high",
    references: ["openclaw promise 4", "openclaw promise 7"],
    remediation:
        "Count what the replicator logs in error by a metric filter, with the namespace as dimension, and make an alarm on it for each namespace of agents.",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html",
    types: [STATEFUL_SET],
    settings: {
        ...agentSettings,
        replicatorImage,
        maximumMinutes: z.number().positive().default(30).describe("Minutes after which someone is told at most"),
    },
    check(stack, report, { agents, replicatorImage: image, maximumMinutes }) {
        const before = stack.undecided.length;
        const replicated = agentsOf(stack, agents)
            .map((agent) => ({ agent, by: stack.decide(agent.resource, () => replicatorsOf(agent, image), []) }))
            .filter(({ by }) => by.length > 0);
        const replicators = new Set(replicated.flatMap(({ by }) => by));
        const counted = new Set(
            stack
                .ofType(METRIC_FILTER)
                .flatMap((filter) => stack.decide(filter, () => figuresFrom(filter, replicators), [])),
        );
        const watched = new Set<string>();
        stack.each(stack.ofType(METRIC_ALARM), (alarm) => {
            for (const { name, dimensions } of figuresOf(alarm)) {
                const namespace = counted.has(name) ? dimensions.get("Namespace") : undefined;
                if (namespace !== undefined && callsAtOnce(alarm, maximumMinutes)) watched.add(namespace);
            }
        });
        if (stack.undecided.length > before) return;
        for (const { agent } of replicated) {
            if (!watched.has(namespaceOf(agent)))
                report(agent.resource, "has no alarm on the failure of its replication");
        }
    },
});

/** Names of an agent's containers that replicate. */
function replicatorsOf(agent: Pod, image: string): string[] {
    return containersOf(agent).flatMap(({ props }) =>
        props.text("image")?.includes(image) ? [props.text("name") ?? ""] : [],
    );
}

/** The figure that a filter makes of what a replicator logs in error, by namespace; none where it counts something else. */
function figuresFrom({ props }: Resource, replicators: ReadonlySet<string>): string[] {
    const pattern = props.text("pattern") ?? "";
    const [, container = ""] = /container_name = "([^"]*)"/.exec(pattern) ?? [];
    const errors = replicators.has(container) && pattern.includes('level = "ERROR"');
    const figure = props.get("metricTransformation");
    const byNamespace = figure
        .entries("dimensions")
        .some(([key, value]) => key === "Namespace" && value.text()?.endsWith(".namespace_name"));
    const counts = errors && byNamespace && props.has("logGroupName") && Number(figure.text("value")) > 0;
    return counts ? [`${figure.text("namespace")}/${figure.text("name")}`] : [];
}

/** Whether an alarm goes off at the first error that is followed by others, and not too late. */
function callsAtOnce(alarm: Resource, maximumMinutes: number): boolean {
    const { props } = alarm;
    const seconds = Math.max(0, ...periodsOf(alarm)) * (props.number("evaluationPeriods") ?? Infinity);
    return (
        props.text("comparisonOperator") === "GreaterThanThreshold" &&
        props.number("threshold") === 0 &&
        figuresOf(alarm).every(({ statistic }) => statistic === "Sum") &&
        seconds <= maximumMinutes * 60
    );
}

export const replicationWatchRules = [replicationFailureWatched];
