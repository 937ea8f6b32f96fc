import type { Rule } from "../engine/rule";
import { accountRules } from "./accounts";
import { addOnRules } from "./add-ons";
import { agentIdentityRules } from "./agent-identity";
import { agentLifecycleRules } from "./agent-lifecycle";
import { agentNetworkRules } from "./agent-network";
import { agentRules } from "./agents";
import { alarmLimitRules } from "./alarm-limits";
import { alarmSubjectRules } from "./alarm-subjects";
import { alarmRules } from "./alarms";
import { archiveRules } from "./archive";
import { brokerRules } from "./brokers";
import { bucketAccessRules } from "./bucket-access";
import { bucketRules } from "./buckets";
import { ciliumRules } from "./cilium";
import { clusterRules } from "./cluster";
import { clusterAccessRules } from "./cluster-access";
import { costRules } from "./cost";
import { customerKeyRules } from "./customer-keys";
import { databaseRules } from "./database";
import { databaseAvailabilityRules } from "./database-availability";
import { databaseOperationRules } from "./database-operation";
import { databaseProxyRules } from "./database-proxy";
import { deliveryRules } from "./delivery";
import { egressProxyRules } from "./egress-proxy";
import { encryptionRules } from "./encryption";
import { endpointRules } from "./endpoints";
import { eventRules } from "./events";
import { gatewayRules } from "./gateway";
import { guardrailRules } from "./guardrails";
import { headroomRules } from "./headroom";
import { iamRules } from "./iam";
import { iamDocumentRules } from "./iam-documents";
import { imageRules } from "./images";
import { jobRules } from "./jobs";
import { keyRules } from "./keys";
import { launchTemplateRules } from "./launch-templates";
import { logRules } from "./logs";
import { namespaceRules } from "./namespaces";
import { networkRules } from "./network";
import { nodeClassRules } from "./node-classes";
import { nodeGroupRules } from "./node-groups";
import { nodeRules } from "./nodes";
import { notificationRules } from "./notifications";
import { placementRules } from "./placement";
import { podNetworkRules } from "./pod-network";
import { podReachRules } from "./pod-reach";
import { podRules } from "./pods";
import { probeRules } from "./probes";
import { protectionRules } from "./protection";
import { quotaRules } from "./quotas";
import { rbacRules } from "./rbac";
import { recoveryRules } from "./recovery";
import { releaseRules } from "./releases";
import { replicationRules } from "./replication";
import { replicationWatchRules } from "./replication-watch";
import { resourcePolicyRules } from "./resource-policies";
import { resourceRules } from "./resources";
import { restoreTestRules } from "./restore-tests";
import { roleTrustRules } from "./role-trust";
import { securityGroupRules } from "./security-groups";
import { serviceRules } from "./services";
import { stateRules } from "./state";
import { storageRules } from "./storage";
import { tagRules } from "./tags";
import { topicSizeRules } from "./topic-sizes";
import { topicRules } from "./topics";
import { vaultRules } from "./vaults";
import { volumeRules } from "./volumes";
import { wayOutRules } from "./ways-out";
import { workloadRules } from "./workloads";

/** Rules that belong together, for the catalogue. */
export interface Concern {
    readonly title: string;
    readonly rules: readonly Rule[];
}

/** Every rule of the pack, by concern. */
export const CONCERNS: readonly Concern[] = [
    { title: "Agents", rules: agentRules },
    { title: "Start, end and roll-out of agents", rules: agentLifecycleRules },
    { title: "Gateways of agents", rules: gatewayRules },
    { title: "State of agents", rules: stateRules },
    { title: "Replication of agents' state", rules: [...replicationRules, ...replicationWatchRules] },
    { title: "Storage classes", rules: storageRules },
    { title: "Namespaces", rules: namespaceRules },
    { title: "Quotas and limits", rules: quotaRules },
    { title: "Services", rules: serviceRules },
    { title: "Network of the cluster", rules: ciliumRules },
    { title: "Charts of the cluster", rules: releaseRules },
    { title: "Node classes", rules: nodeClassRules },
    { title: "Node pools", rules: nodeRules },
    { title: "Guardrails of the cluster", rules: guardrailRules },
    { title: "Network of agents", rules: agentNetworkRules },
    { title: "Network of pods", rules: podNetworkRules },
    { title: "What pods reach", rules: podReachRules },
    { title: "Egress proxies", rules: egressProxyRules },
    { title: "Pods", rules: podRules },
    { title: "Images", rules: imageRules },
    { title: "Processor, memory and scratch space", rules: resourceRules },
    { title: "Probes", rules: probeRules },
    { title: "Replicas, zones and disruptions", rules: workloadRules },
    { title: "Priorities and headroom", rules: headroomRules },
    { title: "Places of pods", rules: placementRules },
    { title: "Jobs", rules: jobRules },
    { title: "Volumes of pods", rules: volumeRules },
    { title: "Service accounts", rules: accountRules },
    { title: "Rights in the cluster", rules: rbacRules },
    { title: "Logs", rules: logRules },
    { title: "Encryption", rules: encryptionRules },
    { title: "Keys", rules: keyRules },
    { title: "Keys of services", rules: customerKeyRules },
    { title: "Database: access", rules: databaseRules },
    { title: "Database: availability", rules: databaseAvailabilityRules },
    { title: "Database: operation", rules: databaseOperationRules },
    { title: "Database: proxies", rules: databaseProxyRules },
    { title: "Protection against deletion", rules: protectionRules },
    { title: "Recovery", rules: recoveryRules },
    { title: "Backup vaults", rules: vaultRules },
    { title: "Tests of restores", rules: restoreTestRules },
    { title: "Buckets", rules: bucketRules },
    { title: "Access to buckets", rules: bucketAccessRules },
    { title: "Archive and history", rules: archiveRules },
    { title: "Delivery to the archive", rules: deliveryRules },
    { title: "Brokers", rules: brokerRules },
    { title: "Replication and topics", rules: topicRules },
    { title: "Sizes of topics", rules: topicSizeRules },
    { title: "Cluster", rules: clusterRules },
    { title: "Access to the cluster", rules: clusterAccessRules },
    { title: "Add-ons", rules: addOnRules },
    { title: "Node groups", rules: nodeGroupRules },
    { title: "Launch templates", rules: launchTemplateRules },
    { title: "Alarms", rules: alarmRules },
    { title: "Notifications and budget", rules: notificationRules },
    { title: "Network", rules: networkRules },
    { title: "Ways out and zones", rules: wayOutRules },
    { title: "Endpoints", rules: endpointRules },
    { title: "Security groups", rules: securityGroupRules },
    { title: "Rights in AWS", rules: iamRules },
    { title: "Policy documents", rules: iamDocumentRules },
    { title: "Who takes on roles", rules: roleTrustRules },
    { title: "Rights of agents", rules: agentIdentityRules },
    { title: "Policies of topics, queues, brokers and endpoints", rules: resourcePolicyRules },
    { title: "Tags", rules: tagRules },
    { title: "Regions, accounts and machines", rules: costRules },
    { title: "Limits of alarms", rules: alarmLimitRules },
    { title: "What alarms watch", rules: alarmSubjectRules },
    { title: "Events, subscriptions and warnings", rules: eventRules },
];

/** Every rule of the pack. */
export const RULES: readonly Rule[] = CONCERNS.flatMap(({ rules }) => rules);
