import { namespaceOf } from "../components/compute/agents/spec";
import { CONSUMER_GROUPS } from "../components/coordination/consumer-groups";
import { Operations } from "../components/operations/operations";
import { agentClassesOf } from "../settings/fleet";
import { ENVIRONMENT_TAG } from "../settings/platform";
import type { Compute } from "./compute";
import type { Context } from "./context";
import type { Coordination } from "./coordination";
import type { Data } from "./data";
import type { Foundation } from "./foundation";

/** Who is told, and when. */
export function createOperations(
    { config, platform, opts }: Context,
    { keys, network }: Foundation,
    { cluster, karpenter, addons }: Compute,
    { brokers, topics }: Coordination,
    { database, archive, recovery, maxConnections }: Data,
) {
    const operations = new Operations(
        "operations",
        {
            platform,
            messagesKeyArn: keys.messages,
            alertEmails: config.operations.alertEmails,
            monthlyBudgetUsd: config.operations.monthlyBudgetUsd,
            budgetTagKey: ENVIRONMENT_TAG,
            budgetTagValue: platform.name,
            cluster: { name: cluster.clusterName },
            agents: {
                classes: agentClassesOf(config).map(({ name, agents }) => ({
                    name,
                    agents,
                    namespace: namespaceOf(name),
                })),
                turnSloSeconds: config.operations.turnSloSeconds,
                logGroupName: addons.logGroupNames.application,
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
                maxConnections,
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
    return { operations };
}
