import * as rules from "../../../policy/rules/agent-lifecycle";
import { agent, agentPod, gateway, of, TYPE } from "../support/kubernetes";
import { prove } from "../support/prove";

const budget = of("fleet-analyst", TYPE.budget, "spec");

describe("policy: life of agents", () => {
    prove(rules.agentGracePeriod, {
        breaks: [
            agentPod.set("terminationGracePeriodSeconds", 280),
            gateway.set("env.18.value", "290"),
            gateway.unset("env.18"),
            gateway.unset("lifecycle"),
        ],
        missing: agentPod.unset("terminationGracePeriodSeconds"),
        unknown: agentPod.unknown("terminationGracePeriodSeconds"),
    });

    prove(rules.agentProbePatience, {
        breaks: [gateway.set("livenessProbe.timeoutSeconds", 1)],
        missing: gateway.unset("startupProbe.timeoutSeconds"),
        unknown: gateway.unknown("startupProbe.timeoutSeconds"),
    });

    prove(rules.agentRollout, {
        breaks: [
            agent.set("spec.podManagementPolicy", "OrderedReady"),
            agent.set("spec.updateStrategy.type", "RollingUpdate"),
            of("fleet-analyst-rollout", TYPE.job).set("spec.template.spec.containers.0.env.1.value", "support"),
        ],
        missing: agent.unset("spec.updateStrategy"),
        unknown: agent.unknown("spec.updateStrategy"),
    });

    prove(rules.agentEviction, {
        breaks: [budget.set("unhealthyPodEvictionPolicy", "IfHealthyBudget")],
        missing: budget.unset("unhealthyPodEvictionPolicy"),
        unknown: budget.unknown("unhealthyPodEvictionPolicy"),
    });
});
