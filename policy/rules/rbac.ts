import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { each, eachObject, isIn, kinds, namespaceOf, objectsIn, objectsOf, those } from "./support/kubernetes";

const PRACTICES = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";
const ROLES = ["Role", "ClusterRole"];
const BINDINGS = ["RoleBinding", "ClusterRoleBinding"];

export const roleWildcards = resourceRule({
    name: "role-wildcards",
    description: "Every role names what it may do, and to what",
    severity: "high",
    references: ["Checkov CKV_K8S_49", "kube-linter wildcard-in-rules", "CIS EKS 4.1.3"],
    remediation: "Name API groups, resources and verbs in every rule of the role.",
    url: PRACTICES,
    types: kinds(...ROLES),
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            for (const rule of props.list("rules")) {
                for (const field of ["apiGroups", "resources", "verbs"]) {
                    const values = rule.texts(field);
                    if (values.some((value) => value.includes("*"))) report(`has * among the ${field} of a rule`);
                    // Rules of web addresses have no resources.
                    if (values.length === 0 && !rule.has("nonResourceURLs")) report(`has a rule without ${field}`);
                }
            }
        });
    },
});

const VERBS = new Set(["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]);
/** Verbs that need not say which object: what is made has no name yet, and a list has all. */
const NAMELESS = new Set(["create", "list", "watch"]);

export const roleSecrets = resourceRule({
    name: "role-secrets",
    description: "No role reads or changes secrets but those it names",
    severity: "critical",
    references: ["Kubescape C-0015", "kube-linter access-to-secrets", "CIS EKS 4.1.2", "openclaw promise 1"],
    remediation: "Give get and update with resourceNames; never list, watch or deletecollection of secrets.",
    url: PRACTICES,
    types: kinds(...ROLES),
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            for (const rule of props.list("rules")) {
                if (!rule.texts("resources").includes("secrets")) continue;
                const named = rule.texts("resourceNames").length > 0;
                // Names do not keep a list from showing all.
                const open = rule
                    .texts("verbs")
                    .filter(
                        (verb) => ["list", "watch", "deletecollection"].includes(verb) || (!named && verb !== "create"),
                    );
                if (open.length > 0) report(`may ${open.join(", ")} any secret of its namespace`);
            }
        });
    },
});

export const roleNames = resourceRule({
    name: "role-named-objects",
    description: "A role that changes workloads or their configuration names which, in verbs that there are",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set resourceNames in the rule, and use verbs of the Kubernetes API.",
    url: PRACTICES,
    types: kinds(...ROLES),
    settings: {
        resources: z
            .array(z.string())
            .default(["configmaps", "deployments", "statefulsets", "daemonsets"])
            .describe("Resources that a role must name, secrets aside"),
    },
    check(resource, report, { resources }) {
        each(objectsIn(resource), ({ props }) => {
            for (const rule of props.list("rules")) {
                const verbs = rule.texts("verbs");
                const unheard = verbs.filter((verb) => !VERBS.has(verb) && !POWERS.has(verb) && verb !== "*");
                if (unheard.length > 0) report(`has the verbs ${unheard.join(", ")}, which the API does not know`);
                const concerned = rule.texts("resources").filter((each) => resources.includes(each));
                if (concerned.length === 0 || rule.texts("resourceNames").length > 0) continue;
                const open = verbs.filter((verb) => VERBS.has(verb) && !NAMELESS.has(verb));
                if (open.length > 0) report(`may ${open.join(", ")} any of ${concerned.join(", ")}`);
            }
        });
    },
});

/** Verbs by which whoever has them gets the rights of others. */
const POWERS = new Set(["bind", "escalate", "impersonate"]);
/** Resources by whose creation or change the same is done. */
const LADDERS = new Set([
    "pods",
    "pods/exec",
    "pods/attach",
    "pods/ephemeralcontainers",
    "serviceaccounts/token",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "certificatesigningrequests/approval",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "nodes/proxy",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
]);

