import * as rules from "../../../policy/rules/agent-network";
import { asItIs, of } from "../support/kubernetes";
import { prove } from "../support/prove";

const agents = of("cells-engineer-network-agents", "kubernetes:cilium.io/v2:CiliumNetworkPolicy", "spec");
const TO = "toPorts.0.ports.0.port";
const closed = { passes: asItIs, because: "a policy may open nothing" };

describe("policy: network of agents", () => {
    prove(rules.agentIngress, {
        breaks: [
            agents.set("ingress.0.fromEntities", ["health"]),
            agents.set("ingress.0", {
                fromCIDRSet: [{ cidr: "10.64.0.0/16" }],
                toPorts: [{ ports: [{ port: "18789", protocol: "TCP" }] }],
            }),
        ],
        missing: closed,
        unknown: agents.unknown("ingress"),
    });

    prove(rules.agentEgress, {
        breaks: [
            agents.set("egress.1.toCIDRSet.0.cidr", "10.65.0.0/16"),
            agents.set("egress.4.toEntities", ["health"]),
            agents.set("egress.7", {
                toEntities: ["host"],
                toPorts: [{ ports: [{ port: "10250", protocol: "TCP" }] }],
            }),
        ],
        missing: closed,
        unknown: agents.unknown("egress"),
    });

    prove(rules.agentEgressLimited, {
        breaks: [
            agents.set("egress.3.toPorts.0.rules", { http: [{}] }),
            agents.set("egress.3.toFQDNs", [{ matchName: "example.com" }]),
        ],
        missing: closed,
        unknown: agents.unknown("egress"),
    });

    prove(rules.agentReach, {
        breaks: [
            agents.set(`egress.1.${TO}`, "443"),
            agents.unset("egress.2.toCIDRSet.0"),
            agents.set("egress.0.toPorts.0.ports.0.protocol", "TCP"),
        ],
        missing: agents.unset("egress.0"),
        unknown: agents.unknown("egress"),
    });
});
