import { z } from "zod";
import type { Stack } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { agentNamespaces, agentSettings } from "./support/agents";
import { each, type KubernetesObject, kinds, nameOf, objectsIn, objectsOf, those } from "./support/kubernetes";
import { labelsAt, selects } from "./support/labels";

const POLICY = "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/";
const types = kinds("ValidatingAdmissionPolicy");

export const guardrailClosed = resourceRule({
    name: "guardrail-fails-closed",
    description:
        "What a guardrail of the cluster cannot judge it refuses, in whatever version of the API it is asked for",
    severity: "critical",
    references: ["Kubescape C-0036", "openclaw promise 8"],
    remediation: "Set failurePolicy Fail and matchPolicy Equivalent.",
    url: `${POLICY}#failure-policy`,
    types,
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            const failure = props.text("spec.failurePolicy") ?? "of none";
            if (failure !== "Fail") report(`has failurePolicy ${failure}, Fail is required`);
            const match = props.text("spec.matchConstraints.matchPolicy") ?? "of none";
            if (match !== "Equivalent") report(`has matchPolicy ${match}, Equivalent is required`);
        });
    },
});

/** Whether an expression says something of what is asked: it is no constant. */
function isAbout(expression: string | undefined): boolean {
    return /\b(object|oldObject|namespaceObject|request|variables|params)\b/.test(expression ?? "");
}

export const guardrailExpressions = resourceRule({
    name: "guardrail-expressions",
    description: "Every guardrail judges what it is asked about, and says what to do",
    severity: "high",
    references: ["openclaw promise 8"],
    remediation:
        "Write validations with a message, which refuse or look at the object; define each variable that they use.",
    url: `${POLICY}#validation-expression`,
    types,
    check(resource, report) {
        each(objectsIn(resource), ({ props }) => {
            const validations = props.list("spec.validations");
            if (validations.length === 0) report("refuses nothing");
            const variables = props.list("spec.variables");
            const conditions = props.list("spec.matchConditions");
            const defined = new Set(variables.flatMap((each) => each.text("name") ?? []));
            for (const each of validations) {
                const expression = each.text("expression");
                if (expression !== "false" && !isAbout(expression))
                    report(`lets pass whatever ${expression ?? "nothing"} says`);
                if (!each.text("message")) report("has a validation without message");
            }
            for (const each of [...variables, ...conditions]) {
                if (!isAbout(each.text("expression")))
                    report(`has ${each.text("name") ?? "a part"} that looks at nothing`);
            }
            const used = [...validations, ...variables, ...conditions].flatMap((each) =>
                [...(each.text("expression") ?? "").matchAll(/\bvariables\.(\w+)/g)].map(([, name]) => name ?? ""),
            );
            const undefinedOnes = [...new Set(used)].filter((name) => !defined.has(name));
            if (undefinedOnes.length > 0) report(`uses ${undefinedOnes.join(", ")}, which it does not define`);
        });
    },
});

/** The bindings by which a policy refuses. */
function denying(stack: Stack, policy: KubernetesObject): KubernetesObject[] {
    return those(
        stack,
        objectsOf(stack, "ValidatingAdmissionPolicyBinding"),
        ({ props }) =>
            props.text("spec.policyName") === nameOf(policy) && props.texts("spec.validationActions").includes("Deny"),
    );
}

