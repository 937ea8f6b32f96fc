import type { Graph } from "../graph";
import { all, inputsOf, list } from "../resources";
import { FLOWS, IMAGES_OF_NODE } from "./assumptions";
import { always, byLoad, DAYS, type Draft, GB, HOURS, inTier, plus } from "./line";
import type { Replication } from "./replicas";
import { agentLogsGb, agentNodesOf, agentsOf, keptLogs, systemNodesOf } from "./volumes";

const tier = "foundation";

/** Network and keys. */
export function foundationLines(graph: Graph, replication: Replication): Draft[] {
    return [...network(graph), ...endpoints(graph, replication), ...keys(graph), ...flowLogs(graph)];
}

function network(graph: Graph): Draft[] {
    const gateways = all(graph, "aws:ec2/natGateway:NatGateway").length;
    const addresses = all(graph, "aws:ec2/eip:Eip").length;
    const { filled, spare } = agentNodesOf(graph);
    const nodes = filled + spare + systemNodesOf(graph).length;
    return [
        { tier, item: "NAT gateways", key: "nat.gateway", quantity: always(gateways * HOURS) },
        {
            tier,
            item: "Images through NAT",
            key: "nat.data",
            quantity: always(nodes * IMAGES_OF_NODE),
            note: `${nodes} nodes that are replaced once a month, ${IMAGES_OF_NODE} GB each`,
        },
        { tier, item: "Public addresses", key: "address.public", quantity: always(addresses * HOURS) },
    ];
}

function endpoints(graph: Graph, { writtenGb, readGb }: Replication): Draft[] {
    const { settings } = graph;
    const interfaces = all(graph, "aws:ec2/vpcEndpoint:VpcEndpoint")
        .filter(({ inputs }) => inputs["vpcEndpointType"] === "Interface")
        .reduce((sum, { inputs }) => sum + list(inputs["subnetIds"]).length, 0);
    const model = byLoad(settings, (perDay) => (perDay * DAYS * settings.load.perInteraction.modelBytes) / GB);
    return [
        {
            tier,
            item: "Interface endpoints",
            key: "endpoint.interface",
            quantity: always(interfaces * HOURS),
            note: "one for each service in each zone",
        },
        {
            tier,
            item: "Data through endpoints",
            key: "endpoint.data",
            quantity: [agentLogsGb(graph), writtenGb, readGb].reduce(plus, model),
            note: "to models and back, logs of agents, replicas of their state and their compaction",
        },
    ];
}

function keys(graph: Graph): Draft[] {
    const count = inTier(graph, tier, "aws:kms/key:Key").length;
    return [
        {
            tier,
            item: "Encryption keys",
            key: "kms.key",
            quantity: always(count),
            note: "each costs as much again after its first and its second yearly rotation",
        },
    ];
}

function flowLogs(graph: Graph): Draft[] {
    const seconds = Number(inputsOf(graph, "aws:ec2/flowLog:FlowLog")["maxAggregationInterval"] ?? 600);
    const { filled, spare } = agentNodesOf(graph);
    const nodes = filled + spare + systemNodesOf(graph).length;
    const lines = agentsOf(graph) * FLOWS.agent + nodes * FLOWS.node;
    const monthly = always((lines * FLOWS.lineBytes * ((HOURS * 3600) / seconds)) / GB);
    return [
        {
            tier,
            item: "Flow logs taken in",
            key: "logs.ingested",
            quantity: monthly,
            note: `${FLOWS.agent} lines for each agent and ${FLOWS.node} for each node every ${seconds} s (planning figures)`,
        },
        { ...keptLogs(graph, tier, /\/vpc\/flow-logs$/, monthly), item: "Flow logs kept" },
    ];
}
