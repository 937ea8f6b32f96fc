import { z } from "zod";
import { contains, isPrivate } from "../../components/model/addresses";
import { stackRule } from "../engine/rule";
import { kinds, namespaceOf } from "./support/kubernetes";
import { podsOf } from "./support/pods";
import {
    allowedBy,
    DIRECTIONS,
    endpointLabels,
    listensAt,
    namesAll,
    POLICIES,
    policiesOf,
    selectsEndpoint,
} from "./support/pod-policies";

const CILIUM = "https://docs.cilium.io/en/stable/security/policy/language/";
const types = kinds(...POLICIES);

/** All of IPv4 that is not the internet. Written down again: a list taken from what is judged would follow its mistakes. */
const RESERVED = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "0.0.0.0/8",
    "192.0.0.0/24",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/** Whether a range is in another; what is no range is in none. */
function isWithin(outer: string, inner: string): boolean {
    try {
        return contains(outer, inner);
    } catch (error) {
        if (error instanceof RangeError) return false;
        throw error;
    }
}

function isPrivateRange(cidr: string): boolean {
    try {
        return isPrivate(cidr);
    } catch (error) {
        if (error instanceof RangeError) return false;
        throw error;
    }
}

export const policyInternet = stackRule({
    name: "network-policy-internet",
    description: "What may reach the internet reaches nothing else by it, and only at the ports of the web",
    severity: "high",
    references: ["NSA/CISA Network separation", "openclaw promise 1"],
    remediation:
        "Take all ranges that are not the internet out with except, and open port 443 alone. Nobody is let in from there.",
    url: `${CILIUM}#cidr-based`,
    types,
    settings: { ports: z.array(z.string()).default(["443/TCP"]).describe("Ports of the internet that may be opened") },
    check(stack, report, { ports }) {
        for (const policy of policiesOf(stack)) {
            for (const direction of DIRECTIONS) {
                stack.decide(
                    policy.resource,
                    () => {
                        for (const allowed of allowedBy(policy, direction)) {
                            for (const { cidr, except } of allowed.ranges) {
                                if (isPrivateRange(cidr)) continue;
                                if (direction === "ingress") report(policy.resource, `lets ${cidr} in`);
                                const selector = policy.props.get(
                                    policy.cilium ? "spec.endpointSelector" : "spec.podSelector",
                                );
                                if (selector.keys("matchLabels").length === 0)
                                    report(policy.resource, `opens ${cidr} to all its namespace`);
                                const inside = RESERVED.filter(
                                    (range) => isWithin(cidr, range) && !except.some((each) => isWithin(each, range)),
                                );
                                if (inside.length > 0)
                                    report(policy.resource, `opens ${cidr} without except ${inside.join(", ")}`);
                                const others = allowed.ports.filter((port) => !ports.includes(port));
                                if (others.length > 0) report(policy.resource, `opens ${cidr} at ${others.join(", ")}`);
                            }
                        }
                    },
                    undefined,
                );
            }
        }
    },
});

export const policyApi = stackRule({
    name: "network-policy-api",
    description: "Only pods with a token reach the API of the cluster",
    severity: "high",
    references: ["NSA/CISA Network separation", "openclaw promise 1"],
    remediation: "Select the pods that need the API in a policy of their own, and open kube-apiserver in that alone.",
    url: `${CILIUM}#entities-based`,
    types,
    check(stack, report) {
        for (const policy of policiesOf(stack)) {
            const opens = () => allowedBy(policy, "egress").some(({ entities }) => entities.includes("kube-apiserver"));
            if (!stack.decide(policy.resource, opens, false)) continue;
            for (const { resource, spec } of policy.pods) {
                const asks = stack.decide(resource, () => spec.flag("automountServiceAccountToken"), true);
                if (asks !== true)
                    report(policy.resource, `lets ${resource.name} reach the API, which has no token for it`);
            }
        }
    },
});

export const policyPeers = stackRule({
    name: "network-policy-peers",
    description: "Every pod that a policy opens the way to is there and listens at that port",
    severity: "medium",
    references: ["openclaw promise 1", "openclaw promise 8"],
    remediation: "Name labels and ports of pods of the stack, or add the peer to those outside it.",
    url: CILIUM,
    types,
    settings: {
        outside: z
            .array(z.object({ labels: z.record(z.string(), z.string()), ports: z.array(z.string()) }))
            .default([
                {
                    labels: { "io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" },
                    ports: ["53/UDP", "53/TCP"],
                },
            ])
            .describe("Pods that are there without this stack, with the ports at which they listen"),
    },
    check(stack, report, { outside }) {
        const labelsOf = endpointLabels(stack);
        const known = [
            ...podsOf(stack).flatMap((pod) =>
                stack.decide(pod.resource, () => [{ labels: labelsOf(pod), ports: listensAt(pod), ours: true }], []),
            ),
            ...outside.map(({ labels, ports }) => ({
                labels: new Map(Object.entries(labels)),
                ports: new Set(ports),
                ours: false,
            })),
        ];
        for (const policy of policiesOf(stack)) {
            const { resource } = policy;
            stack.decide(
                resource,
                () => {
                    const home = namespaceOf(policy);
                    const own = policy.pods.map((pod) => ({ ports: listensAt(pod) }));
                    for (const direction of DIRECTIONS) {
                        for (const { endpoints, ports } of allowedBy(policy, direction)) {
                            const peers = endpoints.map((selector) =>
                                known.filter(
                                    ({ labels, ours }) =>
                                        selectsEndpoint(selector, labels, home) && (ours || namesAll(selector, labels)),
                                ),
                            );
                            if (peers.some((found) => found.length === 0)) {
                                report(resource, `opens ${direction} for pods that are not there`);
                            }
                            // Into one's own pods, or those of others: somebody must be listening.
                            const listeners = direction === "ingress" ? own : peers.flat();
                            if (listeners.length === 0) continue;
                            const deaf = ports.filter((port) => !listeners.some((each) => each.ports.has(port)));
                            if (deaf.length > 0)
                                report(resource, `opens ${direction} at ${deaf.join(", ")}, where nobody listens`);
                        }
                    }
                },
                undefined,
            );
        }
    },
});

export const podReachRules = [policyInternet, policyApi, policyPeers];
