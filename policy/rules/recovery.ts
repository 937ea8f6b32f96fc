import { z } from "zod";
import type { Resource } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import { eachPlanRule, homeRegion, PLAN, vaultAt, vaultOf, vaultsOf } from "./support/backups";
import { CLUSTER, DATABASES, INSTANCE } from "./support/databases";
import { referring } from "./support/related";
import { daysBetween } from "../../components/model/schedules";
import { inTurn, requireFlag, requireForm, requireNumber, requireRole } from "./support/values";

const SELECTION = "aws:backup/selection:Selection";
const TABLE = "aws:dynamodb/table:Table";
const ZONE_OF_TIME = /^(UTC|[A-Z][A-Za-z_]+\/[A-Za-z_/+-]+)$/;

export const pointInTimeRecovery = resourceRule({
    name: "point-in-time-recovery",
    description: "Every database can be restored to each second of the last weeks",
    severity: "critical",
    references: [
        "Checkov CKV_AWS_133",
        "Checkov CKV_AWS_28",
        "Trivy AWS-0077",
        "AWS FSBP RDS.11",
        "openclaw promise 4",
    ],
    remediation:
        "Set backupRetentionPeriod to the minimum or more; a table of DynamoDB takes pointInTimeRecovery.enabled.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Backups.html",
    types: [...DATABASES, TABLE],
    settings: {
        minimumDays: z
            .int()
            .min(1)
            .max(35)
            .default(35)
            .describe("Days that can be restored from at least; AWS keeps 35"),
    },
    check({ type, props }, report, { minimumDays }) {
        if (type === TABLE) requireFlag(props, "pointInTimeRecovery.enabled", true, report);
        else requireNumber(props, "backupRetentionPeriod", { least: minimumDays }, report);
    },
});

export const databaseFinalSnapshot = resourceRule({
    name: "database-final-snapshot",
    description: "Every database that is deleted leaves a last snapshot and its backups",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Set skipFinalSnapshot to false, finalSnapshotIdentifier to a name, and deleteAutomatedBackups to false.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_DeleteCluster.html",
    types: [CLUSTER, INSTANCE],
    check({ props }, report) {
        inTurn(
            () => requireFlag(props, "skipFinalSnapshot", false, report),
            () => requireFlag(props, "deleteAutomatedBackups", false, report),
            () => requireForm(props, "finalSnapshotIdentifier", /^[A-Za-z][A-Za-z0-9-]*$/, "a name", report),
        );
    },
});

export const backupSelected = stackRule({
    name: "backup-selected",
    description: "Every database is in a backup plan, with a role that may read it",
    severity: "high",
    references: ["Checkov CKV2_AWS_8", "openclaw promise 4"],
    remediation: "Make a Selection with the database's ARN in resources, the plan's id and a role.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html",
    types: DATABASES,
    check(stack, report) {
        const plans = stack.ofType(PLAN);
        const selections = stack.ofType(SELECTION);
        const named = referring(stack, [SELECTION], "resources");
        // By tags, or by a pattern: what it selects is not to be seen here.
        const wide = () => selections.some((each) => stack.decide(each, () => selectsMany(each), true));
        for (const database of stack.ofType(...DATABASES)) {
            const found = named(database);
            if (found.length === 0 && !wide()) report(database, "is in no backup plan");
        }
        stack.each(selections, (selection) => {
            requireRole(selection.props, "iamRoleArn", (message) => report(selection, message));
            const there = selection.props.has("planId");
            if (!there || !plans.some((plan) => stack.refers(selection, "planId", plan))) {
                report(selection, "names no plan that is made here");
            }
        });
    },
});

function selectsMany({ props }: Resource): boolean {
    return (
        props.list("selectionTags").length > 0 ||
        props.list("conditions").length > 0 ||
        props.texts("resources").some((arn) => arn.includes("*"))
    );
}

