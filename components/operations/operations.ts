import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import type { TopicKey } from "../coordination/topics";
import type { Platform } from "../platform";
import { type WatchedClass, agentAlarms } from "./alarms/agents";
import { archiveAlarms } from "./alarms/archive";
import { bridgeAlarms } from "./alarms/bridge";
import { type ConsumerGroup, brokerAlarms } from "./alarms/brokers";
import { type MadeAlarm, brokenPromiseAlarm, promiseAlarms } from "./alarms/composite";
import { computeAlarms } from "./alarms/compute";
import { databaseAlarms } from "./alarms/database";
import type { AlarmDefinition } from "./alarms/definition";
import { ledgerAlarms } from "./alarms/ledger";
import { metricAlarm } from "./alarms/metric-alarm";
import { type NatGatewayId, networkAlarms } from "./alarms/network";
import { notificationAlarms } from "./alarms/notifications";
import { recoveryAlarms } from "./alarms/recovery";
import { createBudget } from "./budget";
import { dashboardBody } from "./dashboard";
import { createEvents } from "./events";
import { createNotifications } from "./notifications";
import { createReplicationErrors } from "./replication-errors";

/** Arguments of {@link Operations}. */
export interface OperationsArgs {
    readonly platform: Platform;
    /** ARN of the key for messages. */
    readonly messagesKeyArn: pulumi.Input<string>;
    /** Addresses that get every message, ten at most. Each must confirm once, by the link that AWS sends. */
    readonly alertEmails: readonly string[];
    /** US dollars a month; told at 80 % and 100 % spent, and when the forecast exceeds it. */
    readonly monthlyBudgetUsd: number;
    /** Key and value of the tag that every resource of this environment carries. It must be activated once in Billing. */
    readonly budgetTagKey: string;
    readonly budgetTagValue: string;
    /** The Kubernetes cluster, with Container Insights installed. */
    readonly cluster: { readonly name: pulumi.Input<string> };
    readonly agents: {
        /** Three alarms a class. */
        readonly classes: readonly WatchedClass[];
        /** Log group of the containers' output. */
        readonly logGroupName: pulumi.Input<string>;
        /** Objective for the 95th percentile of a turn, in seconds: model, tools and all. */
        readonly turnSloSeconds: number;
    };
    readonly brokers: {
        readonly clusterName: pulumi.Input<string>;
        readonly brokerCount: number;
        readonly topics: Readonly<Record<TopicKey, pulumi.Input<string>>>;
        /** Groups whose lag is watched: two alarms each. Shared by agents, never one an agent. */
        readonly consumerGroups: readonly ConsumerGroup[];
    };
    readonly database: {
        readonly clusterIdentifier: pulumi.Input<string>;
        readonly instanceIdentifiers: readonly string[];
        /** Size of the instances; absent where capacity is serverless. */
        readonly instanceClass?: string;
        /** Connections that one instance takes: `maxConnections` of model/database-memory.ts. */
        readonly maxConnections: number;
        /** Absent where there is no proxy. */
        readonly proxyName?: pulumi.Input<string>;
    };
    readonly natGatewayIds: readonly NatGatewayId[];
    readonly archive: { readonly deliveryStreamName: pulumi.Input<string> };
    /** The vault of the daily backups, and the one that keeps the monthly ones. */
    readonly recovery: {
        readonly vaultName: pulumi.Input<string>;
        readonly dailyVaultName: pulumi.Input<string>;
    };
    /** Karpenter's queue. */
    readonly interruptionQueueName: pulumi.Input<string>;
    /** Objective for the 99th percentile from produce to consume, in milliseconds. */
    readonly latencySloMs: number;
}

/**
 * Who is told, and when: a topic, an alarm for everything that endangers a promise, one composite alarm for broken promises,
 * events, a budget and a dashboard. About $20 a month with four brokers, $0.20 for each class; nothing here grows with the
 * number of agents.
 */
export class Operations extends pulumi.ComponentResource {
    readonly topicArn: pulumi.Output<string>;
    /** In the state ALARM while any promise is broken: for a pager, a status page, or to stop an experiment. */
    readonly brokenPromiseAlarmArn: pulumi.Output<string>;
    readonly dashboardName: pulumi.Output<string>;
    readonly dashboardUrl: pulumi.Output<string>;

