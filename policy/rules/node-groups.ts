import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { referred } from "./support/related";
import { inTurn, requireFlag, requireForm, requireNumber } from "./support/values";

const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const CLUSTER = "aws:eks/cluster:Cluster";
const GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide";

export const nodeGroupImage = resourceRule({
    name: "node-group-image",
    description: "Nodes run an image made for containers alone: no shell, no packages, a root that cannot be written",
    severity: "high",
    references: ["CIS EKS 3.3.1", "Kubescape C-0226", "openclaw promise 1"],
    remediation: "Set amiType to one of Bottlerocket's. A change replaces the nodes.",
    url: `${GUIDE}/eks-optimized-ami-bottlerocket.html`,
    types: [NODE_GROUP],
    settings: {
        families: z.array(z.string()).min(1).default(["BOTTLEROCKET"]).describe("What the type of image begins with"),
    },
    check({ props }, report, { families }) {
        const type = props.text("amiType");
        const required = `${families.join(" or ")} is required`;
        if (type === undefined) report(`has no amiType, ${required}`);
        else if (!families.some((family) => type.startsWith(`${family}_`))) report(`has amiType ${type}, ${required}`);
    },
});

export const nodeGroupCapacity = resourceRule({
    name: "node-group-capacity",
    description: "The platform's own nodes are not taken back by AWS at two minutes' notice",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set capacityType to ON_DEMAND.",
    url: `${GUIDE}/managed-node-groups.html#managed-node-group-capacity-types`,
    types: [NODE_GROUP],
    settings: {
        allowed: z
            .array(z.enum(["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]))
            .min(1)
            .default(["ON_DEMAND"])
            .describe("Ways of paying for nodes"),
    },
    check({ props }, report, { allowed }) {
        const type = props.text("capacityType");
        if (!allowed.some((each) => each === type)) {
            report(`has capacityType ${type ?? "of none"}, ${allowed.join(" or ")} is required`);
        }
    },
});

export const nodeGroupRepair = resourceRule({
    name: "node-group-repair",
    description: "A node that is sick is replaced without anybody being called",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set nodeRepairConfig.enabled to true.",
    url: `${GUIDE}/node-health.html`,
    types: [NODE_GROUP],
    check: ({ props }, report) => requireFlag(props, "nodeRepairConfig.enabled", true, report),
});

export const nodeGroupSize = resourceRule({
    name: "node-group-size",
    description: "Every node group has nodes to spare, room for one more during an upgrade, and an end",
    severity: "high",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation: "Set scalingConfig: minSize from the minimum up, maxSize above it and at most the maximum.",
    url: `${GUIDE}/managed-node-groups.html`,
    types: [NODE_GROUP],
    settings: {
        minimum: z.int().min(0).default(2).describe("Nodes of a group at least"),
        maximum: z.int().min(1).default(10).describe("Nodes of a group at most"),
    },
    check({ props }, report, { minimum, maximum }) {
        const least = props.number("scalingConfig.minSize") ?? minimum;
        const most = props.number("scalingConfig.maxSize") ?? maximum;
        inTurn(
            () => requireNumber(props, "scalingConfig.minSize", { least: minimum, most: maximum }, report),
            () => requireNumber(props, "scalingConfig.maxSize", { least: least + 1, most: maximum }, report),
            () => requireNumber(props, "scalingConfig.desiredSize", { least, most }, report),
        );
    },
});

export const nodeGroupUpdate = resourceRule({
    name: "node-group-update",
    description: "An upgrade takes few nodes of a group away at once",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set updateConfig.maxUnavailable to 1, or maxUnavailablePercentage to 33 or less.",
    url: `${GUIDE}/managed-node-update-behavior.html`,
    types: [NODE_GROUP],
    settings: { maximum: z.int().min(1).default(1).describe("Nodes of a group away at once at most") },
    check({ props }, report, { maximum }) {
        if (props.has("updateConfig.maxUnavailablePercentage")) {
            requireNumber(props, "updateConfig.maxUnavailablePercentage", { least: 1, most: 33 }, report);
        } else requireNumber(props, "updateConfig.maxUnavailable", { least: 1, most: maximum }, report);
    },
});

export const nodeGroupTemplate = resourceRule({
    name: "node-group-template",
    description: "Nodes are made from one version of a launch template of this stack",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Set launchTemplate with the id and a version by number: without one, EKS makes nodes its own way.",
    url: `${GUIDE}/launch-templates.html`,
    types: [NODE_GROUP],
    check({ props }, report) {
        if (!props.has("launchTemplate.id") && !props.has("launchTemplate.name")) report("has no launchTemplate");
        requireForm(props, "launchTemplate.version", /^[1-9]\d*$/, "a version by number", report);
    },
});

export const nodeGroupRemoteAccess = resourceRule({
    name: "node-group-remote-access",
    description: "Nobody logs in to a node over SSH",
    severity: "high",
    references: ["Checkov CKV_AWS_100", "CIS EKS 5.4.3", "openclaw promise 1"],
    remediation: "Remove remoteAccess.",
    url: `${GUIDE}/managed-node-groups.html`,
    types: [NODE_GROUP],
    check({ props }, report) {
        if (props.keys("remoteAccess").length > 0) report("has remoteAccess");
    },
});

export const nodeGroupNetworkTaint = resourceRule({
    name: "node-group-network-taint",
    description: "No pod starts on a node before the network that enforces its policies is there",
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Set a taint with the key, and effect NO_EXECUTE or NO_SCHEDULE; the network's agent takes it away.",
    url: "https://docs.cilium.io/en/stable/installation/taints/",
    types: [NODE_GROUP],
    settings: {
        key: z
            .string()
            .default("node.cilium.io/agent-not-ready")
            .describe("Key of the taint that the network's agent takes away"),
    },
    check({ props }, report, { key }) {
        const [taint] = props.list("taints").filter((each) => each.text("key") === key);
        const effect = taint?.text("effect");
        if (taint === undefined) report(`has no taint ${key}`);
        else if (effect !== "NO_EXECUTE" && effect !== "NO_SCHEDULE") {
            report(`has the taint ${key} with effect ${effect ?? "of none"}, NO_EXECUTE or NO_SCHEDULE is required`);
        } else if (taint.text("value") !== "true") report(`has the taint ${key} without the value true`);
    },
});

export const nodeGroupLabels = resourceRule({
    name: "node-group-labels",
    description: "Nodes bear the labels by which pods choose them",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set the label on the node group.",
    url: `${GUIDE}/managed-node-groups.html`,
    types: [NODE_GROUP],
    settings: {
        labels: z
            .record(z.string(), z.array(z.string()).min(1))
            .default({ "openclaw/pool": ["system"] })
            .describe("Labels that must be there, each with the values that will do"),
    },
    check({ props }, report, { labels }) {
        const has = new Map(props.entries("labels"));
        for (const [key, allowed] of Object.entries(labels)) {
            const value = has.get(key)?.text();
            const required = `${allowed.join(" or ")} is required`;
            if (value === undefined) report(`has no label ${key}, ${required}`);
            else if (!allowed.includes(value)) report(`has the label ${key} ${value}, ${required}`);
        }
    },
});

export const nodeGroupVersion = stackRule({
    name: "node-group-version",
    description: "Nodes run the version of their cluster",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set version of the node group to the cluster's.",
    url: `${GUIDE}/update-managed-node-group.html`,
    types: [NODE_GROUP],
    check(stack, report) {
        stack.each(stack.ofType(NODE_GROUP), (group) => {
            const version = group.props.text("version");
            for (const cluster of referred(stack, group, "clusterName", [CLUSTER])) {
                const wanted = stack.decide(cluster, () => cluster.props.text("version"), version);
                if (version !== wanted) report(group, `has version ${version ?? "of none"}, its cluster ${wanted}`);
            }
        });
    },
});

export const nodeGroupRules = [
    nodeGroupImage,
    nodeGroupCapacity,
    nodeGroupRepair,
    nodeGroupSize,
    nodeGroupUpdate,
    nodeGroupTemplate,
    nodeGroupRemoteAccess,
    nodeGroupNetworkTaint,
    nodeGroupLabels,
    nodeGroupVersion,
];
