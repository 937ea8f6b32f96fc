import { z } from "zod";
import { stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { agentNamespaces, agentSettings } from "./support/agents";
import { each, kinds } from "./support/kubernetes";
import { inhabited, isAmong, within } from "./support/namespaces";
import { LIMITED, needsOf } from "./support/needs";
import type { Pod } from "./support/pods";
import { quantityAt } from "./support/quantity";

const QUOTAS = "https://kubernetes.io/docs/concepts/policy/resource-quotas/";
const LIMITS = "https://kubernetes.io/docs/concepts/policy/limit-range/";
const types = kinds("Namespace");

const EVERYWHERE = ["pods", "persistentvolumeclaims", "services.loadbalancers", "services.nodeports"];
const FOR_AGENTS = [...LIMITED.flatMap((kind) => [`requests.${kind}`, `limits.${kind}`]), "requests.storage"];

export const namespaceQuota = stackRule({
    name: "namespace-quota",
    description: "Every namespace with pods has a quota of all that they can take from others",
    severity: "high",
    references: ["Trivy KSV-0039", "Kubescape C-0009", "NSA/CISA Resource policies", "openclaw promise 1"],
    remediation: "Make a ResourceQuota in the namespace with a hard limit of each.",
    url: QUOTAS,
    types,
    settings: {
        ...agentSettings,
        required: z.array(z.string()).default(EVERYWHERE).describe("What every namespace's quota limits"),
        requiredOfAgents: z
            .array(z.string())
            .default(FOR_AGENTS)
            .describe("What an agents' namespace's quota limits besides"),
    },
    check(stack, report, { agents, required, requiredOfAgents }) {
        const theirs = agentNamespaces(stack, agents);
        for (const { namespace } of inhabited(stack)) {
            const wanted = isAmong(namespace, theirs) ? [...required, ...requiredOfAgents] : required;
            const quotas = within(stack, namespace, "ResourceQuota");
            const limited = new Set(
                quotas.flatMap(({ props, resource }) => stack.decide(resource, () => props.keys("spec.hard"), wanted)),
            );
            const missing = wanted.filter((kind) => !limited.has(kind));
            if (missing.length > 0) report(namespace.resource, `has no quota of ${missing.join(", ")}`);
        }
    },
});

/** What a quota means by its names. */
function quotaNeeds(pods: readonly Pod[]): Map<string, number> {
    const needs = needsOf(pods);
    return new Map([
        ["pods", needs.pods],
        ["persistentvolumeclaims", needs.claims],
        ["requests.storage", needs.storage],
        ...LIMITED.flatMap((kind): [string, number][] => [
            [`requests.${kind}`, needs.requests[kind]],
            [`limits.${kind}`, needs.limits[kind]],
        ]),
        ["services.loadbalancers", 0],
        ["services.nodeports", 0],
    ]);
}

export const namespaceQuotaFits = stackRule({
    name: "namespace-quota-size",
    description: "Every quota has room for what is in its namespace, also while it is replaced, and not for much more",
    severity: "medium",
    references: ["Trivy KSV-0039", "openclaw promise 1", "openclaw promise 2"],
    remediation: "Set the quota to between once and the factor of what the namespace's pods request and may take.",
    url: QUOTAS,
    types: kinds("ResourceQuota"),
    settings: { factor: z.number().min(1).default(4).describe("How many times what is there the quota may allow") },
    check(stack, report, { factor }) {
        for (const { namespace, pods } of inhabited(stack)) {
            for (const { props, resource } of within(stack, namespace, "ResourceQuota")) {
                stack.decide(
                    resource,
                    () => {
                        const needs = quotaNeeds(pods);
                        each(props.entries("spec.hard"), ([kind, hard]) => {
                            const need = needs.get(kind);
                            const amount = quantityAt(hard, "");
                            if (need === undefined || amount === undefined) return;
                            if (amount >= need && amount <= need * factor) return;
                            const said = JSON.stringify(hard.raw());
                            report(
                                resource,
                                `allows ${kind} of ${said}, ${round(need)} to ${round(need * factor)} are required`,
                            );
                        });
                    },
                    undefined,
                );
            }
        }
    },
});

function round(amount: number): number {
    return Number(amount.toPrecision(4));
}

export const namespaceLimits = stackRule({
    name: "namespace-limits",
    description: "Every namespace with pods bounds what one container takes, also one that says nothing",
    severity: "medium",
    references: ["Trivy KSV-0039", "NSA/CISA Resource policies", "openclaw promise 1"],
    remediation: `Make a LimitRange with max, default and defaultRequest of ${LIMITED.join(", ")} for containers.`,
    url: LIMITS,
    types,
    check(stack, report) {
        for (const { namespace, pods } of inhabited(stack)) {
            const ranges = within(stack, namespace, "LimitRange");
            if (ranges.length === 0) report(namespace.resource, "has no LimitRange");
            for (const { props, resource } of ranges) {
                stack.decide(
                    resource,
                    () => {
                        const limits = props.list("spec.limits");
                        const bounds = limits.find((limit) => limit.text("type") === "Container");
                        if (bounds === undefined) return report(resource, "has no limit of containers");
                        const { largest } = needsOf(pods);
                        for (const kind of LIMITED) {
                            for (const fault of containerFaults(bounds, kind, largest[kind])) report(resource, fault);
                        }
                    },
                    undefined,
                );
            }
        }
    },
});

/** A container's bound is for the largest there is; what one gets that says nothing is within it. */
function containerFaults(bounds: Reader, kind: string, largest: number): string[] {
    const max = quantityAt(bounds, `max.${kind}`);
    if (max === undefined || !(max >= largest)) {
        return [`allows a container ${kind} of ${max ?? "any amount"}, and there are some with ${round(largest)}`];
    }
    return ["default", "defaultRequest"].flatMap((field) => {
        const value = quantityAt(bounds, `${field}.${kind}`);
        const fits = value !== undefined && value > 0 && value <= max;
        return fits ? [] : [`has ${field} of ${kind} ${value ?? "of none"}, up to ${max} is required`];
    });
}

export const agentNamespaceLimits = stackRule({
    name: "agent-namespace-limits",
    description: "An agents' namespace takes no pod, container or volume much larger than its agents are",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 2"],
    remediation: "Set max of the LimitRange's types Container, Pod and PersistentVolumeClaim to the size of an agent.",
    url: LIMITS,
    types,
    settings: {
        ...agentSettings,
        factor: z.number().min(1).default(2).describe("How many times the largest that is there may be allowed"),
    },
    check(stack, report, { agents, factor }) {
        const theirs = agentNamespaces(stack, agents);
        for (const { namespace, pods } of inhabited(stack)) {
            if (!isAmong(namespace, theirs)) continue;
            for (const { props, resource } of within(stack, namespace, "LimitRange")) {
                stack.decide(
                    resource,
                    () => {
                        const needs = needsOf(pods);
                        const limits = props.list("spec.limits");
                        const compare = (type: string, kind: string, largest: number) => {
                            const bounds = limits.find((limit) => limit.text("type") === type);
                            const max = bounds && quantityAt(bounds, `max.${kind}`);
                            if (max !== undefined && max >= largest && max <= largest * factor) return;
                            report(
                                resource,
                                `allows a ${type} ${kind} of ${max ?? "any amount"}, ${round(largest)} to ${round(largest * factor)} is required`,
                            );
                        };
                        for (const kind of LIMITED) {
                            compare("Container", kind, needs.largest[kind]);
                            compare("Pod", kind, needs.largestPod[kind]);
                        }
                        compare("PersistentVolumeClaim", "storage", needs.largestClaim);
                    },
                    undefined,
                );
            }
        }
    },
});

export const quotaRules = [namespaceQuota, namespaceQuotaFits, namespaceLimits, agentNamespaceLimits];
