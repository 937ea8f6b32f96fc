import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { eachObject, kinds } from "./support/kubernetes";
import { labelsAt, includes } from "./support/labels";
import { settingIn } from "./support/bottlerocket";
import { quantity, quantityAt, saidAt } from "./support/quantity";
import { inTurn, requireFlag, requireForm, requireNumber, requireOneOf } from "./support/values";

const CLASSES = "https://karpenter.sh/docs/concepts/nodeclasses/";
const SUBNET = "aws:ec2/subnet:Subnet";
const types = kinds("EC2NodeClass");

export const classMetadata = resourceRule({
    name: "node-class-metadata",
    description: "No pod gets at its node's credentials through the metadata service",
    severity: "critical",
    references: ["AWS FSBP EC2.8", "Kubescape C-0052", "openclaw promise 1"],
    remediation:
        "Set metadataOptions: httpTokens required, httpPutResponseHopLimit 1, httpEndpoint enabled, httpProtocolIPv6 disabled.",
    url: `${CLASSES}#specmetadataoptions`,
    types,
    settings: { hops: z.int().min(1).max(64).default(1).describe("Hops that an answer may make at most") },
    check: ({ props }, report, { hops }) =>
        inTurn(
            () => requireOneOf(props, "spec.metadataOptions.httpTokens", ["required"], report),
            () =>
                requireNumber(props, "spec.metadataOptions.httpPutResponseHopLimit", { least: 1, most: hops }, report),
            () => requireOneOf(props, "spec.metadataOptions.httpEndpoint", ["enabled", "disabled"], report),
            () => requireOneOf(props, "spec.metadataOptions.httpProtocolIPv6", ["disabled"], report),
        ),
});

export const classVolumes = resourceRule({
    name: "node-class-volumes",
    description: "Every volume of a node is encrypted with a key of one's own and goes with the node",
    severity: "high",
    references: ["AWS FSBP EC2.3", "openclaw promise 4"],
    remediation: "Set ebs.encrypted, kmsKeyID and deleteOnTermination, volumeType gp3 and volumeSize on each device.",
    url: `${CLASSES}#specblockdevicemappings`,
    types,
    settings: {
        minimum: z.string().default("4Gi").describe("Size of a volume at least"),
        maximum: z.string().default("500Gi").describe("Size of a volume at most"),
    },
    check({ props }, report, { minimum, maximum }) {
        const devices = props.list("spec.blockDeviceMappings");
        if (devices.length === 0) report("has no blockDeviceMappings: the volumes are those of the image");
        inTurn(
            ...devices.flatMap((device) => [
                () => requireForm(device, "deviceName", /^\/dev\/[a-z0-9]+$/, "the name of a device", report),
                () => requireFlag(device, "ebs.encrypted", true, report),
                () => requireFlag(device, "ebs.deleteOnTermination", true, report),
                () => requireOneOf(device, "ebs.volumeType", ["gp3"], report),
                () =>
                    requireForm(
                        device,
                        "ebs.kmsKeyID",
                        /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/./,
                        "the ARN of a key",
                        report,
                    ),
                () => {
                    const size = quantityAt(device, "ebs.volumeSize");
                    if (size !== undefined && size >= quantity(minimum) && size <= quantity(maximum)) return;
                    report(
                        `has a volume of ${saidAt(device, "ebs.volumeSize")}, ${minimum} to ${maximum} are required`,
                    );
                },
            ]),
        );
    },
});

export const classPrivate = resourceRule({
    name: "node-class-private",
    description: "No node has an address that the internet sees",
    severity: "high",
    references: ["AWS FSBP EC2.9", "openclaw promise 1"],
    remediation: "Set associatePublicIPAddress to false.",
    url: `${CLASSES}#specassociatepublicipaddress`,
    types,
    check: ({ props }, report) => requireFlag(props, "spec.associatePublicIPAddress", false, report),
});

export const classImage = resourceRule({
    name: "node-class-image",
    description: "Every node runs a version of Bottlerocket that somebody chose",
    severity: "medium",
    references: ["NSA/CISA Upgrading and application security", "openclaw promise 8"],
    remediation:
        "Set amiSelectorTerms to one alias such as bottlerocket@v1.64.0; latest would replace all nodes on its own day.",
    url: `${CLASSES}#alias`,
    types,
    check({ props }, report) {
        const terms = props.list("spec.amiSelectorTerms");
        if (terms.length === 0) report("has no amiSelectorTerms");
        inTurn(
            ...terms.map(
                (term) => () =>
                    requireForm(
                        term,
                        "alias",
                        /^bottlerocket@v\d+\.\d+\.\d+$/,
                        "an alias such as bottlerocket@v1.64.0",
                        report,
                    ),
            ),
        );
    },
});

