import { z } from "zod";
import { stackRule } from "../engine/rule";
import {
    eachPlanRule,
    isElsewhere,
    PLAN,
    VAULT,
    VAULT_LOCK,
    vaultAt,
    type VaultName,
    vaultOf,
} from "./support/backups";
import { referring } from "./support/related";
import { deniesEveryone, statementsAt } from "./support/statements";
import { inTurn, requireNumber } from "./support/values";

const VAULT_POLICY = "aws:backup/vaultPolicy:VaultPolicy";

export const vaultLock = stackRule({
    name: "vault-lock",
    description: "Every vault gives up no backup before its day, and its lock becomes permanent within weeks",
    severity: "critical",
    references: ["openclaw promise 4"],
    remediation:
        "Give the vault a VaultLockConfiguration with minRetentionDays and changeableForDays: without the latter an administrator can lift the lock.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
    types: [VAULT],
    settings: {
        maximumGraceDays: z.int().min(3).default(30).describe("Days in which the lock can still be lifted, at most"),
    },
    check(stack, report, { maximumGraceDays }) {
        const locksOf = referring(stack, [VAULT_LOCK], "backupVaultName");
        for (const vault of stack.ofType(VAULT)) {
            const locks = locksOf(vault);
            if (locks.length === 0) report(vault, "has no lock");
            for (const lock of locks) {
                const told = (message: string) => report(lock, message);
                stack.decide(
                    lock,
                    () =>
                        inTurn(
                            () => isElsewhere(vault, lock) && told("is in another region than its vault"),
                            () =>
                                requireNumber(
                                    lock.props,
                                    "changeableForDays",
                                    { least: 3, most: maximumGraceDays },
                                    told,
                                ),
                            () => requireNumber(lock.props, "minRetentionDays", { least: 1 }, told),
                        ),
                    undefined,
                );
            }
        }
    },
});

const key = ({ name, region = "" }: VaultName) => `${region} ${name}`;

export const vaultLockFits = stackRule({
    name: "vault-lock-fits",
    description: "Every locked vault holds what a plan sends it for all its days, up to a year, and refuses none of it",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Set the lock's minRetentionDays to what the plan keeps there, or to a year where that is less: a backup that is to be kept for less fails.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html",
    types: [PLAN],
    settings: {
        minimumDays: z.int().min(1).default(365).describe("Days up to which the lock holds backups at least"),
    },
    check(stack, report, { minimumDays }) {
        const locks = new Map<string, { readonly least: number | undefined; readonly most: number }>();
        stack.each(stack.ofType(VAULT_LOCK), ({ props }) => {
            const name = props.text("backupVaultName");
            if (name === undefined) return;
            locks.set(key(vaultAt(stack, props, name)), {
                least: props.number("minRetentionDays"),
                most: props.number("maxRetentionDays") ?? Infinity,
            });
        });
        eachPlanRule(stack, ({ plan, props, title }) => {
            const look = (vault: VaultName | undefined, kept: number | undefined) => {
                const lock = vault && locks.get(key(vault));
                if (lock?.least === undefined || kept === undefined) return;
                const wanted = Math.min(kept, minimumDays);
                if (lock.least > kept || lock.most < kept) {
                    report(plan, `${title} keeps backups ${kept} days, which the lock of ${vault?.name} refuses`);
                } else if (lock.least < wanted) {
                    report(
                        plan,
                        `${title} keeps backups ${kept} days in ${vault?.name}, whose lock holds them ${lock.least}, ${wanted} are required`,
                    );
                }
            };
            const target = props.text("targetVaultName");
            if (target !== undefined) {
                look(vaultAt(stack, plan.props, target), props.number("lifecycle.deleteAfter"));
            }
            for (const copy of props.list("copyActions")) {
                look(vaultOf(copy.text("destinationVaultArn")), copy.number("lifecycle.deleteAfter"));
            }
        });
    },
});

/** What ends a backup before its day. */
const ENDS = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:DeleteBackupVault"];

export const vaultPolicy = stackRule({
    name: "vault-policy",
    description: "Nobody deletes a backup or shortens its life by hand: only the plan's lifecycle ends it",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: `Deny ${ENDS.join(", ")} to everyone, without a condition, in the vault's policy.`,
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html",
    types: [VAULT],
    check(stack, report) {
        const policiesOf = referring(stack, [VAULT_POLICY], "backupVaultName");
        for (const vault of stack.ofType(VAULT)) {
            const policies = policiesOf(vault);
            if (policies.length === 0) report(vault, "has no policy");
            stack.each(policies, (policy) => {
                if (isElsewhere(vault, policy)) report(policy, "is in another region than its vault");
                const statements = statementsAt(policy.props, "policy");
                for (const action of ENDS) {
                    const denied = statements.some(
                        (each) =>
                            deniesEveryone(each, action) &&
                            each.conditions.length === 0 &&
                            each.resources.includes("*"),
                    );
                    if (!denied) report(policy, `does not deny ${action} to everyone`);
                }
            });
        }
    },
});

export const vaultRules = [vaultLock, vaultLockFits, vaultPolicy];
