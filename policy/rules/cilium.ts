import type { Reader } from "../engine/value";
import { labelsAt } from "./support/labels";
import { chartRule } from "./support/releases";
import { inTurn, requireFlag, requireForm, requireNumber, requireOneOf } from "./support/values";

const BANDWIDTH = "https://docs.cilium.io/en/stable/network/kubernetes/bandwidth-manager/";
const ENI = "https://docs.cilium.io/en/stable/network/concepts/ipam/eni/";

export const ciliumBandwidth = chartRule(
    "cilium",
    {
        name: "cilium-bandwidth-limits",
        description: "The network enforces the limits of bandwidth that pods carry, at every way out of a node",
        severity: "critical",
        references: ["openclaw promise 1"],
        remediation:
            "Set bandwidthManager.enabled true, l7Proxy, envoy.enabled, encryption.enabled and bpf.hostLegacyRouting false, and name the devices.",
        url: BANDWIDTH,
    },
    (values, report) =>
        inTurn(
            () => requireFlag(values, "bandwidthManager.enabled", true, report),
            () => requireFlag(values, "bandwidthManager.bbr", false, report),
            () => requireFlag(values, "bpf.hostLegacyRouting", false, report),
            // What goes through a proxy or a tunnel has no limit.
            () => requireFlag(values, "l7Proxy", false, report),
            () => requireFlag(values, "envoy.enabled", false, report),
            () => requireFlag(values, "encryption.enabled", false, report),
        ),
);

export const ciliumDevices = chartRule(
    "cilium",
    {
        name: "cilium-devices",
        description: "The network looks at every device of a node, that of Pod Identity among them",
        severity: "high",
        references: ["openclaw promise 1"],
        remediation: "Set devices to [eth+, pod-id-link+].",
        url: BANDWIDTH,
    },
    (values, report) => {
        const devices = values.texts("devices");
        for (const wanted of ["eth+", "pod-id-link+"]) {
            if (!devices.includes(wanted)) report(`does not look at the devices ${wanted}`);
        }
    },
);

export const ciliumPolicies = chartRule(
    "cilium",
    {
        name: "cilium-policy-enforcement",
        description: "The network enforces policies, and does not only note what they would refuse",
        severity: "critical",
        references: ["CIS EKS 4.3.1", "openclaw promise 1"],
        remediation: "Set policyEnforcementMode to default or always, and policyAuditMode to false.",
        url: "https://docs.cilium.io/en/stable/security/policy/intro/#policy-enforcement-modes",
    },
    (values, report) =>
        inTurn(
            () => requireOneOf(values, "policyEnforcementMode", ["default", "always"], report),
            () => requireFlag(values, "policyAuditMode", false, report),
        ),
);

export const ciliumServices = chartRule(
    "cilium",
    {
        name: "cilium-services",
        description: "The network serves services itself, and finds the API of the cluster without them",
        severity: "high",
        references: ["openclaw promise 6"],
        remediation: "Set kubeProxyReplacement to true, k8sServiceHost to the API's name and k8sServicePort to 443.",
        url: "https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/",
    },
    (values, report) =>
        inTurn(
            () => requireFlag(values, "kubeProxyReplacement", true, report),
            () => requireForm(values, "k8sServiceHost", /^[\w-]+(\.[\w-]+)+$/, "the name of the API", report),
            () => requireNumber(values, "k8sServicePort", { least: 443, most: 443 }, report),
        ),
);

export const ciliumAddresses = chartRule(
    "cilium",
    {
        name: "cilium-addresses",
        description: "Every pod has an address of the VPC, by which flow logs and security groups know it",
        severity: "high",
        references: ["openclaw promise 1", "openclaw promise 2"],
        remediation:
            "Set ipam.mode eni, eni.enabled and prefix delegation, native routing without masquerading, and the subnets' tags.",
        url: ENI,
    },
    (values, report) =>
        inTurn(
            () => requireOneOf(values, "ipam.mode", ["eni"], report),
            () => requireFlag(values, "eni.enabled", true, report),
            () => requireFlag(values, "eni.awsEnablePrefixDelegation", true, report),
            () => requireOneOf(values, "routingMode", ["native"], report),
            () => requireFlag(values, "enableIPv4Masquerade", false, report),
            () => requireFlag(values, "enableIPv6Masquerade", false, report),
            () => requireFlag(values, "bpf.masquerade", false, report),
            // Without them Cilium takes any subnet and any instance of the account.
            () => requireTags(values, "eni.nodeSpec.subnetTags", report),
            () => requireTags(values, "eni.instanceTagsFilter", report),
            () => requireNumber(values, "eni.nodeSpec.firstInterfaceIndex", { least: 1, most: 1 }, report),
        ),
);

