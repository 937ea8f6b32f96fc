import * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as pulumi from "@pulumi/pulumi";
import type { Metric } from "./alarms/definition";

const NAME = "ReplicationErrors";
const NAMESPACE_DIMENSION = "Namespace";

/** Arguments of {@link createReplicationErrors}. */
export interface ReplicationErrorsArgs {
    /** The platform's name: the metric has a namespace for each environment, since a filter can give it no name of its own. */
    readonly environment: string;
    /** Log group that the containers' output goes to, with the names of pod and namespace beside each line. */
    readonly logGroupName: pulumi.Input<string>;
}

/**
 * Counts what the replication of agents' state says in error, by namespace and so by class: while it fails, an agent's only copy is
 * its volume. The replicator tries again by itself, and says so each time. One custom metric a class, about $0.30 a month.
 */
export function createReplicationErrors(
    name: string,
    { environment, logGroupName }: ReplicationErrorsArgs,
    opts: pulumi.CustomResourceOptions,
): void {
    new cloudwatch.LogMetricFilter(
        `${name}-replication-errors`,
        {
            name: `${environment}-replication-errors`,
            logGroupName,
            // Container Insights puts a line that is JSON below log_processed.
            pattern: '{ $.kubernetes.container_name = "litestream" && $.log_processed.level = "ERROR" }',
            metricTransformation: {
                namespace: namespaceOf(environment),
                name: NAME,
                value: "1",
                unit: "Count",
                dimensions: { [NAMESPACE_DIMENSION]: "$.kubernetes.namespace_name" },
            },
        },
        opts,
    );
}

/** Errors of replication in the namespace of a class. */
export function replicationErrors(environment: string, namespace: string): Metric {
    return {
        namespace: namespaceOf(environment),
        name: NAME,
        statistic: "Sum",
        dimensions: { [NAMESPACE_DIMENSION]: namespace },
    };
}

function namespaceOf(environment: string): string {
    return `OpenClaw/Replication/${environment}`;
}
