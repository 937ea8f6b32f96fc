import { z } from "zod";
import type { Stack } from "../engine/resource";
import { stackRule } from "../engine/rule";
import { agentSettings, agentsOf } from "./support/agents";
import { kinds } from "./support/kubernetes";
import { allowedBy, listensAt, POLICIES, type PodPolicy, policiesOf } from "./support/pod-policies";

const CILIUM = "https://docs.cilium.io/en/stable/security/policy/language/";
const SUBNET = "aws:ec2/subnet:Subnet";
const types = kinds(...POLICIES);

/** The policies that open something for agents. */
function policiesOfAgents(stack: Stack, agents: Readonly<Record<string, string>>): PodPolicy[] {
    const theirs = new Set(agentsOf(stack, agents).map(({ resource }) => resource.urn));
    return policiesOf(stack).filter(({ pods }) => pods.some(({ resource }) => theirs.has(resource.urn)));
}

export const agentIngress = stackRule({
    name: "agent-ingress",
    description: "Nobody reaches an agent but its own node, which asks whether it is alive",
    severity: "critical",
    references: ["NSA/CISA Network separation", "openclaw promise 1"],
    remediation: "Open ingress for the entity host alone, at the port of the probes.",
    url: CILIUM,
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        for (const policy of policiesOfAgents(stack, agents)) {
            stack.decide(
                policy.resource,
                () => {
                    const listening = policy.pods.map(listensAt);
                    for (const { endpoints, ranges, entities, ports } of allowedBy(policy, "ingress")) {
                        const others = entities.filter((entity) => entity !== "host");
                        if (endpoints.length + ranges.length + others.length > 0) {
                            report(policy.resource, "lets others in than the node");
                        }
                        const deaf = ports.filter((port) => !listening.some((each) => each.has(port)));
                        if (deaf.length > 0)
                            report(policy.resource, `lets the node in at ${deaf.join(", ")}, where no agent listens`);
                    }
                },
                undefined,
            );
        }
    },
});

export const agentEgress = stackRule({
    name: "agent-egress",
    description: "Agents reach the platform's own subnets and pods alone, and no internet",
    severity: "critical",
    references: ["NSA/CISA Network separation", "openclaw promise 1"],
    remediation:
        "Name subnets of the stack and their services' ports; what else is needed goes through the egress proxy.",
    url: CILIUM,
    types,
    settings: {
        ...agentSettings,
        entities: z.array(z.string()).default(["host"]).describe("Entities of Cilium's that agents may reach"),
        entityPorts: z
            .array(z.string())
            .default(["80/TCP"])
            .describe("Ports of entities; 80 is where EKS Pod Identity gives credentials"),
        subnetPorts: z
            .array(z.string())
            .default(["443/TCP", "5432/TCP", "9098/TCP"])
            .describe("Ports in subnets: endpoints of AWS, database, brokers"),
    },
    check(stack, report, { agents, ...may }) {
        const subnets = new Set(
            stack.ofType(SUBNET).map((subnet) => stack.decide(subnet, () => subnet.props.text("cidrBlock"), undefined)),
        );
        for (const policy of policiesOfAgents(stack, agents)) {
            const { resource } = policy;
            stack.decide(
                resource,
                () => {
                    for (const { ranges, entities, ports } of allowedBy(policy, "egress")) {
                        const strange = entities.filter((entity) => !may.entities.includes(entity));
                        if (strange.length > 0) report(resource, `lets agents reach ${strange.join(", ")}`);
                        const out = ranges.filter(({ cidr }) => !subnets.has(cidr));
                        if (out.length > 0) {
                            report(
                                resource,
                                `lets agents reach ${out.map(({ cidr }) => cidr).join(", ")}, no subnet of the stack`,
                            );
                        }
                        const allowed = entities.length > 0 ? may.entityPorts : may.subnetPorts;
                        const others = ports.filter((port) => !allowed.includes(port));
                        if (entities.length + ranges.length > 0 && others.length > 0) {
                            report(
                                resource,
                                `lets agents reach ports ${others.join(", ")}, ${allowed.join(", ")} are allowed`,
                            );
                        }
                    }
                },
                undefined,
            );
        }
    },
});

export const agentEgressLimited = stackRule({
    name: "agent-egress-limited",
    description: "No policy sends agents' traffic through a proxy, which would take away the limit of their bandwidth",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Remove toFQDNs and the rules of content from the policies of agents; use the egress proxy.",
    url: "https://docs.cilium.io/en/stable/network/kubernetes/bandwidth-manager/#limitations",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        for (const policy of policiesOfAgents(stack, agents)) {
            stack.decide(
                policy.resource,
                () => {
                    const allowed = allowedBy(policy, "egress");
                    if (allowed.some(({ names }) => names.length > 0)) report(policy.resource, "has toFQDNs");
                    if (allowed.some(({ content }) => content))
                        report(policy.resource, "has rules of content at egress");
                },
                undefined,
            );
        }
    },
});

export const agentReach = stackRule({
    name: "agent-reach",
    description:
        "Agents reach all that their work needs: names, brokers, database, endpoints of AWS and their credentials",
    severity: "high",
    references: ["openclaw promise 3", "openclaw promise 4"],
    remediation: "Open egress at each of the ports for the pods of agents.",
    url: CILIUM,
    types,
    settings: {
        ...agentSettings,
        ports: z
            .array(z.string())
            .default(["53/UDP", "53/TCP", "80/TCP", "443/TCP", "5432/TCP", "9098/TCP"])
            .describe("Ports that must be open for agents"),
        zones: z.int().min(1).default(2).describe("Subnets at least, one a zone, in which each of them is"),
    },
    check(stack, report, { agents, ports, zones }) {
        const policies = policiesOf(stack);
        for (const agent of agentsOf(stack, agents)) {
            const before = stack.undecided.length;
            const ours = policies.filter(({ pods }) => pods.some(({ resource }) => resource === agent.resource));
            const open = ours.flatMap((policy) => stack.decide(policy.resource, () => allowedBy(policy, "egress"), []));
            // What is unknown may be what opens it.
            if (stack.undecided.length > before) continue;
            const missing = ports.filter((port) => !open.some((allowed) => allowed.ports.includes(port)));
            if (missing.length > 0) report(agent.resource, `cannot reach ${missing.join(", ")}`);
            const narrow = open.filter(({ ranges }) => ranges.length > 0 && ranges.length < zones);
            for (const { ports: few } of narrow)
                report(agent.resource, `reaches ${few.join(", ")} in fewer than ${zones} zones`);
        }
    },
});

export const agentNetworkRules = [agentIngress, agentEgress, agentEgressLimited, agentReach];
