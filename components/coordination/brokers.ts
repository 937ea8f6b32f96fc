import * as appautoscaling from "@pulumi/aws/appautoscaling";
import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as msk from "@pulumi/aws/msk";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { ZoneSubnet } from "../foundation/network";
import { brokerProperties, renderProperties } from "../model/server-properties";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";

/** Where clients with IAM authentication connect. */
const IAM_PORT = 9098;
/** Share of a broker's volume that, once used, makes all volumes grow. */
const STORAGE_TARGET_PERCENT = 70;

/** Arguments of {@link Brokers}. */
export interface BrokersArgs {
    readonly platform: Platform;
    /**
     * Kafka version as MSK names it, e.g. `3.9.x.kraft`. A higher one rolls through the brokers; a lower one replaces
     * the cluster with all its messages, and so does the step between ZooKeeper and KRaft, which AWS does not offer.
     */
    readonly kafkaVersion: string;
    /**
     * Broker size, e.g. `kafka.m7g.large` ($149 a month each; xlarge twice that). Standard brokers: Express ones need
     * three zones. A change rolls through the brokers. `kafka.t3.small` cannot have {@link vpcConnectivity}.
     */
    readonly instanceType: string;
    /** Brokers in all, a multiple of the subnets. May grow in place; topics that exist do not move by themselves. */
    readonly brokerCount: number;
    /** One subnet a zone. A change replaces the cluster with all its messages: a third zone for brokers is a new cluster. */
    readonly subnets: readonly ZoneSubnet[];
    /** The VPC of the subnets. */
    readonly vpcId: pulumi.Input<string>;
    /** Security group of the nodes: whoever carries it may connect. */
    readonly clientSecurityGroupId: pulumi.Input<string>;
    /** ARN of the key for messages at rest. A change replaces the cluster with all its messages. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** ARN of the key for the brokers' logs. */
    readonly logsKeyArn: pulumi.Input<string>;
    /** GiB of storage that each broker starts with, $0.10 a GiB and month; it only ever grows. Read at creation alone. */
    readonly volumeGiB: number;
    /** GiB up to which each broker's storage grows by itself, at most once in six hours. */
    readonly maxVolumeGiB: number;
    /** Copies of each partition, and how many must have a message before it is acknowledged: see model/replication.ts. */
    readonly replication: { readonly factor: number; readonly minInSyncReplicas: number };
    /** Detail of the metrics in CloudWatch. Beyond `DEFAULT` they are billed, $0.30 a metric and month. */
    readonly monitoringLevel: "DEFAULT" | "PER_BROKER" | "PER_TOPIC_PER_BROKER" | "PER_TOPIC_PER_PARTITION";
    /**
     * Whether AWS services connect to the brokers over private links with IAM: Firehose needs it to archive decisions.
     * Billed by the hour and the GB. Switching it on later rolls through the brokers, half an hour and more; switching
     * it off here leaves it on in AWS.
     */
    readonly vpcConnectivity: boolean;
}

/**
 * Tier 2: Kafka brokers (Amazon MSK) over the stateful zones, reached with IAM and TLS alone, by the nodes alone.
 *
 * Creation takes about half an hour, another half with {@link BrokersArgs.vpcConnectivity}.
 */
export class Brokers extends pulumi.ComponentResource {
    readonly clusterArn: pulumi.Output<string>;
    readonly clusterName: pulumi.Output<string>;
    readonly clusterUuid: pulumi.Output<string>;
    /** Addresses of all brokers for clients with IAM, `host:9098` by commas. */
    readonly bootstrapBrokers: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;
    /** Name of the group that the brokers log to. */
    readonly logGroupName: pulumi.Output<string>;
    readonly brokerCount: number;

