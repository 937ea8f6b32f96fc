import type { Explanation } from "./explanation";

/** What network, nodes, brokers and identities may lose unnoticed. */
export const PLATFORM: readonly Explanation[] = [
    {
        types: /^aws:/,
        paths: /(^|\.)(vpcId|subnetId|subnetIds|vpcSubnetIds|clientSubnets|securityGroups|securityGroupIds|securityGroupId|referencedSecurityGroupId|routeTableId|routeTableIds|gatewayId|natGatewayId|allocationId|clusterName|clusterArn|clusterIdentifier|dbProxyName|dbClusterIdentifier|dbSubnetGroupName|dbParameterGroupName|dbClusterParameterGroupName|resourceId|planId|restoreTestingPlanName|backupVaultName|bucket|targetBucket|arn|id|role|roleArn|nodeRoleArn|targetKeyId|queueUrl|protectedResourceArns|resources)(\.\*)?$/,
        how: /replaced|removed/,
        because:
            "names another resource by an id that AWS gives: AWS refuses one that is not there or missing, and the reviewed snapshots of both stacks show one that is another",
    },
    {
        types: /^aws:/,
        paths: /(^|\.)tags\.|^tagSpecifications/,
        because: "names for people and tags beside the provider's own; tags that must be everywhere have a rule",
    },
    {
        types: /^(aws:eks\/addon:Addon|kubernetes:.*)$/,
        paths: /\.(extraVolumeTags|eniTags)\.|^spec\.tags\./,
        because: "tags of what controllers make, for the bill",
    },
    {
        types: /^aws:/,
        paths: /^(name|clusterName|identifier|finalSnapshotIdentifier|masterUsername|targetGroupName|rules\.\*\.(id|ruleName)|fileExtension|extendedS3Configuration\.(fileExtension|customTimeZone)|targetPrefix|targetObjectKeyFormat\..*)$/,
        because: "names that nothing else hangs on, or that Pulumi would make up instead",
    },
    {
        types: /^aws:/,
        paths: /^region$/,
        because:
            "of the second region's resources: another region is another resource to Pulumi, and that there is a second one has a rule",
    },
    {
        types: /^aws:(ec2\/eip:Eip|rds\/(proxy:Proxy|cluster:Cluster|(c|clusterP|p)arameterGroup:.*))$/,
        paths: /^(domain|engineFamily|networkType|port|family|parameters\.\*\.applyMethod)$/,
        because: "one value that fits the rest: AWS refuses another, or it is the default",
    },
    {
        types: /^aws:ec2\/launchTemplate:LaunchTemplate$/,
        paths: /^(updateDefaultVersion|userData|networkInterfaces\.\*\.deviceIndex)$/,
        because: "node groups name the version; how a node boots is shown by its joining the cluster",
    },
    {
        types: /^aws:ec2\/vpcEndpoint:VpcEndpoint$/,
        paths: /^privateDnsEnabled$/,
        because:
            "of the second endpoint of S3, which agents name by its own address; that the others have it has a rule",
    },
    {
        types: /^aws:(iam\/rolePolicy|ec2\/vpcEndpoint|sqs\/queuePolicy|msk\/clusterPolicy):/,
        paths: /^policy\.#\.Statement\.\*\.(Action|Resource|Condition\..+)\.\*$/,
        how: /removed/,
        because:
            "one action, resource or value fewer: less is allowed, and whoever needs it stops with what is missing",
    },
    {
        types: /^aws:iam\/rolePolicy:RolePolicy$/,
        paths: /Condition\.\w+(:\w+)?\.(aws:(Request|Resource)Tag\/|aws:TagKeys|kms:EncryptionContext:)/,
        because:
            "which tag, or which secret, a right is bound to: one of several conditions of the same statement, of which the rules demand that there is one that fits",
    },
    {
        types: /^pulumi:providers:aws$/,
        paths: /^skip(Credentials|Region)Validation$/,
        because: "how early the provider notices that it has no credentials",
    },
    {
        types: /^kubernetes:helm\.sh\/v3:Release$/,
        paths: /^(compat|maxHistory|name|namespace|skipAwait|values\.(upgradeCompatibility|cluster\.name|hubble\..*|(operator\.)?nodeSelector\..*|operator\.topologySpreadConstraints\..*|controller\.env.*|serviceAccount\.name|settings\.(clusterName|interruptionQueue)))$/,
        because: "how charts are installed and where their pods stand; what isolates agents and bounds nodes has rules",
    },
    {
        types: /^kubernetes:karpenter/,
        paths: /^spec\.(instanceProfile|template\.spec\.startupTaints\.\*\.value)$/,
        because: "without the right one no node joins the cluster",
    },
    {
        types: /^kubernetes:(admissionregistration\.k8s\.io\/v1|cilium\.io\/v2):/,
        paths: /\.(message|matchConditions(\.\*\.name)?|endpointSelector\.matchExpressions(\.\*\.key)?|matchLabels\.openclaw\/(tier|class|proxy))$/,
        because:
            "text, or one of two conditions that select the same: a selection that grows too small or too wide fails the rules on agents without a policy",
    },
];
