import { z } from "zod";
import { stackRule } from "../engine/rule";
import { agentSettings, eachAgent, mainContainers, namespaceFor } from "./support/agents";
import { kinds, nameOf, objectsOf, those } from "./support/kubernetes";
import { entryAt, labelsAt } from "./support/labels";
import { environmentOf, podLabels, WORKLOADS } from "./support/pods";
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

export const agentCredentials = stackRule({
    name: "agent-credentials-apart",
    description:
        "What an agent's shell is in gets no AWS credentials of its pod: those are for the containers beside it",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation:
        "Name the agent's own containers in the annotation eks.amazonaws.com/skip-containers, and let the bridge give them the model's.",
    url: "https://github.com/aws/amazon-eks-pod-identity-webhook#eks-walkthrough",
    types,
    settings: agentSettings,
    check(stack, report, { agents }) {
        eachAgent(stack, agents, (agent) => {
            const skipped = entryAt(agent.template, "metadata.annotations", "eks.amazonaws.com/skip-containers");
            const names = (skipped?.text() ?? "").split(",");
            for (const { props, title } of mainContainers(agent)) {
                if (!names.includes(props.text("name") ?? ""))
                    report(agent.resource, `${title} gets its pod's credentials`);
            }
            if (agent.spec.flag("shareProcessNamespace") === true) {
                report(agent.resource, "makes agents that see the processes of the containers beside them");
            }
        });
    },
});

export const agentRules = [agentKind, agentLabels, agentBandwidth, agentPriority, agentToken, agentCredentials];
