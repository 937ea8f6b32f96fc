import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";
import { createAccess } from "./database-access";
import { createMonitoringRole } from "./database-monitoring";
import { createParameters } from "./database-parameters";
import { DatabaseProxy } from "./proxy";

/** A subnet of the database's tier and the zone it lies in. */
export interface DatabaseSubnet {
    readonly zone: string;
    readonly id: pulumi.Input<string>;
}

/** How much the database can do: instances of a size, or capacity that follows the load. */
export type DatabaseCapacity =
    | {
          readonly kind: "provisioned";
          /** Class of each instance, e.g. `db.r8g.xlarge`: $0.552 an hour, about $403 a month. */
          readonly instanceClass: string;
      }
    | {
          readonly kind: "serverless";
          /** Lower and upper end in Aurora capacity units (2 GiB each): $0.12 an hour and unit, about $88 a month. */
          readonly minAcu: number;
          readonly maxAcu: number;
      };

/** Arguments of {@link Database}. */
export interface DatabaseArgs {
    readonly platform: Platform;
    /** Aurora PostgreSQL version, e.g. `17.7`. A minor change restarts the database; a major one has a runbook. */
    readonly engineVersion: string;
    /** A change is made in the maintenance window of a protected environment, with a failover. */
    readonly capacity: DatabaseCapacity;
    /**
     * The writer and its readers: 1 has nobody to take over (about 10 minutes away when its zone fails), 2 fails over
     * in about 30 seconds. Instances go round the zones in order, so adding one touches none of the others.
     */
    readonly instances: number;
    /** One subnet a zone, in at least two zones: Aurora keeps its storage in three, whatever is given here. */
    readonly subnets: readonly DatabaseSubnet[];
    /** A change replaces the security groups. */
    readonly vpcId: pulumi.Input<string>;
    /** Security group of those who may connect: the nodes. */
    readonly clientSecurityGroupId: pulumi.Input<string>;
    /** ARN of the key for storage, snapshots, the master password and Insights. A change replaces the database. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** ARN of the key for logs. */
    readonly logsKeyArn: pulumi.Input<string>;
    /** Days into which the database can be put back to any second, 1 to 35. About $0.021 a GB and month of changes. */
    readonly pointInTimeRecoveryDays: number;
    /** A pool in front, which holds connections of hundreds of agents: $0.015 an hour and processor of the instances. */
    readonly proxy: boolean;
    /** `advanced`: 15 months of query history, about $9 a month and processor; `standard`: 7 days, free. */
    readonly insights: "standard" | "advanced";
    /** PostgreSQL roles that the pool may log in as, by IAM. It grows with kinds of clients, not with agents. */
    readonly databaseUsers: readonly string[];
}

/** Logs that leave the database: statements and audit records; failed IAM log-ins. */
const LOG_EXPORTS = ["postgresql", "iam-db-auth-error"] as const;

/**
 * Aurora PostgreSQL: memory, decision log, skill registry and audit trail of all agents. Encrypted under our key at
 * rest and by TLS in transit, logged in to by IAM. The master password is made, kept and rotated by AWS: it is in no
 * state file.
 */
export class Database extends pulumi.ComponentResource {
    readonly clusterIdentifier: pulumi.Output<string>;
    readonly clusterArn: pulumi.Output<string>;
    /** Identity of the cluster in IAM: part of the ARNs that allow a log-in. */
    readonly clusterResourceId: pulumi.Output<string>;
    /** Identity in IAM of what clients log in to: the proxy's where there is one, else the cluster's. */
    readonly loginResourceId: pulumi.Output<string>;
    readonly databaseName: string;
    readonly endpoint: pulumi.Output<string>;
    readonly readerEndpoint: pulumi.Output<string>;
    readonly proxyEndpoint?: pulumi.Output<string>;
    readonly proxyName?: pulumi.Output<string>;
    readonly instanceIdentifiers: readonly string[];
    readonly securityGroupId: pulumi.Output<string>;
    readonly masterSecretArn: pulumi.Output<string | undefined>;
    readonly subnetGroupName: pulumi.Output<string>;
    readonly clusterParameterGroupName: pulumi.Output<string>;

    constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:Database", name, {}, opts);
        refuseOneZone(name, args);
        const { platform } = args;
        const child = { parent: this };
        const identifier = `${platform.name}-database`;
        const databaseName = "openclaw";

