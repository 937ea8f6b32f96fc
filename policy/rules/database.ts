import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import {
    CLUSTER,
    DATABASES,
    equals,
    INSTANCE,
    postgresOf,
    PROXY,
    requireParameters,
    SERVERS,
} from "./support/databases";
import { inTurn, requireFlag, requireForm, requireOneOf } from "./support/values";
import type { ReportResource } from "../engine/rule";
import type { Reader } from "../engine/value";

export const databasePrivate = resourceRule({
    name: "database-private",
    description:
        "No database and no proxy has a public address, and each stands in subnets and security groups that are named",
    severity: "critical",
    references: [
        "Checkov CKV_AWS_17",
        "Trivy AWS-0180",
        "AWS FSBP RDS.2",
        "AWS FSBP RDS.46",
        "CIS AWS 2.3.3",
        "openclaw promise 4",
    ],
    remediation:
        "Set publiclyAccessible to false, and name a subnet group and security groups: AWS's defaults are those of the default VPC.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
    types: [...DATABASES, ...SERVERS, PROXY],
    check({ type, props }, report) {
        inTurn(
            () => SERVERS.includes(type) && requireFlag(props, "publiclyAccessible", false, report),
            () =>
                type !== PROXY &&
                requireForm(props, "dbSubnetGroupName", /^(?!default$)./, "a subnet group of its own", report),
            () => (DATABASES.includes(type) || type === PROXY) && requireSecurityGroups(props, report),
        );
    },
});

function requireSecurityGroups(props: Reader, report: ReportResource): void {
    const groups = props.list("vpcSecurityGroupIds");
    if (groups.length === 0) report("has no vpcSecurityGroupIds, so that it gets the default group of the VPC");
    for (const group of groups) requireForm(group, "", /^sg-/, "a security group", report);
}

export const databaseIamAuthentication = resourceRule({
    name: "database-iam-authentication",
    description: "Every database takes tokens of IAM, so that no agent needs a password",
    severity: "high",
    references: ["Checkov CKV_AWS_162", "Trivy AWS-0176", "AWS FSBP RDS.10", "AWS FSBP RDS.12", "openclaw promise 4"],
    remediation: "Set iamDatabaseAuthenticationEnabled to true.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html",
    types: DATABASES,
    check: ({ props }, report) => requireFlag(props, "iamDatabaseAuthenticationEnabled", true, report),
});

/** Names that an attacker tries first. */
const COMMON_ADMINISTRATORS = ["admin", "administrator", "master", "mysql", "postgres", "root", "user"];

export const databaseAdministratorName = resourceRule({
    name: "database-administrator-name",
    description: "Every database's administrator has a name that is not the engine's own",
    severity: "medium",
    references: ["AWS FSBP RDS.24", "AWS FSBP RDS.25"],
    remediation: "Set the administrator's name to one of your own. A change replaces the database.",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-24",
    types: DATABASES,
    check({ type, props }, report) {
        const property = type === CLUSTER ? "masterUsername" : "username";
        const name = props.text(property);
        if (name === undefined) report(`has no ${property}, a name of its own is required`);
        else if (COMMON_ADMINISTRATORS.includes(name.toLowerCase())) {
            report(`has ${property} ${name}, a name of its own is required`);
        }
    },
});

export const databaseTls = stackRule({
    name: "database-tls",
    description: "Every database refuses connections without TLS",
    severity: "critical",
    references: ["Checkov CKV2_AWS_69", "openclaw promise 4"],
    remediation:
        "Give the database a parameter group of its own that sets rds.force_ssl to 1 (PostgreSQL) or require_secure_transport to ON (MySQL).",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html",
    types: DATABASES,
    check(stack, report) {
        requireParameters(stack, postgresOf(stack, DATABASES), () => [equals("rds.force_ssl", "1")], report);
        const mysql = stack
            .ofType(...DATABASES)
            .filter((each) => stack.decide(each, () => /mysql|maria/.test(each.props.text("engine") ?? ""), false));
        const holds = (value: string) => /^(1|on)$/i.test(value);
        requireParameters(stack, mysql, () => [{ name: "require_secure_transport", holds, required: "ON" }], report);
    },
});

export const databaseCertificate = resourceRule({
    name: "database-certificate",
    description: "Every database server shows a certificate of an authority that is valid for decades",
    severity: "medium",
    references: ["Checkov CKV_AWS_211", "openclaw promise 4"],
    remediation:
        "Set caCertIdentifier to one of the allowed authorities. The server restarts for it where its engine cannot rotate.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html",
    types: SERVERS,
    settings: {
        authorities: z
            .array(z.string().min(1))
            .min(1)
            .default(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"])
            .describe("Certificate authorities that are allowed"),
    },
    check: ({ props }, report, { authorities }) => requireOneOf(props, "caCertIdentifier", authorities, report),
});

/** What each engine can export; an engine that is not here is held to one log at least. */
const EXPORTS: readonly { readonly engine: RegExp; readonly logs: readonly string[] }[] = [
    { engine: /postgres/, logs: ["postgresql"] },
    { engine: /mysql|maria/, logs: ["audit", "error"] },
];

export const databaseLogExport = resourceRule({
    name: "database-log-export",
    description: "Every database sends its logs to CloudWatch, refused IAM logins included",
    severity: "high",
    references: ["Checkov CKV_AWS_324", "AWS FSBP RDS.9", "AWS FSBP RDS.36", "AWS FSBP RDS.37", "openclaw promise 5"],
    remediation: "Name the logs in enabledCloudwatchLogsExports, and make their log groups before.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html",
    types: DATABASES,
    check({ props }, report) {
        const exported = props.texts("enabledCloudwatchLogsExports");
        const engine = props.text("engine") ?? "";
        const wanted = [...(EXPORTS.find((each) => each.engine.test(engine))?.logs ?? [])];
        if (props.flag("iamDatabaseAuthenticationEnabled") === true) wanted.push("iam-db-auth-error");
        if (exported.length === 0) report("exports no logs");
        else {
            const lacking = wanted.filter((log) => !exported.includes(log));
            if (lacking.length > 0) report(`does not export ${lacking.join(", ")}`);
        }
    },
});

export const databaseTagsToSnapshots = resourceRule({
    name: "database-tags-to-snapshots",
    description: "Every database's snapshots carry its tags, so that whoever pays and owns them is known",
    severity: "low",
    references: ["Checkov CKV_AWS_313", "AWS FSBP RDS.16", "AWS FSBP RDS.17", "AWS FSBP RDS.47"],
    remediation: "Set copyTagsToSnapshot to true.",
    url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_Tagging.html",
    types: [...DATABASES, ...SERVERS.filter((type) => type !== INSTANCE)],
    check: ({ props }, report) => requireFlag(props, "copyTagsToSnapshot", true, report),
});

export const databaseRules = [
    databasePrivate,
    databaseIamAuthentication,
    databaseAdministratorName,
    databaseTls,
    databaseCertificate,
    databaseLogExport,
    databaseTagsToSnapshots,
];
