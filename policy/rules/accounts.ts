import { z } from "zod";
import type { Stack } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { each, isIn, kinds, nameOf, namespaceOf, objectsIn, objectsOf, those } from "./support/kubernetes";
import { podsOf, WORKLOADS } from "./support/pods";

const ACCOUNTS = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/";
const BINDINGS = ["RoleBinding", "ClusterRoleBinding"];
const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

export const serviceAccountToken = resourceRule({
    name: "service-account-token",
    description: "No service account hands its token to pods that do not ask for it",
    severity: "medium",
    references: [
        "Checkov CKV_K8S_38",
        "Kubescape C-0034",
        "CIS EKS 4.1.6",
        "NSA/CISA Authentication and authorization",
    ],
    remediation: "Set automountServiceAccountToken to false on the service account.",
    url: ACCOUNTS,
    types: kinds("ServiceAccount"),
    check(resource, report) {
        each(objectsIn(resource), ({ props, partial }) => {
            const value = props.flag("automountServiceAccountToken");
            if (value === undefined && !partial) report("has no automountServiceAccountToken: false is required");
            else if (value) report("has automountServiceAccountToken true, false is required");
        });
    },
});

/** A token of a pod for something else than the API of Kubernetes names whom it is for. */
function mountsToken(spec: Reader): boolean {
    return spec
        .list("volumes")
        .flatMap((volume) => volume.list("projected.sources"))
        .some((source) => source.has("serviceAccountToken") && !source.has("serviceAccountToken.audience"));
}

function hasRights(stack: Stack, namespace: string, account: string): boolean {
    const bindings = those(stack, objectsOf(stack, ...BINDINGS), (binding) =>
        binding.props
            .list("subjects")
            .some(
                (subject) =>
                    subject.text("kind") === "ServiceAccount" &&
                    subject.text("name") === account &&
                    (subject.text("namespace") ?? namespaceOf(binding)) === namespace,
            ),
    );
    return bindings.length > 0;
}

export const podApiToken = stackRule({
    name: "pod-api-token",
    description: "Only a pod whose service account has rights in the cluster gets a token of the Kubernetes API",
    severity: "high",
    references: [
        "Checkov CKV_K8S_38",
        "Kubescape C-0034",
        "CIS EKS 4.1.6",
        "NSA/CISA Authentication and authorization",
        "openclaw promise 1",
    ],
    remediation: "Set automountServiceAccountToken to false on the pod, or bind a role to its service account.",
    url: ACCOUNTS,
    types: kinds(...WORKLOADS),
    check(stack, report) {
        for (const pod of podsOf(stack)) {
            stack.decide(
                pod.resource,
                () => {
                    const { spec, partial, resource } = pod;
                    const asked = spec.flag("automountServiceAccountToken");
                    if (asked === undefined && !partial) {
                        report(resource, "has no automountServiceAccountToken, which means true: say which");
                    }
                    if (asked !== true && !mountsToken(spec)) return;
                    const account = spec.text("serviceAccountName") ?? "default";
                    if (hasRights(stack, namespaceOf(pod), account)) return;
                    report(resource, `gets a token of the Kubernetes API as ${account}, which has no rights`);
                },
                undefined,
            );
        }
    },
});

export const podServiceAccount = stackRule({
    name: "pod-service-account",
    description:
        "A pod that names a service account names one of its own namespace, and one that gets a token names one",
    severity: "medium",
    references: [
        "Checkov CKV_K8S_42",
        "kube-linter non-existent-service-account",
        "kube-linter default-service-account",
        "CIS EKS 4.1.5",
    ],
    remediation: "Make a service account for the pod in its namespace, and name it.",
    url: ACCOUNTS,
    types: kinds(...WORKLOADS),
    settings: {
        outside: z
            .array(z.string().regex(/^[^/]+\/[^/]+$/, "must be namespace/name"))
            .default([])
            .describe("Service accounts that exist without this stack, as namespace/name"),
    },
    check(stack, report, { outside }) {
        const accounts = objectsOf(stack, "ServiceAccount");
        for (const pod of podsOf(stack)) {
            stack.decide(
                pod.resource,
                () => {
                    const name = pod.spec.text("serviceAccountName");
                    const namespace = namespaceOf(pod);
                    if (name === undefined || name === "default") {
                        const asks = pod.spec.flag("automountServiceAccountToken") === true;
                        if (asks) report(pod.resource, "gets a token as its namespace's default service account");
                        return;
                    }
                    if (outside.includes(`${namespace}/${name}`)) return;
                    if (those(stack, accounts, (account) => isIn(account, namespace, name)).length > 0) return;
                    report(pod.resource, `names the service account ${name}, which ${namespace} does not have`);
                },
                undefined,
            );
        }
    },
});

export const podIdentityUsed = stackRule({
    name: "pod-identity-used",
    description: "Every role of AWS that a service account of the stack has is one that its pods run with",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation:
        "Name the service account of the association in the pods that need its role, or remove the association.",
    url: "https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html",
    types: [ASSOCIATION],
    check(stack, report) {
        const namespaces = objectsOf(stack, "Namespace");
        const pods = podsOf(stack);
        stack.each(stack.ofType(ASSOCIATION), (association) => {
            const namespace = association.props.text("namespace") ?? "";
            const account = association.props.text("serviceAccount") ?? "";
            // What runs in namespaces of others is not seen from here.
            if (those(stack, namespaces, (each) => nameOf(each) === namespace).length === 0) return;
            const before = stack.undecided.length;
            const ours = those(
                stack,
                pods,
                (pod) => namespaceOf(pod) === namespace && pod.spec.text("serviceAccountName") === account,
            );
            if (ours.length > 0 || stack.undecided.length > before) return;
            report(association, `is for ${account} of ${namespace}, as which no pod runs`);
        });
    },
});

export const accountRules = [serviceAccountToken, podApiToken, podServiceAccount, podIdentityUsed];
