import { z } from "zod";
import type { Resource, Stack } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import { ROLE } from "./support/documents";
import { referred } from "./support/related";
import { condition, type Statement, statementsAt } from "./support/statements";

const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
const ADD_ON = "aws:eks/addon:Addon";
const PODS = "pods.eks.amazonaws.com";
const GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide";
const POD_IDENTITY = "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html";

const trustOf = ({ props }: Resource): Statement[] =>
    statementsAt(props, "assumeRolePolicy").filter(({ effect }) => effect === "Allow");

const trusts = ({ principals }: Statement, service: string): boolean =>
    principals.some(({ kind, name }) => kind === "Service" && name === service);

const TAKES_ON = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:AssumeRoleWithWebIdentity"];

export const roleTrust = resourceRule({
    name: "role-trust",
    description: "Every role says who may take it on, and never everyone or a whole account",
    severity: "critical",
    references: ["Checkov CKV_AWS_60", "Checkov CKV_AWS_61", "openclaw promise 1"],
    remediation: "Name a service or a role as the principal; of another account ask for sts:ExternalId.",
    url: `${GUIDE}/id_roles_create_for-service.html`,
    types: [ROLE],
    check(role, report) {
        for (const { title, actions, principals, conditions } of trustOf(role)) {
            const others = actions.filter((action) => !TAKES_ON.includes(action));
            if (others.length > 0) report(`${title} allows ${others.join(", ")}`);
            for (const { kind, name } of principals) {
                if (name === "*") report(`${title} lets everyone take the role on`);
                else if (kind === "AWS" && /^\d{12}$|:root$/.test(name) && conditions.length === 0) {
                    report(`${title} lets all of account ${name} take the role on`);
                } else if (kind === "Federated" && conditions.length === 0) {
                    report(`${title} lets everyone of ${name} take the role on`);
                }
            }
        }
    },
});

export const roleTrustSource = resourceRule({
    name: "role-trust-source",
    description: "A service that works for every account takes a role on only for this one",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set a condition aws:SourceAccount with the account.",
    url: `${GUIDE}/confused-deputy.html`,
    types: [ROLE],
    settings: {
        services: z
            .array(z.string())
            .default(["vpc-flow-logs.amazonaws.com", "monitoring.rds.amazonaws.com"])
            .describe("Services whose guides ask for the condition"),
    },
    check(role, report, { services }) {
        for (const statement of trustOf(role)) {
            const service = services.find((each) => trusts(statement, each));
            if (service === undefined) continue;
            if (condition(statement, "StringEquals", "aws:SourceAccount") === undefined) {
                report(`${statement.title} lets ${service} take the role on for any account`);
            }
        }
    },
});

/** What a session of a pod is tagged with, and a role can ask for. */
const POD_TAGS = ["eks-cluster-arn", "kubernetes-namespace", "kubernetes-service-account"];

export const podRoleTrust = resourceRule({
    name: "pod-role-trust",
    description: "A role for pods is taken on by one service account of one cluster",
    severity: "critical",
    references: ["openclaw promise 1"],
    remediation: `Set StringEquals conditions on ${POD_TAGS.map((tag) => `aws:RequestTag/${tag}`).join(", ")}.`,
    url: POD_IDENTITY,
    types: [ROLE],
    check(role, report) {
        for (const statement of trustOf(role)) {
            if (!trusts(statement, PODS)) continue;
            for (const action of ["sts:AssumeRole", "sts:TagSession"]) {
                if (!statement.actions.includes(action)) report(`${statement.title} does not allow ${action}`);
            }
            for (const tag of POD_TAGS) {
                const values = condition(statement, "StringEquals", `aws:RequestTag/${tag}`) ?? [];
                if (values.length !== 1)
                    report(`${statement.title} asks for ${values.length} values of ${tag}, not one`);
            }
        }
    },
});

export const podIdentity = stackRule({
    name: "pod-identity",
    description:
        "Every identity of pods belongs to one service account by name, the one that its role asks for, with its tags",
    severity: "critical",
    references: ["CIS EKS 5.2.1", "Kubescape C-0225", "openclaw promise 1"],
    remediation:
        "Name namespace and serviceAccount as the role's trust does, never `default`, and leave disableSessionTags.",
    url: POD_IDENTITY,
    types: [ASSOCIATION, ADD_ON],
    check(stack, report) {
        const owners = new Map<Resource, string>();
        stack.each(stack.ofType(ASSOCIATION), (association) => {
            const { props } = association;
            const [namespace, account] = [props.text("namespace"), props.text("serviceAccount")];
            if (namespace === undefined || account === undefined) {
                report(association, "names no namespace or no serviceAccount");
                return;
            }
            if (account === "default") report(association, "gives rights to pods that asked for none (default)");
            if (props.flag("disableSessionTags"))
                report(association, "has no session tags, by which rights are told apart");
            if (!props.has("roleArn")) report(association, "has no roleArn");
            for (const role of referred(stack, association, "roleArn", [ROLE])) {
                const known = owners.get(role);
                const name = `${namespace}/${account}`;
                if (known !== undefined && known !== name) report(association, `shares its role with ${known}`);
                owners.set(role, name);
                for (const fault of mismatches(stack, role, { namespace, account })) report(association, fault);
            }
        });
        stack.each(stack.ofType(ADD_ON), (addOn) => {
            const roles = referred(stack, addOn, "podIdentityAssociations", [ROLE]);
            for (const association of addOn.props.list("podIdentityAssociations")) {
                const account = association.text("serviceAccount");
                // Which role is which account's is known where there is one of each.
                const [role] = roles;
                if (account === undefined || role === undefined || roles.length > 1) continue;
                for (const fault of mismatches(stack, role, { account })) report(addOn, fault);
            }
        });
    },
});

/** What a role asks for of the pods that take it on, where they have something else. */
function mismatches(stack: Stack, role: Resource, pod: { namespace?: string; account: string }): string[] {
    const asked = [
        ["kubernetes-namespace", pod.namespace],
        ["kubernetes-service-account", pod.account],
    ] as const;
    const statements = stack.decide(role, () => trustOf(role), []).filter((each) => trusts(each, PODS));
    return statements.flatMap((statement) =>
        asked.flatMap(([tag, value]) => {
            const wanted = condition(statement, "StringEquals", `aws:RequestTag/${tag}`);
            if (wanted === undefined || value === undefined || wanted.includes(value)) return [];
            return [`is for ${value}, and its role asks for ${tag} ${wanted.join(", ")}`];
        }),
    );
}

export const roleTrustRules = [roleTrust, roleTrustSource, podRoleTrust, podIdentity];
