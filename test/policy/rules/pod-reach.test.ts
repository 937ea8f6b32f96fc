import * as rules from "../../../policy/rules/pod-reach";
import { asItIs, of } from "../support/kubernetes";
import { prove } from "../support/prove";

const CILIUM = "kubernetes:cilium.io/v2:CiliumNetworkPolicy";
const agents = of("cells-engineer-network-agents", CILIUM, "spec");
const collector = of("isolation-telemetry-collector", CILIUM, "spec");
const proxy = of("cells-engineer-proxy-network", CILIUM, "spec");
const INTERNET = "egress.1.toCIDRSet.0";

describe("policy: what pods reach", () => {
    prove(rules.policyInternet, {
        breaks: [
            proxy.set(`${INTERNET}.except`, ["10.0.0.0/8"]),
            proxy.set("egress.1.toPorts.0.ports.0.port", "80"),
            proxy.set("ingress.1", {
                fromCIDR: ["203.0.113.0/24"],
                toPorts: [{ ports: [{ port: "3128", protocol: "TCP" }] }],
            }),
        ],
        missing: proxy.unset(`${INTERNET}.except`),
        unknown: proxy.unknown(`${INTERNET}.except`),
    });

    prove(rules.policyApi, {
        breaks: [
            collector.set("egress.3", {
                toEntities: ["kube-apiserver"],
                toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }],
            }),
            of("isolation-telemetry-jobs", CILIUM, "spec").set("endpointSelector.matchExpressions", []),
        ],
        missing: { passes: asItIs, because: "a policy may open nothing" },
        unknown: collector.unknown("egress"),
    });

    prove(rules.policyPeers, {
        breaks: [
            collector.set("ingress.0.fromEndpoints.0.matchLabels", { "openclaw/tier": "other" }),
            collector.set("ingress.0.toPorts.0.ports.0.port", "4319"),
            agents.set("egress.6.toPorts.0.ports.0.port", "3129"),
            collector.set("egress.0.toPorts.0.ports.0.port", "54"),
        ],
        missing: { passes: asItIs, because: "a policy may open nothing" },
        unknown: collector.unknown("ingress.0.fromEndpoints"),
    });
});
