import { databaseUsersOf } from "../components/compute/isolation/class-identity";
import { AgentState } from "../components/data/agent-state";
import { DecisionArchive } from "../components/data/archive";
import { Database } from "../components/data/database";
import { MIGRATOR, UPKEEP } from "../components/data/database-jobs";
import { Recovery } from "../components/data/recovery";
import { agentClassesOf } from "../settings/fleet";
import { databaseSizeOf } from "../settings/platform";
import type { Compute } from "./compute";
import type { Context } from "./context";
import type { Coordination } from "./coordination";
import type { Foundation } from "./foundation";

/** Roles of people and jobs in the database. Agents log in each as itself. */
const DATABASE_ROLES = [MIGRATOR.user, "openclaw_auditor", UPKEEP.user];

/** Tier 3: the database, the archive of decisions, the agents' replicated state, and the backups. */
export function createData(
    { config, platform, opts }: Context,
    { keys, network }: Foundation,
    { cluster }: Compute,
    { brokers, topics }: Coordination,
) {
    const { vpcId, subnets } = network;
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
            clientSecurityGroupId: cluster.nodeSecurityGroupId,
            kmsKeyArn: keys.database,
            logsKeyArn: keys.logs,
            pointInTimeRecoveryDays: config.database.pointInTimeRecoveryDays,
            proxy: config.database.proxy,
            insights: config.database.insights,
            databaseUsers: [...DATABASE_ROLES, ...agentClassesOf(config).map(({ name }) => databaseUsersOf(name))],
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
    return { database, archive, state, recovery, maxConnections: size.maxConnections };
}

export type Data = ReturnType<typeof createData>;
