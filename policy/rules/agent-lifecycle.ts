import { z } from "zod";
import { stackRule } from "../engine/rule";
import { agentSettings, eachAgent, mainContainers } from "./support/agents";
import { kinds, nameOf, namespaceOf, objectsOf, those } from "./support/kubernetes";
import { selects } from "./support/labels";
import { containersOf, environmentOf, podLabels, podsOf, WORKLOADS } from "./support/pods";

const types = kinds(...WORKLOADS);

export const agentGracePeriod = stackRule({
    name: "agent-grace-period",
    description: "An agent that has to go finishes its turn and hands its state over first",
    severity: "high",
    references: ["openclaw promise 4", "openclaw promise 6"],
    remediation:
        "Set terminationGracePeriodSeconds, a preStop hook that drains, and the time it has below the grace period.",
    url: "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination",
    types,
    settings: {
        ...agentSettings,
        minimumSeconds: z.int().min(1).default(300).describe("Grace period at least"),
        drainVariable: z.string().default("DRAIN_SECONDS").describe("Environment variable with the seconds to drain"),
        marginSeconds: z
            .int()
            .min(0)
            .default(30)
            .describe("What must be left after draining, for the state's last replication"),
    },
    check(stack, report, { agents, minimumSeconds, drainVariable, marginSeconds }) {
        eachAgent(stack, agents, (agent) => {
            const grace = agent.spec.number("terminationGracePeriodSeconds") ?? 30;
            if (grace < minimumSeconds)
                report(agent.resource, `gives agents ${grace} s to end, ${minimumSeconds} are required`);
            for (const container of mainContainers(agent)) {
                const hook = container.props.texts("lifecycle.preStop.exec.command");
                if (hook.length === 0) report(agent.resource, `${container.title} has no preStop hook that drains it`);
                const drain = Number(environmentOf(container, drainVariable) ?? NaN);
                if (drain > 0 && drain + marginSeconds <= grace) continue;
                const said = Number.isNaN(drain) ? `no ${drainVariable}` : `${drain} s to drain`;
                report(agent.resource, `${container.title} has ${said}, up to ${grace - marginSeconds} s are required`);
            }
        });
    },
});

export const agentProbePatience = stackRule({
    name: "agent-probe-patience",
    description: "No agent is started again because it was busy for a moment",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set timeoutSeconds of the agents' probes to the minimum or more.",
    url: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
    types,
    settings: {
        ...agentSettings,
        minimumSeconds: z.int().min(1).default(5).describe("Seconds that an answer may take at least"),
    },
    check(stack, report, { agents, minimumSeconds }) {
        eachAgent(stack, agents, (agent) => {
            for (const { props, title } of mainContainers(agent)) {
                for (const kind of ["startup", "readiness", "liveness"]) {
                    const probe = `${kind}Probe`;
                    if (!props.has(probe)) continue;
                    const seconds = props.number(`${probe}.timeoutSeconds`) ?? 1;
                    if (seconds >= minimumSeconds) continue;
                    report(
                        agent.resource,
                        `${title} waits ${seconds} s for its ${kind} probe, ${minimumSeconds} are required`,
                    );
                }
            }
        });
    },
});

export const agentRollout = stackRule({
    name: "agent-rollout",
    description: "Agents start all at once, and a new version replaces them in waves by a job that waits for each",
    severity: "medium",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation:
        "Set podManagementPolicy Parallel and updateStrategy OnDelete, and run the roll-out's job for the StatefulSet.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies",
    types,
    settings: {
        ...agentSettings,
        rolloutVariable: z
            .string()
            .default("STATEFUL_SET")
            .describe("Variable by which a job is told what to roll out"),
    },
    check(stack, report, { agents, rolloutVariable }) {
        const jobs = podsOf(stack, ["Job"]);
        eachAgent(stack, agents, (agent) => {
            const { kind, props, resource } = agent;
            if (kind !== "StatefulSet") return;
            const management = props.text("spec.podManagementPolicy") ?? "OrderedReady";
            if (management !== "Parallel")
                report(resource, `has podManagementPolicy ${management}, Parallel is required`);
            const strategy = props.text("spec.updateStrategy.type") ?? "RollingUpdate";
            if (strategy !== "OnDelete") report(resource, `has updateStrategy ${strategy}, OnDelete is required`);
            const ours = those(
                stack,
                jobs,
                (job) =>
                    namespaceOf(job) === namespaceOf(agent) &&
                    containersOf(job).some((each) => environmentOf(each, rolloutVariable) === nameOf(agent)),
            );
            if (ours.length === 0) report(resource, "has no job that rolls it out");
        });
    },
});

export const agentEviction = stackRule({
    name: "agent-eviction",
    description: "An agent that is not well holds up no drain of its node",
    severity: "low",
    references: ["openclaw promise 6"],
    remediation: "Set unhealthyPodEvictionPolicy to AlwaysAllow in the agents' disruption budgets.",
    url: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy",
    types: kinds("PodDisruptionBudget"),
    settings: agentSettings,
    check(stack, report, { agents }) {
        const budgets = objectsOf(stack, "PodDisruptionBudget");
        eachAgent(stack, agents, (agent) => {
            const namespace = namespaceOf(agent);
            const labels = podLabels(agent);
            for (const { props, resource } of those(
                stack,
                budgets,
                (each) => namespaceOf(each) === namespace && selects(each.props.get("spec.selector"), labels),
            )) {
                const policy = stack.decide(
                    resource,
                    () => props.text("spec.unhealthyPodEvictionPolicy"),
                    "AlwaysAllow",
                );
                if (policy !== "AlwaysAllow") {
                    report(
                        resource,
                        `has unhealthyPodEvictionPolicy ${policy ?? "IfHealthyBudget"}, AlwaysAllow is required`,
                    );
                }
            }
        });
    },
});

export const agentLifecycleRules = [agentGracePeriod, agentProbePatience, agentRollout, agentEviction];
