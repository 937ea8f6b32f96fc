import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { labelsAt } from "./support/labels";
import { nodesOf, selectsNodes } from "./support/nodes";
import { chartRule, RELEASE, releasesOf } from "./support/releases";
import { inTurn, requireFlag, requireForm, requireNumber, requireOneOf } from "./support/values";

const types = [RELEASE];
const HELM = "https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/";
const KARPENTER = "https://karpenter.sh/docs/reference/settings/";

export const releaseVersion = resourceRule({
    name: "release-version",
    description: "Every chart is one version that somebody chose, from a registry that is trusted",
    severity: "high",
    references: ["Kubescape C-0078", "NSA/CISA Upgrading and application security", "openclaw promise 8"],
    remediation: "Set version to a whole version such as 1.20.1, and chart to an address in one of the registries.",
    url: HELM,
    types,
    settings: {
        registries: z
            .array(z.string().min(1))
            .default(["oci://quay.io/", "oci://public.ecr.aws/", "oci://ghcr.io/", "oci://registry.k8s.io/"])
            .describe("Beginnings of addresses of charts that are trusted"),
    },
    check: ({ props }, report, { registries }) =>
        inTurn(
            () => requireForm(props, "version", /^v?\d+\.\d+\.\d+$/, "a whole version such as 1.20.1", report),
            () => {
                const repository = props.text("repositoryOpts.repo");
                const chart = props.text("chart") ?? "no chart";
                const from = repository === undefined ? chart : `${repository}/${chart}`;
                if (!registries.some((each) => from.startsWith(each)))
                    report(`is from ${from}, ${registries.join(", ")} are trusted`);
            },
            () => requireForm(props, "name", /^[a-z0-9][a-z0-9-]*$/, "a name of the release", report),
            () => {
                const namespace = props.text("namespace") ?? "default";
                if (namespace === "default") report("is in the namespace default");
            },
        ),
});

export const releaseResources = stackRule({
    name: "release-resources",
    description: "What charts run requests processor and memory, and has an end of memory",
    severity: "medium",
    references: ["Polaris cpuRequestsMissing", "Polaris memoryLimitsMissing", "openclaw promise 6"],
    remediation: "Set the chart's values of resources: requests of cpu and memory, limits of memory.",
    url: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    types,
    settings: {
        places: z
            .record(z.string(), z.array(z.string()))
            .default({ cilium: ["resources", "operator.resources"], karpenter: ["controller.resources"] })
            .describe("Where each chart's values have resources"),
    },
    check(stack, report, { places }) {
        for (const [chart, paths] of Object.entries(places)) {
            stack.each(releasesOf(stack, chart), (resource) =>
                inTurn(
                    ...paths.flatMap((path) =>
                        ["requests.cpu", "requests.memory", "limits.memory"].map((field) => () => {
                            const form = /^\d+(\.\d+)?(m|[KMG]i)?$/;
                            const tell = (message: string) => report(resource, message);
                            requireForm(resource.props, `values.${path}.${field}`, form, "a quantity", tell);
                        }),
                    ),
                ),
            );
        }
    },
});

export const karpenterSettings = chartRule(
    "karpenter",
    {
        name: "karpenter-settings",
        description:
            "Karpenter outlives the loss of a node, hears of interruptions, and leaves a zone that is in trouble",
        severity: "high",
        references: ["openclaw promise 2", "openclaw promise 6"],
        remediation: "Set replicas to 2 or more and settings.interruptionQueue to the queue's name.",
        url: KARPENTER,
    },
    (values, report) =>
        inTurn(
            () => requireNumber(values, "replicas", { least: 2, most: 9 }, report),
            () => requireForm(values, "settings.interruptionQueue", /^[\w-]+(\.fifo)?$/, "the name of a queue", report),
            () => requireOneOf(values, "dnsPolicy", ["Default"], report),
        ),
);

export const karpenterNodeRepair = chartRule(
    "karpenter",
    {
        name: "karpenter-node-repair",
        description: "A node of agents that falls silent is replaced by itself: its agents do not wait for a person",
        severity: "medium",
        references: ["openclaw promise 6"],
        remediation: "Set settings.featureGates.nodeRepair to true.",
        url: "https://karpenter.sh/docs/concepts/disruption/#node-auto-repair",
    },
    (values, report) => requireFlag(values, "settings.featureGates.nodeRepair", true, report),
);

export const karpenterZonalShift = chartRule(
    "karpenter",
    {
        name: "karpenter-zonal-shift",
        description: "Karpenter leaves a zone that is in trouble when AWS or somebody shifts away from it",
        severity: "medium",
        references: ["openclaw promise 6"],
        remediation: "Set settings.enableZonalShift to true.",
        url: KARPENTER,
    },
    (values, report) => requireFlag(values, "settings.enableZonalShift", true, report),
);

const CLUSTER = "aws:eks/cluster:Cluster";

