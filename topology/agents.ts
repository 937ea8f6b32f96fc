import { Cells } from "../components/compute/cells";
import { Fleet } from "../components/compute/fleet";
import { PlatformIsolation } from "../components/compute/isolation/isolation";
import { Schema } from "../components/data/schema";
import { Telemetry } from "../components/compute/telemetry";
import { agentClassesOf, SIDECARS } from "../settings/fleet";
import type { Compute } from "./compute";
import type { Context } from "./context";
import type { Coordination } from "./coordination";
import type { Data } from "./data";
import type { Foundation } from "./foundation";

/** Tier 1 again: the agents, now that there is what they need. Guards first, then cells, then who lives in them. */
export function createAgents(
    { config, platform }: Context,
    { keys, network }: Foundation,
    { cluster, inCluster, addons, agentNodes }: Compute,
    { brokers, topics }: Coordination,
    { database, archive, state }: Data,
) {
    const classes = agentClassesOf(config);
    const { clusterName, clusterArn } = cluster;
    const { subnets, vpcId } = network;
    const kubernetesVersion = config.cluster.kubernetesVersion;
    const places = {
        brokers: subnets.brokers.map(({ cidr }) => cidr),
        database: subnets.database.map(({ cidr }) => cidr),
        endpoints: subnets.endpoints.map(({ cidr }) => cidr),
    };
    const isolation = new PlatformIsolation(
        "isolation",
        {
            kubernetesVersion,
            places,
            proxies: classes.filter(({ allowedDomains }) => allowedDomains.length > 0).length,
        },
        { ...inCluster, dependsOn: addons },
    );
    const cells = new Cells(
        "cells",
        {
            platform,
            classes,
            sidecars: SIDECARS,
            kubernetesVersion,
            places,
            egressNamespace: isolation.egressNamespace,
            clusterName,
            clusterArn,
            vpcId,
            volumesKeyArn: keys.volumes,
            state: { bucketArn: state.bucketArn, keyArn: keys.state },
            brokers: { clusterArn: brokers.clusterArn, topicArns: topics.arns },
            databaseResourceId: database.loginResourceId,
        },
        { ...inCluster, dependsOn: isolation },
    );
    // Before the agents, who log in as the roles that it makes.
    const schema = new Schema(
        "schema",
        {
            platform,
            image: config.database.tool,
            clusterName,
            clusterArn,
            vpcId,
            namespace: isolation.dataNamespace,
            agents: Object.fromEntries(classes.map(({ name, agents }) => [name, agents])),
            database: {
                host: database.endpoint,
                name: database.databaseName,
                resourceId: database.clusterResourceId,
                masterSecretArn: database.masterSecretArn,
                keyArn: keys.database,
                resource: database,
            },
            archive: { bucketName: archive.bucketName, bucketArn: archive.bucketArn, keyArn: keys.archive },
            s3EndpointUrl: network.s3EndpointUrl,
        },
        inCluster,
    );
    const telemetry = new Telemetry(
        "telemetry",
        {
            platform,
            clusterName,
            clusterArn,
            logsKeyArn: keys.logs,
            classes: classes.map(({ name }) => name),
            image: config.fleet.image,
        },
        { ...inCluster, dependsOn: [cells, agentNodes] },
    );
    const fleet = new Fleet(
        "fleet",
        {
            classes,
            images: { openclaw: config.fleet.image, bridge: config.fleet.bridge },
            environment: {
                platformName: platform.name,
                region: platform.region,
                stateBucket: state.bucketName,
                s3EndpointUrl: network.s3EndpointUrl,
                collectorUrl: telemetry.collectorUrl,
                brokers: brokers.bootstrapBrokers,
                database: { host: database.proxyEndpoint ?? database.endpoint, name: database.databaseName },
                openclawVersion: config.fleet.image.tag,
            },
            proxyUrls: cells.proxyUrls,
            modelRoleArns: cells.modelRoleArns,
        },
        { ...inCluster, dependsOn: [telemetry, schema] },
    );
    return { fleet };
}

export type Agents = ReturnType<typeof createAgents>;
