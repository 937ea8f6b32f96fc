import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { stackRule, type ReportStack, type RuleText } from "../engine/rule";
import { ROLE, ROLE_POLICY } from "./support/documents";
import { referred, referring } from "./support/related";
import { condition, type Statement, statementsAt } from "./support/statements";

const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
const ABAC = "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html";
/** Replaced by IAM with the name of the pod whose session it is. */
const POD = "${aws:PrincipalTag/kubernetes-pod-name}";
const NAMESPACE = "${aws:PrincipalTag/kubernetes-namespace}";

const namespaces = z.string().default("^agents-").describe("Regular expression of the namespaces that agents run in");

type Check = (statement: Statement, say: (message: string) => void) => void;

/** A rule over each statement that allows agents something. */
function agentRule(text: RuleText, check: Check) {
    return stackRule({
        ...text,
        types: [ASSOCIATION],
        settings: { namespaces },
        check: (stack, report, settings) => eachAllowed(stack, settings.namespaces, report, check),
    });
}

function eachAllowed(stack: Stack, pattern: string, report: ReportStack, check: Check): void {
    const policiesOf = referring(stack, [ROLE_POLICY], "role");
    const isAgents = new RegExp(pattern);
    const associations = stack
        .ofType(ASSOCIATION)
        .filter((each) => stack.decide(each, () => isAgents.test(each.props.text("namespace") ?? ""), false));
    const roles = new Set<Resource>(associations.flatMap((each) => referred(stack, each, "roleArn", [ROLE])));
    // And what these may take on: one for the model.
    const takenOn = referring(stack, [ROLE], "assumeRolePolicy");
    for (const role of [...roles]) takenOn(role).forEach((each) => roles.add(each));
    stack.each([...roles].flatMap(policiesOf), (policy) => {
        for (const statement of statementsAt(policy.props, "policy")) {
            if (statement.effect !== "Allow") continue;
            check(statement, (message) => report(policy, `${statement.title} ${message}`));
        }
    });
}

const allows = ({ actions }: Statement, prefix: string): boolean => actions.some((action) => action.startsWith(prefix));

/** What an agent needs, and no more. */
const NEEDED = [
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "kafka-cluster:AlterGroup",
    "kafka-cluster:Connect",
    "kafka-cluster:DescribeGroup",
    "kafka-cluster:DescribeTopic",
    "kafka-cluster:ReadData",
    "kafka-cluster:WriteData",
    "kafka-cluster:WriteDataIdempotently",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "rds-db:connect",
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "sts:AssumeRole",
    "sts:TagSession",
];

export const agentActions = stackRule({
    name: "agent-actions",
    description: "An agent may call its model, its topics, its database and its own state, and nothing else of AWS",
    severity: "critical",
    references: ["openclaw promise 1"],
    remediation:
        "Remove the action from the agents' role, or add it to the allowed ones for a reason that is written down.",
    url: ABAC,
    types: [ASSOCIATION],
    settings: {
        namespaces,
        allowed: z.array(z.string()).default(NEEDED).describe("Actions that agents may call"),
    },
    check(stack, report, { namespaces: pattern, allowed }) {
        eachAllowed(stack, pattern, report, ({ actions }, say) => {
            const others = actions.filter((action) => !allowed.includes(action));
            if (others.length > 0) say(`allows ${others.join(", ")}`);
        });
    },
});

export const agentOwnState = agentRule(
    {
        name: "agent-own-state",
        description: "An agent reads and writes the state under its own name alone",
        severity: "critical",
        references: ["openclaw promise 1", "openclaw promise 4"],
        remediation: `Name objects below ${NAMESPACE}/${POD}/, and set s3:prefix to the same for s3:ListBucket.`,
        url: ABAC,
    },
    (statement, say) => {
        if (!allows(statement, "s3:")) return;
        const own = `${NAMESPACE}/${POD}/*`;
        if (statement.actions.includes("s3:ListBucket")) {
            const prefixes = condition(statement, /^String(Equals|Like)$/, "s3:prefix") ?? [];
            if (prefixes.length === 0 || prefixes.some((prefix) => prefix !== own)) {
                say(`lists ${prefixes.join(", ") || "everything"}, ${own} is required`);
            }
        }
        const objects = statement.actions.some((action) => action !== "s3:ListBucket");
        const others = statement.resources.filter((resource) => !resource.endsWith(`/${own}`));
        if (objects && others.length > 0) say(`is about ${others.join(", ")}, below ${own} is required`);
    },
);

export const agentOwnUser = agentRule(
    {
        name: "agent-own-user",
        description: "An agent enters the database under its own name alone",
        severity: "critical",
        references: ["openclaw promise 1", "openclaw promise 4"],
        remediation: `End the resource of rds-db:connect with /${POD}.`,
        url: "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html",
    },
    (statement, say) => {
        if (!allows(statement, "rds-db:")) return;
        const others = statement.resources.filter((resource) => {
            const path = resource.split(":dbuser:")[1] ?? "";
            return !path.endsWith(`/${POD}`) || path.replace(POD, "").includes("*");
        });
        if (others.length > 0) say(`enters as ${others.join(", ")}, ${POD} is required`);
    },
);

export const agentInsideNetwork = agentRule(
    {
        name: "agent-inside-network",
        description:
            "What an agent may do to state and models it may do from inside the VPC alone: stolen credentials are worth nothing",
        severity: "high",
        references: ["openclaw promise 1"],
        remediation:
            "Set a condition aws:SourceVpc; models behind an inference profile may ask for the profile instead.",
        url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcevpc",
    },
    (statement, say) => {
        if (!allows(statement, "s3:") && !allows(statement, "bedrock:")) return;
        const held = ["aws:SourceVpc", "aws:SourceVpce", "bedrock:InferenceProfileArn"].some(
            (key) => condition(statement, /^(String|Arn)(Equals|Like)$/, key) !== undefined,
        );
        if (!held) say("holds from anywhere: aws:SourceVpc is required");
    },
);

export const agentTopics = agentRule(
    {
        name: "agent-topics",
        description: "An agent reads and writes topics and models that are named, no others",
        severity: "high",
        references: ["openclaw promise 1", "openclaw promise 3"],
        remediation: "Name each cluster, topic, group, model and inference profile by its ARN.",
        url: "https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html",
    },
    (statement, say) => {
        if (!allows(statement, "kafka-cluster:") && !allows(statement, "bedrock:")) return;
        // A profile may take its model to other regions: the place of the region may be open, the name never.
        const wide = statement.resources.filter((resource) => /[*?]/.test(resource.split(":").slice(4).join(":")));
        if (wide.length > 0) say(`is about ${wide.join(", ")}`);
        if (allows(statement, "kafka-cluster:") && !statement.resources.every((each) => each.includes(":kafka:"))) {
            say(`is about ${statement.resources.join(", ")}, which is not Kafka's`);
        }
    },
);

export const agentIdentityRules = [agentActions, agentOwnState, agentOwnUser, agentInsideNetwork, agentTopics];
