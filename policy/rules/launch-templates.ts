import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { settingOf } from "./support/bottlerocket";
import { referred } from "./support/related";
import { inTurn, requireFlag, requireForm, requireNumber, requireOneOf } from "./support/values";

const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
const GUIDE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide";

export const launchTemplateMetadata = resourceRule({
    name: "launch-template-metadata",
    description: "Only a node itself, with a session, gets at its credentials: no pod and no forged request does",
    severity: "critical",
    references: [
        "AWS FSBP EC2.170",
        "Checkov CKV_AWS_79",
        "Checkov CKV_AWS_341",
        "Trivy AWS-0130",
        "CIS AWS 5.6",
        "openclaw promise 1",
    ],
    remediation: "Set metadataOptions: httpTokens required, httpPutResponseHopLimit 1, httpEndpoint enabled.",
    url: `${GUIDE}/configuring-instance-metadata-service.html`,
    types: [TEMPLATE],
    settings: { hops: z.int().min(1).max(64).default(1).describe("Hops that an answer may make at most") },
    check: ({ props }, report, { hops }) =>
        inTurn(
            () => requireOneOf(props, "metadataOptions.httpTokens", ["required"], report),
            () => requireNumber(props, "metadataOptions.httpPutResponseHopLimit", { least: 1, most: hops }, report),
            () => requireOneOf(props, "metadataOptions.httpEndpoint", ["enabled", "disabled"], report),
            () => requireOneOf(props, "metadataOptions.instanceMetadataTags", ["disabled"], report),
        ),
});

export const launchTemplateVolumes = resourceRule({
    name: "launch-template-volumes",
    description: "Every volume of a node is encrypted, goes with the node, and has the size and kind that were chosen",
    severity: "high",
    references: ["Checkov CKV_AWS_8", "Trivy AWS-0008", "openclaw promise 4"],
    remediation:
        "Set ebs.encrypted and deleteOnTermination to true, volumeType to gp3, and volumeSize, on each device.",
    url: `${GUIDE}/ebs-encryption.html`,
    types: [TEMPLATE],
    settings: { maximumGiB: z.int().min(1).default(500).describe("Size of a volume of a node at most") },
    check({ props }, report, { maximumGiB }) {
        const devices = props.list("blockDeviceMappings");
        if (devices.length === 0) report("has no blockDeviceMappings: the volumes are those of the image");
        inTurn(
            ...devices.flatMap((device) => [
                () => requireForm(device, "deviceName", /^\/dev\/\w+$/, "a device such as /dev/xvda", report),
                () => requireFlag(device, "ebs.encrypted", true, report),
                () => requireFlag(device, "ebs.deleteOnTermination", true, report),
                () => requireOneOf(device, "ebs.volumeType", ["gp3"], report),
                () => requireNumber(device, "ebs.volumeSize", { least: 1, most: maximumGiB }, report),
            ]),
        );
    },
});

export const launchTemplateAddress = resourceRule({
    name: "launch-template-public-address",
    description: "No node has a public address",
    severity: "critical",
    references: ["AWS FSBP EC2.25", "Checkov CKV_AWS_88", "Trivy AWS-0009", "CIS EKS 5.4.3", "openclaw promise 1"],
    remediation: "Set associatePublicIpAddress to false on each network interface, or else the subnet decides.",
    url: `${GUIDE}/using-instance-addressing.html`,
    types: [TEMPLATE],
    check({ props }, report) {
        const interfaces = props.list("networkInterfaces");
        if (interfaces.length === 0) report("has no networkInterfaces: the subnet decides on a public address");
        inTurn(
            ...interfaces.flatMap((each) => [
                () => requireFlag(each, "associatePublicIpAddress", false, report),
                () => requireFlag(each, "deleteOnTermination", true, report),
                () => requireNumber(each, "deviceIndex", { least: 0, most: 15 }, report),
            ]),
        );
    },
});

export const launchTemplateUserData = stackRule({
    name: "launch-template-user-data",
    description:
        "Nobody enters a node through its control container, and a node takes as many pods as its network does",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 2"],
    remediation:
        "Set in the user data of Bottlerocket: enabled = false in [settings.host-containers.control], and max-pods in " +
        "[settings.kubernetes]; its default counts the addresses of the VPC CNI.",
    url: "https://bottlerocket.dev/en/os/latest/api/settings/host-containers/",
    types: [TEMPLATE],
    settings: { maximumPods: z.int().min(1).default(110).describe("Pods on a node at most") },
    check(stack, report, { maximumPods }) {
        const templates = new Set(
            stack
                .ofType(NODE_GROUP)
                .filter((group) =>
                    stack.decide(group, () => /^BOTTLEROCKET/.test(group.props.text("amiType") ?? ""), false),
                )
                .flatMap((group) => referred(stack, group, "launchTemplate.id", [TEMPLATE])),
        );
        stack.each([...templates], (template) => {
            const data = template.props.text("userData") ?? "";
            if (settingOf(data, "settings.host-containers.control", "enabled") !== "false") {
                report(template, "does not switch the control container off");
            }
            if (settingOf(data, "settings.host-containers.admin", "enabled") === "true") {
                report(template, "switches the admin container on");
            }
            const pods = Number(settingOf(data, "settings.kubernetes", "max-pods"));
            if (!(pods >= 1 && pods <= maximumPods)) {
                report(template, `has max-pods ${pods || "of none"}, 1 to ${maximumPods} are required`);
            }
        });
    },
});

export const launchTemplateRules = [
    launchTemplateMetadata,
    launchTemplateVolumes,
    launchTemplateAddress,
    launchTemplateUserData,
];
