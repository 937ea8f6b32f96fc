/**
 * What cannot be changed in place, by type: a path, and all below it. Without a list of its own a type of AWS is unknown, which a
 * test refuses for every type that the program makes.
 *
 * From the sources of the Terraform provider for AWS, on which Pulumi's stands (`ForceNew`), and of Pulumi's provider for Kubernetes
 * (provider/pkg/provider/diff.go). Only the real preview knows for sure: `npm run preview`.
 */
export const REPLACED_ON_CHANGE: Readonly<Record<string, readonly string[]>> = {
    "aws:appautoscaling/policy:Policy": ["name", "resourceId", "scalableDimension", "serviceNamespace"],
    "aws:appautoscaling/target:Target": ["resourceId", "scalableDimension", "serviceNamespace"],
    "aws:backup/plan:Plan": ["name"],
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": ["name"],
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": [
        "name",
        "restoreTestingPlanName",
        "protectedResourceType",
    ],
    "aws:backup/selection:Selection": ["name", "planId", "iamRoleArn", "resources", "notResources", "selectionTags"],
    "aws:backup/vault:Vault": ["name", "kmsKeyArn"],
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": [
        "backupVaultName",
        "changeableForDays",
        "minRetentionDays",
        "maxRetentionDays",
    ],
    "aws:backup/vaultPolicy:VaultPolicy": ["backupVaultName"],
    "aws:budgets/budget:Budget": ["name", "accountId"],
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ["alarmName", "actionsEnabled"],
    "aws:cloudwatch/dashboard:Dashboard": ["dashboardName"],
    "aws:cloudwatch/eventRule:EventRule": ["name", "eventBusName"],
    "aws:cloudwatch/eventTarget:EventTarget": ["rule", "eventBusName", "targetId"],
    "aws:cloudwatch/logGroup:LogGroup": ["name", "logGroupClass"],
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ["name", "logGroupName"],
    "aws:cloudwatch/logStream:LogStream": ["name", "logGroupName"],
    "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ["vpcId"],
    "aws:ec2/eip:Eip": ["domain", "publicIpv4Pool", "networkBorderGroup"],
    "aws:ec2/flowLog:FlowLog": [
        "iamRoleArn",
        "logDestination",
        "logDestinationType",
        "logFormat",
        "maxAggregationInterval",
        "trafficType",
        "vpcId",
    ],
    "aws:ec2/internetGateway:InternetGateway": [],
    "aws:ec2/launchTemplate:LaunchTemplate": ["name"],
    "aws:ec2/natGateway:NatGateway": ["allocationId", "subnetId", "connectivityType", "privateIp"],
    "aws:ec2/route:Route": ["routeTableId", "destinationCidrBlock", "destinationPrefixListId"],
    "aws:ec2/routeTable:RouteTable": ["vpcId"],
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ["subnetId", "gatewayId"],
    "aws:ec2/securityGroup:SecurityGroup": ["name", "description", "vpcId"],
    "aws:ec2/subnet:Subnet": ["availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"],
    "aws:ec2/vpc:Vpc": ["cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"],
    "aws:ec2/vpcEndpoint:VpcEndpoint": ["serviceName", "vpcEndpointType", "vpcId"],
    "aws:eks/accessEntry:AccessEntry": ["clusterName", "principalArn", "type"],
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": [
        "accessScope",
        "clusterName",
        "policyArn",
        "principalArn",
    ],
    "aws:eks/addon:Addon": ["addonName", "clusterName"],
    "aws:eks/cluster:Cluster": [
        "name",
        "roleArn",
        "bootstrapSelfManagedAddons",
        "encryptionConfig",
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "kubernetesNetworkConfig.ipFamily",
        "kubernetesNetworkConfig.serviceIpv4Cidr",
    ],
    "aws:eks/nodeGroup:NodeGroup": [
        "nodeGroupName",
        "amiType",
        "capacityType",
        "clusterName",
        "diskSize",
        "instanceTypes",
        "launchTemplate.id",
        "launchTemplate.name",
        "nodeRoleArn",
        "subnetIds",
    ],
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ["clusterName", "namespace", "serviceAccount"],
    "aws:iam/instanceProfile:InstanceProfile": ["name", "path"],
    "aws:iam/role:Role": ["name", "path"],
    "aws:iam/rolePolicy:RolePolicy": ["name", "role"],
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn", "role"],
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": [
        "name",
        "destination",
        "kinesisSourceConfiguration",
        "mskSourceConfiguration",
    ],
    "aws:kms/alias:Alias": ["name"],
    "aws:kms/key:Key": ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion"],
    "aws:msk/cluster:Cluster": [
        "clusterName",
        "brokerNodeGroupInfo.clientSubnets",
        "brokerNodeGroupInfo.securityGroups",
        "brokerNodeGroupInfo.azDistribution",
        "encryptionInfo.encryptionAtRestKmsKeyArn",
        "encryptionInfo.encryptionInTransit.inCluster",
    ],
    "aws:msk/clusterPolicy:ClusterPolicy": ["clusterArn"],
    "aws:msk/configuration:Configuration": ["name", "kafkaVersions"],
    "aws:msk/topic:Topic": ["clusterArn", "name", "replicationFactor"],
    "aws:rds/cluster:Cluster": [
        "availabilityZones",
        "clusterIdentifier",
        "databaseName",
        "dbSubnetGroupName",
        "engine",
        "engineMode",
        "kmsKeyId",
        "masterUsername",
        "snapshotIdentifier",
        "storageEncrypted",
    ],
    "aws:rds/clusterInstance:ClusterInstance": [
        "availabilityZone",
        "clusterIdentifier",
        "dbSubnetGroupName",
        "engine",
        "identifier",
    ],
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": ["name", "description", "family"],
    "aws:rds/eventSubscription:EventSubscription": ["name"],
    "aws:rds/parameterGroup:ParameterGroup": ["name", "description", "family"],
    "aws:rds/proxy:Proxy": ["engineFamily", "vpcSubnetIds"],
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": ["dbProxyName"],
    "aws:rds/proxyTarget:ProxyTarget": [
        "dbClusterIdentifier",
        "dbInstanceIdentifier",
        "dbProxyName",
        "targetGroupName",
    ],
    "aws:rds/subnetGroup:SubnetGroup": ["name"],
    "aws:s3/bucket:Bucket": ["bucket", "objectLockEnabled"],
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["bucket"],
    "aws:s3/bucketLogging:BucketLogging": ["bucket"],
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": ["bucket", "objectLockEnabled"],
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["bucket"],
    "aws:s3/bucketPolicy:BucketPolicy": ["bucket"],
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["bucket"],
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ["bucket"],
    "aws:s3/bucketVersioning:BucketVersioning": ["bucket"],
    "aws:sns/topic:Topic": ["name", "fifoTopic"],
    "aws:sns/topicPolicy:TopicPolicy": ["arn"],
    "aws:sns/topicSubscription:TopicSubscription": ["endpoint", "protocol", "topic"],
    "aws:sqs/queue:Queue": ["name", "fifoQueue"],
    "aws:sqs/queuePolicy:QueuePolicy": ["queueUrl"],
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ["securityGroupId"],
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["securityGroupId"],

    "kubernetes:apps/v1:Deployment": ["spec.selector"],
    "kubernetes:apps/v1:StatefulSet": [
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ],
    "kubernetes:batch/v1:Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
    "kubernetes:core/v1:ConfigMap": ["binaryData", "data"],
    "kubernetes:core/v1:ResourceQuota": ["spec.scopes"],
    "kubernetes:core/v1:Secret": ["type", "stringData", "data"],
    "kubernetes:core/v1:Service": ["spec.clusterIP"],
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": ["roleRef"],
    "kubernetes:storage.k8s.io/v1:StorageClass": ["parameters", "provisioner"],
    "kubernetes:helm.sh/v3:Release": ["name", "namespace"],
};

/** In each object of Kubernetes: it is known by them. */
const KUBERNETES_IDENTITY = ["metadata.name", "metadata.namespace"];
/** In each resource of AWS: a region is where it is. */
const AWS_IDENTITY = ["region"];

/** Whether a change at a path makes another resource of this type. */
export function replaces(type: string, path: string): boolean {
    const always = type.startsWith("kubernetes:") ? KUBERNETES_IDENTITY : AWS_IDENTITY;
    return [...(REPLACED_ON_CHANGE[type] ?? []), ...always].some((each) => isWithin(path, each));
}

/** Whether `path` is `outer` or below it: `spec.selector.matchLabels` and `subnetIds[0]` are within their first part. */
export function isWithin(path: string, outer: string): boolean {
    return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}
