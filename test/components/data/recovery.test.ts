import { strict as assert } from "node:assert";
import { Recovery, type RecoveryArgs } from "../../../components/data/recovery";
import type { Properties, Value } from "../../../plan/offline-engine";
import { platform, type Recorded, record } from "../../support/record";

const prod: RecoveryArgs = {
    platform,
    kmsKeyArn: "arn:backup-key",
    databaseClusterArn: "arn:aws:rds:us-east-1:111122223333:cluster:openclaw-test-database",
    dailyRetentionDays: 35,
    retentionDays: 400,
    lock: true,
    restoreTesting: true,
    restoreTarget: {
        vpcId: "vpc-1",
        subnetGroupName: "database-subnets",
        clusterParameterGroupName: "database-cluster-parameters",
        kmsKeyArn: "arn:database-key",
    },
    copyRegion: "us-west-2",
};

const staging: RecoveryArgs = {
    ...prod,
    platform: { ...platform, protect: false },
    dailyRetentionDays: 7,
    retentionDays: 35,
    lock: false,
    restoreTesting: false,
    copyRegion: undefined,
};

const create = (args: RecoveryArgs) => record(() => new Recovery("recovery", args));
const VAULT = "aws:backup/vault:Vault";
const LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration";

/** The rules of the plan: what is taken when, and how long it is kept. */
function rules(recorded: Recorded): Properties[] {
    const all = recorded.inputs("recovery-plan")["rules"];
    assert.ok(Array.isArray(all) && all.every(isProperties));
    return all;
}

function isProperties(value: Value | undefined): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

