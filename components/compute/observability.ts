/** What the CloudWatch add-on writes, each into a group of its own. */
export type ObservabilityLog = "application" | "dataplane" | "host" | "performance";

/** The name that the add-on gives to a group. */
export function observabilityLogGroupName(clusterName: string, log: ObservabilityLog | "*"): string {
    return `/aws/containerinsights/${clusterName}/${log}`;
}