    constructor(name: string, args: OperationsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:operations:Operations", name, {}, opts);
        const { platform } = args;
        const child = { parent: this };

        const { topicName, topicArn } = createNotifications(
            name,
            { platform, kmsKeyArn: args.messagesKeyArn, emails: args.alertEmails },
            child,
        );
        const place = { prefix: platform.name, topicArn };
        const rules = createEvents(name, { topicArn, ...eventSources(args) }, child);
        createReplicationErrors(name, { environment: platform.name, logGroupName: args.agents.logGroupName }, child);
        const alarms = {
            compute: createAlarms(computeDefinitions(args)),
            coordination: createAlarms(coordinationDefinitions(args)),
            data: createAlarms(dataDefinitions(args)),
            watch: createAlarms(notificationAlarms({ topicName, rules })),
        };
        const promises = promiseAlarms(name, Object.values(alarms).flat(), place, child);
        const brokenPromise = brokenPromiseAlarm(name, promises, place, child);
        const dashboard = createDashboard();
        createBudget(name, { topicArn, ...budgetOf(args) }, child);

        this.topicArn = topicArn;
        this.brokenPromiseAlarmArn = brokenPromise.arn;
        this.dashboardName = dashboard.dashboardName;
        const console = `https://${platform.region}.console.aws.amazon.com/cloudwatch/home?region=${platform.region}`;
        this.dashboardUrl = pulumi.interpolate`${console}#dashboards/dashboard/${dashboard.dashboardName}`;
        this.registerOutputs({
            topicArn: this.topicArn,
            brokenPromiseAlarmArn: this.brokenPromiseAlarmArn,
            dashboardName: this.dashboardName,
            dashboardUrl: this.dashboardUrl,
        });

        function createAlarms(definitions: readonly AlarmDefinition[]): MadeAlarm[] {
            return definitions.map((definition) => ({
                definition,
                alarm: metricAlarm(name, definition, place, child),
            }));
        }

        function createDashboard(): cloudwatch.Dashboard {
            const arns = (made: readonly { readonly alarm: { readonly arn: pulumi.Output<string> } }[]) =>
                made.map(({ alarm }) => alarm.arn);
            const body = pulumi
                .output({
                    ...dashboardNames(args),
                    promises: arns(promises),
                    alarms: {
                        compute: arns(alarms.compute),
                        coordination: arns(alarms.coordination),
                        data: arns(alarms.data),
                    },
                })
                .apply(dashboardBody);
            return new cloudwatch.Dashboard(
                `${name}-dashboard`,
                { dashboardName: platform.name, dashboardBody: body },
                child,
            );
        }
    }
}

function computeDefinitions(args: OperationsArgs): AlarmDefinition[] {
    const clusterName = args.cluster.name;
    return [
        ...agentAlarms({ environment: args.platform.name, clusterName, ...args.agents }),
        ...computeAlarms({ clusterName, interruptionQueueName: args.interruptionQueueName }),
        ...networkAlarms(args.natGatewayIds),
    ];
}

function coordinationDefinitions({ brokers, platform, latencySloMs, agents }: OperationsArgs): AlarmDefinition[] {
    const count = agents.classes.reduce((sum, each) => sum + each.agents, 0);
    return [...brokerAlarms(brokers), ...bridgeAlarms({ environment: platform.name, latencySloMs, agents: count })];
}

function dataDefinitions({ platform, database, archive, recovery }: OperationsArgs): AlarmDefinition[] {
    return [
        ...databaseAlarms(database),
        ...ledgerAlarms(platform.name),
        ...archiveAlarms(archive.deliveryStreamName),
        ...recoveryAlarms(recovery),
    ];
}

function eventSources({ platform, database, recovery }: OperationsArgs) {
    return {
        platform,
        vaultNames: [recovery.dailyVaultName, recovery.vaultName],
        clusterIdentifier: database.clusterIdentifier,
        instanceIdentifiers: database.instanceIdentifiers,
    };
}

function budgetOf(args: OperationsArgs) {
    return {
        platform: args.platform,
        monthlyUsd: args.monthlyBudgetUsd,
        tagKey: args.budgetTagKey,
        tagValue: args.budgetTagValue,
        emails: args.alertEmails,
    };
}

function dashboardNames(args: OperationsArgs) {
    const { platform, brokers, database } = args;
    return {
        title: platform.name,
        region: platform.region,
        clusterName: args.cluster.name,
        agentClasses: args.agents.classes.map(({ name: className }) => className),
        turnSloSeconds: args.agents.turnSloSeconds,
        brokersName: brokers.clusterName,
        brokerCount: brokers.brokerCount,
        topics: brokers.topics,
        consumerGroups: brokers.consumerGroups,
        clusterIdentifier: database.clusterIdentifier,
        instanceIdentifiers: database.instanceIdentifiers,
        serverless: database.instanceClass === undefined,
        maxConnections: database.maxConnections,
        proxyName: database.proxyName,
        natGateways: args.natGatewayIds,
        deliveryStreamName: args.archive.deliveryStreamName,
        dailyVaultName: args.recovery.dailyVaultName,
        vaultName: args.recovery.vaultName,
        interruptionQueueName: args.interruptionQueueName,
        latencySloMs: args.latencySloMs,
    };
}
