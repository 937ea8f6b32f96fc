import * as aws from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { Addons } from "./components/compute/addons";
import { AgentNodes } from "./components/compute/agent-nodes";
import { namespaceOf } from "./components/compute/agents/spec";
import { Cells } from "./components/compute/cells";
import { Cilium } from "./components/compute/cilium";
import { Cluster } from "./components/compute/cluster";
import { Fleet } from "./components/compute/fleet";
import { Identities } from "./components/compute/identities";
import { databaseUsersOf } from "./components/compute/isolation/class-identity";
import { PlatformIsolation } from "./components/compute/isolation/isolation";
import { Telemetry } from "./components/compute/telemetry";
import { KarpenterAccess } from "./components/compute/karpenter";
import { SystemNodes } from "./components/compute/system-nodes";
import { Brokers } from "./components/coordination/brokers";
import { CONSUMER_GROUPS } from "./components/coordination/consumer-groups";
import { Topics } from "./components/coordination/topics";
import { AgentState } from "./components/data/agent-state";
import { DecisionArchive } from "./components/data/archive";
import { Database } from "./components/data/database";
import { Recovery } from "./components/data/recovery";
import { Keys } from "./components/foundation/keys";
import { Network } from "./components/foundation/network";
import { Operations } from "./components/operations/operations";
import { loadConfig } from "./config";
import { agentClassesOf, headroomOf, SIDECARS } from "./settings/fleet";
import { databaseSizeOf, ENVIRONMENT_TAG, platformOf } from "./settings/platform";

/** Roles of people and jobs in the database. Agents log in each as itself. */
const DATABASE_ROLES = ["openclaw_migrator", "openclaw_auditor", "openclaw_operator"];