        const access = createAccess(name, args, child);
        const parameters = createParameters(name, { engineVersion: args.engineVersion, databaseName }, child);
        const subnetGroup = createSubnetGroup();
        const logs = createLogs();
        const cluster = createCluster();
        const instances = createInstances();
        const proxy = args.proxy ? createProxy() : undefined;

        this.clusterIdentifier = cluster.clusterIdentifier;
        this.clusterArn = cluster.arn;
        this.clusterResourceId = cluster.clusterResourceId;
        this.loginResourceId = proxy?.resourceId ?? cluster.clusterResourceId;
        this.databaseName = databaseName;
        this.endpoint = cluster.endpoint;
        this.readerEndpoint = cluster.readerEndpoint;
        this.proxyEndpoint = proxy?.endpoint;
        this.proxyName = proxy?.proxyName;
        this.instanceIdentifiers = placement(args).map(({ suffix }) => `${identifier}-${suffix}`);
        this.securityGroupId = access.id;
        this.masterSecretArn = cluster.masterUserSecrets.apply(([secret]) => secret?.secretArn);
        this.subnetGroupName = subnetGroup.name;
        this.clusterParameterGroupName = parameters.cluster.name;
        this.registerOutputs({
            clusterIdentifier: this.clusterIdentifier,
            clusterArn: this.clusterArn,
            clusterResourceId: this.clusterResourceId,
            databaseName: this.databaseName,
            endpoint: this.endpoint,
            readerEndpoint: this.readerEndpoint,
            proxyEndpoint: this.proxyEndpoint,
            proxyName: this.proxyName,
            instanceIdentifiers: this.instanceIdentifiers,
            securityGroupId: this.securityGroupId,
            masterSecretArn: this.masterSecretArn,
            subnetGroupName: this.subnetGroupName,
            clusterParameterGroupName: this.clusterParameterGroupName,
        });

        function createSubnetGroup(): rds.SubnetGroup {
            return new rds.SubnetGroup(
                `${name}-subnets`,
                {
                    description: `Where ${identifier} may run`,
                    subnetIds: args.subnets.map(({ id }) => id),
                },
                child,
            );
        }

        function createLogs(): cloudwatch.LogGroup[] {
            return LOG_EXPORTS.map((log) =>
                logGroup(
                    `${name}-logs-${log}`,
                    { logGroupName: `/aws/rds/cluster/${identifier}/${log}`, platform, kmsKeyArn: args.logsKeyArn },
                    child,
                ),
            );
        }

        function createCluster(): rds.Cluster {
            return new rds.Cluster(
                `${name}-cluster`,
                {
                    clusterIdentifier: identifier,
                    engine: rds.EngineType.AuroraPostgresql,
                    engineMode: rds.EngineMode.Provisioned,
                    engineVersion: args.engineVersion,
                    // Off: 17.7 is a long-term support release, and an automatic upgrade would leave it.
                    autoMinorVersionUpgrade: false,
                    // Without it AWS keeps an expired major version alive at a high price, unasked.
                    engineLifecycleSupport: "open-source-rds-extended-support-disabled",
                    databaseName,
                    port: 5432,
                    ...(args.capacity.kind === "serverless"
                        ? {
                              serverlessv2ScalingConfiguration: {
                                  minCapacity: args.capacity.minAcu,
                                  maxCapacity: args.capacity.maxAcu,
                              },
                          }
                        : {}),

                    // Never `availabilityZones`: given two, AWS assigns three, and the next update would replace the
                    // database (pulumi/pulumi#5637). Instances are placed one by one instead.
                    dbSubnetGroupName: subnetGroup.name,
                    vpcSecurityGroupIds: [access.id],
                    networkType: "IPV4",

                    storageEncrypted: true,
                    kmsKeyId: args.kmsKeyArn,
                    masterUsername: "openclaw_admin",
                    manageMasterUserPassword: true,
                    masterUserSecretKmsKeyId: args.kmsKeyArn,
                    iamDatabaseAuthenticationEnabled: true,

                    dbClusterParameterGroupName: parameters.cluster.name,
                    enabledCloudwatchLogsExports: [...LOG_EXPORTS],
                    // Set here for all instances: what an instance says of Insights may not differ from its cluster.
                    databaseInsightsMode: args.insights,
                    performanceInsightsEnabled: true,
                    performanceInsightsKmsKeyId: args.kmsKeyArn,
                    performanceInsightsRetentionPeriod: args.insights === "advanced" ? 465 : 7,

                    backupRetentionPeriod: args.pointInTimeRecoveryDays,
                    preferredBackupWindow: "07:00-07:30",
                    preferredMaintenanceWindow: "sun:08:00-sun:08:30",
                    copyTagsToSnapshot: true,
                    deletionProtection: platform.protect,
                    deleteAutomatedBackups: !platform.protect,
                    skipFinalSnapshot: !platform.protect,
                    // A fixed name: one that changed with every run would show as a change with every plan.
                    ...(platform.protect ? { finalSnapshotIdentifier: `${identifier}-final` } : {}),
                    applyImmediately: !platform.protect,
                },
                // Without the groups Aurora would make its own: no key, no end.
                { ...child, dependsOn: logs, protect: platform.protect },
            );
        }

