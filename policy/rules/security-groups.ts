import { z } from "zod";
import { isPrivate } from "../../components/model/addresses";
import { resourceRule } from "../engine/rule";
import type { Reader } from "../engine/value";
import { cidrAt } from "./support/addresses";
import {
    directionOf,
    EGRESS_RULE,
    INGRESS_RULE,
    isAmongItself,
    namesSomeone,
    OLDER_RULE,
    protocolOf,
    rangesOf,
} from "./support/security-groups";
import { requireForm } from "./support/values";

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide";

export const securityGroupSources = resourceRule({
    name: "security-group-sources",
    description: "Security groups let in private addresses and other groups alone, nobody from outside",
    severity: "critical",
    references: [
        "AWS FSBP EC2.18",
        "AWS FSBP EC2.19",
        "Checkov CKV_AWS_24",
        "Checkov CKV_AWS_25",
        "Checkov CKV_AWS_260",
        "Checkov CKV_AWS_277",
        "Trivy AWS-0107",
        "CIS AWS 5.2",
        "CIS AWS 5.3",
        "openclaw promise 1",
    ],
    remediation: "Name a security group or a private range as the source.",
    url: `${GUIDE}/security-group-rules.html`,
    types: [INGRESS_RULE, OLDER_RULE],
    settings: {
        allowed: z.array(z.string()).default([]).describe("Ranges outside that may come in, e.g. 203.0.113.0/24"),
    },
    check(rule, report, { allowed }) {
        if (directionOf(rule) !== "ingress") return;
        if (!namesSomeone(rule)) report("names no source");
        for (const source of rangesOf(rule)) {
            const text = source.text() ?? "";
            const range = cidrAt(source);
            // Unique local addresses are the private ones of IPv6.
            const isInside = range === undefined ? /^f[cd][0-9a-f]{2}:/i.test(text) : isPrivate(range);
            if (!isInside && !allowed.includes(text))
                report(`lets in ${text || "nobody by name"}, which is not private`);
        }
    },
});

export const securityGroupPorts = resourceRule({
    name: "security-group-ports",
    description: "Security group rules open one port, to others than the group's own members",
    severity: "high",
    references: ["Checkov CKV_AWS_382", "openclaw promise 1"],
    remediation: "Set ipProtocol, and fromPort and toPort to one port. A rule of a group with itself may open all.",
    url: `${GUIDE}/security-group-rules.html`,
    types: [INGRESS_RULE, EGRESS_RULE, OLDER_RULE],
    settings: { maximumPorts: z.int().min(1).default(1).describe("Ports that one rule opens at most") },
    check(rule, report, { maximumPorts }) {
        const protocol = protocolOf(rule);
        if (protocol === undefined) report("has no protocol");
        else if (!["-1", "tcp", "udp", "icmp", "icmpv6"].includes(protocol)) report(`has the protocol ${protocol}`);
        if (isAmongItself(rule)) return;
        if (protocol === "-1") {
            report("opens all ports");
            return;
        }
        const [from, to] = [rule.props.number("fromPort"), rule.props.number("toPort")];
        if (from === undefined || to === undefined) report("names no ports");
        else if (from < 1 || to < from) report(`opens the ports ${from} to ${to}, which are none`);
        else if (to - from >= maximumPorts) {
            report(`opens ${to - from + 1} ports, at most ${maximumPorts} are allowed`);
        }
    },
});

export const securityGroupWaysOut = resourceRule({
    name: "security-group-ways-out",
    description: "What leaves the VPC leaves it by HTTPS",
    severity: "high",
    references: ["Checkov CKV_AWS_382", "Trivy AWS-0104", "openclaw promise 1"],
    remediation: "Name a private range or a security group as the destination, or one of the allowed ports.",
    url: `${GUIDE}/security-group-rules.html`,
    types: [EGRESS_RULE, OLDER_RULE],
    settings: { ports: z.array(z.int()).default([443]).describe("Ports by which anything may be reached") },
    check(rule, report, { ports }) {
        if (directionOf(rule) !== "egress") return;
        if (!namesSomeone(rule)) report("names no destination");
        for (const destination of rangesOf(rule)) {
            const range = cidrAt(destination);
            if (range !== undefined && isPrivate(range)) continue;
            const port = rule.props.number("toPort");
            if (protocolOf(rule) === "tcp" && port !== undefined && ports.includes(port)) {
                if (range === undefined) report(`lets out to ${destination.text() ?? "nobody"}, which is no range`);
                continue;
            }
            report(`lets out to ${destination.text() ?? "nobody"} by port ${port ?? "of any number"}`);
        }
    },
});

export const securityGroupInline = resourceRule({
    name: "security-group-inline",
    description: "The rules of a security group are resources of their own, and show in a plan one by one",
    severity: "low",
    references: ["openclaw promise 8"],
    remediation: "Replace ingress and egress of the group by SecurityGroupIngressRule and SecurityGroupEgressRule.",
    url: "https://www.pulumi.com/registry/packages/aws/api-docs/ec2/securitygroup/",
    types: [GROUP],
    check({ props }, report) {
        for (const direction of ["ingress", "egress"]) {
            if (props.list(direction).length > 0) report(`has rules of its own for ${direction}`);
        }
    },
});

export const securityGroupDescriptions = resourceRule({
    name: "security-group-descriptions",
    description: "Every security group and each of its rules says what it is for",
    severity: "low",
    references: ["Checkov CKV_AWS_23", "Trivy AWS-0099", "Trivy AWS-0124"],
    remediation: "Set description to a few words of your own.",
    url: `${GUIDE}/creating-security-groups.html`,
    types: [GROUP, INGRESS_RULE, EGRESS_RULE, OLDER_RULE],
    check: ({ props }, report) =>
        requireForm(props, "description", /^(?!Managed by )\S+ \S/, "a description of some words", report),
});

/** What stands in a network, and where it names its security groups. */
const CHOICES: Readonly<Record<string, (resource: Reader) => readonly Reader[]>> = {
    "aws:eks/cluster:Cluster": (props) => [props.get("vpcConfig.securityGroupIds")],
    "aws:msk/cluster:Cluster": (props) => [props.get("brokerNodeGroupInfo.securityGroups")],
    "aws:ec2/launchTemplate:LaunchTemplate": (props) =>
        props.has("vpcSecurityGroupIds")
            ? [props.get("vpcSecurityGroupIds")]
            : props.list("networkInterfaces").map((each) => each.get("securityGroups")),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (props) =>
        props.text("vpcEndpointType") === "Interface" ? [props.get("securityGroupIds")] : [],
};

export const securityGroupChosen = resourceRule({
    name: "security-group-chosen",
    description: "Clusters, brokers, nodes and endpoints name their security groups, and do not get the default one",
    severity: "medium",
    references: ["AWS FSBP EC2.2", "openclaw promise 1"],
    remediation: "Name a security group of this stack.",
    url: `${GUIDE}/default-security-group.html`,
    types: Object.keys(CHOICES),
    check({ type, props }, report) {
        for (const groups of CHOICES[type]?.(props) ?? []) {
            if (groups.list().length === 0) report("names no security group");
        }
    },
});

export const securityGroupRules = [
    securityGroupChosen,
    securityGroupSources,
    securityGroupPorts,
    securityGroupWaysOut,
    securityGroupInline,
    securityGroupDescriptions,
];
