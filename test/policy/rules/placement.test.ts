import * as rules from "../../../policy/rules/placement";
import { agent, agentPod, asItIs, job, of, POD, TYPE } from "../support/kubernetes";
import { prove } from "../support/prove";

const anchor = of("agent-nodes-headroom-anchor-a", TYPE.deployment, POD);
const pool = of("agent-nodes-pool", "kubernetes:karpenter.sh/v1:NodePool", "spec.template");
const service = of("fleet-analyst", TYPE.service, "spec");
const account = of("telemetry-account", TYPE.serviceAccount);

describe("policy: places of pods", () => {
    prove(rules.podPlacement, {
        breaks: [
            job.entry("nodeSelector", "openclaw/pool", "other"),
            anchor.set("tolerations.0.value", "other"),
            job.unset("nodeSelector"),
        ],
        missing: agentPod.unset("tolerations"),
        unknown: pool.unknown("metadata.labels"),
    });

    prove(rules.podPriorityThere, {
        breaks: [of("fleet-analyst-mint-key", TYPE.job, POD).set("priorityClassName", "other")],
        missing: { passes: asItIs, because: "a pod that names none has the priority 0" },
        unknown: agentPod.unknown("priorityClassName"),
    });

    prove(rules.namespaceThere, {
        breaks: [of("telemetry-config", TYPE.configMap).set("metadata.namespace", "default")],
        missing: of("telemetry-config", TYPE.configMap).unset("metadata.namespace"),
        unknown: account.unknown("metadata.namespace"),
        also: { "pod-config-map": "its pods do not find it there" },
    });

    prove(rules.statefulSetService, {
        breaks: [agent.set("spec.serviceName", "other"), service.unset("clusterIP")],
        missing: agent.unset("spec.serviceName"),
        unknown: agent.unknown("spec.serviceName"),
    });
});
