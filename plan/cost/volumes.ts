import { fleetCapacity } from "../../components/model/capacity";
import { held } from "../../components/model/storage";
import { fleetOf, plannedType } from "../../settings/fleet";
import type { Settings } from "../../settings/schema";
import type { ByLoad } from "../document/schema";
import type { Graph } from "../graph";
import type { PlannedResource, Value } from "../offline-engine";
import { all, inputsOf, list, properties, text } from "../resources";
import { COMPRESSED, LOGS } from "./assumptions";
import { byLoad, type CostTier, DAYS, type Draft, GB, plus, times } from "./line";

/* Quantities that several tiers count with. */

/** Nodes of agents: those that they fill, and those that placeholders keep empty for the loss of a zone. */
export interface AgentNodes {
    readonly type: string;
    readonly filled: number;
    readonly spare: number;
}

export function agentNodesOf(graph: Graph): AgentNodes {
    const type = plannedType(graph.settings);
    const { nodes } = fleetCapacity(fleetOf(graph.settings, type));
    const spare = all(graph, "kubernetes:apps/v1:Deployment")
        .filter(({ name }) => /^agent-nodes-headroom-[a-z]$/.test(name))
        .reduce((sum, { inputs }) => sum + Number(properties(inputs["spec"])["replicas"] ?? 0), 0);
    return { type, filled: nodes.normal, spare };
}

/** The managed nodes, at least: their types, one for each node. */
export function systemNodesOf(graph: Graph): string[] {
    return all(graph, "aws:eks/nodeGroup:NodeGroup").flatMap(({ inputs }) => {
        const size = Number(properties(inputs["scalingConfig"])["minSize"] ?? 0);
        return new Array<string>(size).fill(text(list(inputs["instanceTypes"])[0]));
    });
}

/** The agents of a class as its StatefulSet has them. */
export interface AgentSet {
    readonly resource: PlannedResource;
    readonly agents: number;
    /** Of each agent's volumes together. Unit: GB. */
    readonly volumeGb: number;
    /** Containers that run for as long as the pod does. */
    readonly containers: number;
}

export function agentSetsOf(graph: Graph): AgentSet[] {
    return all(graph, "kubernetes:apps/v1:StatefulSet").map((resource) => {
        const spec = properties(resource.inputs["spec"]);
        const pod = properties(properties(spec["template"])["spec"]);
        const sidecars = list(pod["initContainers"]).filter((each) => properties(each)["restartPolicy"] === "Always");
        return {
            resource,
            agents: Number(spec["replicas"] ?? 0),
            volumeGb: list(spec["volumeClaimTemplates"]).reduce<number>((sum, claim) => sum + claimGb(claim), 0),
            containers: list(pod["containers"]).length + sidecars.length,
        };
    });
}

function claimGb(claim: Value): number {
    const requests = properties(properties(properties(properties(claim)["spec"])["resources"])["requests"]);
    return gib(requests["storage"]);
}

/** Size of a volume, given in GiB or as Kubernetes writes it. */
export function gib(size: Value | undefined): number {
    const [, number, unit = "Gi"] = /^(\d+(?:\.\d+)?)([KMGT]i)?$/.exec(String(size ?? "")) ?? [];
    const factor = { Ki: 1 / 1024 ** 2, Mi: 1 / 1024, Gi: 1, Ti: 1024 }[unit];
    return number === undefined || factor === undefined ? NaN : Number(number) * factor;
}

/** All agents together. */
export function agentsOf(graph: Graph): number {
    return agentSetsOf(graph).reduce((sum, { agents }) => sum + agents, 0);
}

/**
 * What the database holds: decisions and audit entries for as long as they are kept, and the memories of a year, which stay. Unit: GB.
 */
export function databaseGb(settings: Settings): ByLoad {
    const { decisions, auditEntries, memories } = settings.load.perInteraction;
    return byLoad(
        settings,
        (perDay) =>
            held({ decision: perDay * decisions, audit: perDay * auditEntries }, settings.retention.decisionLogDays) +
            held({ memory: perDay * memories }, 365),
    );
}

/** Messages of all kinds that go to the brokers in a month, once each. Unit: GB. */
export function messagesGb(settings: Settings): ByLoad {
    const { messages, decisions, auditEntries, messageBytes } = settings.load.perInteraction;
    return byLoad(settings, (perDay) => (perDay * DAYS * (messages + decisions + auditEntries) * messageBytes) / GB);
}

/** Decisions that go to the archive in a month, uncompressed. Unit: GB. */
export function decisionsGb(settings: Settings): ByLoad {
    const { decisions, messageBytes } = settings.load.perInteraction;
    return byLoad(settings, (perDay) => (perDay * DAYS * decisions * messageBytes) / GB);
}

/** What agents write into their operational log in a month. Unit: GB. */
export function agentLogsGb(graph: Graph): ByLoad {
    const { settings } = graph;
    const written = byLoad(settings, (perDay) => (perDay * DAYS * settings.load.perInteraction.logBytes) / GB);
    const events = agentsOf(graph) * LOGS.agent;
    return plus(written, { low: events, expected: events, high: events });
}

/** What a log group of a name costs to keep: everything of its retention, compressed. */
export function keptLogs(graph: Graph, tier: CostTier, group: RegExp, monthly: ByLoad): Draft {
    const found = all(graph, "aws:cloudwatch/logGroup:LogGroup").find(({ inputs }) => group.test(text(inputs["name"])));
    const days = Number(found?.inputs["retentionInDays"] ?? 0);
    return {
        tier,
        item: `Logs kept ${days} days`,
        key: "logs.stored",
        quantity: times(monthly, (days / DAYS) * COMPRESSED),
        note: `of the whole retention, compressed to a fifth`,
    };
}

/** Share of the traffic that goes to another zone where both ends are spread over so many. */
export function acrossZones(zones: number): number {
    return (zones - 1) / zones;
}

/** How many brokers there are. */
export function brokersOf(graph: Graph): number {
    return Number(inputsOf(graph, "aws:msk/cluster:Cluster")["numberOfBrokerNodes"] ?? 0);
}
