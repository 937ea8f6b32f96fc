import { Brokers } from "../components/coordination/brokers";
import { Topics } from "../components/coordination/topics";
import type { Compute } from "./compute";
import type { Context } from "./context";
import type { Foundation } from "./foundation";

/** Tier 2: the brokers, and the topics on them. */
export function createCoordination(
    { config, platform, opts }: Context,
    { keys, network }: Foundation,
    { cluster }: Compute,
) {
    const { replicationFactor, minInSyncReplicas } = config.brokers;
    const brokers = new Brokers(
        "brokers",
        {
            platform,
            kafkaVersion: config.brokers.kafkaVersion,
            instanceType: config.brokers.instanceType,
            brokerCount: config.brokers.count,
            subnets: network.subnets.brokers,
            vpcId: network.vpcId,
            clientSecurityGroupId: cluster.nodeSecurityGroupId,
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
    return { brokers, topics };
}

export type Coordination = ReturnType<typeof createCoordination>;
