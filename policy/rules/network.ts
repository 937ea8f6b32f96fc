import { z } from "zod";
import { contains, isPrivate, overlaps, parseCidr } from "../../components/model/addresses";
import type { Resource } from "../engine/resource";
import { resourceRule, stackRule } from "../engine/rule";
import { cidrAt } from "./support/addresses";
import { referred, referring } from "./support/related";
import { leadsEverywhere, ROUTE, routesOf, SUBNET } from "./support/routes";
import { inTurn, requireFlag, requireForm, requireNumber, requireOneOf, requireRole } from "./support/values";

const VPC = "aws:ec2/vpc:Vpc";
const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide";

export const vpcFlowLogs = stackRule({
    name: "vpc-flow-logs",
    description: "All traffic of every VPC is logged, what passed and what was refused",
    severity: "medium",
    references: ["AWS FSBP EC2.6", "Checkov CKV2_AWS_11", "Trivy AWS-0178", "CIS AWS 3.7", "openclaw promise 7"],
    remediation: "Make an aws.ec2.FlowLog of the VPC with trafficType ALL and a destination.",
    url: `${GUIDE}/flow-logs.html`,
    types: [VPC],
    check(stack, report) {
        const logs = referring(stack, [FLOW_LOG], "vpcId");
        stack.each(stack.ofType(VPC), (vpc) => {
            const found = logs(vpc);
            if (found.length === 0) report(vpc, "has no flow log");
            stack.each(found, (log) => {
                const say = (message: string) => report(log, message);
                inTurn(
                    () => requireOneOf(log.props, "trafficType", ["ALL"], say),
                    () => requireNumber(log.props, "maxAggregationInterval", { least: 60, most: 600 }, say),
                    () => {
                        if (log.props.text("logDestinationType") === "cloud-watch-logs") {
                            requireRole(log.props, "iamRoleArn", say);
                        }
                    },
                    () =>
                        requireForm(
                            log.props,
                            "logDestination",
                            /^arn:aws/,
                            "the ARN of a log group, bucket or stream",
                            say,
                        ),
                    () =>
                        requireOneOf(
                            log.props,
                            "logDestinationType",
                            ["cloud-watch-logs", "s3", "kinesis-data-firehose"],
                            say,
                        ),
                );
            });
        });
    },
});

export const vpcDefaultSecurityGroup = stackRule({
    name: "vpc-default-security-group",
    description: "The default security group of every VPC lets nothing through",
    severity: "high",
    references: ["AWS FSBP EC2.2", "Checkov CKV2_AWS_12", "CIS AWS 5.4", "openclaw promise 1"],
    remediation: "Make an aws.ec2.DefaultSecurityGroup of the VPC with ingress and egress set to [].",
    url: `${GUIDE}/default-security-group.html`,
    types: [VPC],
    check(stack, report) {
        const groups = referring(stack, [DEFAULT_GROUP], "vpcId");
        stack.each(stack.ofType(VPC), (vpc) => {
            const found = groups(vpc);
            if (found.length === 0) report(vpc, "has the default security group that AWS gave it, which is open");
            stack.each(found, (group) => {
                for (const direction of ["ingress", "egress"]) {
                    if (!group.props.has(direction)) report(group, `has no ${direction}, which must be []`);
                    else if (group.props.list(direction).length > 0) report(group, `lets ${direction} through`);
                }
            });
        });
    },
});

export const vpcNames = resourceRule({
    name: "vpc-names",
    description: "Names of AWS services are resolved in the VPC, so that endpoints are used without anybody's doing",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set enableDnsSupport and enableDnsHostnames to true.",
    url: `${GUIDE}/AmazonDNS-concepts.html`,
    types: [VPC],
    check: ({ props }, report) =>
        inTurn(
            () => requireFlag(props, "enableDnsSupport", true, report),
            () => requireFlag(props, "enableDnsHostnames", true, report),
        ),
});

export const vpcAddresses = resourceRule({
    name: "vpc-addresses",
    description: "Every VPC has private addresses, and enough of them",
    severity: "medium",
    references: ["openclaw promise 2"],
    remediation: "Set cidrBlock to a private range of the allowed size. A change replaces everything.",
    url: `${GUIDE}/vpc-cidr-blocks.html`,
    types: [VPC],
    settings: { smallest: z.int().min(16).max(28).default(20).describe("Prefix length of the smallest range") },
    check({ props }, report, { smallest }) {
        const range = cidrAt(props.get("cidrBlock"));
        if (range === undefined) report(`has cidrBlock ${props.text("cidrBlock") ?? "of none"}, a range is required`);
        else if (!isPrivate(range)) report(`has the addresses ${range}, which are not private`);
        else if (parseCidr(range).prefix > smallest) report(`has the addresses ${range}, /${smallest} is required`);
    },
});

export const subnetPublicAddresses = resourceRule({
    name: "subnet-public-addresses",
    description: "No subnet gives public addresses to what starts in it",
    severity: "high",
    references: ["AWS FSBP EC2.15", "Checkov CKV_AWS_130", "Trivy AWS-0164", "openclaw promise 1"],
    remediation: "Set mapPublicIpOnLaunch to false.",
    url: `${GUIDE}/subnet-public-ip.html`,
    types: [SUBNET],
    check: ({ props }, report) =>
        inTurn(
            () => requireFlag(props, "mapPublicIpOnLaunch", false, report),
            () => {
                if (props.flag("assignIpv6AddressOnCreation")) report("gives public IPv6 addresses");
            },
        ),
});