export const releaseCluster = stackRule({
    name: "release-cluster",
    description: "Charts that work for one cluster name that of the stack",
    severity: "medium",
    references: ["openclaw promise 8"],
    remediation: "Set the chart's value to the name of the cluster.",
    url: KARPENTER,
    types,
    settings: {
        places: z
            .record(z.string(), z.string())
            .default({ cilium: "cluster.name", karpenter: "settings.clusterName" })
            .describe("Where each chart's values have the cluster's name"),
    },
    check(stack, report, { places }) {
        const names = stack
            .ofType(CLUSTER)
            .flatMap((cluster) => stack.decide(cluster, () => cluster.props.text("name"), undefined) ?? []);
        // A cluster without a set name gets one when it is made.
        if (names.length === 0) return;
        for (const [chart, path] of Object.entries(places)) {
            stack.each(releasesOf(stack, chart), (resource) => {
                const said = resource.props.text(`values.${path}`);
                if (said !== undefined && names.includes(said)) return;
                report(resource, `has ${path} ${said ?? "of none"}, ${names.join(" or ")} is required`);
            });
        }
    },
});

export const releasePlacement = stackRule({
    name: "release-placement",
    description: "What charts run is on nodes that there are",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set the chart's nodeSelector to labels of a node group.",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/",
    types,
    settings: {
        places: z
            .record(z.string(), z.string())
            .default({ cilium: "operator.nodeSelector", karpenter: "nodeSelector" })
            .describe("Where each chart's values select nodes"),
    },
    check(stack, report, { places }) {
        const before = stack.undecided.length;
        const nodes = nodesOf(stack);
        if (nodes.length === 0 || stack.undecided.length > before) return;
        for (const [chart, path] of Object.entries(places)) {
            stack.each(releasesOf(stack, chart), (resource) => {
                const selector = labelsAt(resource.props, `values.${path}`);
                const own = [...selector.keys()].filter((key) => !key.startsWith("kubernetes.io/"));
                const found = nodes.some((each) => selectsNodes(selector, each));
                if (found && own.length > 0) return;
                const said = [...selector].map(([key, value]) => `${key}=${value}`).join(", ");
                report(resource, `has ${path} ${said || "of none"}, which selects no nodes of the stack`);
            });
        }
    },
});

export const karpenterDefinitions = stackRule({
    name: "karpenter-definitions",
    description: "Karpenter and the definitions of its objects are one version, and a release of their own keeps these",
    severity: "medium",
    references: ["openclaw promise 8"],
    remediation: "Give karpenter-crd the version of karpenter, and set skipCrds there.",
    url: "https://karpenter.sh/docs/upgrading/upgrade-guide/#crd-upgrades",
    types,
    check(stack, report) {
        const definitions = releasesOf(stack, "karpenter-crd");
        stack.each(releasesOf(stack, "karpenter"), (resource) => {
            const version = resource.props.text("version");
            for (const each of definitions) {
                const theirs = stack.decide(each, () => each.props.text("version"), version);
                if (theirs !== version)
                    report(each, `is version ${theirs ?? "of none"}, karpenter is ${version ?? "of none"}`);
            }
            if (definitions.length === 0) return report(resource, "has no release of its definitions");
            if (resource.props.flag("skipCrds") !== true) report(resource, "makes its definitions a second time");
        });
    },
});

export const clusterConnection = resourceRule({
    name: "cluster-connection",
    description: "Pulumi reaches the cluster by TLS and with credentials of the moment, not with any that are kept",
    severity: "critical",
    references: ["Kubescape C-0012", "openclaw promise 4"],
    remediation: "Give the provider a kubeconfig with exec aws eks get-token and the cluster's certificate authority.",
    url: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
    types: ["pulumi:providers:kubernetes"],
    check({ props }, report) {
        const config = props.json("kubeconfig");
        for (const { user, name } of config
            .list("users")
            .map((each) => ({ user: each.get("user"), name: each.text("name") }))) {
            const kept = user.keys().filter((key) => key !== "exec");
            if (kept.length > 0) report(`has ${kept.join(", ")} of ${name ?? "a user"}`);
            if (!user.has("exec.command")) report(`has no command that gets credentials for ${name ?? "a user"}`);
        }
        const clusters = config.list("clusters").map((each) => each.get("cluster"));
        if (clusters.length === 0) report("has no kubeconfig with a cluster");
        for (const cluster of clusters) {
            if (!/^https:\/\//.test(cluster.text("server") ?? ""))
                report(`reaches the API at ${cluster.text("server") ?? "nowhere"}`);
            if (!cluster.has("certificate-authority-data")) report("does not know the cluster's certificate authority");
            if (cluster.flag("insecure-skip-tls-verify") === true) report("does not verify the cluster's certificate");
        }
    },
});

export const releaseRules = [
    releaseVersion,
    releaseResources,
    releaseCluster,
    releasePlacement,
    karpenterSettings,
    karpenterNodeRepair,
    karpenterZonalShift,
    karpenterDefinitions,
    clusterConnection,
];
