import { strict as assert } from "node:assert";
import { Operations, type OperationsArgs } from "../../../components/operations/operations";
import { type Recorded, platform, record } from "../../support/record";

/** Prod in small: two zones, four brokers, a writer and a reader behind a proxy. */
export const args: OperationsArgs = {
    platform,
    messagesKeyArn: "arn:aws:kms:us-east-1:111122223333:key/messages",
    alertEmails: ["oncall@example.com", "platform@example.com"],
    monthlyBudgetUsd: 20_000,
    budgetTagKey: "openclaw:environment",
    budgetTagValue: platform.name,
    cluster: { name: "openclaw-test" },
    agents: {
        classes: [
            { name: "analyst", namespace: "agents-analyst", agents: 120 },
            { name: "support", namespace: "agents-support", agents: 5 },
        ],
        turnSloSeconds: 120,
        logGroupName: "/aws/containerinsights/openclaw-test/application",
    },
    brokers: {
        clusterName: "openclaw-test-brokers",
        brokerCount: 4,
        topics: {
            councilDeliberation: "council-deliberation",
            agentMessages: "agent-messages",
            decisions: "decisions",
            auditEvents: "audit-events",
            deadLetters: "dead-letters",
        },
        consumerGroups: [{ group: "openclaw-council", topic: "councilDeliberation" }],
    },
    database: {
        clusterIdentifier: "openclaw-test-database",
        instanceIdentifiers: ["openclaw-test-database-1", "openclaw-test-database-2"],
        instanceClass: "db.r8g.xlarge",
        maxConnections: 3604,
        proxyName: "openclaw-test-proxy",
    },
    natGatewayIds: [
        { zone: "us-east-1a", id: "nat-a" },
        { zone: "us-east-1b", id: "nat-b" },
    ],
    archive: { deliveryStreamName: "openclaw-test-decisions" },
    recovery: { vaultName: "openclaw-test-monthly", dailyVaultName: "openclaw-test-daily" },
    interruptionQueueName: "openclaw-test-interruptions",
    latencySloMs: 50,
};

/** What the component registers, and the component. */
export async function create(
    changed: Partial<OperationsArgs> = {},
): Promise<{ recorded: Recorded; operations: Operations }> {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0; // Pulumi takes a stack trace for every output, and mapping them to the source takes seconds
    try {
        const made: Operations[] = [];
        const recorded = await record(() => made.push(new Operations("operations", { ...args, ...changed })));
        const [operations] = made;
        assert.ok(operations);
        return { recorded, operations };
    } finally {
        Error.stackTraceLimit = limit;
    }
}

export const METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
export const COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
