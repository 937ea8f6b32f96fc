import { fleetCapacity } from "../../components/model/capacity";
import { agentClassesOf, fleetOf, plannedType } from "../../settings/fleet";
import type { Graph } from "../graph";
import type { PlannedResource } from "../offline-engine";
import { all, inputsOf, list, properties, text } from "../resources";
import type { Topology, ZoneContent } from "./schema";

/** Where everything stands, read from the resources; nodes of agents, which the cluster makes by itself, are counted as it would. */
export function topologyOf(graph: Graph): Topology {
    const { settings } = graph;
    const broker = properties(inputsOf(graph, "aws:msk/cluster:Cluster")["brokerNodeGroupInfo"]);
    const database = all(graph, "aws:rds/clusterInstance:ClusterInstance");
    const lock = properties(
        properties(inputsOf(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")["rule"])[
            "defaultRetention"
        ],
    );
    const { serverless } = settings.database;
    return {
        zones: zonesOf(graph),
        agentNodeType: plannedType(settings),
        systemNodeType: settings.cluster.systemNodes.instanceTypes[0] ?? "",
        brokerType: text(broker["instanceType"]),
        databaseClass: serverless
            ? `serverless, ${serverless.minAcu} to ${serverless.maxAcu} ACU`
            : text(database[0]?.inputs["instanceClass"]),
        databaseEngine: `Aurora PostgreSQL ${text(inputsOf(graph, "aws:rds/cluster:Cluster")["engineVersion"])}`,
        proxy: all(graph, "aws:rds/proxy:Proxy").length > 0,
        egressProxy: agentClassesOf(settings).some(({ allowedDomains }) => allowedDomains.length > 0),
        ...(copyRegionOf(graph) !== undefined && { copyRegion: copyRegionOf(graph) }),
        archive: { days: Number(lock["days"] ?? 0), mode: text(lock["mode"]).toLowerCase() },
        services: [
            ...new Set(
                all(graph, "aws:ec2/vpcEndpoint:VpcEndpoint").map(({ inputs }) =>
                    text(inputs["serviceName"]).split(".").slice(3).join("."),
                ),
            ),
        ].sort(),
    };
}

function zonesOf(graph: Graph): ZoneContent[] {
    const { settings } = graph;
    const subnets = all(graph, "aws:ec2/subnet:Subnet");
    const zoneOf = new Map(
        subnets.map(({ outputs, inputs }) => [text(outputs["id"]), text(inputs["availabilityZone"])]),
    );
    const inZone = (ids: readonly unknown[], zone: string) => ids.some((id) => zoneOf.get(String(id)) === zone);
    const subnetsOf = (resource: PlannedResource, key: string) => list(resource.inputs[key]);

    const { nodesPerZone } = fleetCapacity(fleetOf(settings, plannedType(settings)));
    const agents = Object.values(settings.fleet.classes).map((each) => each.agents);
    const msk = inputsOf(graph, "aws:msk/cluster:Cluster");
    const brokerSubnets = list(properties(msk["brokerNodeGroupInfo"])["clientSubnets"]);
    const eks = properties(inputsOf(graph, "aws:eks/cluster:Cluster")["vpcConfig"]);
    const databases = all(graph, "aws:rds/clusterInstance:ClusterInstance").sort(
        (one, other) => Number(one.inputs["promotionTier"] ?? 15) - Number(other.inputs["promotionTier"] ?? 15),
    );
    return settings.network.zones.map((zone, position) => ({
        name: zone,
        subnets: subnets
            .filter(({ inputs }) => inputs["availabilityZone"] === zone)
            .map(({ name, inputs }) => ({
                role: name.replace(/^network-|-[a-z]$/g, ""),
                cidr: text(inputs["cidrBlock"]),
            })),
        agents: agents.reduce((sum, count) => sum + share(count, position, settings.network.zones.length), 0),
        agentNodes: nodesPerZone.normal,
        spareNodes: spareIn(graph, zone),
        systemNodes: all(graph, "aws:eks/nodeGroup:NodeGroup")
            .filter((group) => inZone(subnetsOf(group, "subnetIds"), zone))
            .reduce((sum, { inputs }) => sum + Number(properties(inputs["scalingConfig"])["minSize"] ?? 0), 0),
        controlPlane: inZone(list(eks["subnetIds"]), zone),
        brokers: brokersIn(
            brokerSubnets.map((id) => zoneOf.get(String(id)) ?? "?"),
            zone,
            Number(msk["numberOfBrokerNodes"]),
        ),
        databases: databases.flatMap(({ inputs }, index) =>
            inputs["availabilityZone"] === zone
                ? [{ name: text(inputs["identifier"]), role: index === 0 ? ("writer" as const) : ("reader" as const) }]
                : [],
        ),
        natGateway: all(graph, "aws:ec2/natGateway:NatGateway").some(({ inputs }) =>
            inZone([inputs["subnetId"]], zone),
        ),
        endpoints: all(graph, "aws:ec2/vpcEndpoint:VpcEndpoint").filter((each) =>
            inZone(subnetsOf(each, "subnetIds"), zone),
        ).length,
    }));
}

/** Of so many agents, how many a zone has: the odd ones are in the first zones. */
function share(count: number, position: number, zones: number): number {
    return Math.floor(count / zones) + (position < count % zones ? 1 : 0);
}

/** Brokers in the order in which MSK numbers them: one zone after the other. */
function brokersIn(zones: readonly string[], zone: string, count: number): string[] {
    return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
        zones[index % zones.length] === zone ? [String(index + 1)] : [],
    );
}

/** Nodes that a placeholder keeps empty in a zone. */
function spareIn(graph: Graph, zone: string): number {
    return all(graph, "kubernetes:apps/v1:Deployment")
        .filter(({ name }) => /^agent-nodes-headroom-[a-z]$/.test(name))
        .map(({ inputs }) => properties(inputs["spec"]))
        .filter((spec) => {
            const pod = properties(properties(spec["template"])["spec"]);
            return properties(pod["nodeSelector"])["topology.kubernetes.io/zone"] === zone;
        })
        .reduce((sum, spec) => sum + Number(spec["replicas"] ?? 0), 0);
}

/** Region of the second copy of every backup; undefined where there is none. */
export function copyRegionOf(graph: Graph): string | undefined {
    const rules = list(inputsOf(graph, "aws:backup/plan:Plan")["rules"]);
    const copies = rules.flatMap((rule) => list(properties(rule)["copyActions"]));
    const arn = copies.map((copy) => text(properties(copy)["destinationVaultArn"]))[0];
    return arn?.split(":")[3];
}
