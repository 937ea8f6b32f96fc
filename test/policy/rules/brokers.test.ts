import * as rules from "../../../policy/rules/brokers";
import { all, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const CLUSTER = "brokers-cluster";
const TRANSIT = "encryptionInfo.encryptionInTransit";
const VOLUME = "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize";
const PRIVATE = "brokerNodeGroupInfo.connectivityInfo.vpcConnectivity.clientAuthentication.sasl.iam";
const TRACKING = "targetTrackingScalingPolicyConfiguration";

describe("policy: brokers", () => {
    prove(rules.brokerClientEncryption, {
        breaks: [
            set(CLUSTER, `${TRANSIT}.clientBroker`, "TLS_PLAINTEXT"),
            set(CLUSTER, `${TRANSIT}.clientBroker`, "PLAINTEXT"),
        ],
        missing: unset(CLUSTER, `${TRANSIT}.clientBroker`),
        unknown: unknown(CLUSTER, `${TRANSIT}.clientBroker`),
    });

    prove(rules.brokerReplicationEncryption, {
        breaks: [set(CLUSTER, `${TRANSIT}.inCluster`, false)],
        missing: unset(CLUSTER, `${TRANSIT}.inCluster`),
        unknown: unknown(CLUSTER, `${TRANSIT}.inCluster`),
    });

    prove(rules.brokerAnonymousAccess, {
        breaks: [set(CLUSTER, "clientAuthentication.unauthenticated", true)],
        missing: unset(CLUSTER, "clientAuthentication.unauthenticated"),
        unknown: unknown(CLUSTER, "clientAuthentication.unauthenticated"),
    });

    prove(rules.brokerAuthentication, {
        breaks: [
            set(CLUSTER, "clientAuthentication.sasl.iam", false),
            set(CLUSTER, "clientAuthentication.sasl.scram", true),
            set(CLUSTER, "clientAuthentication.tls", { certificateAuthorityArns: [] }),
        ],
        missing: unset(CLUSTER, "clientAuthentication.sasl"),
        unknown: unknown(CLUSTER, "clientAuthentication.sasl.iam"),
    });

    prove(rules.brokerPublicAccess, {
        breaks: [set(CLUSTER, "brokerNodeGroupInfo.connectivityInfo.publicAccess.type", "SERVICE_PROVIDED_EIPS")],
        missing: unset(CLUSTER, "brokerNodeGroupInfo.connectivityInfo.publicAccess"),
        unknown: unknown(CLUSTER, "brokerNodeGroupInfo.connectivityInfo.publicAccess.type"),
    });

    prove(rules.brokerLogs, {
        breaks: [set(CLUSTER, "loggingInfo.brokerLogs.cloudwatchLogs.enabled", false), unset(CLUSTER, "loggingInfo")],
        missing: unset(CLUSTER, "loggingInfo.brokerLogs.cloudwatchLogs.logGroup"),
        unknown: unknown(CLUSTER, "loggingInfo.brokerLogs.cloudwatchLogs.enabled"),
    });

    prove(rules.brokerMonitoring, {
        breaks: [set(CLUSTER, "enhancedMonitoring", "PER_BROKER"), set(CLUSTER, "enhancedMonitoring", "DEFAULT")],
        missing: unset(CLUSTER, "enhancedMonitoring"),
        unknown: unknown(CLUSTER, "enhancedMonitoring"),
    });

    prove(rules.brokerOpenMonitoring, {
        breaks: [
            set(CLUSTER, "openMonitoring.prometheus.jmxExporter.enabledInBroker", false),
            set(CLUSTER, "openMonitoring.prometheus.nodeExporter.enabledInBroker", false),
        ],
        missing: unset(CLUSTER, "openMonitoring"),
        unknown: unknown(CLUSTER, "openMonitoring.prometheus.jmxExporter.enabledInBroker"),
    });

    prove(rules.brokerVersion, {
        breaks: [set(CLUSTER, "kafkaVersion", "3.9.x"), set(CLUSTER, "kafkaVersion", "3.6.0")],
        missing: unset(CLUSTER, "kafkaVersion"),
        unknown: unknown(CLUSTER, "kafkaVersion"),
    });

    prove(rules.brokerSpread, {
        breaks: [set(CLUSTER, "numberOfBrokerNodes", 5)],
        missing: unset(CLUSTER, "numberOfBrokerNodes"),
        unknown: unknown(CLUSTER, "numberOfBrokerNodes"),
        also: { "alarm-each": "nobody watches the broker that is added" },
    });

    prove(rules.brokerConfigured, {
        breaks: [unset(CLUSTER, "configurationInfo"), set(CLUSTER, "configurationInfo.revision", 0)],
        missing: unset(CLUSTER, "configurationInfo.arn"),
        unknown: unknown(CLUSTER, "configurationInfo.revision"),
    });

    prove(rules.brokerStorageGrowth, {
        breaks: [
            remove("brokers-storage"),
            remove("brokers-storage-growth"),
            set(CLUSTER, VOLUME, 99),
            set(CLUSTER, VOLUME, 1001),
            set("brokers-storage", "maxCapacity", 499),
            set("brokers-storage", "minCapacity", 251),
            set("brokers-storage", "scalableDimension", "ecs:service:DesiredCount"),
            set("brokers-storage-growth", `${TRACKING}.targetValue`, 81),
            set("brokers-storage-growth", `${TRACKING}.disableScaleIn`, false),
            set("brokers-storage-growth", "policyType", "StepScaling"),
        ],
        missing: unset(CLUSTER, VOLUME),
        unknown: all(unknown(CLUSTER, VOLUME), unknown("brokers-storage-growth", `${TRACKING}.targetValue`)),
    });

    prove(rules.brokerDelivery, {
        breaks: [remove("brokers-policy"), set(CLUSTER, PRIVATE, false)],
        missing: unset(CLUSTER, "brokerNodeGroupInfo.connectivityInfo.vpcConnectivity"),
        unknown: unknown(CLUSTER, PRIVATE),
    });
});
