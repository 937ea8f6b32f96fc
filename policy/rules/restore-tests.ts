import { z } from "zod";
import type { Resource } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import { eachPlanRule, vaultOf } from "./support/backups";
import { DATABASES } from "./support/databases";
import { referring } from "./support/related";
import { daysBetween } from "../../components/model/schedules";
import { inTurn, requireCustomerKey, requireForm, requireNumber, requireOneOf, requireRole } from "./support/values";

const TEST_PLAN = "aws:backup/restoreTestingPlan:RestoreTestingPlan";
const TEST_SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection";
const URL = "https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html";

export const restoreTested = stackRule({
    name: "restore-tested",
    description: "Every database is restored from its backups by a test, and somebody has time to look at it",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Make a RestoreTestingSelection with the database's ARN, its type, a role and validationWindowHours, in a RestoreTestingPlan.",
    url: URL,
    types: DATABASES,
    check(stack, report) {
        const testsOf = referring(stack, [TEST_SELECTION], "protectedResourceArns");
        const plans = stack.ofType(TEST_PLAN);
        for (const database of stack.ofType(...DATABASES)) {
            const tests = testsOf(database);
            if (tests.length === 0) report(database, "is restored by no test");
            for (const test of tests) {
                const told = (message: string) => report(test, message);
                stack.decide(
                    test,
                    () =>
                        inTurn(
                            () => requireOneOf(test.props, "protectedResourceType", ["Aurora", "RDS"], told),
                            () => requireRole(test.props, "iamRoleArn", told),
                            () => requireNumber(test.props, "validationWindowHours", { least: 1, most: 24 }, told),
                            () => {
                                const named = (plan: Resource) => stack.refers(test, "restoreTestingPlanName", plan);
                                const there = test.props.has("restoreTestingPlanName");
                                if (!there || !plans.some(named))
                                    told("is in no restore testing plan that is made here");
                            },
                        ),
                    undefined,
                );
            }
        }
    },
});

export const restoreTestPlan = stackRule({
    name: "restore-test-plan",
    description: "Every restore testing plan runs each week, with recent backups of every vault that a plan fills",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation:
        "Set scheduleExpression, its time zone, and a recoveryPointSelection with all vaults and backups of the last week.",
    url: URL,
    types: [TEST_PLAN],
    settings: {
        maximumDays: z.int().min(1).default(7).describe("Days between two tests at most, and age of the backups"),
    },
    check(stack, report, { maximumDays }) {
        const filled = new Set<string>();
        eachPlanRule(stack, ({ props }) => filled.add(props.text("targetVaultName") ?? ""));
        stack.each(stack.ofType(TEST_PLAN), (plan) => {
            const told = (message: string) => report(plan, message);
            const points = plan.props.get("recoveryPointSelection");
            inTurn(
                () => {
                    const schedule = plan.props.text("scheduleExpression");
                    if ((daysBetween(schedule) ?? Infinity) > maximumDays) {
                        told(`runs at ${schedule ?? "no time"}, once in ${maximumDays} days is required`);
                    }
                },
                () =>
                    requireForm(plan.props, "scheduleExpressionTimezone", /^(UTC|[A-Z]\w+\/.+)$/, "a time zone", told),
                () => requireNumber(plan.props, "startWindowHours", { least: 1, most: 8 }, told),
                () => requireOneOf(points, "algorithm", ["LATEST_WITHIN_WINDOW", "RANDOM_WITHIN_WINDOW"], told),
                () => requireNumber(points, "selectionWindowDays", { least: 1, most: maximumDays }, told),
                () => {
                    const types = points.texts("recoveryPointTypes");
                    if (!types.includes("SNAPSHOT")) told("restores no SNAPSHOT, which is what a plan's rules make");
                },
                () => {
                    const vaults = points.texts("includeVaults");
                    const names = new Set(vaults.map((arn) => vaultOf(arn)?.name));
                    for (const vault of filled) {
                        if (!vaults.includes("*") && !names.has(vault))
                            told(`restores nothing from the vault ${vault}`);
                    }
                },
            );
        });
    },
});

export const restoreTestClosed = resourceRule({
    name: "restore-test-closed",
    description:
        "What a test restores is encrypted with a key of our own, and stands where the database does, behind groups of its own",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Set restoreMetadataOverrides: kmsKeyId, dbSubnetGroupName, dbClusterParameterGroupName and vpcSecurityGroupIds. Without them AWS restores into the default VPC's defaults.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html",
    types: [TEST_SELECTION],
    check({ props }, report) {
        if (props.text("protectedResourceType") !== "Aurora" && props.text("protectedResourceType") !== "RDS") return;
        const overrides = props.get("restoreMetadataOverrides");
        inTurn(
            () => requireCustomerKey(overrides, "kmsKeyId", report),
            () => requireForm(overrides, "dbSubnetGroupName", /^(?!default$)./, "a subnet group", report),
            () => requireForm(overrides, "vpcSecurityGroupIds", /^\["sg-/, "a list with a security group", report),
            () => {
                if (props.text("protectedResourceType") !== "Aurora") return;
                requireForm(overrides, "dbClusterParameterGroupName", /^(?!default)./, "a parameter group", report);
            },
        );
    },
});

export const restoreTestRules = [restoreTested, restoreTestPlan, restoreTestClosed];
