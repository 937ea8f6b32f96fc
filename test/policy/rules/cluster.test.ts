import * as access from "../../../policy/rules/cluster-access";
import * as rules from "../../../policy/rules/cluster";
import { addLike, all, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const CLUSTER = "cluster-eks";
const ADMIN = "cluster-admin-openclaw-platform-admin";
const ENTRY = "aws:eks/accessEntry:AccessEntry";
const ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
const USER = "arn:aws:iam::111122223333:user/somebody";

describe("policy: cluster", () => {
    prove(rules.clusterLogs, {
        breaks: [
            set(CLUSTER, "enabledClusterLogTypes", ["api", "authenticator", "controllerManager", "scheduler"]),
            set(CLUSTER, "enabledClusterLogTypes", []),
        ],
        missing: unset(CLUSTER, "enabledClusterLogTypes"),
        unknown: unknown(CLUSTER, "enabledClusterLogTypes"),
    });

    prove(rules.clusterSecrets, {
        breaks: [set(CLUSTER, "encryptionConfig.resources", [])],
        missing: unset(CLUSTER, "encryptionConfig.resources"),
        unknown: unknown(CLUSTER, "encryptionConfig.resources"),
    });

    prove(rules.clusterPrivateEndpoint, {
        breaks: [set(CLUSTER, "vpcConfig.endpointPrivateAccess", false)],
        missing: unset(CLUSTER, "vpcConfig.endpointPrivateAccess"),
        unknown: unknown(CLUSTER, "vpcConfig.endpointPrivateAccess"),
    });

    prove(rules.clusterPublicEndpoint, {
        breaks: [set(CLUSTER, "vpcConfig.endpointPublicAccess", true)],
        missing: unset(CLUSTER, "vpcConfig.endpointPublicAccess"),
        unknown: unknown(CLUSTER, "vpcConfig.endpointPublicAccess"),
    });

    prove(rules.clusterPublicEndpoint, {
        stack: "staging",
        breaks: [
            set(CLUSTER, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"]),
            set(CLUSTER, "vpcConfig.publicAccessCidrs", ["203.0.113.0/24", "198.51.100.0/24"]),
            set(CLUSTER, "vpcConfig.publicAccessCidrs", ["everywhere"]),
        ],
        missing: unset(CLUSTER, "vpcConfig.publicAccessCidrs"),
        unknown: unknown(CLUSTER, "vpcConfig.publicAccessCidrs"),
    });

    prove(rules.clusterVersion, {
        breaks: [
            all(
                set(CLUSTER, "version", "1.33"),
                set("system-nodes-a", "version", "1.33"),
                set("system-nodes-b", "version", "1.33"),
            ),
        ],
        missing: unset(CLUSTER, "version"),
        unknown: unknown(CLUSTER, "version"),
    });

    prove(rules.clusterSupport, {
        breaks: [set(CLUSTER, "upgradePolicy.supportType", "EXTENDED")],
        missing: unset(CLUSTER, "upgradePolicy"),
        unknown: unknown(CLUSTER, "upgradePolicy.supportType"),
    });

    prove(rules.clusterAuthentication, {
        breaks: [
            set(CLUSTER, "accessConfig.authenticationMode", "API_AND_CONFIG_MAP"),
            set(CLUSTER, "accessConfig.bootstrapClusterCreatorAdminPermissions", true),
        ],
        missing: unset(CLUSTER, "accessConfig.bootstrapClusterCreatorAdminPermissions"),
        unknown: unknown(CLUSTER, "accessConfig.authenticationMode"),
    });

    prove(rules.clusterOwnAddOns, {
        breaks: [set(CLUSTER, "bootstrapSelfManagedAddons", true)],
        missing: unset(CLUSTER, "bootstrapSelfManagedAddons"),
        unknown: unknown(CLUSTER, "bootstrapSelfManagedAddons"),
    });

    prove(rules.clusterZonalShift, {
        breaks: [set(CLUSTER, "zonalShiftConfig.enabled", false)],
        missing: unset(CLUSTER, "zonalShiftConfig"),
        unknown: unknown(CLUSTER, "zonalShiftConfig.enabled"),
    });

    prove(rules.clusterServiceAddresses, {
        breaks: [
            set(CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr", "10.64.0.0/20"),
            set(CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr", "10.0.0.0/8"),
            set(CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr", "8.8.0.0/16"),
            set(CLUSTER, "kubernetesNetworkConfig.ipFamily", "ipv6"),
        ],
        missing: unset(CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr"),
        unknown: unknown(CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr"),
    });

    prove(access.clusterPrincipals, {
        breaks: [
            set(ADMIN, "principalArn", USER, ENTRY),
            set(ADMIN, "principalArn", "arn:aws:iam::111122223333:root", ASSOCIATION),
            set(ADMIN, "kubernetesGroups", ["system:masters"], ENTRY),
        ],
        missing: unset(ADMIN, "principalArn", ENTRY),
        unknown: unknown(ADMIN, "principalArn", ENTRY),
    });

    prove(access.clusterEntryType, {
        breaks: [set(ADMIN, "type", "ANY", ENTRY)],
        missing: unset(ADMIN, "type", ENTRY),
        unknown: unknown(ADMIN, "type", ENTRY),
    });

    prove(access.clusterAdministrators, {
        breaks: [
            remove(ADMIN),
            set(ADMIN, "policyArn", VIEW, ASSOCIATION),
            all(
                set(ADMIN, "accessScope.type", "namespace", ASSOCIATION),
                set(ADMIN, "accessScope.namespaces", ["kube-system"], ASSOCIATION),
            ),
            all(...["one", "two", "three"].map((added) => addLike(ADMIN, added, () => undefined, ASSOCIATION))),
        ],
        missing: unset(ADMIN, "accessScope", ASSOCIATION),
        unknown: unknown(ADMIN, "policyArn", ASSOCIATION),
    });

    prove(access.clusterAccessPolicies, {
        breaks: [
            set(ADMIN, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess", ASSOCIATION),
            set(ADMIN, "accessScope.type", "everywhere", ASSOCIATION),
            set(ADMIN, "accessScope.type", "namespace", ASSOCIATION),
        ],
        missing: unset(ADMIN, "policyArn", ASSOCIATION),
        unknown: unknown(ADMIN, "policyArn", ASSOCIATION),
        also: { "cluster-administrators": "what is no policy of EKS makes nobody an administrator" },
    });

    prove(access.clusterNodeEntry, {
        breaks: [set("karpenter-node", "type", "STANDARD", ENTRY)],
        missing: unset("karpenter-node", "principalArn", ENTRY),
        unknown: unknown("karpenter-node", "type", ENTRY),
    });
});