export const backupKept = stackRule({
    name: "backup-kept",
    description:
        "Every backup plan makes a backup each day that is kept for weeks, and one each month that is kept for a year",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Give the plan a rule that runs daily and one that runs monthly, with lifecycle.deleteAfter of the minimums or more.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/creating-a-backup-plan.html",
    types: [PLAN],
    settings: {
        dailyDays: z.int().min(1).default(35).describe("Days that daily backups are kept at least"),
        monthlyDays: z.int().min(1).default(365).describe("Days that monthly backups are kept at least"),
    },
    check(stack, report, { dailyDays, monthlyDays }) {
        stack.each(stack.ofType(PLAN), (plan) => {
            const rules = plan.props.list("rules").map((rule) => ({
                every: daysBetween(rule.text("schedule")) ?? Infinity,
                kept: rule.number("lifecycle.deleteAfter") ?? 0,
            }));
            const makes = (days: number, least: number) =>
                rules.some(({ every, kept }) => every <= days && kept >= least);
            if (!makes(1, dailyDays)) report(plan, `makes no backup each day that is kept ${dailyDays} days`);
            if (!makes(31, monthlyDays)) report(plan, `makes no backup each month that is kept ${monthlyDays} days`);
        });
    },
});

export const backupOnTime = stackRule({
    name: "backup-on-time",
    description:
        "Every rule of a backup plan has a schedule in a time zone, into a vault made here, with time to start and to end",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation:
        "Set schedule, scheduleExpressionTimezone, startWindow (60 minutes at least) and a completionWindow above it, and name a vault that is made here.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html",
    types: [PLAN],
    check(stack, report) {
        const vaults = vaultsOf(stack);
        eachPlanRule(stack, ({ plan, props, title }) => {
            const told = (message: string) => report(plan, `${title} ${message}`);
            inTurn(
                () => {
                    const schedule = props.text("schedule");
                    if (daysBetween(schedule) === undefined)
                        told(`has schedule ${schedule}, one each month is required`);
                },
                () => requireForm(props, "scheduleExpressionTimezone", ZONE_OF_TIME, "a time zone", told),
                () => requireNumber(props, "startWindow", { least: 60 }, told),
                () =>
                    requireNumber(props, "completionWindow", { least: (props.number("startWindow") ?? 0) + 60 }, told),
                () => {
                    const vault = props.text("targetVaultName");
                    const lacks = vault === undefined || vaults.lacks(vaultAt(stack, plan.props, vault));
                    if (lacks) told(`goes to the vault ${vault}, not made here`);
                },
            );
        });
    },
});

const YEAR_DAYS = 365;

export const backupSecondCopy = stackRule({
    name: "backup-second-copy",
    description:
        "Every backup is copied to another region, and kept there for a week at least; what is kept for a year, as long",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation:
        "Give each rule of the plan a copyActions with a vault of another region and lifecycle.deleteAfter of the minimum or more.",
    url: "https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-region-backup.html",
    types: [PLAN],
    settings: {
        minimumDays: z
            .int()
            .min(1)
            .default(7)
            .describe(
                "Days that copies are kept at least; each day is a full copy. Backups of a year are copied for as long",
            ),
    },
    check(stack, report, { minimumDays }) {
        const provider = homeRegion(stack);
        const vaults = vaultsOf(stack);
        eachPlanRule(stack, ({ plan, props, title }) => {
            const told = (message: string) => report(plan, `${title} ${message}`);
            const copies = props.list("copyActions");
            if (copies.length === 0) told("is copied nowhere");
            const home = plan.props.text("region") ?? provider;
            const kept = props.number("lifecycle.deleteAfter") ?? 0;
            const least = kept >= YEAR_DAYS ? kept : Math.min(kept, minimumDays);
            for (const copy of copies) {
                inTurn(
                    () => {
                        const arn = copy.text("destinationVaultArn");
                        const vault = vaultOf(arn);
                        if (vault === undefined) told(`is copied to ${arn ?? "nothing"}, a vault is required`);
                        else if (vault.region === home) told(`is copied within ${home}, another region is required`);
                        else if (vaults.lacks(vault)) told(`is copied to ${arn}, which is not made here`);
                    },
                    () => requireNumber(copy, "lifecycle.deleteAfter", { least }, told),
                );
            }
        });
    },
});

export const recoveryRules = [
    pointInTimeRecovery,
    databaseFinalSnapshot,
    backupSelected,
    backupKept,
    backupOnTime,
    backupSecondCopy,
];
