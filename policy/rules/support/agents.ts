import { z } from "zod";
import type { Stack } from "../../engine/resource";
import { type KubernetesObject, nameOf, namespaceOf, objectsOf, those } from "./kubernetes";
import { includes, labelsAt } from "./labels";
import { type Container, containersOf, type Pod, podLabels, podsOf } from "./pods";

/** Settings of every rule about agents. */
export const agentSettings = {
    agents: z
        .record(z.string(), z.string())
        .refine((labels) => Object.keys(labels).length > 0, "must have a label: every pod would be an agent")
        .default({ "openclaw/tier": "agents" })
        .describe("Labels of agents' pods and of their namespaces"),
};

/** Setting of rules about what replicates agents' state. */
export const replicatorImage = z
    .string()
    .min(1)
    .default("/litestream:")
    .describe("What is in the name of the replicator's image");

/** What makes jobs beside agents; a pod of any other kind in an agents' namespace is an agent. */
const JOBS = ["Job", "CronJob"];

type AgentLabels = Readonly<Record<string, string>>;

/** Namespaces that are marked as agents'. */
export function agentNamespaces(stack: Stack, agents: AgentLabels): KubernetesObject[] {
    const wanted = Object.entries(agents);
    return those(stack, objectsOf(stack, "Namespace"), ({ props }) =>
        includes(labelsAt(props, "metadata.labels"), wanted),
    );
}

/** The namespace of an object where the stack makes it. */
export function namespaceFor(stack: Stack, object: KubernetesObject): KubernetesObject | undefined {
    const name = namespaceOf(object);
    return those(stack, objectsOf(stack, "Namespace"), (each) => nameOf(each) === name)[0];
}

/** Pods that are marked as agents, or are in a namespace that is; so one label taken away hides none. */
export function agentsOf(stack: Stack, agents: AgentLabels): Pod[] {
    const wanted = Object.entries(agents);
    const theirs = new Set(
        agentNamespaces(stack, agents).map((each) => stack.decide(each.resource, () => nameOf(each), undefined)),
    );
    return those(
        stack,
        podsOf(stack),
        (pod) => includes(podLabels(pod), wanted) || (!JOBS.includes(pod.kind) && theirs.has(namespaceOf(pod))),
    );
}

/** Looks at each agent by itself. */
export function eachAgent(stack: Stack, agents: AgentLabels, look: (agent: Pod) => void): void {
    for (const agent of agentsOf(stack, agents)) stack.decide(agent.resource, () => look(agent), undefined);
}

/** The containers of an agent that are the agent itself: neither before it nor beside it. */
export function mainContainers(agent: Pod): Container[] {
    return containersOf(agent).filter(({ init }) => !init);
}
