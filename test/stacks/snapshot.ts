import { join } from "node:path";
import type { Graph } from "../../plan/graph";
import type { PlannedResource, Value } from "../../plan/offline-engine";

/** The file with a stack's reviewed snapshot. */
export const snapshotFile = (stack: string): string => join(__dirname, `${stack}.snapshot.txt`);

/** Inputs that carry a promise, cannot be changed without replacement, or cost most: the ones to look at in a review. */
const KEY_VALUES: Record<string, readonly string[]> = {
    "aws:kms/key:Key": ["enableKeyRotation", "deletionWindowInDays"],
    "aws:ec2/vpc:Vpc": ["cidrBlock"],
    "aws:ec2/subnet:Subnet": ["cidrBlock", "availabilityZone", "mapPublicIpOnLaunch"],
    "aws:ec2/vpcEndpoint:VpcEndpoint": ["serviceName", "vpcEndpointType"],
    "aws:cloudwatch/logGroup:LogGroup": ["name", "retentionInDays"],
    "aws:eks/cluster:Cluster": [
        "name",
        "version",
        "deletionProtection",
        "enabledClusterLogTypes",
        "bootstrapSelfManagedAddons",
    ],
    "aws:eks/nodeGroup:NodeGroup": ["amiType", "instanceTypes", "scalingConfig"],
    "aws:eks/addon:Addon": ["addonName", "addonVersion"],
    "aws:msk/cluster:Cluster": ["clusterName", "kafkaVersion", "numberOfBrokerNodes", "enhancedMonitoring"],
    "aws:msk/configuration:Configuration": ["serverProperties"],
    "aws:msk/topic:Topic": ["name", "partitionCount", "replicationFactor"],
    "aws:rds/cluster:Cluster": [
        "clusterIdentifier",
        "engineVersion",
        "backupRetentionPeriod",
        "deletionProtection",
        "skipFinalSnapshot",
        "serverlessv2ScalingConfiguration",
    ],
    "aws:rds/clusterInstance:ClusterInstance": ["identifier", "availabilityZone", "instanceClass", "promotionTier"],
    "aws:rds/proxy:Proxy": ["name", "requireTls", "defaultAuthScheme"],
    "aws:s3/bucket:Bucket": ["objectLockEnabled", "forceDestroy"],
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": ["rule"],
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": [
        "minRetentionDays",
        "maxRetentionDays",
        "changeableForDays",
    ],
    "aws:cloudwatch/metricAlarm:MetricAlarm": ["threshold"],
    "aws:budgets/budget:Budget": ["limitAmount"],
};

/** One line for each resource, sorted: what it is, where it stands, and its key values. */
export function snapshotOf(graph: Graph): string {
    const lines = graph.resources
        .filter(({ type }) => type !== "pulumi:pulumi:Stack")
        .map((resource) => {
            const options = [resource.protect && "protected", resource.retainOnDelete && "retained"].filter(Boolean);
            return [path(resource), resource.type, ...options, ...keyValues(resource)].join("  ");
        });
    return `${lines.sort().join("\n")}\n`;
}

/** The resource's name; without the hash of their content where files are named by it, which says nothing to a reader. */
function path({ urn }: PlannedResource): string {
    const name = urn.split("::").slice(3).join("::");
    return name.replace(/-files-[0-9a-f]{10}$/, "-files-*");
}

function keyValues({ type, inputs }: PlannedResource): string[] {
    return (KEY_VALUES[type] ?? []).filter((key) => key in inputs).map((key) => `${key}=${show(inputs[key])}`);
}

function show(value: Value | undefined): string {
    return typeof value === "string" ? value.replaceAll("\n", "; ") : JSON.stringify(value);
}
