import { vaultLock, vaultLockFits, vaultPolicy } from "../../../policy/rules/vaults";
import { remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";
import { compare, statement } from "../support/statements";

const ENDED_BY_LIFECYCLE = "BackupsEndByLifecycleAlone";

describe("policy: backup vaults", () => {
    prove(vaultLock, {
        also: { "allowed-regions": "the region that it names is none of ours either" },
        breaks: [
            remove("recovery-copy-daily-vault-lock"),
            set("recovery-copy-daily-vault-lock", "region", "eu-west-1"),
            set("recovery-daily-vault-lock", "changeableForDays", 365),
            unset("recovery-daily-vault-lock", "minRetentionDays"),
        ],
        missing: unset("recovery-monthly-vault-lock", "changeableForDays"),
        unknown: unknown("recovery-monthly-vault-lock", "changeableForDays"),
    });

    prove(vaultLockFits, {
        breaks: [
            set("recovery-monthly-vault-lock", "minRetentionDays", 35),
            set("recovery-daily-vault-lock", "minRetentionDays", 36),
            set("recovery-copy-monthly-vault-lock", "minRetentionDays", 364),
            set("recovery-daily-vault-lock", "maxRetentionDays", 30),
        ],
        missing: {
            passes: unset("recovery-daily-vault-lock", "minRetentionDays"),
            because: "vault-lock refuses a lock without it",
        },
        unknown: unknown("recovery-monthly-vault-lock", "minRetentionDays"),
    });

    prove(vaultPolicy, {
        breaks: [
            remove("recovery-daily-vault-policy"),
            unset("recovery-copy-daily-vault-policy", "region"),
            compare("recovery-daily-vault-policy", ENDED_BY_LIFECYCLE, "StringEquals", "aws:PrincipalArn", "x"),
            statement("recovery-daily-vault-policy", ENDED_BY_LIFECYCLE, (each) => (each["Effect"] = "Allow")),
            statement("recovery-daily-vault-policy", ENDED_BY_LIFECYCLE, (each) => {
                each["Action"] = ["backup:DeleteRecoveryPoint", "backup:DeleteBackupVault"];
            }),
        ],
        missing: unset("recovery-monthly-vault-policy", "policy"),
        unknown: unknown("recovery-monthly-vault-policy", "policy"),
    });
});
