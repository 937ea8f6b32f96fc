import type { Resource } from "../engine/resource";
import { type ReportResource, resourceRule } from "../engine/rule";
import { faultOf } from "./support/condition-values";
import { documentPath, IDENTITY_POLICIES, RESOURCE_POLICIES, ROLE } from "./support/documents";
import { plainStatements, statementsAt } from "./support/statements";

const ELEMENTS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html";
const DOCUMENTS = [...IDENTITY_POLICIES, ...RESOURCE_POLICIES, ROLE];

/** Statements whose title begins what is said of them. */
function eachStatement(resource: Resource, report: ReportResource, look: Look): void {
    const path = documentPath(resource);
    for (const statement of statementsAt(resource.props, path)) {
        look(statement, (message) => report(`${statement.title} ${message}`));
    }
}
type Look = (statement: ReturnType<typeof statementsAt>[number], say: ReportResource) => void;

export const iamDocument = resourceRule({
    name: "iam-document",
    description: "Every policy document is of the version that knows variables, and has statements",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation:
        "Set Version to 2012-10-17: in the older one ${aws:PrincipalTag/...} is plain text. Name one statement or more.",
    url: ELEMENTS,
    types: DOCUMENTS,
    check(resource, report) {
        const path = documentPath(resource);
        if (!resource.props.has(path)) {
            if (resource.type !== "aws:ec2/vpcEndpoint:VpcEndpoint") report(`has no ${path}`);
            return;
        }
        const document = resource.props.json(path);
        const version = document.text("Version");
        if (version !== "2012-10-17")
            report(`has a document of version ${version ?? "of none"}, 2012-10-17 is required`);
        if (plainStatements(document).length === 0) report("has a document without statements");
    },
});

const ACTION = /^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/;
const PRINCIPALS: Readonly<Record<string, RegExp>> = {
    AWS: /^(\*|\d{12}|arn:aws[^:]*:(iam|sts)::\d{12}:.+)$/,
    Service: /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/,
    Federated: /^(arn:aws|[a-z0-9.-]+\.[a-z]+)/,
    CanonicalUser: /^[0-9a-f]{64}$/,
};

export const iamStatement = resourceRule({
    name: "iam-statement",
    description:
        "Every statement names its effect, its actions, and whom or what it is about, in a form that AWS knows",
    severity: "high",
    references: ["Checkov CKV_AWS_60", "openclaw promise 1"],
    remediation:
        "Name actions as service:Action, resources by ARN, principals by kind. NotAction and NotResource widen silently.",
    url: ELEMENTS,
    types: DOCUMENTS,
    check(resource, report) {
        const ofIdentity = IDENTITY_POLICIES.some((type) => type === resource.type);
        eachStatement(resource, report, ({ effect, actions, inverted, resources, principals }, say) => {
            if (effect === undefined) say("has no effect");
            if (inverted && effect === "Allow") say("allows all but some");
            if (actions.length === 0 && !inverted) say("names no action");
            const action = actions.find((each) => !ACTION.test(each));
            if (action !== undefined) say(`names ${action || "nothing"}, which is no action`);
            if (resource.type !== ROLE) {
                if (resources.length === 0) say("names no resource");
                const target = resources.find((each) => each !== "*" && !each.startsWith("arn:aws"));
                if (target !== undefined) say(`names ${target || "nothing"}, which is no resource`);
            }
            if (ofIdentity) return;
            if (principals.length === 0) say("names no principal");
            const principal = principals.find(({ kind, name }) => !PRINCIPALS[kind]?.test(name));
            if (principal) say(`names ${principal.kind} ${principal.name}, which is no principal`);
        });
    },
});

export const iamCondition = resourceRule({
    name: "iam-condition",
    description: "Every condition compares something with a value that it can have",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Give each operator a key, and each key a value of its form. A condition of nothing holds always.",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html",
    types: DOCUMENTS,
    check(resource, report) {
        for (const statement of plainStatements(resource.props.json(documentPath(resource)))) {
            const empty = statement.entries("Condition").find(([, keys]) => keys.keys().length === 0);
            if (empty) report(`has the condition ${empty[0]} of nothing`);
        }
        eachStatement(resource, report, ({ conditions }, say) => {
            for (const condition of conditions) {
                const fault = faultOf(condition);
                if (fault !== undefined) say(fault);
            }
        });
    },
});

export const iamDocumentRules = [iamDocument, iamStatement, iamCondition];