        function createInstances(): rds.ClusterInstance[] {
            const monitoringRole = createMonitoringRole(name, platform, child);
            const created: rds.ClusterInstance[] = [];
            for (const { zone, suffix, order } of placement(args)) {
                created.push(
                    new rds.ClusterInstance(
                        `${name}-instance-${suffix}`,
                        {
                            identifier: `${identifier}-${suffix}`,
                            clusterIdentifier: cluster.clusterIdentifier,
                            engine: rds.EngineType.AuroraPostgresql,
                            instanceClass:
                                args.capacity.kind === "provisioned" ? args.capacity.instanceClass : "db.serverless",
                            availabilityZone: zone,
                            promotionTier: order,
                            dbSubnetGroupName: subnetGroup.name,
                            dbParameterGroupName: parameters.instance.name,
                            publiclyAccessible: false,
                            caCertIdentifier: "rds-ca-rsa2048-g1", // valid until 2061
                            autoMinorVersionUpgrade: false,
                            copyTagsToSnapshot: true,
                            monitoringRoleArn: monitoringRole.arn,
                            monitoringInterval: args.insights === "advanced" ? 15 : 60,
                            // One hour after the other: a zone's instance is never serviced with its stand-in.
                            preferredMaintenanceWindow: maintenanceWindow(order),
                            applyImmediately: !platform.protect,
                        },
                        // The first to exist becomes the writer.
                        { ...child, dependsOn: created.slice(0, 1) },
                    ),
                );
            }
            return created;
        }

        function createProxy(): DatabaseProxy {
            return new DatabaseProxy(
                `${name}-proxy`,
                {
                    platform,
                    clusterIdentifier: cluster.clusterIdentifier,
                    clusterResourceId: cluster.clusterResourceId,
                    instances,
                    // The first two: a pool's subnets cannot change, and a zone may be added to the database's.
                    subnetIds: args.subnets.slice(0, 2).map(({ id }) => id),
                    vpcId: args.vpcId,
                    clientSecurityGroupId: args.clientSecurityGroupId,
                    databaseSecurityGroupId: access.id,
                    databaseUsers: args.databaseUsers,
                    logsKeyArn: args.logsKeyArn,
                },
                child,
            );
        }
    }
}

/** Aurora refuses a subnet group in one zone, after the rest of the network has been built. */
function refuseOneZone(name: string, args: DatabaseArgs): void {
    const zones = new Set(args.subnets.map(({ zone }) => zone));
    if (zones.size < 2)
        throw new Error(`${name}: needs subnets in at least two zones, not in ${[...zones].join(", ")}`);
    if (zones.size < args.subnets.length) throw new Error(`${name}: takes one subnet a zone`);
    if (!(args.instances >= 1)) throw new Error(`${name}: needs at least one instance, not ${args.instances}`);
}

/** Round the zones in order: `a-1`, `b-1`, `a-2`. A place depends on those before it alone. */
function placement(args: DatabaseArgs): { zone: string; suffix: string; order: number }[] {
    return Array.from({ length: args.instances }, (_, order) => {
        const { zone } = args.subnets[order % args.subnets.length] ?? { zone: "" };
        return { zone, suffix: `${zone.slice(-1)}-${Math.floor(order / args.subnets.length) + 1}`, order };
    });
}

/** Half an hour on Sunday for each instance, after the cluster's own, apart by an hour. Aurora has at most 16. */
function maintenanceWindow(order: number): string {
    const hour = String(9 + (order % 14)).padStart(2, "0");
    return `sun:${hour}:00-sun:${hour}:30`;
}
