import * as backup from "@pulumi/aws/backup";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/** What AWS has to be told to restore the database: by default it looks for a default VPC, and there is none. */
export interface RestoreTarget {
    /** A change replaces the security group of restored databases. */
    readonly vpcId: pulumi.Input<string>;
    /** The database's subnet group. */
    readonly subnetGroupName: pulumi.Input<string>;
    /** The database's cluster parameter group: a restored database refuses what the real one refuses. */
    readonly clusterParameterGroupName: pulumi.Input<string>;
    /** ARN of the database's key. */
    readonly kmsKeyArn: pulumi.Input<string>;
}

/** Arguments of {@link testRestores}. */
export interface RestoreTestArgs {
    readonly platform: Platform;
    readonly databaseClusterArn: pulumi.Input<string>;
    readonly restoreTarget: RestoreTarget;
    /** The vaults whose snapshots are tried. */
    readonly vaults: readonly backup.Vault[];
}

/**
 * Each Wednesday the week's latest snapshot is restored, stands four hours for whoever wants to look into it, and is
 * removed by AWS. A failed restore raises an alarm in the operations tier.
 */
export function testRestores(name: string, args: RestoreTestArgs, child: pulumi.CustomResourceOptions): void {
    // AWS Backup takes letters, digits and underscores here.
    const planName = `${args.platform.name.replaceAll("-", "_")}_restore_test`;
    const plan = new backup.RestoreTestingPlan(
        `${name}-restore-test`,
        {
            name: planName,
            scheduleExpression: "cron(0 10 ? * WED *)",
            scheduleExpressionTimezone: "Etc/UTC",
            startWindowHours: 1,
            recoveryPointSelection: {
                algorithm: "LATEST_WITHIN_WINDOW",
                includeVaults: args.vaults.map((vault) => vault.arn),
                recoveryPointTypes: ["SNAPSHOT"],
                selectionWindowDays: 7,
            },
        },
        child,
    );
    new backup.RestoreTestingSelection(
        `${name}-restore-test-database`,
        {
            name: "database",
            restoreTestingPlanName: plan.name,
            protectedResourceType: "Aurora",
            protectedResourceArns: [args.databaseClusterArn],
            iamRoleArn: createRestoreRole(name, child).arn,
            restoreMetadataOverrides: {
                dbSubnetGroupName: args.restoreTarget.subnetGroupName,
                dbClusterParameterGroupName: args.restoreTarget.clusterParameterGroupName,
                kmsKeyId: args.restoreTarget.kmsKeyArn,
                vpcSecurityGroupIds: pulumi.jsonStringify([createClosedRoom(name, args, child).id]),
            },
            validationWindowHours: 4,
        },
        child,
    );
}

/** No rules: nobody reaches a restored database. Whoever validates one opens it for the while. */
function createClosedRoom(name: string, args: RestoreTestArgs, child: pulumi.CustomResourceOptions): ec2.SecurityGroup {
    return new ec2.SecurityGroup(
        `${name}-restore-test-access`,
        { description: "Restored databases: no access", vpcId: args.restoreTarget.vpcId },
        child,
    );
}

/** Apart from the role that makes backups, which cannot restore. */
function createRestoreRole(name: string, child: pulumi.CustomResourceOptions): iam.Role {
    const role = new iam.Role(
        `${name}-restore-test-role`,
        {
            description: "AWS Backup: weekly restore test of the database",
            assumeRolePolicy: JSON.stringify({
                Version: "2012-10-17",
                Statement: [
                    { Effect: "Allow", Principal: { Service: "backup.amazonaws.com" }, Action: "sts:AssumeRole" },
                ],
            }),
        },
        child,
    );
    new iam.RolePolicyAttachment(
        `${name}-restore-test-permissions`,
        {
            role: role.name,
            policyArn: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
        },
        child,
    );
    return role;
}
