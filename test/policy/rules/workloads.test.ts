import * as rules from "../../../policy/rules/workloads";
import { agent, agentPod, collector, of, TYPE } from "../support/kubernetes";
import { remove } from "../support/mutations";
import { prove } from "../support/prove";

const budget = of("fleet-analyst", TYPE.budget, "spec");
const deployment = of("telemetry-collector", TYPE.deployment, "spec");
const proxy = of("cells-engineer-proxy-deployment", TYPE.deployment, "spec");
const SPREAD = "topologySpreadConstraints";

describe("policy: replicas, zones and disruptions", () => {
    prove(rules.workloadSelector, {
        breaks: [proxy.set("selector.matchLabels", { other: "label" })],
        missing: agent.unset("spec.selector"),
        unknown: agent.unknown("spec.selector"),
    });

    prove(rules.disruptionBudget, {
        breaks: [
            budget.set("maxUnavailable", 13),
            budget.set("maxUnavailable", 0),
            budget.set("maxUnavailable", "20%"),
            budget.set("minAvailable", 100),
            remove("telemetry-budget"),
        ],
        missing: budget.unset("maxUnavailable"),
        unknown: budget.unknown("maxUnavailable"),
    });

    prove(rules.zoneSpread, {
        breaks: [
            agentPod.set(`${SPREAD}.0.maxSkew`, 2),
            agentPod.set(`${SPREAD}.0.whenUnsatisfiable`, "ScheduleAnyway"),
            agentPod.set(`${SPREAD}.0.nodeTaintsPolicy`, "Ignore"),
            agentPod.set(`${SPREAD}.0.nodeAffinityPolicy`, "Ignore"),
            agentPod.set(`${SPREAD}.0.minDomains`, 2),
            agentPod.set(`${SPREAD}.0.topologyKey`, "kubernetes.io/hostname"),
            agentPod.set(`${SPREAD}.0.labelSelector.matchLabels`, { other: "label" }),
            collector.unset(`${SPREAD}.0.matchLabelKeys`),
        ],
        missing: agentPod.unset(SPREAD),
        unknown: agentPod.unknown(SPREAD),
    });

    prove(rules.deploymentReplicas, {
        breaks: [proxy.set("replicas", 1)],
        missing: deployment.unset("replicas"),
        unknown: deployment.unknown("replicas"),
    });

    prove(rules.deploymentStrategy, {
        breaks: [
            deployment.set("strategy.type", "Recreate"),
            deployment.set("strategy.rollingUpdate.maxUnavailable", 1),
            deployment.set("strategy.rollingUpdate.maxSurge", 0),
        ],
        missing: deployment.unset("strategy"),
        unknown: deployment.unknown("strategy.type"),
    });
});
