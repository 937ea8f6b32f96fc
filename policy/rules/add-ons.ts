import { z } from "zod";
import type { Resource } from "../engine/resource";
import { type ReportResource, resourceRule, type RuleText, stackRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { referring } from "./support/related";
import { inTurn, requireFlag, requireForm, requireNumber, requireOneOf, requireRole } from "./support/values";

const CLUSTER = "aws:eks/cluster:Cluster";
const ADD_ON = "aws:eks/addon:Addon";
const GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide";

const REQUIRED = [
    "amazon-cloudwatch-observability",
    "aws-ebs-csi-driver",
    "coredns",
    "eks-node-monitoring-agent",
    "eks-pod-identity-agent",
    "metrics-server",
];

export const addOnsPresent = stackRule({
    name: "add-ons-present",
    description: "Every cluster has the add-ons that its promises lean on: names, volumes, identities, metrics, health",
    severity: "high",
    references: ["openclaw promise 4", "openclaw promise 6", "openclaw promise 7"],
    remediation: "Make an aws.eks.Addon for each.",
    url: `${GUIDE}/workloads-add-ons-available-eks.html`,
    types: [CLUSTER],
    settings: { required: z.array(z.string()).default(REQUIRED).describe("Names of the add-ons that must be there") },
    check(stack, report, { required }) {
        const addOns = referring(stack, [ADD_ON], "clusterName");
        stack.each(stack.ofType(CLUSTER), (cluster) => {
            const names = addOns(cluster).map((addOn) => stack.decide(addOn, () => addOn.props.text("addonName"), "?"));
            // One whose name is not known yet may be any of them.
            if (names.includes("?")) return;
            const lacking = required.filter((name) => !names.includes(name));
            if (lacking.length > 0) report(cluster, `lacks the add-ons ${lacking.join(", ")}`);
        });
    },
});

export const addOnConflicts = resourceRule({
    name: "add-on-conflicts",
    description: "What an add-on is, is what stands here: changes by hand are overwritten",
    severity: "low",
    references: ["openclaw promise 8"],
    remediation: "Set resolveConflictsOnCreate and resolveConflictsOnUpdate to OVERWRITE.",
    url: `${GUIDE}/updating-an-add-on.html`,
    types: [ADD_ON],
    check: ({ props }, report) =>
        inTurn(
            () => requireOneOf(props, "resolveConflictsOnCreate", ["OVERWRITE"], report),
            () => requireOneOf(props, "resolveConflictsOnUpdate", ["OVERWRITE"], report),
        ),
});

export const addOnPreserved = resourceRule({
    name: "add-on-preserved",
    description: "An add-on that leaves the stack goes on running: nobody loses volumes or names by a slip",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set preserve to true.",
    url: `${GUIDE}/removing-an-add-on.html`,
    types: [ADD_ON],
    check: ({ props }, report) => requireFlag(props, "preserve", true, report),
});

export const addOnIdentity = resourceRule({
    name: "add-on-identity",
    description: "Add-ons that call AWS have a role of their own, through Pod Identity, and not that of the node",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation:
        "Set podIdentityAssociations with the service account and a role of its own, and no serviceAccountRoleArn.",
    url: `${GUIDE}/add-ons-iam.html`,
    types: [ADD_ON],
    settings: {
        callers: z
            .array(z.string())
            .default(["amazon-cloudwatch-observability", "aws-ebs-csi-driver", "aws-efs-csi-driver", "external-dns"])
            .describe("Add-ons that call AWS"),
    },
    check({ props }, report, { callers }) {
        const name = props.text("addonName");
        if (props.has("serviceAccountRoleArn")) report("has its role through serviceAccountRoleArn");
        if (name === undefined || !callers.includes(name)) return;
        const associations = props.list("podIdentityAssociations");
        if (associations.length === 0) report(`${name} has no podIdentityAssociations, and so the rights of its node`);
        inTurn(
            ...associations.flatMap((association) => [
                () => requireRole(association, "roleArn", report),
                () => requireForm(association, "serviceAccount", /^[a-z0-9]+-[a-z0-9-]+$/, "a service account", report),
            ]),
        );
    },
});

/** A rule over the configuration of one add-on. */
function configurationRule(
    addOn: string,
    text: RuleText,
    check: (configuration: Reader, report: ReportResource, addOn: Resource) => void,
) {
    return resourceRule({
        ...text,
        types: [ADD_ON],
        check(resource, report) {
            if (resource.props.text("addonName") !== addOn) return;
            if (resource.props.has("configurationValues")) {
                check(resource.props.json("configurationValues"), report, resource);
            } else {
                report(`${addOn} has no configurationValues`);
            }
        },
    });
}

export const addOnNames = configurationRule(
    "coredns",
    {
        name: "add-on-names",
        description: "Names are resolved by two pods or more, which become more as the cluster grows",
        severity: "high",
        references: ["openclaw promise 2", "openclaw promise 6"],
        remediation: "Set autoScaling of CoreDNS: enabled true, minReplicas 2 or more, maxReplicas above it.",
        url: `${GUIDE}/coredns-autoscaling.html`,
    },
    (configuration, report) => {
        const least = configuration.number("autoScaling.minReplicas") ?? 2;
        inTurn(
            () => requireFlag(configuration, "autoScaling.enabled", true, report),
            () => requireNumber(configuration, "autoScaling.minReplicas", { least: 2 }, report),
            () => requireNumber(configuration, "autoScaling.maxReplicas", { least: least + 1, most: 100 }, report),
        );
    },
);

export const addOnVolumes = configurationRule(
    "aws-ebs-csi-driver",
    {
        name: "add-on-volumes",
        description: "The driver of volumes knows how many a node takes, and marks its own with the cluster's name",
        severity: "high",
        references: ["openclaw promise 2", "openclaw promise 4"],
        remediation:
            "Set node.reservedVolumeAttachments to the node's own volumes, node.hostNetwork to true (instance metadata is one " +
            "hop away), and controller.k8sTagClusterId to the cluster's name, by which its role is limited.",
        url: "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/options.md",
    },
    (configuration, report, { props }) =>
        inTurn(
            () => requireNumber(configuration, "node.reservedVolumeAttachments", { least: 2, most: 10 }, report),
            () => requireFlag(configuration, "node.hostNetwork", true, report),
            () => {
                const cluster = props.text("clusterName");
                if (cluster !== undefined) {
                    requireOneOf(configuration, "controller.k8sTagClusterId", [cluster], report);
                }
            },
        ),
);

export const addOnObservability = configurationRule(
    "amazon-cloudwatch-observability",
    {
        name: "add-on-observability",
        description: "The cluster's metrics come in the detail that the alarms look at",
        severity: "medium",
        references: ["openclaw promise 7"],
        remediation: "Set agent.config.logs.metrics_collected.kubernetes.enhanced_container_insights to true.",
        url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/container-insights-detailed-metrics.html",
    },
    (configuration, report) =>
        requireFlag(
            configuration,
            "agent.config.logs.metrics_collected.kubernetes.enhanced_container_insights",
            true,
            report,
        ),
);

export const addOnRules = [
    addOnsPresent,
    addOnConflicts,
    addOnPreserved,
    addOnIdentity,
    addOnNames,
    addOnVolumes,
    addOnObservability,
];
