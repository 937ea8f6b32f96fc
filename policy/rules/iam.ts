import { z } from "zod";
import { resourceRule } from "../engine/rule";
import { IDENTITY_POLICIES, isWholeKind, ROLE } from "./support/documents";
import { condition, covers, type Statement, statementsAt } from "./support/statements";
import { requireForm } from "./support/values";

const GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide";
const LEAST = `${GUIDE}/best-practices.html#grant-least-privilege`;

function allowsOf(props: Parameters<typeof statementsAt>[0]): Statement[] {
    return statementsAt(props, "policy").filter(({ effect }) => effect === "Allow");
}

export const iamActions = resourceRule({
    name: "iam-actions",
    description: "What a role may do is named action by action",
    severity: "critical",
    references: [
        "AWS FSBP IAM.1",
        "AWS FSBP IAM.21",
        "Checkov CKV_AWS_62",
        "Checkov CKV_AWS_63",
        "Checkov CKV2_AWS_40",
        "Trivy AWS-0057",
        "CIS AWS 1.16",
        "openclaw promise 1",
    ],
    remediation:
        "Name the actions that are called. A * may stand at the end of a word that names a family, e.g. kms:ReEncrypt*.",
    url: LEAST,
    types: IDENTITY_POLICIES,
    check({ props }, report) {
        for (const { title, actions } of allowsOf(props)) {
            const wide = actions.filter((action) => /[*?]/.test(action) && !/^[a-z0-9-]+:[A-Za-z]{8,}\*$/.test(action));
            if (wide.length > 0) report(`${title} allows ${wide.join(", ")}`);
        }
    },
});

/** Actions that tell what is there, and change nothing. */
const LOOKS = /^[a-z0-9-]+:(Describe|List)[A-Za-z]*$/;

export const iamResources = resourceRule({
    name: "iam-resources",
    description: "What a role may do to everything, or to everything of a kind, it may do under a condition alone",
    severity: "high",
    references: ["Checkov CKV_AWS_290", "Checkov CKV_AWS_355", "Trivy AWS-0057", "openclaw promise 1"],
    remediation: "Name the resources, or set a condition on their tags, their region or the request.",
    url: LEAST,
    types: IDENTITY_POLICIES,
    settings: {
        everywhere: z
            .array(z.string())
            .default(["iam:ListInstanceProfiles", "pricing:GetProducts"])
            .describe("Actions that AWS offers on everything alone, and that do no harm"),
    },
    check({ props }, report, { everywhere }) {
        for (const { title, actions, resources, conditions } of allowsOf(props)) {
            if (conditions.length > 0) continue;
            const whole = resources.filter(isWholeKind);
            const harmful = actions.filter((action) => !everywhere.includes(action));
            // To see what there is of one kind harms nobody; to see everything of everything tells too much.
            const told = whole.includes("*") ? harmful : harmful.filter((action) => !LOOKS.test(action));
            if (whole.length > 0 && told.length > 0) {
                report(`${title} allows ${told.join(", ")} on ${whole.join(", ")} without a condition`);
            }
        }
    },
});

export const iamTagging = resourceRule({
    name: "iam-tagging",
    description: "Who may set tags may do so only on what he makes, or on what is marked as his: tags decide on rights",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Set a condition on ec2:CreateAction or on aws:ResourceTag.",
    url: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html",
    types: IDENTITY_POLICIES,
    check({ props }, report) {
        for (const statement of allowsOf(props)) {
            if (!covers(statement.actions, "ec2:CreateTags") && !covers(statement.actions, "ec2:DeleteTags")) continue;
            const held = statement.conditions.some(
                ({ key }) => key === "ec2:CreateAction" || key.startsWith("aws:ResourceTag/"),
            );
            if (!held) report(`${statement.title} allows to set tags on anything`);
        }
    },
});

const KEY_USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"];