export const roleEscalation = resourceRule({
    name: "role-escalation",
    description: "No role lets its holder take the rights of others",
    severity: "critical",
    references: [
        "Checkov CKV_K8S_155",
        "Checkov CKV_K8S_156",
        "Checkov CKV_K8S_157",
        "Checkov CKV_K8S_158",
        "kube-linter access-to-create-pods",
        "Kubescape C-0002",
        "Kubescape C-0065",
        "CIS EKS 4.1.4",
        "CIS EKS 4.1.8",
    ],
    remediation:
        "Take away bind, escalate and impersonate, and the writing of pods, roles, tokens and admission rules.",
    url: PRACTICES,
    types: kinds(...ROLES),
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            for (const rule of props.list("rules")) {
                const verbs = rule.texts("verbs");
                const powers = verbs.filter((verb) => POWERS.has(verb));
                if (powers.length > 0) report(`may ${powers.join(", ")}`);
                const writes = verbs.filter((verb) => ["create", "update", "patch"].includes(verb));
                const ladders = rule.texts("resources").filter((each) => LADDERS.has(each));
                if (writes.length > 0 && ladders.length > 0) report(`may ${writes.join(", ")} ${ladders.join(", ")}`);
            }
        });
    },
});

export const roleBindingPower = resourceRule({
    name: "role-binding-power",
    description: "No binding gives a role of the whole cluster, or anything to everybody",
    severity: "critical",
    references: [
        "Kubescape C-0035",
        "kube-linter cluster-admin-role-binding",
        "CIS EKS 4.1.1",
        "CIS EKS 4.1.5",
        "CIS EKS 4.1.7",
    ],
    remediation: "Bind a role with the few rights that are needed to a service account of its own.",
    url: PRACTICES,
    types: kinds(...BINDINGS),
    settings: {
        clusterRoles: z.array(z.string()).default([]).describe("Cluster roles that may be bound"),
    },
    check(resource, report, { clusterRoles }) {
        each(objectsIn(resource), ({ props }) => {
            const role = props.text("roleRef.name") ?? "";
            if (props.text("roleRef.kind") === "ClusterRole" && !clusterRoles.includes(role)) {
                report(`binds the cluster role ${role}`);
            }
        });
        each(objectsIn(resource), ({ props }) => {
            for (const subject of props.list("subjects")) {
                const name = subject.text("name") ?? "";
                if (name.startsWith("system:")) report(`binds ${name}`);
                else if (subject.text("kind") === "ServiceAccount" && name === "default") {
                    report("binds a default service account");
                }
            }
        });
    },
});

export const roleBindingTarget = stackRule({
    name: "role-binding-target",
    description: "Every binding joins a role and service accounts that there are",
    severity: "medium",
    references: ["openclaw promise 8"],
    remediation: "Name a role of the binding's namespace and service accounts of the stack.",
    url: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding",
    types: kinds(...BINDINGS),
    settings: {
        outside: z
            .array(z.string())
            .default([])
            .describe("Service accounts that exist without this stack, as namespace/name"),
    },
    check(stack, report, { outside }) {
        const roles = objectsOf(stack, "Role");
        const accounts = objectsOf(stack, "ServiceAccount");
        eachObject(stack, BINDINGS, (binding) => {
            const { props, resource } = binding;
            const kind = props.text("roleRef.kind");
            const name = props.text("roleRef.name");
            const known = () => those(stack, roles, (role) => isIn(role, namespaceOf(binding), name)).length > 0;
            if (kind !== "ClusterRole" && !(kind === "Role" && known())) {
                report(resource, `binds ${kind ?? "nothing"} ${name ?? ""}, which its namespace does not have`);
            }
        });
        eachObject(stack, BINDINGS, (binding) => {
            const { props, resource } = binding;
            const subjects = props.list("subjects");
            if (subjects.length === 0) report(resource, "binds nobody");
            for (const subject of subjects) {
                if (subject.text("kind") === "User" || subject.text("kind") === "Group") continue;
                const namespace = subject.text("namespace") ?? namespaceOf(binding);
                const name = subject.text("name");
                if (outside.includes(`${namespace}/${name ?? ""}`)) continue;
                const found = those(stack, accounts, (account) => isIn(account, namespace, name));
                if (subject.text("kind") !== "ServiceAccount" || found.length === 0) {
                    report(
                        resource,
                        `binds ${name ?? "nobody"} of ${namespace}, which is no service account of the stack`,
                    );
                }
            }
        });
    },
});

export const rbacRules = [roleWildcards, roleSecrets, roleNames, roleEscalation, roleBindingPower, roleBindingTarget];
