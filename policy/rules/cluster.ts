import { z } from "zod";
import { isPrivate, overlaps, parseCidr } from "../../components/model/addresses";
import { resourceRule, stackRule } from "../engine/rule";
import { cidrAt } from "./support/addresses";
import { inTurn, requireFlag, requireOneOf } from "./support/values";

export const EKS_CLUSTER = "aws:eks/cluster:Cluster";
const VPC = "aws:ec2/vpc:Vpc";
const GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide";

const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

export const clusterLogs = resourceRule({
    name: "cluster-logs",
    description: "The control plane of every cluster writes all of its logs, the audit log among them",
    severity: "high",
    references: [
        "AWS FSBP EKS.8",
        "Checkov CKV_AWS_37",
        "Trivy AWS-0038",
        "Kubescape C-0067",
        "Kubescape C-0254",
        "CIS EKS 2.1.1",
        "openclaw promise 7",
    ],
    remediation: `Set enabledClusterLogTypes to ${LOG_TYPES.join(", ")}.`,
    url: `${GUIDE}/control-plane-logs.html`,
    types: [EKS_CLUSTER],
    settings: {
        types: z.array(z.enum(LOG_TYPES)).min(1).default(LOG_TYPES).describe("Logs that must be written"),
    },
    check({ props }, report, { types }) {
        const written = props.texts("enabledClusterLogTypes");
        const lacking = types.filter((type) => !written.includes(type));
        if (lacking.length > 0) report(`does not write the logs ${lacking.join(", ")}`);
    },
});

export const clusterSecrets = resourceRule({
    name: "cluster-secrets",
    description: "Every cluster encrypts its secrets before it stores them",
    severity: "high",
    references: [
        "AWS FSBP EKS.3",
        "Checkov CKV_AWS_58",
        "Trivy AWS-0039",
        "Kubescape C-0066",
        "Kubescape C-0244",
        "CIS EKS 5.3.1",
        "openclaw promise 4",
    ],
    remediation: "Set encryptionConfig with resources [secrets] and a key of our own. It cannot be taken back.",
    url: `${GUIDE}/enable-kms.html`,
    types: [EKS_CLUSTER],
    check({ props }, report) {
        if (!props.texts("encryptionConfig.resources").includes("secrets")) report("does not encrypt its secrets");
    },
});

export const clusterPrivateEndpoint = resourceRule({
    name: "cluster-private-endpoint",
    description: "Nodes and pods reach the API of their cluster inside the VPC",
    severity: "high",
    references: ["Kubescape C-0228", "CIS EKS 5.4.2", "openclaw promise 6"],
    remediation: "Set vpcConfig.endpointPrivateAccess to true.",
    url: `${GUIDE}/cluster-endpoint.html`,
    types: [EKS_CLUSTER],
    check: ({ props }, report) => requireFlag(props, "vpcConfig.endpointPrivateAccess", true, report),
});

export const clusterPublicEndpoint = resourceRule({
    name: "cluster-public-endpoint",
    description:
        "The API of a cluster is not reached from the internet, or from few addresses alone where that is allowed",
    severity: "critical",
    references: [
        "AWS FSBP EKS.1",
        "Checkov CKV_AWS_38",
        "Checkov CKV_AWS_39",
        "Trivy AWS-0040",
        "Trivy AWS-0041",
        "Kubescape C-0228",
        "Kubescape C-0252",
        "CIS EKS 5.4.1",
        "openclaw promise 1",
    ],
    remediation:
        "Set vpcConfig.endpointPublicAccess to false; where it is allowed, name few addresses in publicAccessCidrs.",
    url: `${GUIDE}/cluster-endpoint.html`,
    types: [EKS_CLUSTER],
    settings: {
        allowed: z.boolean().default(false).describe("Whether a public endpoint may be at all"),
        maximumAddresses: z.int().min(1).default(1024).describe("Addresses that may reach a public endpoint at most"),
    },
    check({ props }, report, { allowed, maximumAddresses }) {
        const open = props.flag("vpcConfig.endpointPublicAccess");
        if (open === undefined) report("has no vpcConfig.endpointPublicAccess, which means true");
        if (open !== true) return;
        if (!allowed) {
            report("has vpcConfig.endpointPublicAccess true, it must be false");
            return;
        }
        const ranges = props.list("vpcConfig.publicAccessCidrs");
        if (ranges.length === 0)
            report("has a public endpoint without publicAccessCidrs: all of the internet reaches it");
        const addresses = ranges.reduce((sum, range) => {
            const cidr = cidrAt(range);
            return sum + (cidr === undefined ? Infinity : parseCidr(cidr).size);
        }, 0);
        if (addresses > maximumAddresses) {
            report(`has a public endpoint for ${addresses} addresses, at most ${maximumAddresses} are allowed`);
        }
    },
});

