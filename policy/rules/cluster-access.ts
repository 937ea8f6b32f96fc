import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { referred, referring } from "./support/related";
import { inTurn, requireOneOf, requireRole } from "./support/values";

const CLUSTER = "aws:eks/cluster:Cluster";
const ENTRY = "aws:eks/accessEntry:AccessEntry";
const ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide";

export const clusterPrincipals = resourceRule({
    name: "cluster-principals",
    description: "Whoever may enter a cluster is an IAM role, never a user with keys of his own",
    severity: "high",
    references: ["CIS EKS 5.5.1", "Kubescape C-0232", "openclaw promise 1"],
    remediation: "Set principalArn to the ARN of a role, and kubernetesGroups to groups of your own.",
    url: `${GUIDE}/access-entries.html`,
    types: [ENTRY, ASSOCIATION],
    check: ({ props }, report) =>
        inTurn(
            () => requireRole(props, "principalArn", report),
            () => {
                const system = props.texts("kubernetesGroups").filter((group) => group.startsWith("system:"));
                if (system.length > 0) report(`is in the groups ${system.join(", ")}`);
            },
        ),
});

const ENTRY_TYPES = ["STANDARD", "EC2_LINUX", "EC2", "FARGATE_LINUX", "HYBRID_LINUX"];

export const clusterEntryType = resourceRule({
    name: "cluster-entry-type",
    description: "Every access entry says whether it lets people in, or nodes",
    severity: "low",
    references: ["openclaw promise 1"],
    remediation: `Set type to one of ${ENTRY_TYPES.join(", ")}.`,
    url: `${GUIDE}/creating-access-entries.html`,
    types: [ENTRY],
    check: ({ props }, report) => requireOneOf(props, "type", ENTRY_TYPES, report),
});

const ADMINISTRATOR = /^arn:aws[^:]*:eks::aws:cluster-access-policy\/AmazonEKSClusterAdminPolicy$/;
const ACCESS_POLICY = /^arn:aws[^:]*:eks::aws:cluster-access-policy\/\w+$/;

export const clusterAdministrators = stackRule({
    name: "cluster-administrators",
    description: "Every cluster has an administrator, since nobody else could mend it, and few",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 6"],
    remediation:
        "Associate AmazonEKSClusterAdminPolicy, with accessScope cluster, with a role or two that people take on; " +
        "give everyone else a policy for the namespaces that they need.",
    url: `${GUIDE}/access-policies.html`,
    types: [CLUSTER],
    settings: { maximum: z.int().min(1).default(3).describe("Administrators of one cluster at most") },
    check(stack, report, { maximum }) {
        const associations = referring(stack, [ASSOCIATION], "clusterName");
        stack.each(stack.ofType(CLUSTER), (cluster) => {
            const is = associations(cluster).map((each) =>
                stack.decide(each, () => administers(each.props), undefined),
            );
            const administrators = is.filter((each) => each === true).length;
            if (is.every((each) => each === false)) {
                report(cluster, "has no administrator: nobody could mend it");
            } else if (administrators > maximum) {
                report(cluster, `has ${administrators} administrators, at most ${maximum} are allowed`);
            }
        });
    },
});

function administers(association: Reader): boolean {
    return (
        ADMINISTRATOR.test(association.text("policyArn") ?? "") && association.text("accessScope.type") === "cluster"
    );
}

export const clusterAccessPolicies = resourceRule({
    name: "cluster-access-policies",
    description: "Every right of people in a cluster is a policy of EKS, in the whole cluster or in namespaces by name",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set policyArn to a policy of EKS, and accessScope to cluster, or to namespace with namespaces.",
    url: `${GUIDE}/access-policies.html`,
    types: [ASSOCIATION],
    check: ({ props }, report) =>
        inTurn(
            () => {
                const policy = props.text("policyArn");
                if (policy === undefined || !ACCESS_POLICY.test(policy)) {
                    report(`has policyArn ${policy ?? "of none"}, a cluster access policy of EKS is required`);
                }
            },
            () => requireOneOf(props, "accessScope.type", ["cluster", "namespace"], report),
            () => {
                if (props.text("accessScope.type") !== "namespace") return;
                if (props.texts("accessScope.namespaces").length === 0) report("names no namespaces");
            },
        ),
});

const NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass";

export const clusterNodeEntry = stackRule({
    name: "cluster-node-entry",
    description: "Nodes that Karpenter starts may join the cluster",
    severity: "high",
    references: ["openclaw promise 2"],
    remediation: "Make an access entry of type EC2_LINUX for the role of the node class.",
    url: "https://karpenter.sh/docs/concepts/nodeclasses/",
    types: [NODE_CLASS],
    check(stack, report) {
        const entries = referring(stack, [ENTRY], "principalArn");
        stack.each(stack.ofType(NODE_CLASS), (nodeClass) => {
            const profiles = referred(stack, nodeClass, "spec.instanceProfile", [
                "aws:iam/instanceProfile:InstanceProfile",
            ]);
            const roles = [
                ...profiles.flatMap((profile) => referred(stack, profile, "role", ["aws:iam/role:Role"])),
                ...referred(stack, nodeClass, "spec.role", ["aws:iam/role:Role"]),
            ];
            if (roles.length === 0) report(nodeClass, "has a role that is not known here");
            for (const role of roles) {
                const joins = entries(role).some((entry) =>
                    stack.decide(entry, () => /^EC2(_LINUX)?$/.test(entry.props.text("type") ?? ""), true),
                );
                if (!joins) report(nodeClass, `has the role ${role.name}, which has no access entry for nodes`);
            }
        });
    },
});

export const clusterAccessRules = [
    clusterPrincipals,
    clusterEntryType,
    clusterAdministrators,
    clusterAccessPolicies,
    clusterNodeEntry,
];