export const classLogin = resourceRule({
    name: "node-class-login",
    description: "Nobody logs in to a node",
    severity: "medium",
    references: ["Kubescape C-0042", "openclaw promise 1"],
    remediation: "Set settings.host-containers.control.enabled to false in userData, and leave admin disabled.",
    url: "https://bottlerocket.dev/en/os/latest/#/api/settings/host-containers/",
    types,
    check({ props }, report) {
        const text = props.text("spec.userData") ?? "";
        const enabled = (container: string) => settingIn(text, `settings.host-containers.${container}`, "enabled");
        if (enabled("control") !== "false") report("has a container for logging in by Systems Manager");
        if ((enabled("admin") ?? "false") !== "false") report("has a container for logging in by SSH");
    },
});

export const classNetwork = stackRule({
    name: "node-class-network",
    description:
        "Nodes are in private subnets of several zones, in security groups that somebody chose, under a role of their own",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 6"],
    remediation:
        "Select subnets by a tag that those of the nodes have, security groups by their id, and name an instance profile.",
    url: `${CLASSES}#specsubnetselectorterms`,
    types,
    settings: { minimumZones: z.int().min(1).default(2).describe("Zones at least in which the subnets are") },
    check(stack, report, { minimumZones }) {
        const subnets = stack.ofType(SUBNET);
        eachObject(stack, ["EC2NodeClass"], ({ props, resource }) => {
            const terms = props.list("spec.subnetSelectorTerms");
            if (terms.length === 0) return report(resource, "selects no subnets");
            const any = terms.filter((term) => term.keys("tags").length === 0 && !term.has("id"));
            if (any.length > 0) report(resource, "selects any subnet");
            // By their ids nothing can be said before they are made.
            const tagged = terms.filter((term) => term.has("tags"));
            const found = subnets.filter((subnet) =>
                stack.decide(
                    subnet,
                    () => tagged.some((term) => includes(labelsAt(subnet.props, "tags"), labelsAt(term, "tags"))),
                    false,
                ),
            );
            const zones = new Set(found.map(({ props: each }) => each.text("availabilityZone")));
            if (tagged.length > 0 && subnets.length > 0 && zones.size < minimumZones) {
                report(resource, `selects subnets in ${zones.size} zones, ${minimumZones} are required`);
            }
            const open = found.filter(({ props: each }) => each.flag("mapPublicIpOnLaunch") === true);
            if (open.length > 0)
                report(resource, `selects the public subnet ${open.map(({ name }) => name).join(", ")}`);
        });
        eachObject(stack, ["EC2NodeClass"], ({ props, resource }) => {
            const groups = props.list("spec.securityGroupSelectorTerms");
            if (groups.length === 0 || groups.some((group) => group.keys().length === 0))
                report(resource, "selects no security groups");
            for (const group of groups) {
                const id = group.text("id");
                if (id !== undefined && !id.startsWith("sg-"))
                    report(resource, `selects the security group ${id}, which is no id`);
            }
            if (!props.has("spec.instanceProfile") && !props.has("spec.role"))
                report(resource, "has no instance profile or role");
        });
    },
});

export const classPods = resourceRule({
    name: "node-class-pods",
    description: "No node takes more pods than its volumes, addresses and processors are enough for",
    severity: "medium",
    references: ["openclaw promise 2"],
    remediation: "Set kubelet.maxPods: its default counts the addresses of another network.",
    url: `${CLASSES}#pods-per-core--max-pods`,
    types,
    settings: { maximum: z.int().min(1).default(110).describe("Pods of a node at most") },
    check: ({ props }, report, { maximum }) =>
        requireNumber(props, "spec.kubelet.maxPods", { least: 10, most: maximum }, report),
});

export const classTags = resourceRule({
    name: "node-class-tags",
    description: "What Karpenter launches says whose it is",
    severity: "low",
    references: ["openclaw promise 7"],
    remediation: "Set the required tags in spec.tags: the provider's own do not reach what Karpenter makes.",
    url: `${CLASSES}#spectags`,
    types,
    settings: {
        required: z
            .array(z.string())
            .default(["openclaw:environment", "openclaw:owner", "openclaw:cost-center"])
            .describe("Tags that everything has"),
    },
    check({ props }, report, { required }) {
        const tags = labelsAt(props, "spec.tags");
        const missing = required.filter((tag) => !tags.get(tag));
        if (missing.length > 0) report(`has no tag ${missing.join(", ")}`);
    },
});

export const nodeClassRules = [
    classMetadata,
    classVolumes,
    classPrivate,
    classImage,
    classLogin,
    classNetwork,
    classPods,
    classTags,
];
