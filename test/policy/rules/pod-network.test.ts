import * as rules from "../../../policy/rules/pod-network";
import { of } from "../support/kubernetes";
import { all, remove } from "../support/mutations";
import { prove } from "../support/prove";

const CILIUM = "kubernetes:cilium.io/v2:CiliumNetworkPolicy";
const agents = of("cells-engineer-network-agents", CILIUM, "spec");
const collector = of("isolation-telemetry-collector", CILIUM, "spec");
const proxy = of("cells-engineer-proxy-network", CILIUM, "spec");

describe("policy: network of pods", () => {
    prove(rules.podIsolated, {
        breaks: [remove("agent-nodes-headroom-closed")],
        missing: all(remove("cells-analyst-network-agents"), remove("cells-analyst-namespace-default-deny")),
        unknown: agents.unknown("ingress"),
        also: { "namespace-default-deny": "it asks for the one policy that closes a whole namespace" },
    });

    prove(rules.policySubject, {
        breaks: [agents.entry("endpointSelector.matchLabels", "openclaw/class", "other")],
        missing: proxy.set("endpointSelector.matchLabels", { other: "label" }),
        unknown: collector.unknown("endpointSelector"),
        also: {
            "agent-reach": "agents without their policy reach nothing",
        },
    });

    prove(rules.policyDirections, {
        breaks: [
            collector.set("enableDefaultDeny", { ingress: false }),
            of("cells-engineer-network-jobs", CILIUM, "spec").unset("ingress"),
        ],
        missing: collector.unset("ingress"),
        unknown: collector.unknown("ingress"),
    });

    prove(rules.policyNarrow, {
        breaks: [
            collector.set("ingress.1.fromEntities", ["world"]),
            collector.unset("ingress.0.fromEndpoints"),
            collector.set("ingress.0.fromEndpoints", [{}]),
            collector.set("egress.1.toPorts", []),
            collector.set("egress.1.toPorts.0.ports.0.protocol", "ANY"),
        ],
        missing: collector.unset("egress.1.toPorts"),
        unknown: collector.unknown("egress"),
        also: { "network-policy-peers": "among every pod are some that do not listen there" },
    });
});
