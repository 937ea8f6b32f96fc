import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/** Arguments of {@link createEvents}. */
export interface EventsArgs {
    readonly platform: Platform;
    readonly topicArn: pulumi.Input<string>;
    /** Vaults whose jobs and changes are reported. */
    readonly vaultNames: readonly pulumi.Input<string>[];
    readonly clusterIdentifier: pulumi.Input<string>;
    readonly instanceIdentifiers: readonly string[];
}

/** An event worth a message, and how a person reads it. */
interface EventDefinition {
    readonly description: string;
    readonly pattern: pulumi.Input<object>;
    /** Parts of the event by a word that the sentence names in angle brackets. A part that is missing leaves a gap. */
    readonly parts: Readonly<Record<string, string>>;
    readonly sentence: string;
    /** Section of docs/runbooks.md. */
    readonly runbook: string;
}

/** Rules by a stable word for each: their names in EventBridge. */
export type EventRules = Readonly<Record<string, pulumi.Output<string>>>;

/** Passes on what happens and is no metric: failed jobs, changed vaults, AWS's own incidents, and failovers. */
export function createEvents(name: string, args: EventsArgs, opts: pulumi.CustomResourceOptions): EventRules {
    subscribeToDatabase(name, args, opts);
    const rules = Object.entries(definitions(args)).map(([word, definition]) => {
        const rule = createRule(`${name}-events-${word}`, `${args.platform.name}-${word}`, definition, args, opts);
        return [word, rule.name] as const;
    });
    return Object.fromEntries(rules);
}

function definitions({ platform, vaultNames }: EventsArgs): Readonly<Record<string, EventDefinition>> {
    const vaultArn = (vaultName: string) =>
        `arn:aws:backup:${platform.region}:${platform.account}:backup-vault:${vaultName}`;
    const vaults = pulumi.all([...vaultNames]);
    return {
        backups: {
            description: "Backups that failed, were stopped, or did not start in time",
            pattern: {
                source: ["aws.backup"],
                "detail-type": ["Backup Job State Change"],
                detail: { state: ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"], backupVaultName: vaults },
            },
            parts: {
                state: "$.detail.state",
                resource: "$.detail.resourceArn",
                vault: "$.detail.backupVaultName",
                reason: "$.detail.statusMessage",
            },
            sentence: "The backup of <resource> into <vault> is <state>. <reason>",
            runbook: "recovery-backup",
        },
        copies: {
            description: "Copies of backups to the second region that failed",
            pattern: {
                source: ["aws.backup"],
                "detail-type": ["Copy Job State Change"],
                detail: { state: ["FAILED"], sourceBackupVaultArn: vaults.apply((names) => names.map(vaultArn)) },
            },
            parts: {
                state: "$.detail.state",
                resource: "$.detail.resourceArn",
                vault: "$.detail.destinationBackupVaultArn",
                reason: "$.detail.statusMessage",
            },
            sentence: "The copy of the backup of <resource> into <vault> is <state>. <reason>",
            runbook: "recovery-backup",
        },
        restores: {
            description: "Restores and restore tests that failed, in the whole account",
            // No vault in the pattern: AWS leaves it out of the events of failed jobs (Backup guide, EventBridge).
            pattern: {
                source: ["aws.backup"],
                "detail-type": ["Restore Job State Change"],
                detail: { status: ["FAILED", "ABORTED"] },
            },
            parts: {
                status: "$.detail.status",
                job: "$.detail.restoreJobId",
                kind: "$.detail.resourceType",
                test: "$.detail.restoreTestingPlanArn",
                reason: "$.detail.statusMessage",
            },
            sentence: "Restore <job> of type <kind> is <status>. Test plan, if it was a test: <test>. <reason>",
            runbook: "recovery-restore",
        },
        vaults: {
            description: "Changes to the vaults themselves: nobody should be changing them",
            pattern: {
                source: ["aws.backup"],
                "detail-type": ["Backup Vault State Change"],
                detail: { state: ["MODIFIED", "DELETED"], backupVaultName: vaults },
            },
            parts: { state: "$.detail.state", vault: "$.detail.backupVaultName", locked: "$.detail.isLocked" },
            sentence:
                "The backup vault <vault> is <state>. Locked: <locked>. If nobody on the team did it, act at once.",
            runbook: "recovery-vault",
        },
        health: {
            description: "AWS's own incidents and planned changes in this account and region",
            // Of any service: the platform stands on more of them than it names.
            pattern: {
                source: ["aws.health"],
                "detail-type": ["AWS Health Event"],
                detail: { eventTypeCategory: ["issue", "scheduledChange"] },
            },
            parts: {
                service: "$.detail.service",
                event: "$.detail.eventTypeCode",
                category: "$.detail.eventTypeCategory",
                start: "$.detail.startTime",
                text: "$.detail.eventDescription[0].latestDescription",
            },
            sentence: "AWS reports <event> (<category>) of <service> from <start>. <text>",
            runbook: "aws-health",
        },
    };
}

function createRule(
    name: string,
    ruleName: string,
    { description, pattern, parts, sentence, runbook }: EventDefinition,
    { platform, topicArn }: EventsArgs,
    opts: pulumi.CustomResourceOptions,
): cloudwatch.EventRule {
    const rule = new cloudwatch.EventRule(
        name,
        { name: ruleName, description, eventPattern: pulumi.jsonStringify(pattern) },
        opts,
    );
    new cloudwatch.EventTarget(
        `${name}-target`,
        {
            rule: rule.name,
            arn: topicArn,
            // No role: with one, delivery to an encrypted topic may fail (EventBridge guide, resource-based policies).
            inputTransformer: {
                inputPaths: { ...parts, time: "$.time" },
                inputTemplate: JSON.stringify(
                    `${platform.name}, <time>: ${sentence} Runbook: docs/runbooks.md#${runbook}`,
                ),
            },
        },
        opts,
    );
    return rule;
}

/** RDS tells of its own: failovers come by no other way, for a metric only shows that the roles have changed places. */
function subscribeToDatabase(name: string, args: EventsArgs, opts: pulumi.CustomResourceOptions): void {
    const { platform, topicArn } = args;
    new rds.EventSubscription(
        `${name}-events-database-cluster`,
        {
            name: `${platform.name}-database-cluster`,
            snsTopic: topicArn,
            sourceType: "db-cluster",
            sourceIds: [args.clusterIdentifier],
            // Changes to its configuration are backups as well: how far back it can be set, and whether it may be deleted.
            eventCategories: ["configuration change", "deletion", "failover", "failure", "maintenance", "notification"],
        },
        opts,
    );
    new rds.EventSubscription(
        `${name}-events-database-instances`,
        {
            name: `${platform.name}-database-instances`,
            snsTopic: topicArn,
            sourceType: "db-instance",
            sourceIds: [...args.instanceIdentifiers],
            eventCategories: ["availability", "failover", "failure", "low storage", "recovery"],
        },
        opts,
    );
}