    constructor(name: string, args: BrokersArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:coordination:Brokers", name, {}, opts);
        refuseSmallBrokers(args);

        const securityGroup = allowClients(this, name, args);
        const logs = brokerLogs(this, name, args);
        const configuration = brokerConfiguration(this, name, args);
        const cluster = createCluster(this, name, args, securityGroup, logs, configuration);
        growStorage(this, name, args, cluster);
        if (args.vpcConnectivity) admitFirehose(this, name, args, cluster);

        this.clusterArn = cluster.arn;
        this.clusterName = cluster.clusterName;
        this.clusterUuid = cluster.clusterUuid;
        this.bootstrapBrokers = cluster.bootstrapBrokersSaslIam.apply((some) => allOf(some, args.brokerCount));
        this.securityGroupId = securityGroup.id;
        this.logGroupName = logs.name;
        this.brokerCount = args.brokerCount;
        this.registerOutputs({
            clusterArn: this.clusterArn,
            clusterName: this.clusterName,
            clusterUuid: this.clusterUuid,
            bootstrapBrokers: this.bootstrapBrokers,
            securityGroupId: this.securityGroupId,
            logGroupName: this.logGroupName,
            brokerCount: this.brokerCount,
        });
    }
}

/** AWS refuses it too, but only after the cluster has been half an hour in the making (MSK guide, aws-access-mult-vpc). */
function refuseSmallBrokers({ instanceType, vpcConnectivity }: BrokersArgs): void {
    if (vpcConnectivity && instanceType.startsWith("kafka.t3.")) {
        throw new Error(
            `${instanceType} brokers cannot have private links for AWS services (vpcConnectivity), which the archive of ` +
                `decisions reads through; kafka.m7g.large can`,
        );
    }
}

/**
 * One way in: the nodes, on the IAM port. No way out: brokers answer and start nothing in this VPC. Private links end at
 * a load balancer inside MSK; its ports 14001 to 14100 are opened at the far end, which for Firehose is AWS's own.
 */
function allowClients(parent: Brokers, name: string, args: BrokersArgs): ec2.SecurityGroup {
    // The cluster is bound to this group for its life, so no argument here may replace it: names are given by Pulumi.
    const group = new ec2.SecurityGroup(
        `${name}-security-group`,
        {
            vpcId: args.vpcId,
            description: "Kafka brokers",
            tags: { Name: `${args.platform.name}-brokers` },
        },
        { parent },
    );
    new vpc.SecurityGroupIngressRule(
        `${name}-from-nodes`,
        {
            securityGroupId: group.id,
            referencedSecurityGroupId: args.clientSecurityGroupId,
            ipProtocol: "tcp",
            fromPort: IAM_PORT,
            toPort: IAM_PORT,
            description: "Kafka with IAM authentication, from the nodes",
        },
        { parent },
    );
    return group;
}

/** Below `/aws/vendedlogs/`, where each group that AWS delivers to needs no room of its own in the account's log policy. */
function brokerLogs(parent: Brokers, name: string, { platform, logsKeyArn }: BrokersArgs): cloudwatch.LogGroup {
    return logGroup(
        `${name}-logs`,
        { logGroupName: `/aws/vendedlogs/msk/${platform.name}-brokers`, platform, kmsKeyArn: logsKeyArn },
        { parent },
    );
}

/**
 * The brokers' settings. A change makes a new revision, and the brokers take it up one by one. Named by Pulumi: a name of
 * our own would be in use whenever the configuration must be replaced (cloudposse/terraform-aws-msk #102).
 */
function brokerConfiguration(parent: Brokers, name: string, args: BrokersArgs): msk.Configuration {
    const properties = brokerProperties({
        replicationFactor: args.replication.factor,
        minInSyncReplicas: args.replication.minInSyncReplicas,
        topicsDeletable: !args.platform.protect,
    });
    return new msk.Configuration(
        `${name}-configuration`,
        {
            description: `Broker settings of ${args.platform.name}`,
            serverProperties: renderProperties(properties),
        },
        { parent },
    );
}

