import { restoreTestClosed, restoreTested, restoreTestPlan } from "../../../policy/rules/restore-tests";
import { remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const PLAN = "recovery-restore-test";
const SELECTION = "recovery-restore-test-database";
const POINTS = "recoveryPointSelection";
const OVERRIDES = "restoreMetadataOverrides";

describe("policy: tests of restores", () => {
    prove(restoreTested, {
        breaks: [
            remove(SELECTION),
            set(SELECTION, "validationWindowHours", 0),
            unset(SELECTION, "iamRoleArn"),
            unset(SELECTION, "restoreTestingPlanName"),
            set(SELECTION, "protectedResourceType", "EBS"),
        ],
        missing: unset(SELECTION, "protectedResourceArns"),
        unknown: unknown(SELECTION, "validationWindowHours"),
    });

    prove(restoreTestPlan, {
        breaks: [
            set(PLAN, "scheduleExpression", "cron(0 10 1 * ? *)"),
            set(PLAN, "scheduleExpressionTimezone", ""),
            set(PLAN, "startWindowHours", 168),
            set(PLAN, `${POINTS}.algorithm`, "OLDEST"),
            set(PLAN, `${POINTS}.selectionWindowDays`, 30),
            set(PLAN, `${POINTS}.recoveryPointTypes`, ["CONTINUOUS"]),
            unset(PLAN, `${POINTS}.includeVaults.1`),
        ],
        missing: unset(PLAN, "scheduleExpression"),
        unknown: unknown(PLAN, "scheduleExpression"),
    });

    prove(restoreTestClosed, {
        breaks: [
            set(SELECTION, `${OVERRIDES}.kmsKeyId`, "alias/aws/rds"),
            unset(SELECTION, `${OVERRIDES}.dbSubnetGroupName`),
            unset(SELECTION, `${OVERRIDES}.dbClusterParameterGroupName`),
            set(SELECTION, `${OVERRIDES}.vpcSecurityGroupIds`, "[]"),
        ],
        missing: unset(SELECTION, OVERRIDES),
        unknown: unknown(SELECTION, `${OVERRIDES}.vpcSecurityGroupIds`),
    });
});
