import * as rules from "../../../policy/rules/cilium";
import { of } from "../support/kubernetes";
import { prove } from "../support/prove";

const cilium = of("cilium-chart", "kubernetes:helm.sh/v3:Release", "values");

describe("policy: network of the cluster", () => {
    prove(rules.ciliumBandwidth, {
        breaks: [
            cilium.set("bandwidthManager.enabled", false),
            cilium.set("l7Proxy", true),
            cilium.set("encryption.enabled", true),
            cilium.set("bpf.hostLegacyRouting", true),
        ],
        missing: cilium.unset("bandwidthManager"),
        unknown: cilium.unknown("bandwidthManager.enabled"),
    });

    prove(rules.ciliumDevices, {
        breaks: [cilium.set("devices", ["eth+"])],
        missing: cilium.unset("devices"),
        unknown: cilium.unknown("devices"),
    });

    prove(rules.ciliumPolicies, {
        breaks: [cilium.set("policyEnforcementMode", "never"), cilium.set("policyAuditMode", true)],
        missing: cilium.unset("policyAuditMode"),
        unknown: cilium.unknown("policyAuditMode"),
    });

    prove(rules.ciliumServices, {
        breaks: [cilium.set("kubeProxyReplacement", "false"), cilium.set("k8sServicePort", 6443)],
        missing: cilium.unset("k8sServiceHost"),
        unknown: cilium.unknown("k8sServiceHost"),
    });

    prove(rules.ciliumAddresses, {
        breaks: [
            cilium.set("ipam.mode", "cluster-pool"),
            cilium.set("routingMode", "tunnel"),
            cilium.set("enableIPv4Masquerade", true),
            cilium.set("eni.nodeSpec.subnetTags", []),
        ],
        missing: cilium.unset("eni"),
        unknown: cilium.unknown("eni.instanceTagsFilter"),
    });

    prove(rules.ciliumTags, {
        breaks: [
            cilium.entry("eni.eniTags", "openclaw:owner"),
            cilium.entry("eni.eniTags", "kubernetes.io/cluster/openclaw-prod", "shared"),
        ],
        missing: cilium.unset("eni.eniTags"),
        unknown: cilium.unknown("eni.eniTags"),
    });

    prove(rules.ciliumHubble, {
        breaks: [cilium.set("hubble.listenAddress", ":4244"), cilium.set("hubble.relay.enabled", true)],
        missing: cilium.unset("hubble"),
        unknown: cilium.unknown("hubble.listenAddress"),
    });

    prove(rules.ciliumAvailability, {
        breaks: [
            cilium.set("operator.replicas", 1),
            cilium.set("operator.topologySpreadConstraints", []),
            cilium.set("rollOutCiliumPods", false),
            cilium.set("enableCriticalPriorityClass", false),
        ],
        missing: cilium.unset("operator.podDisruptionBudget"),
        unknown: cilium.unknown("operator.replicas"),
    });
});