function createCluster(
    parent: Brokers,
    name: string,
    args: BrokersArgs,
    securityGroup: ec2.SecurityGroup,
    logs: cloudwatch.LogGroup,
    configuration: msk.Configuration,
): msk.Cluster {
    return new msk.Cluster(
        `${name}-cluster`,
        {
            clusterName: `${args.platform.name}-brokers`,
            kafkaVersion: args.kafkaVersion,
            numberOfBrokerNodes: args.brokerCount,
            brokerNodeGroupInfo: {
                instanceType: args.instanceType,
                clientSubnets: args.subnets.map((subnet) => subnet.id),
                securityGroups: [securityGroup.id],
                storageInfo: { ebsStorageInfo: { volumeSize: args.volumeGiB } },
                connectivityInfo: {
                    publicAccess: { type: "DISABLED" },
                    // MSK takes this only after creation; the provider creates first and switches on then
                    // (terraform-provider-aws, internal/service/kafka/cluster.go).
                    ...(args.vpcConnectivity && {
                        vpcConnectivity: { clientAuthentication: { sasl: { iam: true } } },
                    }),
                },
            },
            clientAuthentication: { sasl: { iam: true }, unauthenticated: false },
            encryptionInfo: {
                encryptionAtRestKmsKeyArn: args.kmsKeyArn,
                encryptionInTransit: { clientBroker: "TLS", inCluster: true },
            },
            configurationInfo: { arn: configuration.arn, revision: configuration.latestRevision },
            enhancedMonitoring: args.monitoringLevel,
            // Free of charge. A scraper reaches the exporters once its security group is let in on 11001 and 11002.
            openMonitoring: {
                prometheus: { jmxExporter: { enabledInBroker: true }, nodeExporter: { enabledInBroker: true } },
            },
            loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true, logGroup: logs.name } } },
        },
        {
            parent,
            protect: args.platform.protect,
            // Volumes grow by themselves (growStorage) and never shrink: the next `up` would ask for the old size, which
            // MSK refuses with "you must increase it by at least 10 GiB" (terraform-provider-aws #20327).
            ignoreChanges: ["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"],
        },
    );
}

/** Each step adds 10 GiB or a tenth, whichever is more, to every broker (MSK guide, msk-autoexpand). */
function growStorage(parent: Brokers, name: string, args: BrokersArgs, cluster: msk.Cluster): void {
    const target = new appautoscaling.Target(
        `${name}-storage`,
        {
            serviceNamespace: "kafka",
            scalableDimension: "kafka:broker-storage:VolumeSize",
            resourceId: cluster.arn,
            // MSK takes no other minimum: storage cannot shrink.
            minCapacity: 1,
            maxCapacity: args.maxVolumeGiB,
        },
        { parent },
    );
    new appautoscaling.Policy(
        `${name}-storage-growth`,
        {
            serviceNamespace: target.serviceNamespace,
            scalableDimension: target.scalableDimension,
            resourceId: target.resourceId,
            policyType: "TargetTrackingScaling",
            targetTrackingScalingPolicyConfiguration: {
                predefinedMetricSpecification: { predefinedMetricType: "KafkaBrokerStorageUtilization" },
                targetValue: STORAGE_TARGET_PERCENT,
                disableScaleIn: true,
            },
        },
        { parent },
    );
}

/**
 * Lets Firehose, on behalf of this account alone, link itself to the brokers. What it may read is up to its role. A cluster
 * has one such policy: another service or account is another statement here, not another resource.
 */
function admitFirehose(parent: Brokers, name: string, { platform }: BrokersArgs, cluster: msk.Cluster): void {
    new msk.ClusterPolicy(
        `${name}-policy`,
        {
            clusterArn: cluster.arn,
            policy: pulumi.jsonStringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Sid: "FirehoseConnects",
                        Effect: "Allow",
                        Principal: { Service: "firehose.amazonaws.com" },
                        Action: [
                            "kafka:CreateVpcConnection",
                            "kafka:GetBootstrapBrokers",
                            "kafka:DescribeCluster",
                            "kafka:DescribeClusterV2",
                        ],
                        Resource: cluster.arn,
                        Condition: { StringEquals: { "aws:SourceAccount": platform.account } },
                    },
                ],
            }),
        },
        { parent },
    );
}

/**
 * All brokers, from the three at most that AWS names: others at another time, so that agents, who are told them by their pods'
 * environment, would be rolled for nothing. The names differ by the broker's number alone.
 */
function allOf(some: string, count: number): string {
    const [, rest] = /^b-\d+\.([^,]+)/.exec(some) ?? [];
    if (rest === undefined) return some;
    return Array.from({ length: count }, (_, index) => `b-${index + 1}.${rest}`).join(",");
}
