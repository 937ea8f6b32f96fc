import type * as pulumi from "@pulumi/pulumi";
import { type AlarmDefinition, silenceIsFailure, silenceIsFine } from "./definition";
import { vault } from "./metrics";

export interface RecoveryAlarmArgs {
    /** The vault that gets a snapshot each day. */
    readonly dailyVaultName: pulumi.Input<string>;
    /** The vault that gets one each month and keeps it longest. */
    readonly vaultName: pulumi.Input<string>;
}

/** Tier 3: backups, and the proof that they restore. */
export function recoveryAlarms({ dailyVaultName, vaultName }: RecoveryAlarmArgs): AlarmDefinition[] {
    return [
        {
            slug: "recovery-no-backup",
            title: "No backup was completed for 30 hours",
            promise: 4,
            critical: true,
            watched: { metric: vault(dailyVaultName, "NumberOfBackupJobsCompleted", "Sum") },
            breachedWhen: "<",
            threshold: 1,
            // By the hour: an alarm with a shorter period may look back one day at most (PutMetricAlarm, Period).
            periodSeconds: 3600,
            periods: 30,
            missing: silenceIsFailure("hours without a completed backup have no data", 2880),
            runbook: "recovery-backup",
        },
        ...failureAlarms("daily", dailyVaultName),
        ...failureAlarms("monthly", vaultName),
    ];
}

function failureAlarms(which: "daily" | "monthly", name: pulumi.Input<string>): AlarmDefinition[] {
    return [
        {
            slug: `recovery-backup-failed-${which}`,
            title: `A ${which} backup failed, never started, or could not be removed at its end`,
            promise: 4,
            critical: false,
            watched: {
                // Each metric exists only in hours in which such a thing happened, and a sum with a missing part is missing.
                expression: "FILL(failed, 0) + FILL(aborted, 0) + FILL(expired, 0)",
                metrics: {
                    failed: vault(name, "NumberOfBackupJobsFailed", "Sum"),
                    aborted: vault(name, "NumberOfBackupJobsAborted", "Sum"),
                    expired: vault(name, "NumberOfBackupJobsExpired", "Sum"),
                },
            },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 3600,
            periods: 1,
            missing: silenceIsFine("no backup failed"),
            runbook: "recovery-backup",
        },
        {
            slug: `recovery-restore-failed-${which}`,
            title: `A restore, or the weekly test of one, failed from a ${which} backup: it may be worth nothing`,
            promise: 4,
            critical: true,
            watched: { metric: vault(name, "NumberOfRestoreJobsFailed", "Sum") },
            breachedWhen: ">",
            threshold: 0,
            periodSeconds: 3600,
            periods: 1,
            missing: silenceIsFine("no restore failed"),
            runbook: "recovery-restore",
        },
    ];
}