export const iamKeyUse = resourceRule({
    name: "iam-key-use",
    description: "A role uses keys by name, and through the service whose data they encrypt",
    severity: "high",
    references: ["AWS FSBP KMS.1", "AWS FSBP KMS.2", "openclaw promise 4"],
    remediation:
        "Name the key's ARN and set kms:ViaService; for kms:CreateGrant set kms:GrantIsForAWSResource to true as well.",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
    types: IDENTITY_POLICIES,
    check({ props }, report) {
        for (const statement of allowsOf(props)) {
            const { title, actions, resources } = statement;
            const grants = covers(actions, "kms:CreateGrant");
            if (!grants && !KEY_USE.some((action) => covers(actions, action))) continue;
            if (resources.some((resource) => /\*/.test(resource))) report(`${title} allows to use any key`);
            if (condition(statement, /^String(Equals|Like)$/, "kms:ViaService") === undefined) {
                report(`${title} allows to use a key without kms:ViaService`);
            }
            const forAws = condition(statement, "Bool", "kms:GrantIsForAWSResource") ?? [];
            if (grants && forAws[0] !== "true") report(`${title} allows grants without kms:GrantIsForAWSResource true`);
        }
    },
});

export const iamPassRole = resourceRule({
    name: "iam-pass-role",
    description: "A role hands on other roles by name, to one service",
    severity: "critical",
    references: ["Checkov CKV_AWS_286", "openclaw promise 1"],
    remediation: "Name the role's ARN in Resource, and set iam:PassedToService.",
    url: `${GUIDE}/id_roles_use_passrole.html`,
    types: IDENTITY_POLICIES,
    check({ props }, report) {
        for (const statement of allowsOf(props)) {
            if (!covers(statement.actions, "iam:PassRole")) continue;
            if (statement.resources.some((resource) => /[*?]/.test(resource))) {
                report(`${statement.title} allows to hand on any role`);
            }
            if (condition(statement, "StringEquals", "iam:PassedToService")?.length !== 1) {
                report(`${statement.title} allows to hand on a role to any service`);
            }
        }
    },
});

export const iamManagedPolicies = resourceRule({
    name: "iam-managed-policies",
    description: "No role has a policy of AWS that gives all rights, or all rights over a service",
    severity: "critical",
    references: ["AWS FSBP IAM.1", "Checkov CKV_AWS_274", "CIS AWS 1.16", "openclaw promise 1"],
    remediation: "Attach the policy that AWS made for this one purpose, or write one with the actions that are called.",
    url: "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html",
    types: [
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
    ],
    settings: {
        refused: z
            .array(z.string())
            .default(["Administrator", "FullAccess", "PowerUser", "AmazonEKS_CNI_Policy", "SystemAdministrator"])
            .describe("Parts of names of policies of AWS that are refused"),
    },
    check({ props }, report, { refused }) {
        requireForm(props, "policyArn", /^arn:aws[^:]*:iam::(aws|\d{12}):policy\/.+$/, "the ARN of a policy", report);
        const name = props.text("policyArn")?.split("/").at(-1) ?? "";
        if (refused.some((part) => name.includes(part))) report(`has the policy ${name}`);
    },
});

/** Who has keys that never end. */
const LASTING = [
    "aws:iam/user:User",
    "aws:iam/accessKey:AccessKey",
    "aws:iam/userLoginProfile:UserLoginProfile",
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
];

export const iamTemporary = resourceRule({
    name: "iam-temporary-credentials",
    description: "Everyone and everything is a role with credentials that end, nobody a user with a key",
    severity: "high",
    references: ["Checkov CKV_AWS_273", "openclaw promise 1"],
    remediation:
        "Replace the user by a role: Pod Identity for pods, OIDC for pipelines, IAM Identity Center for people.",
    url: `${GUIDE}/best-practices.html#bp-workloads-use-roles`,
    types: [ROLE, ...LASTING],
    settings: {
        maximumHours: z
            .number()
            .positive()
            .max(12)
            .default(1)
            .describe("Hours for which a session of a role lasts at most"),
    },
    check({ type, props }, report, { maximumHours }) {
        if (LASTING.includes(type)) report("is, or gives, a key that never ends");
        const seconds = type === ROLE ? (props.number("maxSessionDuration") ?? 3600) : 0;
        if (seconds > maximumHours * 3600)
            report(`has sessions of ${seconds / 3600} hours, ${maximumHours} is allowed`);
    },
});

export const iamRules = [
    iamActions,
    iamResources,
    iamTagging,
    iamKeyUse,
    iamPassRole,
    iamManagedPolicies,
    iamTemporary,
];
