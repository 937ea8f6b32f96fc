import type * as pulumi from "@pulumi/pulumi";
import { type AlarmDefinition, silenceIsFailure, silenceIsFine } from "./definition";
import { containers, controlPlane, queue } from "./metrics";

export interface ComputeAlarmArgs {
    readonly clusterName: pulumi.Input<string>;
    /** Karpenter's queue of coming interruptions. */
    readonly interruptionQueueName: pulumi.Input<string>;
}

/** Tier 1: nodes and pods, over the whole cluster and so independent of the number of agents. */
export function computeAlarms({ clusterName, interruptionQueueName }: ComputeAlarmArgs): AlarmDefinition[] {
    const metric = (name: string, statistic: string) => containers(clusterName, name, statistic);
    const silence = silenceIsFine("a cluster that reports nothing calls by compute-nodes");
    return [
        {
            slug: "compute-nodes",
            title: "The cluster has fewer than two nodes, or its metrics have fallen silent",
            promise: 6,
            critical: true,
            watched: { metric: metric("cluster_node_count", "Maximum") },
            breachedWhen: "<",
            threshold: 2,
            periodSeconds: 300,
            periods: 3,
            // Metrics come with an add-on that is installed after the first nodes.
            missing: silenceIsFailure("the cluster, or what watches it, is away", 120),
            runbook: "compute-nodes",
        },
        {
            slug: "compute-failed-nodes",
            title: "A node is unhealthy for 15 minutes and has not been replaced",
            promise: 6,
            critical: false,
            watched: { metric: metric("cluster_failed_node_count", "Maximum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 3,
            missing: silence,
            runbook: "compute-nodes",
        },
        {
            slug: "compute-node-cpu",
            title: "Nodes use more than 85 % of their processors on average",
            promise: 2,
            critical: false,
            watched: { metric: metric("node_cpu_utilization", "Average") },
            breachedWhen: ">",
            threshold: 85,
            periodSeconds: 300,
            periods: 6,
            missing: silence,
            runbook: "compute-capacity",
        },
        {
            slug: "compute-node-memory",
            title: "A node uses more than 92 % of its memory",
            promise: 1,
            critical: false,
            watched: { metric: metric("node_memory_utilization", "Maximum") },
            breachedWhen: ">",
            threshold: 92,
            periodSeconds: 300,
            periods: 3,
            missing: silence,
            runbook: "compute-capacity",
        },
        {
            slug: "compute-node-disk",
            title: "A node has used more than 85 % of its disk: soon it evicts its pods",
            promise: 1,
            critical: false,
            watched: { metric: metric("node_filesystem_utilization", "Maximum") },
            breachedWhen: ">",
            threshold: 85,
            periodSeconds: 300,
            periods: 3,
            missing: silence,
            runbook: "compute-capacity",
        },
        {
            slug: "compute-restarts",
            title: "More than 20 containers restarted within 15 minutes: agents crash or exceed their memory",
            promise: 1,
            critical: true,
            watched: { metric: metric("pod_number_of_container_restarts", "Sum") },
            breachedWhen: ">",
            threshold: 20,
            periodSeconds: 900,
            periods: 1,
            missing: silence,
            runbook: "compute-pods",
        },
        {
            slug: "compute-unschedulable",
            title: "Pods find no room for 20 minutes: new nodes do not come",
            promise: 2,
            critical: true,
            watched: { metric: controlPlane(clusterName, "scheduler_pending_pods_UNSCHEDULABLE", "Maximum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            // A node comes within three minutes; a volume of a lost one is set free after six.
            periods: 4,
            missing: silenceIsFine("the scheduler has nothing waiting"),
            runbook: "compute-capacity",
        },
        {
            slug: "compute-pending",
            title: "Pods have a place and do not start for 30 minutes: an image, a volume or an address is missing",
            promise: 2,
            critical: false,
            watched: { metric: metric("pod_status_pending", "Maximum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 300,
            periods: 6,
            missing: silence,
            runbook: "compute-pods",
        },
        {
            slug: "compute-interruptions",
            title: "Warnings of coming interruptions wait unread: nodes will go without their pods having moved",
            promise: 6,
            critical: false,
            watched: { metric: queue(interruptionQueueName, "ApproximateAgeOfOldestMessage", "Maximum") },
            breachedWhen: ">",
            // Seconds. AWS warns two minutes before it takes a node.
            threshold: 60,
            periodSeconds: 60,
            periods: 3,
            missing: silenceIsFine("the queue is empty"),
            runbook: "compute-interruptions",
        },
    ];
}
