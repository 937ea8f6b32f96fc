import * as aws from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { loadConfig, pulumiNames } from "./config";
import { platformOf } from "./settings/platform";
import { createAgents } from "./topology/agents";
import { createCompute } from "./topology/compute";
import type { Context } from "./topology/context";
import { createCoordination } from "./topology/coordination";
import { createData } from "./topology/data";
import { createFoundation } from "./topology/foundation";
import { createOperations } from "./topology/operations";

/** The topology of the platform: foundation, three tiers, the agents in them, operations. */
export default function openclaw() {
    const config = loadConfig();
    const platform = platformOf(config, pulumiNames());
    const provider = new aws.Provider("aws", {
        region: config.region,
        // Credentials of another account stop here, before anything is made in the wrong place.
        allowedAccountIds: [config.account],
        defaultTags: { tags: platform.tags },
    });
    const context: Context = { config, platform, opts: { providers: [provider] } };

    const foundation = createFoundation(context);
    const compute = createCompute(context, foundation); // tier 1
    const coordination = createCoordination(context, foundation, compute); // tier 2
    const data = createData(context, foundation, compute, coordination); // tier 3
    const agents = createAgents(context, foundation, compute, coordination, data); // the life in tier 1
    const { operations } = createOperations(context, foundation, compute, coordination, data);

    const { cluster } = compute;
    const { brokers, topics } = coordination;
    const { database, archive, state, recovery } = data;
    return {
        kubeconfigCommand: pulumi.interpolate`aws eks update-kubeconfig --region ${config.region} --name ${cluster.clusterName}`,
        clusterEndpoint: cluster.endpoint,
        bootstrapBrokers: brokers.bootstrapBrokers,
        topics: topics.names,
        databaseEndpoint: database.proxyEndpoint ?? database.endpoint,
        databaseReaderEndpoint: database.readerEndpoint,
        decisionArchive: archive.bucketName,
        agentStateBucket: state.bucketName,
        agentNamespaces: agents.fleet.namespaces,
        backupVault: recovery.vaultName,
        alertTopic: operations.topicArn,
        dashboardUrl: operations.dashboardUrl,
    };
}
