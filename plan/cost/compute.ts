import { AGENT_METRICS, FROM_BRIDGES } from "../../components/compute/telemetry-config";
import { DAEMONS } from "../../components/model/capacity";
import type { Graph } from "../graph";
import type { Value } from "../offline-engine";
import { all, inputsOf, list, properties, text } from "../resources";
import { LOGS, OBSERVATIONS } from "./assumptions";
import { always, type Draft, HOURS, plus, tally } from "./line";
import { agentLogsGb, type AgentNodes, agentNodesOf, agentSetsOf, gib, keptLogs, systemNodesOf } from "./volumes";

const tier = "compute";
const MINUTES = HOURS * 60;

/** Pods that run on each node beside agents; the model's count has one to spare. */
const DAEMON_PODS = DAEMONS.pods - 1;

/** The cluster: control plane, nodes, disks, what watches it. */
export function computeLines(graph: Graph): Draft[] {
    const agentNodes = agentNodesOf(graph);
    return [
        {
            tier,
            item: "Control plane",
            key: "eks.cluster",
            quantity: always(all(graph, "aws:eks/cluster:Cluster").length * HOURS),
            note: "with standard support; past its end the version costs six times as much",
        },
        ...nodes(graph, agentNodes),
        ...disks(graph, agentNodes),
        ...logs(graph, agentNodes),
        ...metrics(graph, agentNodes),
    ];
}

function nodes(graph: Graph, { type, filled, spare }: AgentNodes): Draft[] {
    return [
        ...tally(systemNodesOf(graph)).map(([name, count]): Draft => ({
            tier,
            item: `System nodes, ${name}`,
            key: `ec2.${name}`,
            quantity: always(count * HOURS),
            note: `${count} at least`,
        })),
        {
            tier,
            item: `Agent nodes, ${type}`,
            key: `ec2.${type}`,
            quantity: always(filled * HOURS),
            note: `${filled} that agents fill, of the smallest type that is allowed`,
        },
        {
            tier,
            item: `Spare nodes, ${type}`,
            key: `ec2.${type}`,
            quantity: always(spare * HOURS),
            note: `${spare} that wait for the agents of a lost zone (openclaw:fleet.nodes.headroom)`,
        },
    ];
}

function disks(graph: Graph, { filled, spare }: AgentNodes): Draft[] {
    const template = list(inputsOf(graph, "aws:ec2/launchTemplate:LaunchTemplate")["blockDeviceMappings"]);
    const nodeClass = properties(inputsOf(graph, "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")["spec"]);
    const size = (mappings: readonly Value[]) =>
        mappings.reduce<number>((sum, mapping) => sum + gib(properties(properties(mapping)["ebs"])["volumeSize"]), 0);
    const sets = agentSetsOf(graph);
    const disk = (item: string, count: number, each: number): Draft => ({
        tier,
        item,
        key: "ebs.gp3",
        quantity: always(count * each),
        note: `${count} with ${each} GB`,
    });
    return [
        disk("Disks of system nodes", systemNodesOf(graph).length, size(template)),
        disk("Disks of agent nodes", filled, size(list(nodeClass["blockDeviceMappings"]))),
        disk("Disks of spare nodes", spare, size(list(nodeClass["blockDeviceMappings"]))),
        {
            tier,
            item: "Volumes of agents",
            key: "ebs.gp3",
            quantity: always(sets.reduce((sum, { agents, volumeGb }) => sum + agents * volumeGb, 0)),
            note: "one for each agent; a volume that is left behind in a lost zone is not counted",
        },
    ];
}

function logs(graph: Graph, { filled, spare }: AgentNodes): Draft[] {
    const count = filled + spare + systemNodesOf(graph).length;
    const cluster = LOGS.controlPlane + count * (LOGS.controlPlaneOfNode + LOGS.node);
    const agents = agentLogsGb(graph);
    return [
        {
            tier,
            item: "Logs of agents taken in",
            key: "logs.ingested",
            quantity: agents,
            note: "what they write for each interaction, and the events of their metrics",
        },
        {
            tier,
            item: "Logs of the cluster taken in",
            key: "logs.ingested",
            quantity: always(cluster),
            note: `control plane and ${count} nodes (planning figures)`,
        },
        {
            ...keptLogs(graph, tier, /^\/aws\/eks\/.*\/cluster$/, plus(agents, always(cluster))),
            item: "Logs of agents and cluster kept",
        },
    ];
}

function metrics(graph: Graph, { filled, spare }: AgentNodes): Draft[] {
    const sets = agentSetsOf(graph);
    const bridges = Object.keys(FROM_BRIDGES).length;
    const drafts: Draft[] = [
        {
            tier,
            item: "Metrics of agents",
            key: "cloudwatch.metric",
            quantity: always(AGENT_METRICS.length * (1 + sets.length) + bridges),
            note: `${AGENT_METRICS.length} for the environment and for each of ${sets.length} classes, and ${bridges} of bridges`,
        },
    ];
    const watched = all(graph, "aws:eks/addon:Addon").some(
        ({ inputs }) =>
            inputs["addonName"] === "amazon-cloudwatch-observability" &&
            /"enhanced_container_insights":\s*true/.test(text(inputs["configurationValues"])),
    );
    if (!watched) return drafts;
    const { node, pod, container } = OBSERVATIONS;
    const agents = sets.reduce((sum, each) => sum + each.agents * (pod + each.containers * container), 0);
    const count = filled + spare + systemNodesOf(graph).length;
    const perMinute = agents + count * (node + DAEMON_PODS * (pod + container));
    return [
        ...drafts,
        {
            tier,
            item: "Container Insights",
            key: "cloudwatch.observation",
            quantity: always((perMinute * MINUTES) / 1e6),
            note: `each minute ${perMinute.toLocaleString("en-US")} observations of ${count} nodes, their daemons and the agents' containers (planning figures)`,
        },
    ];
}