export const ciliumTags = chartRule(
    "cilium",
    {
        name: "cilium-interface-tags",
        description: "The interfaces that the network makes say whose they are, by which its role may change them",
        severity: "medium",
        references: ["openclaw promise 7"],
        remediation: "Set eni.eniTags: the platform's tags, and kubernetes.io/cluster/NAME owned.",
        url: ENI,
    },
    (values, report) => {
        const tags = labelsAt(values, "eni.eniTags");
        const missing = TAGS.filter((tag) => !tags.get(tag));
        if (missing.length > 0) report(`has no tag ${missing.join(", ")}`);
        const owned = [...tags].some(([key, value]) => key.startsWith("kubernetes.io/cluster/") && value === "owned");
        if (!owned) report("has no tag of its cluster");
    },
);

const TAGS = ["openclaw:environment", "openclaw:owner", "openclaw:cost-center"];

function requireTags(values: Reader, path: string, report: (message: string) => void): void {
    const tags = values.texts(path);
    if (tags.length === 0 || tags.some((tag) => !/^[^=]+=.+$/.test(tag))) {
        report(`has ${path} ${tags.join(", ") || "of none"}, tags such as key=value are required`);
    }
}

export const ciliumHubble = chartRule(
    "cilium",
    {
        name: "cilium-hubble-closed",
        description: "Nobody reads the flows of the network from elsewhere",
        severity: "medium",
        references: ["openclaw promise 1"],
        remediation: "Leave hubble.listenAddress empty, and hubble.relay and hubble.ui disabled.",
        url: "https://docs.cilium.io/en/stable/observability/hubble/setup/",
    },
    (values, report) =>
        inTurn(
            () => {
                const address = values.text("hubble.listenAddress");
                if (address !== "")
                    report(`has hubble.listenAddress ${address ?? "of none"}, an empty one is required`);
            },
            () => requireFlag(values, "hubble.relay.enabled", false, report),
            () => requireFlag(values, "hubble.ui.enabled", false, report),
        ),
);

export const ciliumAvailability = chartRule(
    "cilium",
    {
        name: "cilium-availability",
        description: "The network outlives the loss of a node and is rolled out when its settings change",
        severity: "high",
        references: ["openclaw promise 6"],
        remediation:
            "Set operator.replicas to 2 or more over zones with a disruption budget, the critical priority class, and the roll-outs.",
        url: "https://docs.cilium.io/en/stable/helm-reference/",
    },
    (values, report) =>
        inTurn(
            () => requireNumber(values, "operator.replicas", { least: 2, most: 9 }, report),
            () => requireFlag(values, "operator.podDisruptionBudget.enabled", true, report),
            () => requireNumber(values, "operator.podDisruptionBudget.maxUnavailable", { least: 1, most: 1 }, report),
            () => {
                const keys = values.list("operator.topologySpreadConstraints").map((each) => each.text("topologyKey"));
                if (!keys.includes("topology.kubernetes.io/zone"))
                    report("has an operator that is not spread over zones");
            },
            () => requireFlag(values, "enableCriticalPriorityClass", true, report),
            () => requireFlag(values, "rollOutCiliumPods", true, report),
            () => requireFlag(values, "operator.rollOutPods", true, report),
        ),
);

export const ciliumRules = [
    ciliumBandwidth,
    ciliumDevices,
    ciliumPolicies,
    ciliumServices,
    ciliumAddresses,
    ciliumTags,
    ciliumHubble,
    ciliumAvailability,
];
