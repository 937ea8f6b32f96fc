import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { BROKER_POLICY, ENDPOINT, QUEUE_POLICY, RESOURCE_POLICIES, TOPIC_POLICY } from "./support/documents";
import { referring } from "./support/related";
import { condition, deniesEveryone, type Statement, statementsAt } from "./support/statements";

const ELEMENTS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html";

const isEveryone = ({ principals }: Statement): boolean => principals.some(({ name }) => name === "*");

/** Conditions that say whose the caller is. */
const CALLERS = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "sns:Endpoint",
];
const EXACT = /^(ForAnyValue:)?(String|Arn)(Equals|Like)$/;

/** Whether a condition holds callers to some that are known: a `*` alone holds nobody. */
function holds(statement: Statement, keys: readonly string[]): boolean {
    return keys.some((key) => {
        const values = condition(statement, EXACT, key) ?? [];
        return values.length > 0 && values.every((value) => /[^*?:]/.test(value));
    });
}

/** Whether a resource matches a pattern with `*`. */
function matches(pattern: string, resource: string): boolean {
    const [first = "", ...rest] = pattern.split("*");
    if (!resource.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
        const found = part === "" ? resource.length : resource.indexOf(part, at);
        if (found < 0) return false;
        at = found + part.length;
    }
    return at === resource.length;
}

/** Objects that everyone may read anyway: layers of images, by links that registries signed themselves. */
const PUBLIC_OBJECTS = [
    "arn:aws:s3:::prod-*-starport-layer-bucket/*",
    "arn:aws:s3:::prod-registry-k8s-io-*/*",
    "arn:aws:s3:::docker-images-prod/*",
    "arn:aws:s3:::quayio-production-s3/*",
];

export const resourcePolicyClosed = resourceRule({
    name: "resource-policy-closed",
    description: "Topics, queues, brokers and endpoints are open to callers of this account or of AWS's services alone",
    severity: "critical",
    references: [
        "AWS FSBP SNS.4",
        "AWS FSBP SQS.3",
        "Checkov CKV_AWS_168",
        "Checkov CKV_AWS_169",
        "openclaw promise 1",
    ],
    remediation: "Name principals, or set a condition on aws:PrincipalAccount or aws:PrincipalOrgID.",
    url: ELEMENTS,
    types: RESOURCE_POLICIES,
    settings: {
        publicObjects: z
            .array(z.string())
            .default(PUBLIC_OBJECTS)
            .describe("Objects in S3 that anyone may get through an endpoint: those that are public"),
    },
    check({ type, props }, report, { publicObjects }) {
        for (const statement of statementsAt(props, "policy")) {
            const { title, effect, actions, resources } = statement;
            if (effect !== "Allow" || !isEveryone(statement) || holds(statement, CALLERS)) continue;
            const isPublic =
                type === ENDPOINT &&
                actions.every((action) => action === "s3:GetObject") &&
                resources.every((resource) => publicObjects.some((pattern) => matches(pattern, resource)));
            if (!isPublic) report(`${title} of its policy allows ${actions.join(", ")} to everyone`);
        }
    },
});

export const endpointAccount = resourceRule({
    name: "endpoint-account",
    description:
        "Through an endpoint go callers of this account alone, and to resources of this account where it can be told",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 4"],
    remediation:
        "Set aws:PrincipalAccount and aws:ResourceAccount in each statement that allows something to everyone.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_data-perimeters.html",
    types: [ENDPOINT],
    settings: {
        ownResources: z
            .array(z.string())
            .default(["kms", "logs", "s3", "secretsmanager", "sqs"])
            .describe("Services whose calls are about resources of this account alone"),
    },
    check({ props }, report, { ownResources }) {
        const service = props.text("serviceName")?.split(".").slice(3).join(".") ?? "";
        const keys = ["aws:PrincipalAccount", ...(ownResources.includes(service) ? ["aws:ResourceAccount"] : [])];
        for (const statement of statementsAt(props, "policy")) {
            const { title, effect, actions } = statement;
            // What is public is looked at by resource-policy-closed.
            if (effect !== "Allow" || !isEveryone(statement) || statement.conditions.length === 0) continue;
            if (actions.every((action) => action === "s3:GetObject")) continue;
            const lacking = keys.filter((key) => condition(statement, "StringEquals", key) === undefined);
            if (lacking.length > 0) report(`${title} of its policy asks not for ${lacking.join(" and ")}`);
        }
    },
});

export const resourcePolicyActions = resourceRule({
    name: "resource-policy-actions",
    description: "What others may do to a topic, a queue or brokers is named action by action, for this one resource",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Name the actions, and the resource by its ARN.",
    url: ELEMENTS,
    types: [TOPIC_POLICY, QUEUE_POLICY, BROKER_POLICY],
    check({ props }, report) {
        for (const { title, effect, actions, resources } of statementsAt(props, "policy")) {
            if (effect !== "Allow") continue;
            const wide = [...actions, ...resources].filter((each) => /\*/.test(each));
            if (wide.length > 0) report(`${title} of its policy is about ${wide.join(", ")}`);
        }
    },
});

export const resourcePolicySource = resourceRule({
    name: "resource-policy-source",
    description: "A service of AWS that publishes, sends or connects does so for this account alone",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Set a condition on aws:SourceAccount or aws:SourceArn.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    types: [TOPIC_POLICY, QUEUE_POLICY, BROKER_POLICY],
    settings: {
        unknownSource: z
            .array(z.string())
            .default(["events.amazonaws.com"])
            .describe("Services that name no source when they publish to a topic"),
    },
    check({ type, props }, report, { unknownSource }) {
        for (const statement of statementsAt(props, "policy")) {
            const services = statement.principals.filter(({ kind }) => kind === "Service").map(({ name }) => name);
            if (statement.effect !== "Allow" || services.length === 0) continue;
            if (type === TOPIC_POLICY && services.every((service) => unknownSource.includes(service))) continue;
            const keys = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID"];
            if (!holds(statement, keys)) {
                report(`${statement.title} of its policy lets ${services.join(", ")} in for any account`);
            }
        }
    },
});

/** What needs a policy, where the policy names it, and what is refused without TLS. */
const TLS = [
    ["aws:sns/topic:Topic", TOPIC_POLICY, "arn", "sns:Publish"],
    ["aws:sqs/queue:Queue", QUEUE_POLICY, "queueUrl", "sqs:SendMessage"],
] as const;

export const resourcePolicyTls = stackRule({
    name: "resource-policy-tls",
    description: "Topics and queues refuse what comes without TLS",
    severity: "high",
    references: ["openclaw promise 4"],
    remediation: "Make a policy that denies publishing or sending to everyone where aws:SecureTransport is false.",
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
    types: TLS.map(([type]) => type),
    check(stack, report) {
        for (const [type, policyType, property, action] of TLS) {
            const policies = referring(stack, [policyType], property);
            stack.each(stack.ofType(type), (resource) => {
                const found = policies(resource);
                if (found.length === 0) report(resource, "has no policy, and takes what comes without TLS");
                stack.each(found, (policy) => {
                    const refuses = statementsAt(policy.props, "policy").some(
                        (statement) =>
                            deniesEveryone(statement, action) &&
                            condition(statement, "Bool", "aws:SecureTransport")?.[0] === "false" &&
                            statement.conditions.length === 1,
                    );
                    if (!refuses) report(policy, `does not refuse ${action} without TLS`);
                });
            });
        }
    },
});

export const resourcePolicyRules = [
    resourcePolicyClosed,
    endpointAccount,
    resourcePolicyActions,
    resourcePolicySource,
    resourcePolicyTls,
];
