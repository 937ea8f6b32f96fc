import { flagAt, numberAt, type Shelf, textAt, textsAt } from "../read";
import { zonesOf } from "./network";

export interface DatabaseInstance {
    readonly name: string;
    readonly zone?: string;
    /** The lowest takes over first, and is the writer at the start. */
    readonly tier: number;
}

export interface Database {
    readonly arn: string;
    readonly name: string;
    /** The writer first. */
    readonly instances: readonly DatabaseInstance[];
    /** Zones that an instance may stand in. */
    readonly zones: readonly string[];
    /** Zones of the pool of connections; absent where agents connect to the database itself. */
    readonly proxyZones?: readonly string[];
    readonly encrypted: boolean;
    readonly encryptedInTransit: boolean;
    /** Days in which any second can be restored. */
    readonly pointInTimeDays?: number;
    readonly deletionProtected: boolean;
}

export function databaseOf(shelf: Shelf): Database | undefined {
    const cluster = shelf.all("aws:rds/cluster:Cluster")[0];
    if (cluster === undefined) return undefined;
    const { inputs, outputs } = cluster;
    const name = textAt(inputs, "clusterIdentifier");
    const group = shelf.byId("aws:rds/subnetGroup:SubnetGroup", inputs["dbSubnetGroupName"]);
    const proxy = shelf.all("aws:rds/proxy:Proxy")[0];
    const instances = shelf
        .all("aws:rds/clusterInstance:ClusterInstance")
        .filter((instance) => textAt(instance.inputs, "clusterIdentifier") === name)
        .map((instance) => ({
            name: textAt(instance.inputs, "identifier") ?? instance.name,
            zone: textAt(instance.inputs, "availabilityZone"),
            tier: numberAt(instance.inputs, "promotionTier") ?? Number.MAX_SAFE_INTEGER,
        }));
    return {
        arn: textAt(outputs, "arn") ?? "",
        name: name ?? "?",
        instances: instances.sort((a, b) => a.tier - b.tier),
        zones: zonesOf(shelf, textsAt(group?.inputs, "subnetIds")),
        proxyZones: proxy && zonesOf(shelf, textsAt(proxy.inputs, "vpcSubnetIds")),
        encrypted: flagAt(inputs, "storageEncrypted") === true && textAt(inputs, "kmsKeyId") !== undefined,
        encryptedInTransit: forcesTls(shelf, textAt(inputs, "dbClusterParameterGroupName")),
        pointInTimeDays: numberAt(inputs, "backupRetentionPeriod"),
        deletionProtected: flagAt(inputs, "deletionProtection") === true,
    };
}

function forcesTls(shelf: Shelf, group: string | undefined): boolean {
    const parameters = shelf.byId("aws:rds/clusterParameterGroup:ClusterParameterGroup", group)?.inputs["parameters"];
    return (
        Array.isArray(parameters) &&
        parameters.some(
            (parameter) => textAt(parameter, "name") === "rds.force_ssl" && textAt(parameter, "value") === "1",
        )
    );
}