export const clusterVersion = resourceRule({
    name: "cluster-version",
    description: "Every cluster and its nodes run a version of Kubernetes in standard support",
    severity: "high",
    references: ["AWS FSBP EKS.2", "Checkov CKV_AWS_339", "openclaw promise 6"],
    remediation: "Set version to one of the allowed versions, one minor after the other.",
    url: `${GUIDE}/kubernetes-versions.html`,
    types: [EKS_CLUSTER, "aws:eks/nodeGroup:NodeGroup"],
    settings: {
        allowed: z.array(z.string()).min(1).default(["1.35", "1.36"]).describe("Versions that may run"),
    },
    check: ({ props }, report, { allowed }) => requireOneOf(props, "version", allowed, report),
});

export const clusterSupport = resourceRule({
    name: "cluster-support",
    description: "No cluster slips into extended support, at six times the price, because nobody upgraded it",
    severity: "medium",
    references: ["openclaw promise 7"],
    remediation: "Set upgradePolicy.supportType to STANDARD: AWS then upgrades when standard support ends.",
    url: `${GUIDE}/view-upgrade-policy.html`,
    types: [EKS_CLUSTER],
    check: ({ props }, report) => requireOneOf(props, "upgradePolicy.supportType", ["STANDARD"], report),
});

export const clusterAuthentication = resourceRule({
    name: "cluster-authentication",
    description: "Who may enter a cluster is an access entry that this stack makes, and nothing inside the cluster",
    severity: "high",
    references: ["Kubescape C-0285", "openclaw promise 1"],
    remediation: "Set accessConfig.authenticationMode to API and bootstrapClusterCreatorAdminPermissions to false.",
    url: `${GUIDE}/access-entries.html`,
    types: [EKS_CLUSTER],
    check: ({ props }, report) =>
        inTurn(
            () => requireOneOf(props, "accessConfig.authenticationMode", ["API"], report),
            () => requireFlag(props, "accessConfig.bootstrapClusterCreatorAdminPermissions", false, report),
        ),
});

export const clusterOwnAddOns = resourceRule({
    name: "cluster-own-add-ons",
    description: "A cluster starts without add-ons that nobody manages, so that its network is the one chosen here",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation:
        "Set bootstrapSelfManagedAddons to false, and make the add-ons as resources. A change replaces the cluster.",
    url: `${GUIDE}/eks-add-ons.html`,
    types: [EKS_CLUSTER],
    check: ({ props }, report) => requireFlag(props, "bootstrapSelfManagedAddons", false, report),
});

export const clusterZonalShift = resourceRule({
    name: "cluster-zonal-shift",
    description: "Traffic can be moved out of an impaired zone",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set zonalShiftConfig.enabled to true.",
    url: `${GUIDE}/zone-shift.html`,
    types: [EKS_CLUSTER],
    check: ({ props }, report) => requireFlag(props, "zonalShiftConfig.enabled", true, report),
});

export const clusterServiceAddresses = stackRule({
    name: "cluster-service-addresses",
    description: "The addresses of services are private, and no network that pods must reach has the same",
    severity: "medium",
    references: ["openclaw promise 2"],
    remediation:
        "Set kubernetesNetworkConfig.serviceIpv4Cidr to a private /12 to /24 outside of the VPC. It cannot be changed.",
    url: `${GUIDE}/network-reqs.html`,
    types: [EKS_CLUSTER],
    settings: {
        families: z
            .array(z.enum(["ipv4", "ipv6"]))
            .min(1)
            .default(["ipv4"])
            .describe("Families of addresses"),
    },
    check(stack, report, { families }) {
        const networks = stack
            .ofType(VPC)
            .flatMap((vpc) => stack.decide(vpc, () => cidrAt(vpc.props.get("cidrBlock")), undefined) ?? []);
        stack.each(stack.ofType(EKS_CLUSTER), (cluster) => {
            const say = (message: string) => report(cluster, message);
            const network = cluster.props.get("kubernetesNetworkConfig");
            inTurn(
                () => requireOneOf(network, "ipFamily", families, say),
                () => {
                    if (network.text("ipFamily") === "ipv6") return;
                    const range = cidrAt(network.get("serviceIpv4Cidr"));
                    if (range === undefined) say("has no serviceIpv4Cidr: EKS takes one that may be the VPC's own");
                    else if (!isPrivate(range)) say(`has the services at ${range}, which is not private`);
                    else if (networks.some((each) => overlaps(each, range))) {
                        say(`has the services at ${range}, inside the VPC's own addresses`);
                    }
                },
            );
        });
    },
});

export const clusterRules = [
    clusterLogs,
    clusterSecrets,
    clusterPrivateEndpoint,
    clusterPublicEndpoint,
    clusterVersion,
    clusterSupport,
    clusterAuthentication,
    clusterOwnAddOns,
    clusterZonalShift,
    clusterServiceAddresses,
];
