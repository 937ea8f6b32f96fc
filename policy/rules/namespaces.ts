import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { agentNamespaces, agentSettings } from "./support/agents";
import { each, kinds, nameOf, namespaceOf, objectsIn, objectsOf, those } from "./support/kubernetes";
import { entryAt } from "./support/labels";
import { within } from "./support/namespaces";
import { podsOf } from "./support/pods";
import { isQuantity, quantity } from "./support/quantity";

const STANDARDS = "https://kubernetes.io/docs/concepts/security/pod-security-admission/";
const POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
const types = kinds("Namespace");

const MODES = ["enforce", "audit", "warn"] as const;

export const namespacePodSecurity = resourceRule({
    name: "namespace-pod-security",
    description: "Every namespace refuses pods below the strictest of the Pod Security Standards",
    severity: "high",
    references: ["CIS EKS 4.2.1", "Kubescape C-0068", "NSA/CISA Pod security", "openclaw promise 1"],
    remediation: "Set the label pod-security.kubernetes.io/enforce to restricted, and enforce-version to a version.",
    url: STANDARDS,
    types,
    settings: { level: z.enum(["restricted", "baseline"]).default("restricted").describe("Standard that is enforced") },
    check(resource, report, { level }) {
        each(objectsIn(resource), ({ props, partial }) => {
            for (const mode of MODES) {
                const label = (key: string) =>
                    entryAt(props, "metadata.labels", `pod-security.kubernetes.io/${key}`)?.text();
                const found = label(mode);
                const version = label(`${mode}-version`);
                // Audit and warning say only sooner what is refused anyway.
                if (found === undefined && (mode !== "enforce" || partial)) continue;
                if (found !== level) report(`has ${mode} ${found ?? "of no level"}, ${level} is required`);
                if (version === undefined || !/^(latest|v1\.\d+)$/.test(version)) {
                    report(`has ${mode}-version ${version ?? "of none"}, one like v1.35 is required`);
                }
            }
        });
    },
});

export const namespaceDefaultDeny = stackRule({
    name: "namespace-default-deny",
    description: "Every namespace with pods is closed both ways, but for what other policies open",
    severity: "critical",
    references: [
        "Checkov CKV2_K8S_6",
        "Kubescape C-0030",
        "CIS EKS 4.3.2",
        "NSA/CISA Network separation",
        "openclaw promise 1",
    ],
    remediation: "Make a NetworkPolicy with an empty podSelector, policyTypes [Ingress, Egress] and no rules.",
    url: `${POLICIES}#default-deny-all-ingress-and-all-egress-traffic`,
    types,
    check(stack, report) {
        const pods = podsOf(stack);
        for (const namespace of objectsOf(stack, "Namespace")) {
            if (those(stack, pods, (pod) => namespaceOf(pod) === nameOf(namespace)).length === 0) continue;
            const before = stack.undecided.length;
            const closed = within(stack, namespace, "NetworkPolicy").filter((policy) =>
                stack.decide(policy.resource, () => isDefaultDeny(policy.props), false),
            );
            if (closed.length === 0 && stack.undecided.length === before) {
                report(namespace.resource, "has no NetworkPolicy that closes it both ways");
            }
        }
    },
});

function isDefaultDeny(policy: Reader): boolean {
    const selector = policy.get("spec.podSelector");
    return (
        policy.has("spec.podSelector") &&
        selector.keys().length === 0 &&
        ["Ingress", "Egress"].every((type) => policy.texts("spec.policyTypes").includes(type)) &&
        policy.list("spec.ingress").length + policy.list("spec.egress").length === 0
    );
}

const bound = (text: string, direction: string) =>
    z
        .string()
        .refine(isQuantity, "must be a quantity, e.g. 50M")
        .default(text)
        .describe(`Most ${direction} of one agent`);

export const agentNamespaceBandwidth = stackRule({
    name: "agent-namespace-bandwidth",
    description:
        "Every agents' namespace says how much of the network one of them may have, which the cluster enforces",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Set the annotations with the bounds of ingress and egress on the namespace.",
    url: "https://docs.cilium.io/en/stable/network/kubernetes/bandwidth-manager/",
    types,
    settings: {
        ...agentSettings,
        boundPrefix: z
            .string()
            .default("openclaw/max-")
            .describe("Before the annotations of namespaces with their bounds"),
        ingress: bound("100M", "ingress"),
        egress: bound("50M", "egress"),
    },
    check(stack, report, { agents, boundPrefix, ...maxima }) {
        for (const { props, resource } of agentNamespaces(stack, agents)) {
            stack.decide(
                resource,
                () => {
                    for (const direction of ["ingress", "egress"] as const) {
                        const key = `${boundPrefix}${direction}-bandwidth`;
                        const said = entryAt(props, "metadata.annotations", key)?.text();
                        const amount = said === undefined ? NaN : quantity(said);
                        if (amount >= 1e3 && amount <= quantity(maxima[direction])) continue;
                        report(resource, `has ${key} ${said ?? "of none"}, ${maxima[direction]} is the most`);
                    }
                },
                undefined,
            );
        }
    },
});

export const agentNamespaceProtected = stackRule({
    name: "agent-namespace-protected",
    description: "Nobody deletes a namespace of agents in passing, and with it the claims of all their state",
    severity: "high",
    references: ["Kubescape C-0007", "openclaw promise 4"],
    remediation: "Set the option protect on the namespace.",
    url: "https://www.pulumi.com/docs/iac/concepts/resources/options/protect/",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        for (const { resource } of agentNamespaces(stack, agents)) {
            if (!resource.protect) report(resource, "is not protected");
        }
    },
});

export const namespaceRules = [
    namespacePodSecurity,
    namespaceDefaultDeny,
    agentNamespaceBandwidth,
    agentNamespaceProtected,
];
