import * as rules from "../../../policy/rules/agents";
import { agent, agentPod, gateway, of, TYPE } from "../support/kubernetes";
import { option, remove } from "../support/mutations";
import { prove } from "../support/prove";

const ANNOTATIONS = "spec.template.metadata.annotations";
const SKIPPED = "eks.amazonaws.com/skip-containers";
const LABELS = "spec.template.metadata.labels";
const namespace = of("cells-analyst-namespace", "kubernetes:core/v1:Namespace", "metadata");
const priority = of("cells-storage-priority", "kubernetes:scheduling.k8s.io/v1:PriorityClass");

const notFound = "selectors and policies do not find its pods any more";

describe("policy: agents", () => {
    prove(rules.agentKind, {
        breaks: [option("fleet-analyst", { type: "kubernetes:apps/v1:ReplicaSet" }, TYPE.statefulSet)],
        missing: { passes: remove("fleet-analyst"), because: "a stack without agents breaks nothing of theirs" },
        unknown: agent.unknown(LABELS),
        also: Object.fromEntries(
            [
                "agent-state-claim",
                "agent-state-replicated",
                "container-mounts",
                "namespace-quota-size",
                "agent-namespace-limits",
            ].map((name) => [name, "what is no StatefulSet makes no volume for each pod"]),
        ),
    });

    prove(rules.agentLabels, {
        breaks: [
            agent.entry(LABELS, "openclaw/tier", "other"),
            agent.entry(LABELS, "openclaw/class", "support"),
            namespace.entry("labels", "openclaw/tier", "other"),
            namespace.entry("labels", "openclaw/class"),
        ],
        missing: agent.entry(LABELS, "openclaw/tier"),
        unknown: namespace.unknown("labels"),
        also: Object.fromEntries(
            [
                "workload-selector",
                "workload-disruption-budget",
                "workload-zone-spread",
                "service-target",
                "agent-reach",
                "network-policy-subject",
            ].map((name) => [name, notFound]),
        ),
    });

    prove(rules.agentBandwidth, {
        breaks: [
            agent.entry(ANNOTATIONS, "kubernetes.io/ingress-bandwidth", "60M"),
            agent.entry(ANNOTATIONS, "kubernetes.io/ingress-bandwidth", "unlimited"),
            agent.entry(ANNOTATIONS, "kubernetes.io/egress-bandwidth"),
        ],
        missing: agent.unset(ANNOTATIONS),
        unknown: agent.unknown(ANNOTATIONS),
    });

    prove(rules.agentPriority, {
        breaks: [
            agentPod.unset("priorityClassName"),
            agentPod.set("priorityClassName", "system-node-critical"),
            priority.set("value", 0),
        ],
        missing: priority.unset("value"),
        unknown: priority.unknown("value"),
    });

    prove(rules.agentCredentials, {
        breaks: [
            agent.entry(ANNOTATIONS, SKIPPED, "prepare,unpack"),
            agent.entry(ANNOTATIONS, SKIPPED, "prepare,gateways"),
            agentPod.set("shareProcessNamespace", true),
        ],
        missing: agent.entry(ANNOTATIONS, SKIPPED),
        unknown: agent.unknown(ANNOTATIONS),
    });

    prove(rules.agentToken, {
        breaks: [agentPod.unset("volumes.0.emptyDir.medium"), gateway.set("env.17.value", "/tmp/token")],
        missing: gateway.unset("env.17"),
        unknown: agentPod.unknown("volumes.0.emptyDir.medium"),
    });
});
