import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as rds from "@pulumi/aws/rds";
import * as vpc from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { AGENTS_PERCENT } from "../model/connections";
import { logGroup } from "../operations/log-group";
import type { Platform } from "../platform";

/** Arguments of {@link DatabaseProxy}. */
export interface DatabaseProxyArgs {
    readonly platform: Platform;
    readonly clusterIdentifier: pulumi.Input<string>;
    /** Identity of the cluster in IAM. */
    readonly clusterResourceId: pulumi.Input<string>;
    /** The cluster's instances: a pool finds its target only when there is one. */
    readonly instances: readonly pulumi.Resource[];
    /** Subnets in at least two zones. A change replaces the pool. */
    readonly subnetIds: readonly pulumi.Input<string>[];
    /** A change replaces the pool's security group. */
    readonly vpcId: pulumi.Input<string>;
    /** Security group of those who may connect: the nodes. */
    readonly clientSecurityGroupId: pulumi.Input<string>;
    /** Security group of the database, which is opened for the pool here. */
    readonly databaseSecurityGroupId: pulumi.Input<string>;
    /** PostgreSQL roles that the pool may log in as. */
    readonly databaseUsers: readonly string[];
    /** ARN of the key for logs. */
    readonly logsKeyArn: pulumi.Input<string>;
}

/**
 * A pool of connections to the writer: hundreds of agents share tens of connections, and a failover cuts few of them.
 * IAM on both sides. With secrets instead it would take one for each user, and 200 at most (RDS Proxy quotas).
 * No endpoint for readers: who wants one reads from the cluster's reader endpoint.
 */
export class DatabaseProxy extends pulumi.ComponentResource {
    readonly proxyName: pulumi.Output<string>;
    /** Identity of the proxy in IAM, `prx-...`: part of the ARNs that allow a log-in to it. */
    readonly resourceId: pulumi.Output<string>;
    readonly endpoint: pulumi.Output<string>;
    readonly securityGroupId: pulumi.Output<string>;

    constructor(name: string, args: DatabaseProxyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:DatabaseProxy", name, {}, opts);
        if (args.databaseUsers.length === 0) throw new Error(`${name}: needs a database user to log in as`);
        const { platform } = args;
        const child = { parent: this };
        const proxyName = `${platform.name}-database`;

        const access = createAccess();
        const logs = createLogs();
        const role = createRole();
        const permissions = grantLogIns();
        const proxy = createProxy();
        connectToCluster();

        this.proxyName = proxy.name;
        this.resourceId = proxy.arn.apply((arn) => arn.split(":").at(-1) ?? "");
        this.endpoint = proxy.endpoint;
        this.securityGroupId = access.id;
        this.registerOutputs({
            proxyName: this.proxyName,
            endpoint: this.endpoint,
            securityGroupId: this.securityGroupId,
        });

        function createAccess(): ec2.SecurityGroup {
            const group = new ec2.SecurityGroup(
                `${name}-access`,
                { description: "Database pool: PostgreSQL from nodes to database", vpcId: args.vpcId },
                child,
            );
            const postgres = { ipProtocol: "tcp", fromPort: 5432, toPort: 5432 };
            new vpc.SecurityGroupIngressRule(
                `${name}-access-from-nodes`,
                {
                    description: "PostgreSQL from nodes",
                    securityGroupId: group.id,
                    referencedSecurityGroupId: args.clientSecurityGroupId,
                    ...postgres,
                },
                child,
            );
            new vpc.SecurityGroupEgressRule(
                `${name}-access-to-database`,
                {
                    description: "PostgreSQL to the database",
                    securityGroupId: group.id,
                    referencedSecurityGroupId: args.databaseSecurityGroupId,
                    ...postgres,
                },
                child,
            );
            new vpc.SecurityGroupIngressRule(
                `${name}-access-at-database`,
                {
                    description: "PostgreSQL from the pool",
                    securityGroupId: args.databaseSecurityGroupId,
                    referencedSecurityGroupId: group.id,
                    ...postgres,
                },
                child,
            );
            return group;
        }

        function createLogs(): cloudwatch.LogGroup {
            return logGroup(
                `${name}-logs`,
                { logGroupName: `/aws/rds/proxy/${proxyName}`, platform, kmsKeyArn: args.logsKeyArn },
                child,
            );
        }

        function createRole(): iam.Role {
            return new iam.Role(
                `${name}-role`,
                {
                    description: "RDS Proxy: log in to the database",
                    assumeRolePolicy: JSON.stringify({
                        Version: "2012-10-17",
                        Statement: [
                            {
                                Effect: "Allow",
                                Principal: { Service: "rds.amazonaws.com" },
                                Action: "sts:AssumeRole",
                            },
                        ],
                    }),
                },
                child,
            );
        }

        function grantLogIns(): iam.RolePolicy {
            const users = `arn:aws:rds-db:${platform.region}:${platform.account}:dbuser`;
            return new iam.RolePolicy(
                `${name}-permissions`,
                {
                    role: role.name,
                    policy: pulumi.jsonStringify({
                        Version: "2012-10-17",
                        Statement: [
                            {
                                Sid: "LogIn",
                                Effect: "Allow",
                                Action: "rds-db:connect",
                                Resource: args.databaseUsers.map(
                                    (user) => pulumi.interpolate`${users}:${args.clusterResourceId}/${user}`,
                                ),
                            },
                        ],
                    }),
                },
                child,
            );
        }

        function createProxy(): rds.Proxy {
            return new rds.Proxy(
                `${name}-pool`,
                {
                    name: proxyName,
                    engineFamily: "POSTGRESQL",
                    defaultAuthScheme: "IAM_AUTH",
                    requireTls: true,
                    roleArn: role.arn,
                    vpcSubnetIds: [...args.subnetIds],
                    vpcSecurityGroupIds: [access.id],
                    idleClientTimeout: 1800, // s
                    debugLogging: false, // it would write statements, and with them what agents remember
                },
                { ...child, dependsOn: [logs, permissions] },
            );
        }

        function connectToCluster(): void {
            const pool = new rds.ProxyDefaultTargetGroup(
                `${name}-target-group`,
                {
                    dbProxyName: proxy.name,
                    connectionPoolConfig: {
                        maxConnectionsPercent: AGENTS_PERCENT, // the rest stays for migrations, jobs and people
                        maxIdleConnectionsPercent: 20,
                        connectionBorrowTimeout: 30, // s: long enough for a failover
                    },
                },
                child,
            );
            new rds.ProxyTarget(
                `${name}-target`,
                {
                    dbProxyName: proxy.name,
                    targetGroupName: pool.name,
                    dbClusterIdentifier: args.clusterIdentifier,
                },
                { ...child, dependsOn: [...args.instances] },
            );
        }
    }
}
