import * as backup from "@pulumi/aws/backup";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";
import { createCopyKey } from "./recovery-key";
import { type RestoreTarget, testRestores } from "./recovery-test";
import { createVault } from "./recovery-vault";

/** Arguments of {@link Recovery}. */
export interface RecoveryArgs {
    readonly platform: Platform;
    /** ARN of the key for backups. A snapshot itself stays under the database's key until it is copied elsewhere. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** ARN of the database cluster. */
    readonly databaseClusterArn: pulumi.Input<string>;
    /**
     * Days to keep daily snapshots. Within the database's own point-in-time window they cost nothing; a day more costs
     * a full copy, $0.021 a GB and month.
     */
    readonly dailyRetentionDays: number;
    /** Days to keep monthly snapshots: 400 costs about $0.27 a month for each GB of the database. */
    readonly retentionDays: number;
    /**
     * Whether backups can be deleted before their day. Locked, nobody can, the root user and AWS included; and after a
     * grace of 7 days the lock itself is permanent: the vaults then go when their last backup has expired.
     */
    readonly lock: boolean;
    /** A restore each week into a closed room, to know that backups restore: the copy's storage for some hours. */
    readonly restoreTesting: boolean;
    /** How the database stands in the network, for the weekly restore. */
    readonly restoreTarget: RestoreTarget;
    /**
     * A second region for a copy of each snapshot, e.g. `us-west-2`. Each copy is a full one: $0.024 a GB and month for a week of daily
     * ones and all monthly ones, and $0.02 for each GB moved. Default: none.
     */
    readonly copyRegion?: string;
}

/**
 * Daily copies in the second region, in days: for the loss of the first region, where the younger one is wanted. What is wrong in the
 * data and noticed later is restored from the first, which keeps its own for longer. Each day more is a full copy of the database.
 */
const DAILY_COPY_DAYS = 7;

/**
 * Snapshots outside the database's own reach: who can delete the database cannot delete these. Point-in-time recovery
 * stays with the database, since a locked vault refuses what is kept for less than its minimum, and AWS keeps
 * continuous backups for 35 days at most. For the same reason daily and monthly snapshots have a vault each.
 */
export class Recovery extends pulumi.ComponentResource {
    /** The vault of the monthly snapshots. */
    readonly vaultName: pulumi.Output<string>;
    readonly dailyVaultName: pulumi.Output<string>;
    readonly planId: pulumi.Output<string>;

    constructor(name: string, args: RecoveryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:Recovery", name, {}, opts);
        const { platform, copyRegion } = args;
        const child = { parent: this };

        const role = createBackupRole();
        const copyDays = Math.min(args.dailyRetentionDays, DAILY_COPY_DAYS);
        const vaults = createVaults(name, args.kmsKeyArn, args.dailyRetentionDays);
        const copies = copyRegion === undefined ? undefined : createCopies(copyRegion);
        const plan = createPlan();
        selectDatabase();
        if (args.restoreTesting) testRestores(name, { ...args, vaults: [vaults.daily, vaults.monthly] }, child);

        this.vaultName = vaults.monthly.name;
        this.dailyVaultName = vaults.daily.name;
        this.planId = plan.id;
        this.registerOutputs({
            vaultName: this.vaultName,
            dailyVaultName: this.dailyVaultName,
            planId: this.planId,
        });

        function createBackupRole(): iam.Role {
            const created = new iam.Role(
                `${name}-role`,
                { description: "AWS Backup: snapshots of the database", assumeRolePolicy: trustOfBackup },
                child,
            );
            // AWS's own list: which permissions a snapshot and its copy need changes with the service, and one that is
            // missing shows when a backup does.
            new iam.RolePolicyAttachment(
                `${name}-permissions`,
                {
                    role: created.name,
                    policyArn: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
                },
                child,
            );
            return created;
        }

        function createVaults(prefix: string, kmsKeyArn: pulumi.Input<string>, dailyDays: number, region?: string) {
            const common = { platform, kmsKeyArn, region, lock: args.lock };
            return {
                daily: createVault(
                    `${prefix}-daily`,
                    { ...common, vaultName: `${platform.name}-daily`, minRetentionDays: dailyDays },
                    child,
                ),
                monthly: createVault(
                    `${prefix}-monthly`,
                    // A year is the promise; what is kept beyond it may be changed in config even when locked.
                    {
                        ...common,
                        vaultName: `${platform.name}-monthly`,
                        minRetentionDays: Math.min(args.retentionDays, 365),
                    },
                    child,
                ),
            };
        }

        function createCopies(region: string) {
            const key = createCopyKey(name, { platform, region }, child);
            return createVaults(`${name}-copy`, key.arn, copyDays, region);
        }

        function createPlan(): backup.Plan {
            return new backup.Plan(
                `${name}-plan`,
                {
                    name: platform.name,
                    rules: [
                        // UTC, and outside the database's own backup and maintenance windows (07:00 and later).
                        rule("daily", "cron(0 2 * * ? *)", args.dailyRetentionDays, copyDays),
                        rule("monthly", "cron(0 5 1 * ? *)", args.retentionDays, args.retentionDays),
                    ],
                },
                child,
            );
        }

        function rule(tier: "daily" | "monthly", schedule: string, deleteAfter: number, deleteCopyAfter: number) {
            return {
                ruleName: tier,
                targetVaultName: vaults[tier].name,
                schedule,
                scheduleExpressionTimezone: "Etc/UTC",
                startWindow: 60, // min
                completionWindow: 480, // min
                lifecycle: { deleteAfter },
                ...(copies === undefined
                    ? {}
                    : {
                          copyActions: [
                              { destinationVaultArn: copies[tier].arn, lifecycle: { deleteAfter: deleteCopyAfter } },
                          ],
                      }),
            };
        }

        function selectDatabase(): backup.Selection {
            return new backup.Selection(
                `${name}-database`,
                {
                    name: `${platform.name}-database`,
                    planId: plan.id,
                    iamRoleArn: role.arn,
                    resources: [args.databaseClusterArn],
                },
                child,
            );
        }
    }
}

/** AWS Backup passes no source account to the role; a role can be handed to the service from its own account alone. */
const trustOfBackup = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