export const subnetAddresses = stackRule({
    name: "subnet-addresses",
    description: "Every subnet has addresses of its VPC that no other subnet has, and a zone of its own choosing",
    severity: "medium",
    references: ["openclaw promise 2", "openclaw promise 6"],
    remediation: "Set cidrBlock to a part of the VPC that is free, and availabilityZone.",
    url: `${GUIDE}/configure-subnets.html`,
    types: [SUBNET],
    check(stack, report) {
        const rangeOf = (resource: Resource) =>
            stack.decide(resource, () => cidrAt(resource.props.get("cidrBlock")), undefined);
        const subnets = referring(stack, [SUBNET], "vpcId");
        stack.each(stack.ofType(SUBNET), (subnet) => {
            const say = (message: string) => report(subnet, message);
            requireForm(subnet.props, "availabilityZone", /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "a zone", say);
            if (cidrAt(subnet.props.get("cidrBlock")) === undefined) say("has no cidrBlock that can be read");
        });
        for (const vpc of stack.ofType(VPC)) {
            const whole = rangeOf(vpc);
            const ranges = subnets(vpc)
                .flatMap((subnet) => {
                    const range = rangeOf(subnet);
                    return range === undefined ? [] : [{ subnet, range, first: parseCidr(range).first }];
                })
                .sort((a, b) => a.first - b.first);
            ranges.forEach(({ subnet, range }, index) => {
                const next = ranges[index + 1];
                if (whole !== undefined && !contains(whole, range)) {
                    report(subnet, `has the addresses ${range}, outside of the VPC's ${whole}`);
                }
                // Ranges in order of their start overlap with the next one, if with any.
                if (next && overlaps(range, next.range)) report(next.subnet, `shares addresses with ${subnet.name}`);
            });
        }
    },
});

export const subnetRoutes = stackRule({
    name: "subnet-routes",
    description:
        "Every subnet follows a route table of this stack, whose routes lead everywhere or to private addresses",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Make an aws.ec2.RouteTableAssociation for the subnet: the main table may be changed by anybody.",
    url: `${GUIDE}/subnet-route-tables.html`,
    types: [SUBNET, ROUTE],
    check(stack, report) {
        const routes = routesOf(stack);
        for (const subnet of stack.ofType(SUBNET)) {
            const tables = routes.tablesOf(subnet).length;
            if (tables !== 1) report(subnet, `follows ${tables} route tables, one is required`);
        }
        stack.each(stack.ofType(ROUTE), (route) => {
            if (leadsEverywhere(route) || route.props.has("destinationPrefixListId")) return;
            const range = cidrAt(route.props.get("destinationCidrBlock"));
            if (range === undefined || !isPrivate(range)) report(route, `leads to ${range ?? "no range of addresses"}`);
        });
    },
});

/** What stands in subnets, and where it names them. */
const ISOLATED: readonly (readonly [type: string, property: string])[] = [
    ["aws:msk/cluster:Cluster", "brokerNodeGroupInfo.clientSubnets"],
    ["aws:rds/subnetGroup:SubnetGroup", "subnetIds"],
    ["aws:ec2/vpcEndpoint:VpcEndpoint", "subnetIds"],
];

export const subnetIsolated = stackRule({
    name: "subnet-isolated",
    description: "Brokers, databases and endpoints have no way out of the VPC, and nobody outside a way in",
    severity: "high",
    references: ["AWS FSBP RDS.46", "openclaw promise 1"],
    remediation: "Put them into subnets whose route table has no default route.",
    url: `${GUIDE}/vpc-example-private-subnets-nat.html`,
    types: ISOLATED.map(([type]) => type),
    check(stack, report) {
        const routes = routesOf(stack);
        const told = new Set<Resource>();
        for (const [type, property] of ISOLATED) {
            for (const resource of stack.ofType(type)) {
                for (const subnet of referred(stack, resource, property, [SUBNET])) {
                    if (told.has(subnet) || routes.waysOutOf(subnet).length === 0) continue;
                    told.add(subnet);
                    report(subnet, `has a way out of the VPC, and ${resource.name} stands in it`);
                }
            }
        }
    },
});

const VPC_PARTS = ["aws:ec2/securityGroup:SecurityGroup", "aws:ec2/internetGateway:InternetGateway"];

export const networkAttached = resourceRule({
    name: "network-attached",
    description:
        "Security groups and internet gateways name their VPC: without one they are the default VPC's, or nobody's",
    severity: "medium",
    references: ["AWS FSBP EC2.2", "openclaw promise 1"],
    remediation: "Set vpcId.",
    url: `${GUIDE}/default-vpc.html`,
    types: VPC_PARTS,
    check: ({ props }, report) => requireForm(props, "vpcId", /^vpc-/, "a VPC", report),
});

export const networkRules = [
    networkAttached,
    vpcFlowLogs,
    vpcDefaultSecurityGroup,
    vpcNames,
    vpcAddresses,
    subnetPublicAddresses,
    subnetAddresses,
    subnetRoutes,
    subnetIsolated,
];
