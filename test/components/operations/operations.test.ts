import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Operations } from "../../../components/operations/operations";
import { type Recorded, platform, value } from "../../support/record";
import { args, create } from "./support";

const TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const RULE = "aws:cloudwatch/eventRule:EventRule";

describe("Operations", () => {
    let recorded: Recorded;
    let operations: Operations;
    let topicArn: unknown;
    before(async () => {
        ({ recorded, operations } = await create());
        topicArn = recorded.get("operations-topic").outputs["arn"];
    });

    it("names every child after itself, and is its parent", () => {
        const self = recorded.get("operations");
        for (const { name, parent } of recorded.resources.filter(({ type }) => type.startsWith("aws:"))) {
            assert.ok(name.startsWith("operations-"), name);
            assert.equal(parent, self.urn, name);
        }
    });

    it("speaks through one encrypted topic to every address", () => {
        assert.deepEqual(recorded.inputs("operations-topic"), {
            name: "openclaw-test-alerts",
            displayName: "openclaw-test",
            kmsMasterKeyId: args.messagesKeyArn,
            signatureVersion: 2,
        });
        for (const endpoint of args.alertEmails) {
            assert.deepEqual(recorded.inputs(`operations-email-${endpoint}`), {
                topic: topicArn,
                protocol: "email",
                endpoint,
            });
        }
    });

    it("lets four services publish, each for this account and environment, and nobody unencrypted", () => {
        const policy = JSON.parse(String(recorded.inputs("operations-topic-policy")["policy"])) as unknown;
        const allow = (sid: string, service: string, source: string) => ({
            Sid: sid,
            Effect: "Allow",
            Principal: { Service: service },
            Action: "sns:Publish",
            Resource: topicArn,
            Condition: {
                StringEquals: { "aws:SourceAccount": "111122223333" },
                ArnLike: { "aws:SourceArn": source },
            },
        });
        assert.deepEqual(policy, {
            Version: "2012-10-17",
            Statement: [
                allow(
                    "Alarms",
                    "cloudwatch.amazonaws.com",
                    "arn:aws:cloudwatch:us-east-1:111122223333:alarm:openclaw-test-*",
                ),
                allow("Database", "events.rds.amazonaws.com", "arn:aws:rds:us-east-1:111122223333:*"),
                allow("Budgets", "budgets.amazonaws.com", "arn:aws:budgets::111122223333:*"),
                {
                    Sid: "Events",
                    Effect: "Allow",
                    Principal: { Service: "events.amazonaws.com" },
                    Action: "sns:Publish",
                    Resource: topicArn,
                },
                {
                    Sid: "EncryptedInTransit",
                    Effect: "Deny",
                    Principal: { AWS: "*" },
                    Action: "sns:Publish",
                    Resource: topicArn,
                    Condition: { Bool: { "aws:SecureTransport": "false" } },
                },
            ],
        });
    });

    it("lets nobody publish before they are allowed to", () => {
        const policy = recorded.get("operations-topic-policy").urn;
        for (const name of ["operations-budget", "operations-events-database-cluster", "operations-bridge-latency"]) {
            assert.ok(recorded.get(name).dependencies.includes(policy), name);
        }
    });

    it("asks for the budget of this environment alone, at 80 and 100 % spent and 100 % foreseen", () => {
        const notification = (notificationType: string, threshold: number) => ({
            notificationType,
            threshold,
            comparisonOperator: "GREATER_THAN",
            thresholdType: "PERCENTAGE",
            subscriberEmailAddresses: ["oncall@example.com", "platform@example.com"],
            subscriberSnsTopicArns: [topicArn],
        });
        assert.deepEqual(recorded.inputs("operations-budget"), {
            name: "openclaw-test-monthly",
            accountId: "111122223333",
            budgetType: "COST",
            timeUnit: "MONTHLY",
            limitAmount: "20000.0",
            limitUnit: "USD",
            costFilters: [{ name: "TagKeyValue", values: ["user:openclaw:environment$openclaw-test"] }],
            notifications: [notification("ACTUAL", 80), notification("ACTUAL", 100), notification("FORECASTED", 100)],
        });
    });

    it("reports failovers and failures of the database as RDS tells them", () => {
        assert.deepEqual(recorded.inputs("operations-events-database-cluster"), {
            name: "openclaw-test-database-cluster",
            snsTopic: topicArn,
            sourceType: "db-cluster",
            sourceIds: ["openclaw-test-database"],
            eventCategories: ["configuration change", "deletion", "failover", "failure", "maintenance", "notification"],
        });
        assert.deepEqual(recorded.inputs("operations-events-database-instances"), {
            name: "openclaw-test-database-instances",
            snsTopic: topicArn,
            sourceType: "db-instance",
            sourceIds: args.database.instanceIdentifiers,
            eventCategories: ["availability", "failover", "failure", "low storage", "recovery"],
        });
    });

    it("reports failed backups, copies and restores, changed vaults and AWS's own incidents", () => {
        const pattern = (word: string) =>
            JSON.parse(String(recorded.inputs(`operations-events-${word}`, RULE)["eventPattern"])) as unknown;
        const vaults = ["openclaw-test-daily", "openclaw-test-monthly"];
        const from = (detailType: string, detail: object) => ({
            source: ["aws.backup"],
            "detail-type": [detailType],
            detail,
        });
        assert.deepEqual(
            pattern("backups"),
            from("Backup Job State Change", {
                state: ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"],
                backupVaultName: vaults,
            }),
        );
        assert.deepEqual(
            pattern("copies"),
            from("Copy Job State Change", {
                state: ["FAILED"],
                sourceBackupVaultArn: vaults.map(
                    (vault) => `arn:aws:backup:us-east-1:111122223333:backup-vault:${vault}`,
                ),
            }),
        );
        assert.deepEqual(pattern("restores"), from("Restore Job State Change", { status: ["FAILED", "ABORTED"] }));
        assert.deepEqual(
            pattern("vaults"),
            from("Backup Vault State Change", { state: ["MODIFIED", "DELETED"], backupVaultName: vaults }),
        );
        assert.deepEqual(pattern("health"), {
            source: ["aws.health"],
            "detail-type": ["AWS Health Event"],
            detail: { eventTypeCategory: ["issue", "scheduledChange"] },
        });
    });

    it("turns events into sentences whose every word in brackets is taken from the event", () => {
        const runbooks = readFileSync(join(__dirname, "../../../docs/runbooks.md"), "utf8");
        assert.equal(recorded.ofType(TARGET).length, 5);
        for (const { name, inputs } of recorded.ofType(TARGET)) {
            const { inputPaths, inputTemplate } = inputs["inputTransformer"] as {
                inputPaths: Record<string, string>;
                inputTemplate: string;
            };
            const sentence = JSON.parse(inputTemplate) as string;
            const used = [...sentence.matchAll(/<(\w+)>/g)].map((match) => match[1]);
            assert.deepEqual([...used].sort(), Object.keys(inputPaths).sort(), name);
            const runbook = /Runbook: docs\/runbooks\.md#(\S+)$/.exec(sentence)?.[1];
            assert.match(runbooks, new RegExp(`^## ${runbook}$`, "m"), name);
            assert.equal(inputs["arn"], topicArn);
            assert.equal(inputs["roleArn"], undefined);
        }
    });

    it("gives its rules the names that the topic's policy allows", () => {
        for (const { inputs } of recorded.ofType(RULE)) assert.match(String(inputs["name"]), /^openclaw-test-/);
    });

    it("says where to look", async () => {
        assert.equal(await value(operations.topicArn), "arn:aws:sns:us-east-1:111122223333:openclaw-test-alerts");
        assert.equal(
            await value(operations.brokenPromiseAlarmArn),
            "arn:aws:cloudwatch:us-east-1:111122223333:alarm:openclaw-test-broken-promise",
        );
        assert.equal(
            await value(operations.dashboardUrl),
            "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/openclaw-test",
        );
        assert.equal(await value(operations.dashboardName), platform.name);
    });
});
