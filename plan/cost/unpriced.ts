import type { Cost } from "../document/schema";
import type { Graph } from "../graph";
import { all, properties, text } from "../resources";
import { typeLabel } from "../tree";
import type { Replication } from "./replicas";

export type Unpriced = Cost["unpriced"][number];

/** Types whose cost is in the lines, be it with another resource of theirs. */
export const PRICED_TYPES: ReadonlySet<string> = new Set([
    "aws:backup/plan:Plan",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:ec2/eip:Eip",
    "aws:ec2/flowLog:FlowLog",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:eks/addon:Addon",
    "aws:eks/cluster:Cluster",
    "aws:eks/nodeGroup:NodeGroup",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    "aws:kms/key:Key",
    "aws:msk/cluster:Cluster",
    "aws:rds/cluster:Cluster",
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:rds/proxy:Proxy",
    "aws:s3/bucket:Bucket",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
    "kubernetes:karpenter.sh/v1:NodePool",
]);

/** Types that cost nothing by themselves: rights, routes, rules, names, and what runs on nodes that are paid for. */
export const FREE_TYPES: ReadonlySet<string> = new Set([
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/target:Target",
    "aws:backup/selection:Selection",
    "aws:backup/vault:Vault",
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
    "aws:backup/vaultPolicy:VaultPolicy",
    // The first two budgets of an account; they do nothing but tell.
    "aws:budgets/budget:Budget",
    // Events of AWS services themselves.
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logStream:LogStream",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/route:Route",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:eks/accessEntry:AccessEntry",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:msk/clusterPolicy:ClusterPolicy",
    "aws:msk/configuration:Configuration",
    "aws:msk/topic:Topic",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    "aws:rds/eventSubscription:EventSubscription",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
    "aws:rds/proxyTarget:ProxyTarget",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    // By message, of which a few a day are in the requests below.
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queue:Queue",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
    "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
    "kubernetes:batch/v1:CronJob",
    "kubernetes:batch/v1:Job",
    "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
    "kubernetes:core/v1:ConfigMap",
    "kubernetes:core/v1:LimitRange",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:ResourceQuota",
    // One with a load balancer is not: see below.
    "kubernetes:core/v1:Service",
    "kubernetes:core/v1:ServiceAccount",
    "kubernetes:helm.sh/v3:Release",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:policy/v1:PodDisruptionBudget",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "kubernetes:scheduling.k8s.io/v1:PriorityClass",
    "kubernetes:storage.k8s.io/v1:StorageClass",
    "pulumi:providers:aws",
    "pulumi:providers:kubernetes",
]);

/** What a resource in the graph costs that no line has. */
const BY_TYPE: Readonly<Record<string, string>> = {
    "aws:backup/restoreTestingPlan:RestoreTestingPlan":
        "a fee for each test, and the storage of the restored copy for some hours; no price was found",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": "belongs to the restore tests",
};

/** What costs money whatever the graph holds. */
const ALWAYS: readonly Unpriced[] = [
    { item: "Model calls on Amazon Bedrock", why: "by tokens and model; they can exceed everything else together" },
    { item: "Data to the internet, and through NAT beside images", why: "follows what agents do outside AWS" },
    { item: "AWS Support", why: "a share of the whole bill of the account" },
    { item: "Tax", why: "by country" },
    {
        item: "Requests to KMS, SQS, SNS and Secrets Manager, queries of logs, alarms by mail",
        why: "cents for each million or thousand, mostly within what is free",
    },
    { item: "Traffic between pods in different zones", why: "follows what agents ask of the proxy and of each other" },
    { item: "Registry of images", why: "the database tool's image, a few cents; AWS's own are free" },
    {
        item: "Enhanced monitoring of the database (log group RDSOSMetrics)",
        why: "AWS's own group, some hundred MB an instance and month",
    },
    {
        item: "Reserved capacity and savings plans",
        why: "everything is counted on demand; a commitment costs about a third less",
    },
];

/** Everything that costs money and is in no line; a type that nobody has looked at is among it. */
export function unpricedOf(graph: Graph, { unread }: Pick<Replication, "unread">): Unpriced[] {
    const types = new Set(graph.resources.filter(({ custom }) => custom).map(({ type }) => type));
    const balancers = all(graph, "kubernetes:core/v1:Service").filter(
        ({ inputs }) => text(properties(inputs["spec"])["type"]) === "LoadBalancer",
    );
    return [
        ...ALWAYS,
        ...[...types]
            .filter((type) => !PRICED_TYPES.has(type) && !FREE_TYPES.has(type))
            .map((type) => ({
                item: typeLabel(type),
                why: BY_TYPE[type] ?? `${type} is neither priced nor known to be free (plan/cost/unpriced.ts)`,
            })),
        ...balancers.map(({ name }) => ({ item: `Load balancer of service ${name}`, why: "by hour and traffic" })),
        ...unread.map((name) => ({
            item: `Replicas of ${name}`,
            why: "how its state is replicated could not be read from the graph (plan/cost/replicas.ts)",
        })),
    ];
}
