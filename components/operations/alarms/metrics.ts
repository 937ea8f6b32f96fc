import type * as pulumi from "@pulumi/pulumi";
import { BRIDGE_NAMESPACE, type BridgeMetric, METRICS_NAMESPACE } from "../../compute/telemetry-config";
import { DATABASE_METRICS } from "../../data/database-jobs";
import type { Metric } from "./definition";

type Name = pulumi.Input<string>;

// Each function knows the namespace of a service and the exact set of dimensions by which it publishes.

/** MSK, by cluster. */
export function kafka(clusterName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/Kafka", name, statistic, dimensions: { "Cluster Name": clusterName } };
}

/** MSK, by broker. Brokers are numbered from 1. */
export function broker(clusterName: Name, brokerId: number, name: string, statistic: string): Metric {
    const dimensions = { "Cluster Name": clusterName, "Broker ID": String(brokerId) };
    return { namespace: "AWS/Kafka", name, statistic, dimensions };
}

/** MSK, by broker and the way clients authenticate; ours use IAM alone. */
export function brokerClients(clusterName: Name, brokerId: number, name: string, statistic: string): Metric {
    const dimensions = { "Cluster Name": clusterName, "Broker ID": String(brokerId), "Client Authentication": "IAM" };
    return { namespace: "AWS/Kafka", name, statistic, dimensions };
}

/** MSK, by consumer group and topic. Published for group names in ASCII without a colon alone (MSK guide, consumer-lag). */
export function consumer(clusterName: Name, group: string, topic: Name, name: string, statistic: string): Metric {
    const dimensions = { "Cluster Name": clusterName, "Consumer Group": group, Topic: topic };
    return { namespace: "AWS/Kafka", name, statistic, dimensions };
}

/** Aurora, by instance. */
export function instance(instanceIdentifier: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/RDS", name, statistic, dimensions: { DBInstanceIdentifier: instanceIdentifier } };
}

/** Aurora, by cluster. */
export function database(clusterIdentifier: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/RDS", name, statistic, dimensions: { DBClusterIdentifier: clusterIdentifier } };
}

/** Aurora, by what an instance does at the time: roles change places in a failover, identifiers do not. */
export function role(clusterIdentifier: Name, which: "WRITER" | "READER", name: string, statistic: string): Metric {
    const dimensions = { DBClusterIdentifier: clusterIdentifier, Role: which };
    return { namespace: "AWS/RDS", name, statistic, dimensions };
}

/** RDS Proxy, over all its endpoints and targets. */
export function proxy(proxyName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/RDS", name, statistic, dimensions: { ProxyName: proxyName } };
}

/** Container Insights, over all nodes or pods of a cluster. */
export function containers(clusterName: Name, name: string, statistic: string): Metric {
    return { namespace: "ContainerInsights", name, statistic, dimensions: { ClusterName: clusterName } };
}

/**
 * Container Insights, over the pods of one workload: the dimension `PodName` is the name of what the pods belong to. By
 * namespace alone it does not publish what this is used for (amazon-cloudwatch-agent, translator/.../awsemf/kubernetes.go).
 */
export function workload(
    place: { readonly clusterName: Name; readonly namespace: string; readonly workload: string },
    name: string,
    statistic: string,
): Metric {
    const dimensions = { ClusterName: place.clusterName, Namespace: place.namespace, PodName: place.workload };
    return { namespace: "ContainerInsights", name, statistic, dimensions };
}

/** The control plane, published by EKS itself, free of charge and independent of any agent in the cluster. */
export function controlPlane(clusterName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/EKS", name, statistic, dimensions: { ClusterName: clusterName } };
}

export function queue(queueName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/SQS", name, statistic, dimensions: { QueueName: queueName } };
}

export function nat(natGatewayId: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/NATGateway", name, statistic, dimensions: { NatGatewayId: natGatewayId } };
}

export function firehose(deliveryStreamName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/Firehose", name, statistic, dimensions: { DeliveryStreamName: deliveryStreamName } };
}

export function vault(vaultName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/Backup", name, statistic, dimensions: { BackupVaultName: vaultName } };
}

export function topic(topicName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/SNS", name, statistic, dimensions: { TopicName: topicName } };
}

export function rule(ruleName: Name, name: string, statistic: string): Metric {
    return { namespace: "AWS/Events", name, statistic, dimensions: { RuleName: ruleName } };
}

/** What agents' bridges report of themselves, over all agents of an environment. */
export function bridge(environment: string, name: BridgeMetric, statistic: string): Metric {
    return { namespace: BRIDGE_NAMESPACE, name, statistic, dimensions: { Environment: environment } };
}

/** What upkeep of the database publishes, for an environment. */
export function ledger(environment: string, name: string, statistic: string): Metric {
    return { namespace: DATABASE_METRICS, name, statistic, dimensions: { Environment: environment } };
}

/** What agents report of themselves, over all agents of an environment or of one class. */
export function agents(environment: string, name: string, statistic: string, className?: string): Metric {
    const dimensions = { Environment: environment, ...(className === undefined ? {} : { Class: className }) };
    return { namespace: METRICS_NAMESPACE, name, statistic, dimensions };
}