export const guardrailBound = stackRule({
    name: "guardrail-bound",
    description: "Every guardrail is in force: a binding makes it refuse and leave a trace in the audit log",
    severity: "critical",
    references: ["openclaw promise 8"],
    remediation: "Make a ValidatingAdmissionPolicyBinding to the policy with validationActions [Deny, Audit].",
    url: `${POLICY}#getting-started-with-validating-admission-policy`,
    types: kinds("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
    settings: { actions: z.array(z.string()).default(["Deny", "Audit"]).describe("What a binding must do") },
    check(stack, report, { actions }) {
        const policies = objectsOf(stack, "ValidatingAdmissionPolicy");
        for (const policy of policies) {
            const before = stack.undecided.length;
            const bound = denying(stack, policy).length > 0;
            if (!bound && stack.undecided.length === before)
                report(policy.resource, "is bound by nothing that refuses");
        }
        for (const { props, resource } of objectsOf(stack, "ValidatingAdmissionPolicyBinding")) {
            stack.decide(
                resource,
                () => {
                    const missing = actions.filter((action) => !props.texts("spec.validationActions").includes(action));
                    if (missing.length > 0) report(resource, `does not ${missing.join(", ")}`);
                    const name = props.text("spec.policyName");
                    if (those(stack, policies, (policy) => nameOf(policy) === name).length === 0) {
                        report(resource, `binds ${name ?? "nothing"}, which there is none of`);
                    }
                },
                undefined,
            );
        }
    },
});

const EVERY = ["CREATE", "UPDATE"];

/** What the guardrails of agents' namespaces are asked about: resource with its API group, and operations. */
const GUARDED: Readonly<Record<string, readonly string[]>> = {
    "/pods": EVERY,
    "/pods/ephemeralcontainers": ["UPDATE"],
    "/pods/resize": ["UPDATE"],
    "apps/statefulsets": EVERY,
    "apps/deployments": EVERY,
    "apps/daemonsets": EVERY,
    "apps/replicasets": EVERY,
    "batch/jobs": EVERY,
    "/persistentvolumeclaims": ["CREATE"],
    "/services": EVERY,
    "networking.k8s.io/ingresses": EVERY,
    "/namespaces": EVERY,
};

/** Whether a policy is asked about an operation on a resource. */
function covers(policy: KubernetesObject, guarded: string, operation: string): boolean {
    const group = guarded.slice(0, guarded.indexOf("/"));
    const resource = guarded.slice(group.length + 1);
    const has = (rule: Reader, field: string, value: string) =>
        rule.texts(field).some((each) => each === value || each === "*");
    return policy.props
        .list("spec.matchConstraints.resourceRules")
        .some(
            (rule) =>
                has(rule, "apiGroups", group) &&
                has(rule, "apiVersions", "v1") &&
                has(rule, "resources", resource) &&
                has(rule, "operations", operation),
        );
}

/** Whether a binding is in force in a namespace with these labels. */
function holdsIn(binding: KubernetesObject, namespace: KubernetesObject): boolean {
    const match = binding.props.get("spec.matchResources");
    if (!binding.props.has("spec.matchResources")) return true;
    if (match.has("excludeResourceRules") || match.has("resourceRules") || match.has("objectSelector")) return false;
    return (
        !match.has("namespaceSelector") ||
        selects(match.get("namespaceSelector"), labelsAt(namespace.props, "metadata.labels"))
    );
}

export const guardrailScope = stackRule({
    name: "guardrail-scope",
    description:
        "In every agents' namespace the cluster itself judges pods, what makes them, claims, services and ingresses",
    severity: "high",
    references: ["Kubescape C-0036", "openclaw promise 1", "openclaw promise 8"],
    remediation: "Name the resource and its operations in a policy that is bound to the agents' namespaces.",
    url: `${POLICY}#matching-requests-matchconstraints`,
    types: kinds("Namespace"),
    settings: {
        ...agentSettings,
        guarded: z
            .record(z.string(), z.array(z.string()))
            .default(Object.fromEntries(Object.entries(GUARDED).map(([key, operations]) => [key, [...operations]])))
            .describe("Operations to be judged, by API group and resource"),
    },
    check(stack, report, { agents, guarded }) {
        const policies = objectsOf(stack, "ValidatingAdmissionPolicy").map((policy) => ({
            policy,
            bindings: denying(stack, policy),
        }));
        const asked = Object.entries(guarded).flatMap(([resource, operations]) =>
            operations.map((operation) => ({
                what: `${operation} of ${resource.replace(/^\//, "")}`,
                by: policies.filter(({ policy }) =>
                    stack.decide(policy.resource, () => covers(policy, resource, operation), true),
                ),
            })),
        );
        for (const namespace of agentNamespaces(stack, agents)) {
            const inForce = policies.filter(({ bindings }) =>
                bindings.some((binding) => stack.decide(binding.resource, () => holdsIn(binding, namespace), true)),
            );
            const open = asked.filter(({ by }) => !by.some((each) => inForce.includes(each))).map(({ what }) => what);
            if (open.length > 0) report(namespace.resource, `lets pass unjudged: ${open.join(", ")}`);
        }
    },
});

/** What the validations of a pod must speak of, one by one. */
const OF_PODS = [
    ...["requests", "limits"].flatMap((kind) =>
        ["cpu", "memory", "ephemeral-storage"].map((each) => `'${each}' in c.resources.${kind}`),
    ),
    "quantity(string(c.resources.limits['memory']))",
    "@sha256:",
    "openclaw/tier",
    "openclaw/class",
    "kubernetes.io/ingress-bandwidth",
    "kubernetes.io/egress-bandwidth",
    "variables.spec.hostNetwork",
    "variables.spec.hostPID",
    "variables.spec.hostIPC",
    "hostPath",
    "hostPort",
    "has(v.persistentVolumeClaim)",
    "automountServiceAccountToken",
    "serviceAccountToken.audience",
    "variables.serviceAccount",
];

const SPOKEN_OF: Readonly<Record<string, readonly string[]>> = {
    "/pods": [...OF_PODS, "object.metadata.name.matches", "ephemeralContainers"],
    "apps/statefulsets": OF_PODS,
    "batch/jobs": OF_PODS,
    "/persistentvolumeclaims": ["ReadWriteOncePod", "storageClassName"],
    "/services": ["ClusterIP", "externalIPs"],
    "networking.k8s.io/ingresses": ["false"],
    "/namespaces": ["openclaw/tier", "openclaw/class", "pod-security.kubernetes.io/enforce"],
};

export const guardrailSubjects = stackRule({
    name: "guardrail-subjects",
    description:
        "The guardrails of agents' namespaces judge all that makes an agent safe: limits, rights, network, state, names",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 8"],
    remediation: "Write a validation that looks at what is missing.",
    url: `${POLICY}#validation-expression`,
    types: kinds("Namespace"),
    settings: {
        ...agentSettings,
        subjects: z
            .record(z.string(), z.array(z.string()))
            .default(Object.fromEntries(Object.entries(SPOKEN_OF).map(([key, words]) => [key, [...words]])))
            .describe("Parts of expressions that validations must have, by API group and resource"),
    },
    check(stack, report, { agents, subjects }) {
        if (agentNamespaces(stack, agents).length === 0) return;
        const policies = objectsOf(stack, "ValidatingAdmissionPolicy");
        for (const [resource, words] of Object.entries(subjects)) {
            const ours = those(stack, policies, (policy) => covers(policy, resource, "CREATE"));
            const before = stack.undecided.length;
            const said = ours
                .flatMap(({ props, resource: of }) =>
                    stack.decide(
                        of,
                        () => props.list("spec.validations").map((each) => each.text("expression") ?? ""),
                        [],
                    ),
                )
                .join("\n");
            if (stack.undecided.length > before || ours.length === 0) continue;
            const missing = words.filter((word) => !said.includes(word));
            if (missing.length > 0)
                report(ours[0]?.resource, `does not judge of ${resource.replace(/^\//, "")}: ${missing.join("; ")}`);
        }
    },
});

export const guardrailRules = [
    guardrailClosed,
    guardrailExpressions,
    guardrailBound,
    guardrailScope,
    guardrailSubjects,
];
