import { z } from "zod";
import { stackRule } from "../engine/rule";
import { agentSettings, eachAgent, mainContainers, namespaceFor } from "./support/agents";
import { kinds, nameOf, namespaceOf, objectsOf, those } from "./support/kubernetes";
import { entryAt, labelsAt, selects } from "./support/labels";
import { containersOf, environmentOf, podLabels, podsOf, WORKLOADS } from "./support/pods";
import { isQuantity, quantity } from "./support/quantity";

const types = kinds(...WORKLOADS);

export const agentKind = stackRule({
    name: "agent-kind",
    description: "Every agent is a pod of a StatefulSet, with a name, a state and limits that are its own",
    severity: "high",
    references: ["Kubescape C-0073", "openclaw promise 1"],
    remediation: "Make agents by a StatefulSet a class.",
    url: "https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        eachAgent(stack, agents, ({ kind, resource }) => {
            if (kind !== "StatefulSet") report(resource, `makes agents by a ${kind}, a StatefulSet is required`);
        });
    },
});

export const agentLabels = stackRule({
    name: "agent-labels",
    description:
        "Every agent and its namespace carry the labels of agents and of one class, by which all limits find them",
    severity: "high",
    references: ["Kubescape C-0076", "openclaw promise 1"],
    remediation:
        "Give pod and namespace the labels of agents and the same class, after which the StatefulSet is named.",
    url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/",
    types,
    settings: { ...agentSettings, classLabel: z.string().default("openclaw/class").describe("Label with the class") },
    check(stack, report, { agents, classLabel }) {
        eachAgent(stack, agents, (agent) => {
            const { props, resource } = agent;
            const own = podLabels(agent);
            const namespace = namespaceFor(stack, agent);
            for (const [key, value] of Object.entries(agents)) {
                if (own.get(key) !== value) report(resource, `makes pods without the label ${key}: ${value}`);
            }
            const name = props.text("metadata.name");
            const found = own.get(classLabel);
            if (found === undefined || found !== name) {
                report(resource, `is named ${name ?? "nothing"} and makes pods of class ${found ?? "none"}`);
            }
            if (namespace === undefined) return;
            const theirs = labelsAt(namespace.props, "metadata.labels");
            for (const [key, value] of Object.entries(agents)) {
                if (theirs.get(key) !== value) report(namespace.resource, `has agents and no label ${key}: ${value}`);
            }
            const other = theirs.get(classLabel) ?? "none";
            if (other !== name) report(namespace.resource, `is of class ${other} and has agents of ${name ?? "none"}`);
        });
    },
});

const DIRECTIONS = ["ingress", "egress"] as const;

const bandwidth = (text: string, direction: string) =>
    z
        .string()
        .refine(isQuantity, "must be a quantity of bits per second, e.g. 50M")
        .default(text)
        .describe(`Most ${direction} that an agent may have, in bits per second`);

export const agentBandwidth = stackRule({
    name: "agent-bandwidth",
    description: "Every agent has a limit of its network both ways, within what its namespace allows",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation:
        "Set the annotations kubernetes.io/ingress-bandwidth and kubernetes.io/egress-bandwidth on the agents' pods.",
    url: "https://docs.cilium.io/en/stable/network/kubernetes/bandwidth-manager/",
    types,
    settings: {
        ...agentSettings,
        ingress: bandwidth("100M", "ingress"),
        egress: bandwidth("50M", "egress"),
        boundPrefix: z
            .string()
            .default("openclaw/max-")
            .describe("Before the annotations of namespaces with their bounds"),
    },
    check(stack, report, { agents, boundPrefix, ...maxima }) {
        eachAgent(stack, agents, (agent) => {
            const namespace = namespaceFor(stack, agent);
            for (const direction of DIRECTIONS) {
                const key = `${direction}-bandwidth`;
                const said = entryAt(agent.template, "metadata.annotations", `kubernetes.io/${key}`)?.text();
                const bound =
                    namespace && entryAt(namespace.props, "metadata.annotations", `${boundPrefix}${key}`)?.text();
                if (said === undefined) {
                    report(agent.resource, `makes agents without a limit of ${direction}`);
                    continue;
                }
                const most = Math.min(quantity(maxima[direction]), bound === undefined ? Infinity : quantity(bound));
                // Kubernetes refuses less than 1k.
                if (quantity(said) >= 1e3 && quantity(said) <= most) continue;
                const allowed = bound === undefined ? maxima[direction] : `${bound} or ${maxima[direction]}`;
                report(agent.resource, `makes agents with ${direction} of ${said}, ${allowed} is the most`);
            }
        });
    },
});

export const agentPriority = stackRule({
    name: "agent-priority",
    description: "Agents go before what only holds room and after what the cluster itself needs",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Name a PriorityClass with a value above 0 and below those of the system.",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        const classes = objectsOf(stack, "PriorityClass");
        eachAgent(stack, agents, ({ spec, resource }) => {
            const name = spec.text("priorityClassName");
            if (name === undefined) return report(resource, "makes agents without priorityClassName");
            if (name.startsWith("system-")) report(resource, `gives agents the system's own priority ${name}`);
            const [found] = those(stack, classes, (each) => nameOf(each) === name);
            if (found === undefined) return;
            const value = found.props.number("value");
            if (value === undefined || value <= 0 || value >= 1e9) {
                report(found.resource, `gives agents the priority ${value ?? "of none"}, above 0 is required`);
            }
        });
    },
});

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

export const agentToken = stackRule({
    name: "agent-token-in-memory",
    description: "The token of an agent is never written to a disk",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 4"],
    remediation: "Mount an emptyDir of medium Memory where the token's file is.",
    url: "https://kubernetes.io/docs/concepts/storage/volumes/#emptydir",
    types,
    settings: {
        ...agentSettings,
        variable: z.string().default("TOKEN_FILE").describe("Variable with the token's path"),
    },
    check(stack, report, { agents, variable }) {
        eachAgent(stack, agents, (agent) => {
            for (const container of mainContainers(agent)) {
                const file = environmentOf(container, variable);
                if (file === undefined) {
                    report(agent.resource, `${container.title} has no ${variable}`);
                    continue;
                }
                const mount = container.props
                    .list("volumeMounts")
                    .find((each) => file.startsWith(`${each.text("mountPath") ?? "nowhere"}/`));
                const name = mount?.text("name");
                const volume = agent.spec
                    .list("volumes")
                    .find((each) => name !== undefined && each.text("name") === name);
                if (volume?.text("emptyDir.medium") === "Memory") continue;
                report(agent.resource, `${container.title} has its token at ${file}, which is not in memory`);
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

export const agentRules = [
    agentKind,
    agentLabels,
    agentBandwidth,
    agentPriority,
    agentGracePeriod,
    agentProbePatience,
    agentToken,
    agentRollout,
    agentEviction,
];
