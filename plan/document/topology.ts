import { fleetCapacity } from "../../components/model/capacity";
import { brokersIn } from "../../components/model/replication";
import { agentClassesOf, fleetOf, plannedType } from "../../settings/fleet";
import type { Graph } from "../graph";
import type { Inventory } from "../resilience/inventory";
import { all, inputsOf, list, properties, text } from "../resources";
import type { Topology, ZoneContent } from "./schema";

/** Where everything stands: what failures are judged by as well. Nodes of agents, which the cluster makes by itself, are counted as it would. */
export function topologyOf(graph: Graph, inventory: Inventory): Topology {
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
        zones: zonesOf(graph, inventory),
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

function zonesOf({ settings, resources }: Graph, inventory: Inventory): ZoneContent[] {
    const { network, nodes, systemGroups, brokers, database } = inventory;
    const subnets = all({ resources }, "aws:ec2/subnet:Subnet");
    const { nodesPerZone } = fleetCapacity(fleetOf(settings, plannedType(settings)));
    const agents = Object.values(settings.fleet.classes).map((each) => each.agents);
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
        spareNodes: nodes.spare[zone] ?? 0,
        systemNodes: systemGroups
            .filter(({ zones }) => zones.includes(zone))
            .reduce((sum, { minNodes = 0 }) => sum + minNodes, 0),
        controlPlane: network.controlPlaneZones.includes(zone),
        brokers: brokersIn(brokers?.zones ?? [], brokers?.count ?? 0)
            .filter((broker) => broker.zone === zone)
            .map(({ id }) => String(id)),
        databases: (database?.instances ?? []).flatMap((instance, index) =>
            instance.zone === zone
                ? [{ name: instance.name, role: index === 0 ? ("writer" as const) : ("reader" as const) }]
                : [],
        ),
        natGateway: network.gateways.some((gateway) => gateway.zone === zone),
        endpoints: network.endpoints.filter(({ zones }) => zones !== "all" && zones.includes(zone)).length,
    }));
}

/** Of so many agents, how many a zone has: the odd ones are in the first zones. */
function share(count: number, position: number, zones: number): number {
    return Math.floor(count / zones) + (position < count % zones ? 1 : 0);
}

/** Region of the second copy of every backup; undefined where there is none. */
export function copyRegionOf(graph: Graph): string | undefined {
    const rules = list(inputsOf(graph, "aws:backup/plan:Plan")["rules"]);
    const copies = rules.flatMap((rule) => list(properties(rule)["copyActions"]));
    const arn = copies.map((copy) => text(properties(copy)["destinationVaultArn"]))[0];
    return arn?.split(":")[3];
}
