import * as backup from "@pulumi/aws/backup";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/** Arguments of {@link createVault}. */
export interface VaultArgs {
    readonly platform: Platform;
    /** A change replaces the vault: its backups have to expire first. */
    readonly vaultName: string;
    /** ARN of the vault's key, which copies from other regions come under. A change replaces the vault. */
    readonly kmsKeyArn: pulumi.Input<string>;
    /** Default: the provider's. */
    readonly region?: string;
    /** Whether the vault refuses to give up a backup before its day. */
    readonly lock: boolean;
    /** What a locked vault accepts: backups kept at least so many days. A shorter job fails. */
    readonly minRetentionDays: number;
}

/** A vault that no principal deletes from by hand; locked, one that nobody can. */
export function createVault(name: string, args: VaultArgs, child: pulumi.CustomResourceOptions): backup.Vault {
    const { platform, region } = args;
    const vault = new backup.Vault(
        `${name}-vault`,
        { name: args.vaultName, kmsKeyArn: args.kmsKeyArn, forceDestroy: !platform.protect, region },
        { ...child, protect: platform.protect },
    );
    new backup.VaultPolicy(
        `${name}-vault-policy`,
        {
            backupVaultName: vault.name,
            region,
            policy: pulumi.jsonStringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Sid: "BackupsEndByLifecycleAlone",
                        Effect: "Deny",
                        Principal: "*",
                        Action: [
                            "backup:DeleteBackupVault",
                            "backup:DeleteRecoveryPoint",
                            "backup:UpdateRecoveryPointLifecycle",
                        ],
                        Resource: "*", // in the policy of a vault: this vault and what is in it
                    },
                ],
            }),
        },
        child,
    );
    if (args.lock) {
        new backup.VaultLockConfiguration(
            `${name}-vault-lock`,
            {
                backupVaultName: vault.name,
                region,
                minRetentionDays: args.minRetentionDays,
                // Permanent after that: neither the lock nor a backup under it can be removed, by anyone. Given no
                // number, the lock would be one that an administrator can lift.
                changeableForDays: 7,
            },
            { ...child, protect: platform.protect },
        );
    }
    return vault;
}