/** The topology of the platform: foundation, the three tiers, operations. */
export default function openclaw() {
    const config = loadConfig();
    const platform = platformOf(config, pulumi.getProject(), pulumi.getStack());
    const provider = new aws.Provider("aws", {
        region: config.region,
        // Credentials of another account stop here, before anything is made in the wrong place.
        allowedAccountIds: [config.account],
        defaultTags: { tags: platform.tags },
    });
    const opts = { providers: [provider] };
    const classes = agentClassesOf(config);

    // Foundation
    const { arns: keys } = new Keys("keys", { platform }, opts);
    const network = new Network("network", { platform, ...config.network, logsKeyArn: keys.logs }, opts);
    const { vpcId, subnets } = network;
    const stateful = subnets.nodes.filter(({ zone }) => config.network.statefulZones.includes(zone));

    // Tier 1: compute
    const cluster = new Cluster(
        "cluster",
        {
            platform,
            kubernetesVersion: config.cluster.kubernetesVersion,
            vpcId,
            vpcCidr: config.network.cidr,
            controlPlaneSubnetIds: stateful.map(({ id }) => id),
            publicAccessCidrs: config.cluster.publicAccessCidrs,
            adminRoleArns: config.cluster.adminRoles,
            secretsKeyArn: keys.cluster,
            logsKeyArn: keys.logs,
        },
        opts,
    );
    const { clusterName, clusterArn, nodeSecurityGroupId } = cluster;
    const identities = new Identities(
        "identities",
        { platform, clusterName, clusterArn, volumesKeyArn: keys.volumes },
        opts,
    );
    // From here on objects of Kubernetes too. The network comes before the first node, which without it is never ready.
    const inCluster = { providers: [provider, cluster.kubernetesProvider] };
    const cilium = new Cilium(
        "cilium",
        { platform, apiServerHost: cluster.apiServerHost, eniTags: identities.eniTags },
        { ...inCluster, dependsOn: identities },
    );
    const systemNodes = new SystemNodes(
        "system-nodes",
        {
            platform,
            clusterName,
            kubernetesVersion: cluster.kubernetesVersion,
            subnets: subnets.nodes,
            securityGroupId: nodeSecurityGroupId,
            volumesKeyArn: keys.volumes,
            ...config.cluster.systemNodes,
        },
        { ...opts, dependsOn: cilium },
    );
    const addons = new Addons(
        "addons",
        {
            platform,
            clusterName,
            logsKeyArn: keys.logs,
            ebsDriverRoleArn: identities.ebsDriverRoleArn,
            observabilityRoleArn: identities.observabilityRoleArn,
        },
        { ...opts, dependsOn: systemNodes },
    );
    const karpenter = new KarpenterAccess(
        "karpenter",
        { platform, clusterName, clusterArn, volumesKeyArn: keys.volumes, messagesKeyArn: keys.messages },
        opts,
    );
    const agentNodes = new AgentNodes(
        "agent-nodes",
        {
            platform,
            clusterName,
            access: karpenter,
            securityGroupId: nodeSecurityGroupId,
            volumesKeyArn: keys.volumes,
            zones: config.network.zones,
            headroom: headroomOf(config),
            instanceTypes: config.fleet.nodes.instanceTypes,
            maxPods: config.fleet.nodes.maxPods,
            diskGiB: config.fleet.nodes.diskGiB,
        },
        { ...inCluster, dependsOn: [addons, karpenter] },
    );

    // Tier 2: coordination
    const { replicationFactor, minInSyncReplicas } = config.brokers;
    const brokers = new Brokers(
        "brokers",
        {
            platform,
            kafkaVersion: config.brokers.kafkaVersion,
            instanceType: config.brokers.instanceType,
            brokerCount: config.brokers.count,
            subnets: subnets.brokers,
            vpcId,
            clientSecurityGroupId: nodeSecurityGroupId,
            kmsKeyArn: keys.brokers,
            logsKeyArn: keys.logs,
            volumeGiB: config.brokers.volumeGiB,
            maxVolumeGiB: config.brokers.maxVolumeGiB,
            replication: { factor: replicationFactor, minInSyncReplicas },
            monitoringLevel: config.brokers.monitoring,
            vpcConnectivity: true, // the archive's delivery comes in this way
        },
        opts,
    );
    const topics = new Topics(
        "topics",
        {
            platform,
            clusterArn: brokers.clusterArn,
            replicationFactor,
            minInSyncReplicas,
            topics: config.brokers.topics,
        },
        opts,
    );

    // Tier 3: data
    const size = databaseSizeOf(config.database);
    const database = new Database(
        "database",
        {
            platform,
            engineVersion: config.database.engineVersion,
            capacity: size.capacity,
            instances: config.database.instances,
            subnets: subnets.database,
            vpcId,
            clientSecurityGroupId: nodeSecurityGroupId,
            kmsKeyArn: keys.database,
            logsKeyArn: keys.logs,
            pointInTimeRecoveryDays: config.database.pointInTimeRecoveryDays,
            proxy: config.database.proxy,
            insights: config.database.insights,
            databaseUsers: [...DATABASE_ROLES, ...classes.map(({ name }) => databaseUsersOf(name))],
        },
        opts,
    );
    const archive = new DecisionArchive(
        "archive",
        {
            platform,
            retentionDays: config.retention.decisionLogDays,
            kmsKeyArn: keys.archive,
            logsKeyArn: keys.logs,
            brokers,
            brokersClusterArn: brokers.clusterArn,
            topicName: topics.names.decisions,
        },
        opts,
    );
    const state = new AgentState(
        "state",
        {
            platform,
            kmsKeyArn: keys.state,
            accessLogBucket: archive.accessLogBucketName,
            noncurrentDays: config.retention.agentStateVersionDays,
        },
        opts,
    );
    const recovery = new Recovery(
        "recovery",
        {
            platform,
            kmsKeyArn: keys.backup,
            databaseClusterArn: database.clusterArn,
            dailyRetentionDays: config.database.pointInTimeRecoveryDays,
            retentionDays: config.retention.backupDays,
            lock: config.recovery.vaultLock,
            restoreTesting: config.recovery.restoreTesting,
            restoreTarget: {
                vpcId,
                subnetGroupName: database.subnetGroupName,
                clusterParameterGroupName: database.clusterParameterGroupName,
                kmsKeyArn: keys.database,
            },
            copyRegion: config.recovery.copyRegion,
        },
        opts,
    );

    // Tier 1 again: the agents, now that there is what they need
    const kubernetesVersion = config.cluster.kubernetesVersion;
    const places = {
        brokers: subnets.brokers.map(({ cidr }) => cidr),
        database: subnets.database.map(({ cidr }) => cidr),
        endpoints: subnets.endpoints.map(({ cidr }) => cidr),
    };
    const isolation = new PlatformIsolation(
        "isolation",
        {
            kubernetesVersion,
            places,
            proxies: classes.filter(({ allowedDomains }) => allowedDomains.length > 0).length,
        },
        { ...inCluster, dependsOn: addons },
    );
    const cells = new Cells(
        "cells",
        {
            platform,
            classes,
            sidecars: SIDECARS,
            kubernetesVersion,
            places,
            egressNamespace: isolation.egressNamespace,
            clusterName,
            clusterArn,
            vpcId,
            volumesKeyArn: keys.volumes,
            state: { bucketArn: state.bucketArn, keyArn: keys.state },
            brokers: { clusterArn: brokers.clusterArn, topicArns: topics.arns },
            databaseResourceId: database.loginResourceId,
        },
        { ...inCluster, dependsOn: isolation },
    );
    const telemetry = new Telemetry(
        "telemetry",
        {
            platform,
            clusterName,
            clusterArn,
            logsKeyArn: keys.logs,
            classes: classes.map(({ name }) => name),
            image: config.fleet.image,
        },
        { ...inCluster, dependsOn: [cells, agentNodes] },
    );
    const fleet = new Fleet(
        "fleet",
        {
            classes,
            image: config.fleet.image,
            environment: {
                platformName: platform.name,
                region: platform.region,
                stateBucket: state.bucketName,
                s3EndpointUrl: network.s3EndpointUrl,
                collectorUrl: telemetry.collectorUrl,
                openclawVersion: config.fleet.image.tag,
            },
            proxyUrls: cells.proxyUrls,
        },
        { ...inCluster, dependsOn: telemetry },
    );

    // Operations
    const operations = new Operations(
        "operations",
        {
            platform,
            messagesKeyArn: keys.messages,
            alertEmails: config.operations.alertEmails,
            monthlyBudgetUsd: config.operations.monthlyBudgetUsd,
            budgetTagKey: ENVIRONMENT_TAG,
            budgetTagValue: platform.name,
            cluster: { name: clusterName },
            agents: {
                classes: classes.map(({ name, agents }) => ({ name, agents, namespace: namespaceOf(name) })),
                turnSloSeconds: config.operations.turnSloSeconds,
            },
            brokers: {
                clusterName: brokers.clusterName,
                brokerCount: brokers.brokerCount,
                topics: topics.names,
                consumerGroups: CONSUMER_GROUPS,
            },
            database: {
                clusterIdentifier: database.clusterIdentifier,
                instanceIdentifiers: database.instanceIdentifiers,
                instanceClass: config.database.instanceClass,
                maxConnections: size.maxConnections,
                proxyName: database.proxyName,
            },
            natGatewayIds: network.natGatewayIds,
            archive: { deliveryStreamName: archive.deliveryStreamName },
            recovery,
            interruptionQueueName: karpenter.interruptionQueueName,
            latencySloMs: config.operations.latencySloMs,
        },
        opts,
    );

    return {
        kubeconfigCommand: pulumi.interpolate`aws eks update-kubeconfig --region ${config.region} --name ${clusterName}`,
        clusterEndpoint: cluster.endpoint,
        bootstrapBrokers: brokers.bootstrapBrokers,
        topics: topics.names,
        databaseEndpoint: database.proxyEndpoint ?? database.endpoint,
        databaseReaderEndpoint: database.readerEndpoint,
        decisionArchive: archive.bucketName,
        agentStateBucket: state.bucketName,
        agentNamespaces: fleet.namespaces,
        backupVault: recovery.vaultName,
        alertTopic: operations.topicArn,
        dashboardUrl: operations.dashboardUrl,
    };
}
