import { z } from "zod";
import type { Stack } from "../engine/resource";
import { stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { kinds, namespaceOf, objectsOf, those } from "./support/kubernetes";
import { selects } from "./support/labels";
import { type Pod, podLabels, podRule, podsOf } from "./support/pods";
import { yielding } from "./support/priorities";

const REPLICATED = ["Deployment", "StatefulSet"];
const DISRUPTIONS = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/";
const SPREAD = "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/";
const DEPLOYMENT = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/";

/** Looks at what is there more than once and does not only hold room. */
function eachReplicated(stack: Stack, look: (pod: Pod, replicas: number) => void): void {
    const yields = yielding(stack);
    for (const pod of podsOf(stack, REPLICATED)) {
        if (yields(pod)) continue;
        stack.decide(
            pod.resource,
            () => {
                const replicas = pod.props.number("spec.replicas") ?? 1;
                if (replicas > 1) look(pod, replicas);
            },
            undefined,
        );
    }
}

export const workloadSelector = podRule({
    name: "workload-selector",
    description: "Every workload selects the pods that it makes",
    severity: "medium",
    references: ["kube-linter mismatching-selector", "openclaw promise 8"],
    remediation: "Give spec.selector labels that the pod template has.",
    url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/",
    kinds: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"],
    check(pod, say) {
        const selector = pod.props.get("spec.selector");
        const empty = selector.keys("matchLabels").length + selector.list("matchExpressions").length === 0;
        if (empty) say.missing("has no selector");
        else if (!selects(selector, podLabels(pod))) say.wrong("has a selector that its own pods do not match");
    },
});

/** How many of the replicas a budget lets go at once; NaN where it says nothing that counts. */
function mayGo(budget: Reader, replicas: number): number {
    const count = (path: string) => {
        const value = budget.raw(path);
        const percent = typeof value === "string" ? /^(\d+)%$/.exec(value)?.[1] : undefined;
        // Kubernetes rounds up.
        return percent === undefined ? (budget.number(path) ?? NaN) : Math.ceil((replicas * Number(percent)) / 100);
    };
    return budget.has("minAvailable") ? replicas - count("minAvailable") : count("maxUnavailable");
}

export const disruptionBudget = stackRule({
    name: "workload-disruption-budget",
    description: "Whatever runs more than once has a disruption budget that lets few go at once, and somebody always",
    severity: "medium",
    references: ["Polaris missingPodDisruptionBudget", "openclaw promise 6"],
    remediation:
        "Make a PodDisruptionBudget that selects the pods, with maxUnavailable of the share or less, and at least 1.",
    url: DISRUPTIONS,
    types: kinds(...REPLICATED),
    settings: {
        largestPercent: z
            .int()
            .min(1)
            .max(100)
            .default(10)
            .describe("Share of the replicas that may go at once; 1 always may"),
    },
    check(stack, report, { largestPercent }) {
        const budgets = objectsOf(stack, "PodDisruptionBudget");
        eachReplicated(stack, (pod, replicas) => {
            const labels = podLabels(pod);
            const namespace = namespaceOf(pod);
            const ours = those(
                stack,
                budgets.filter((budget) =>
                    stack.decide(budget.resource, () => namespaceOf(budget) === namespace, false),
                ),
                ({ props }) => props.has("spec.selector") && selects(props.get("spec.selector"), labels),
            );
            if (ours.length === 0) report(pod.resource, "has no PodDisruptionBudget");
            const most = Math.max(1, Math.floor((replicas * largestPercent) / 100));
            for (const { props, resource } of ours) {
                stack.decide(
                    resource,
                    () => {
                        const away = mayGo(props.get("spec"), replicas);
                        if (away >= 1 && away <= most) return;
                        const said = Number.isNaN(away) ? "nothing" : `${away}`;
                        report(resource, `lets ${said} of ${replicas} pods go at once, 1 to ${most} are required`);
                    },
                    undefined,
                );
            }
        });
    },
});

export const zoneSpread = stackRule({
    name: "workload-zone-spread",
    description: "Whatever runs more than once is spread over the zones, and a zone that is lost does not count",
    severity: "high",
    references: [
        "Polaris topologySpreadConstraint",
        "kube-linter no-anti-affinity",
        "openclaw promise 2",
        "openclaw promise 6",
    ],
    remediation:
        "Set a topologySpreadConstraint over the zones with maxSkew 1, DoNotSchedule, nodeTaintsPolicy Honor, the pods' own labels, " +
        "and no minDomains; for a Deployment with matchLabelKeys [pod-template-hash].",
    url: SPREAD,
    types: kinds(...REPLICATED),
    settings: {
        topologyKey: z
            .string()
            .default("topology.kubernetes.io/zone")
            .describe("Label of nodes by which they are spread"),
        maxSkew: z.int().min(1).default(1).describe("How many more pods one zone may have than another"),
    },
    check(stack, report, { topologyKey, maxSkew }) {
        eachReplicated(stack, (pod) => {
            const all = pod.spec.list("topologySpreadConstraints");
            const constraints = all.filter((each) => each.text("topologyKey") === topologyKey);
            if (constraints.length === 0) report(pod.resource, `is not spread by ${topologyKey}`);
            for (const constraint of constraints) {
                for (const wrong of weaknesses(constraint, pod, maxSkew)) report(pod.resource, `is spread ${wrong}`);
            }
        });
    },
});

function weaknesses(constraint: Reader, pod: Pod, maxSkew: number): string[] {
    const skew = constraint.number("maxSkew");
    const unsatisfiable = constraint.text("whenUnsatisfiable");
    const taints = constraint.text("nodeTaintsPolicy");
    const affinity = constraint.has("nodeAffinityPolicy") ? constraint.text("nodeAffinityPolicy") : "Honor";
    const selector = constraint.get("labelSelector");
    const counts = constraint.has("labelSelector") && selects(selector, podLabels(pod));
    const apart = pod.kind !== "Deployment" || constraint.texts("matchLabelKeys").includes("pod-template-hash");
    return [
        ...(skew !== undefined && skew >= 1 && skew <= maxSkew ? [] : [`with maxSkew ${skew ?? "of none"}`]),
        ...(unsatisfiable === "DoNotSchedule" ? [] : [`with whenUnsatisfiable ${unsatisfiable ?? "of none"}`]),
        ...(taints === "Honor"
            ? []
            : ["with zones whose nodes are tainted counted: a lost one would keep pods waiting"]),
        ...(affinity === "Honor" ? [] : [`with nodeAffinityPolicy ${affinity ?? "of none"}`]),
        ...(counts ? [] : ["by the labels of other pods"]),
        ...(apart ? [] : ["with the pods of the last version counted"]),
        ...(constraint.has("minDomains") ? ["with minDomains: a lost zone would keep pods waiting"] : []),
    ];
}

export const deploymentReplicas = stackRule({
    name: "deployment-replicas",
    description: "Every Deployment that does work runs more than once",
    severity: "medium",
    references: ["kube-linter minimum-three-replicas", "openclaw promise 6"],
    remediation: "Set spec.replicas to the minimum or more.",
    url: DEPLOYMENT,
    types: kinds("Deployment"),
    settings: { minimum: z.int().min(1).default(2).describe("Replicas at least") },
    check(stack, report, { minimum }) {
        const yields = yielding(stack);
        for (const pod of podsOf(stack, ["Deployment"])) {
            if (yields(pod) || pod.partial) continue;
            const replicas = stack.decide(pod.resource, () => pod.props.number("spec.replicas") ?? 1, minimum);
            if (replicas < minimum) report(pod.resource, `has ${replicas} replicas, ${minimum} are required`);
        }
    },
});

export const deploymentStrategy = stackRule({
    name: "deployment-strategy",
    description: "A new version of a Deployment takes over before the last one goes",
    severity: "medium",
    references: ["kube-linter no-rolling-update-strategy", "openclaw promise 6"],
    remediation: "Set strategy.type to RollingUpdate with maxUnavailable 0 and maxSurge 1 or more.",
    url: `${DEPLOYMENT}#rolling-update-deployment`,
    types: kinds("Deployment"),
    check(stack, report) {
        const yields = yielding(stack);
        for (const pod of podsOf(stack, ["Deployment"])) {
            if (yields(pod) || pod.partial) continue;
            stack.decide(
                pod.resource,
                () => {
                    const strategy = pod.props.get("spec.strategy");
                    const type = strategy.text("type") ?? "of none";
                    if (type !== "RollingUpdate")
                        report(pod.resource, `has strategy ${type}, RollingUpdate is required`);
                    const away = strategy.raw("rollingUpdate.maxUnavailable");
                    if (away !== 0 && away !== "0%") {
                        report(pod.resource, `lets ${String(away ?? "25%")} go before others are ready, 0 is required`);
                    }
                    const surge = Number.parseInt(String(strategy.raw("rollingUpdate.maxSurge") ?? "25%"), 10);
                    if (!(surge > 0)) report(pod.resource, `lets none come before others go`);
                },
                undefined,
            );
        }
    },
});

export const workloadRules = [workloadSelector, disruptionBudget, zoneSpread, deploymentReplicas, deploymentStrategy];
