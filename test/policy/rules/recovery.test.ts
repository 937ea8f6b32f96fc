import {
    backupKept,
    backupOnTime,
    backupSecondCopy,
    backupSelected,
    databaseFinalSnapshot,
    pointInTimeRecovery,
} from "../../../policy/rules/recovery";
import { remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const DAILY = "rules.0";
const MONTHLY = "rules.1";

describe("policy: recovery", () => {
    prove(pointInTimeRecovery, {
        breaks: [set("database-cluster", "backupRetentionPeriod", 34)],
        missing: unset("database-cluster", "backupRetentionPeriod"),
        unknown: unknown("database-cluster", "backupRetentionPeriod"),
    });

    prove(databaseFinalSnapshot, {
        breaks: [
            set("database-cluster", "skipFinalSnapshot", true),
            set("database-cluster", "deleteAutomatedBackups", true),
            unset("database-cluster", "finalSnapshotIdentifier"),
        ],
        missing: unset("database-cluster", "skipFinalSnapshot"),
        unknown: unknown("database-cluster", "skipFinalSnapshot"),
    });

    prove(backupSelected, {
        breaks: [
            remove("recovery-database"),
            unset("recovery-database", "iamRoleArn"),
            unset("recovery-database", "planId"),
        ],
        missing: unset("recovery-database", "resources"),
        unknown: unknown("recovery-database", "iamRoleArn"),
    });

    prove(backupKept, {
        breaks: [
            set("recovery-plan", `${DAILY}.schedule`, "cron(0 2 ? * SUN *)"),
            set("recovery-plan", `${MONTHLY}.schedule`, "rate(60 days)"),
            unset("recovery-plan", MONTHLY),
        ],
        missing: unset("recovery-plan", "rules"),
        unknown: unknown("recovery-plan", `${MONTHLY}.lifecycle.deleteAfter`),
        also: { "backup-on-time": "a schedule that runs less than monthly is no backup on time either" },
    });

    prove(backupOnTime, {
        breaks: [
            set("recovery-plan", `${DAILY}.scheduleExpressionTimezone`, "here"),
            set("recovery-plan", `${DAILY}.startWindow`, 6),
            set("recovery-plan", `${DAILY}.completionWindow`, 60),
            set("recovery-plan", `${DAILY}.targetVaultName`, "elsewhere"),
        ],
        missing: unset("recovery-plan", `${DAILY}.completionWindow`),
        unknown: unknown("recovery-plan", `${DAILY}.completionWindow`),
        also: { "restore-test-plan": "a test restores from every vault that the plan fills" },
    });

    prove(backupSecondCopy, {
        breaks: [
            set("recovery-plan", `${DAILY}.copyActions`, []),
            set("recovery-plan", `${DAILY}.copyActions.0.lifecycle.deleteAfter`, 6),
            set("recovery-plan", `${MONTHLY}.copyActions.0.lifecycle.deleteAfter`, 399),
            set("recovery-plan", `${DAILY}.copyActions.0.destinationVaultArn`, backupVault("us-east-1")),
            set("recovery-plan", `${DAILY}.copyActions.0.destinationVaultArn`, backupVault("eu-west-1")),
            set("recovery-plan", `${DAILY}.copyActions.0.destinationVaultArn`, "somewhere"),
        ],
        missing: unset("recovery-plan", `${MONTHLY}.copyActions`),
        unknown: unknown("recovery-plan", `${MONTHLY}.copyActions.0.destinationVaultArn`),
        also: { "vault-lock-fits": "a vault refuses what is kept for less than its lock says" },
    });
});

function backupVault(region: string): string {
    return `arn:aws:backup:${region}:111122223333:backup-vault:openclaw-prod-daily`;
}