describe("Recovery in a protected environment", () => {
    let recorded: Recorded;
    before(async () => (recorded = await create(prod)));

    it("takes daily and monthly snapshots, each kept its days, each copied to the other region", () => {
        const common = {
            scheduleExpressionTimezone: "Etc/UTC",
            startWindow: 60,
            completionWindow: 480,
        };
        const copy = (vault: string, deleteAfter: number) => [
            {
                destinationVaultArn: `arn:aws:backup:us-west-2:111122223333:backup-vault:${vault}`,
                lifecycle: { deleteAfter },
            },
        ];
        assert.deepEqual(rules(recorded), [
            {
                ruleName: "daily",
                targetVaultName: "openclaw-test-daily",
                schedule: "cron(0 2 * * ? *)",
                ...common,
                lifecycle: { deleteAfter: 35 },
                copyActions: copy("openclaw-test-daily", 7),
            },
            {
                ruleName: "monthly",
                targetVaultName: "openclaw-test-monthly",
                schedule: "cron(0 5 1 * ? *)",
                ...common,
                lifecycle: { deleteAfter: 400 },
                copyActions: copy("openclaw-test-monthly", 400),
            },
        ]);
    });

    it("backs up the database, by its ARN, with a role that cannot restore", () => {
        const role = recorded.get("recovery-role").outputs["arn"];
        const { resources, iamRoleArn } = recorded.inputs("recovery-database");
        assert.deepEqual(resources, [prod.databaseClusterArn]);
        assert.equal(iamRoleArn, role);
        assert.match(String(recorded.inputs("recovery-permissions")["policyArn"]), /PolicyForBackup$/);
        assert.equal(
            recorded.ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment").filter(({ inputs }) => {
                return inputs["role"] === recorded.get("recovery-role").outputs["name"];
            }).length,
            1,
        );
    });

    it("locks every vault, with a grace of a week, and none refuses what the plan sends it", () => {
        const locks = recorded.ofType(LOCK);
        assert.equal(locks.length, recorded.ofType(VAULT).length);
        const accepts = new Map(
            locks.map(({ inputs, protect }) => {
                assert.equal(inputs["changeableForDays"], 7);
                assert.equal(protect, true);
                return [`${String(inputs["region"] ?? "here")} ${String(inputs["backupVaultName"])}`, inputs];
            }),
        );
        for (const rule of rules(recorded)) {
            const { lifecycle } = rule;
            assert.ok(isProperties(lifecycle));
            const days = Number(lifecycle["deleteAfter"]);
            for (const where of ["here", "us-west-2"]) {
                const lock = accepts.get(`${where} ${String(rule["targetVaultName"])}`);
                assert.ok(lock && Number(lock["minRetentionDays"]) <= days);
            }
        }
        assert.equal(accepts.get("here openclaw-test-monthly")?.["minRetentionDays"], 365);
    });

    it("lets nobody delete a backup or shorten its life, in any vault", () => {
        const policies = recorded.ofType("aws:backup/vaultPolicy:VaultPolicy");
        assert.equal(policies.length, 4);
        for (const { inputs } of policies) {
            const [statement, ...more] = JSON.parse(String(inputs["policy"])).Statement;
            assert.equal(more.length, 0);
            assert.equal(statement.Effect, "Deny");
            assert.equal(statement.Principal, "*");
            assert.deepEqual(statement.Action, [
                "backup:DeleteBackupVault",
                "backup:DeleteRecoveryPoint",
                "backup:UpdateRecoveryPointLifecycle",
            ]);
        }
    });

    it("keeps copies in the other region under a key that lives there", () => {
        const key = recorded.get("recovery-copy-key");
        assert.equal(key.inputs["region"], "us-west-2");
        assert.equal(key.inputs["enableKeyRotation"], true);
        assert.equal(key.protect, true);
        for (const vault of recorded.ofType(VAULT)) {
            const copy = vault.name.startsWith("recovery-copy-");
            assert.equal(vault.inputs["region"], copy ? "us-west-2" : undefined);
            assert.equal(vault.inputs["kmsKeyArn"], copy ? key.outputs["arn"] : "arn:backup-key");
            assert.equal(vault.inputs["forceDestroy"], false);
            assert.equal(vault.protect, true);
        }
    });

    it("lets that key be used only through Backup and RDS, on this account's behalf", () => {
        const policy = JSON.parse(String(recorded.inputs("recovery-copy-key")["policy"]));
        for (const { Principal, Condition, Action } of policy.Statement) {
            assert.deepEqual(Principal, { AWS: "arn:aws:iam::111122223333:root" });
            if (!/Encrypt|Decrypt|GenerateDataKey|CreateGrant|kms:\*/.test(String(Action))) continue;
            assert.equal(Condition.StringEquals["kms:CallerAccount"], "111122223333");
            assert.match(JSON.stringify(Condition), /"kms:ViaService":\["backup\.[^"]*","rds\.[^"]*"\]/);
        }
    });

    it("restores the week's latest snapshot every week, under the same key and rules, where nobody reaches it", () => {
        const vaults = recorded.ofType(VAULT).filter(({ name }) => !name.startsWith("recovery-copy-"));
        assert.deepEqual(recorded.inputs("recovery-restore-test"), {
            name: "openclaw_test_restore_test",
            scheduleExpression: "cron(0 10 ? * WED *)",
            scheduleExpressionTimezone: "Etc/UTC",
            startWindowHours: 1,
            recoveryPointSelection: {
                algorithm: "LATEST_WITHIN_WINDOW",
                includeVaults: vaults.map(({ outputs }) => outputs["arn"]),
                recoveryPointTypes: ["SNAPSHOT"],
                selectionWindowDays: 7,
            },
        });
        const room = recorded.get("recovery-restore-test-access");
        assert.deepEqual(recorded.inputs("recovery-restore-test-database"), {
            name: "database",
            restoreTestingPlanName: "openclaw_test_restore_test",
            protectedResourceType: "Aurora",
            protectedResourceArns: [prod.databaseClusterArn],
            iamRoleArn: recorded.get("recovery-restore-test-role").outputs["arn"],
            restoreMetadataOverrides: {
                dbSubnetGroupName: "database-subnets",
                dbClusterParameterGroupName: "database-cluster-parameters",
                kmsKeyId: "arn:database-key",
                vpcSecurityGroupIds: JSON.stringify([room.outputs["id"]]),
            },
            validationWindowHours: 4,
        });
        assert.equal(recorded.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").length, 0);
        assert.ok(!("ingress" in room.inputs));
    });
});

describe("Recovery elsewhere", () => {
    it("locks nothing and can be taken down with its backups", async () => {
        const recorded = await create(staging);
        assert.equal(recorded.ofType(LOCK).length, 0);
        const vaults = recorded.ofType(VAULT);
        assert.equal(vaults.length, 2);
        assert.ok(vaults.every(({ inputs }) => inputs["forceDestroy"] === true));
        assert.ok(recorded.resources.every(({ protect }) => !protect));
        assert.equal(recorded.ofType("aws:backup/restoreTestingPlan:RestoreTestingPlan").length, 0);
        assert.ok(rules(recorded).every((rule) => !("copyActions" in rule)));
    });

    it("never locks a vault against its own plan, however short backups are kept", async () => {
        const recorded = await create({ ...prod, dailyRetentionDays: 7, retentionDays: 35 });
        for (const { inputs } of recorded.ofType(LOCK)) {
            assert.ok(Number(inputs["minRetentionDays"]) <= (/daily/.test(String(inputs["backupVaultName"])) ? 7 : 35));
        }
    });
});
