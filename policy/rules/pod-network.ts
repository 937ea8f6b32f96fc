import { z } from "zod";
import { stackRule } from "../engine/rule";
import { kinds, namespaceOf, those } from "./support/kubernetes";
import { podsOf, WORKLOADS } from "./support/pods";
import { allowedBy, DIRECTIONS, POLICIES, policiesOf } from "./support/pod-policies";

const NETWORK = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
const CILIUM = "https://docs.cilium.io/en/stable/security/policy/language/";
const types = kinds(...POLICIES);

export const podIsolated = stackRule({
    name: "pod-network-policy",
    description: "A network policy selects every pod, both ways",
    severity: "critical",
    references: [
        "Checkov CKV2_K8S_6",
        "kube-linter non-isolated-pod",
        "Kubescape C-0030",
        "Polaris missingNetworkPolicy",
        "CIS EKS 4.3.2",
        "openclaw promise 1",
    ],
    remediation: "Make a policy whose selector the pod's labels match, with rules for ingress and egress.",
    url: NETWORK,
    types: kinds(...WORKLOADS),
    check(stack, report) {
        const isolated = { ingress: new Set<string>(), egress: new Set<string>() };
        for (const { resource, cilium, props, pods } of policiesOf(stack)) {
            const closes = stack.decide(
                resource,
                () => {
                    // What a policy of Kubernetes says nothing of is ingress alone.
                    const said = new Set(props.has("spec.policyTypes") ? props.texts("spec.policyTypes") : ["Ingress"]);
                    return cilium
                        ? DIRECTIONS.filter((direction) => props.list(`spec.${direction}`).length > 0)
                        : DIRECTIONS.filter((direction) => said.has(direction === "ingress" ? "Ingress" : "Egress"));
                },
                DIRECTIONS,
            );
            for (const direction of closes) for (const pod of pods) isolated[direction].add(pod.resource.urn);
        }
        for (const { resource } of podsOf(stack)) {
            const open = DIRECTIONS.filter((direction) => !isolated[direction].has(resource.urn));
            if (open.length > 0) report(resource, `has no network policy for ${open.join(" and ")}`);
        }
    },
});

export const policySubject = stackRule({
    name: "network-policy-subject",
    description: "Every network policy is about pods that there are, so that none has lost its pods by a wrong label",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Give the policy's selector labels that pods of its namespace have.",
    url: NETWORK,
    types,
    check(stack, report) {
        const pods = podsOf(stack);
        for (const policy of policiesOf(stack)) {
            if (policy.pods.length > 0) continue;
            // Where there are no pods at all, none can have been lost.
            if (those(stack, pods, (pod) => namespaceOf(pod) === namespaceOf(policy)).length === 0) continue;
            report(policy.resource, "selects no pod");
        }
    },
});

export const policyDirections = stackRule({
    name: "network-policy-directions",
    description: "Every policy of Cilium's closes its pods both ways before it opens anything",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Give the policy rules for ingress and egress; an empty rule closes and opens nothing.",
    url: "https://docs.cilium.io/en/stable/security/policy/intro/#policy-enforcement-modes",
    types,
    check(stack, report) {
        for (const { resource, cilium, props } of policiesOf(stack)) {
            if (!cilium) continue;
            for (const direction of DIRECTIONS) {
                stack.decide(
                    resource,
                    () => {
                        if (props.list(`spec.${direction}`).length === 0)
                            report(resource, `does not close ${direction}`);
                        if (props.flag(`spec.enableDefaultDeny.${direction}`) === false) {
                            report(resource, `has enableDefaultDeny of ${direction} false`);
                        }
                    },
                    undefined,
                );
            }
        }
    },
});

export const policyNarrow = stackRule({
    name: "network-policy-narrow",
    description: "What a network policy opens names who, and at which ports",
    severity: "high",
    references: ["NSA/CISA Network separation", "openclaw promise 1"],
    remediation: "Name peers and ports in every rule; entities such as all, world and cluster are too many.",
    url: CILIUM,
    types,
    settings: {
        entities: z
            .array(z.string())
            .default(["host", "kube-apiserver", "health"])
            .describe("Entities of Cilium's that a rule may name"),
    },
    check(stack, report, { entities }) {
        for (const policy of policiesOf(stack)) {
            for (const direction of DIRECTIONS) {
                stack.decide(
                    policy.resource,
                    () => {
                        for (const allowed of allowedBy(policy, direction)) {
                            const { endpoints, ranges, names } = allowed;
                            const peers = endpoints.length + ranges.length + names.length + allowed.entities.length;
                            if (peers === 0) report(policy.resource, `opens ${direction} to everybody`);
                            const wide = allowed.entities.filter((entity) => !entities.includes(entity));
                            if (wide.length > 0) report(policy.resource, `opens ${direction} to ${wide.join(", ")}`);
                            if (endpoints.some((endpoint) => endpoint.keys().length === 0)) {
                                report(policy.resource, `opens ${direction} to every pod`);
                            }
                            const ports = allowed.ports.filter(
                                (port) => !/^([1-9]\d{0,4}|[a-z][a-z0-9-]*)\/(TCP|UDP)$/.test(port),
                            );
                            if (allowed.ports.length === 0) report(policy.resource, `opens all ports for ${direction}`);
                            if (ports.length > 0) report(policy.resource, `opens ${ports.join(", ")} for ${direction}`);
                        }
                    },
                    undefined,
                );
            }
        }
    },
});

export const podNetworkRules = [podIsolated, policySubject, policyDirections, policyNarrow];
