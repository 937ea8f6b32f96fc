import type { Graph } from "../graph";
import { type AgentClass, agentClassesOf, type AgentNodes, agentNodesOf } from "./inventory/agents";
import { type Alarm, alarmsOf, type Notice, noticesOf } from "./inventory/alarms";
import { type Archive, archiveOf, type Vault, vaultsOf } from "./inventory/backups";
import { type Brokers, brokersOf } from "./inventory/brokers";
import { type Database, databaseOf } from "./inventory/database";
import { type Network, networkOf } from "./inventory/network";
import { type Service, servicesOf, type SystemGroup, systemGroupsOf } from "./inventory/services";
import { Shelf } from "./read";

/**
 * Where everything stands and what stands behind it, as plain data: all that the failure analysis knows. It is read from
 * the inputs of the resources, so a plan that says one thing and builds another is judged by what it builds.
 */
export interface Inventory {
    readonly region: string;
    readonly network: Network;
    readonly classes: readonly AgentClass[];
    readonly nodes: AgentNodes;
    readonly systemGroups: readonly SystemGroup[];
    readonly services: readonly Service[];
    readonly brokers?: Brokers;
    readonly database?: Database;
    readonly vaults: readonly Vault[];
    readonly archive?: Archive;
    readonly alarms: readonly Alarm[];
    readonly notices: readonly Notice[];
}

export function inventoryOf(graph: Pick<Graph, "resources" | "settings">): Inventory {
    const shelf = new Shelf(graph);
    const { region } = graph.settings;
    const database = databaseOf(shelf);
    return {
        region,
        network: networkOf(shelf),
        classes: agentClassesOf(shelf),
        nodes: agentNodesOf(shelf),
        systemGroups: systemGroupsOf(shelf),
        services: servicesOf(shelf),
        brokers: brokersOf(shelf),
        database,
        vaults: vaultsOf(shelf, region, database?.arn),
        archive: archiveOf(shelf),
        alarms: alarmsOf(shelf),
        notices: noticesOf(shelf),
    };
}
