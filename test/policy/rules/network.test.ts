import * as endpoints from "../../../policy/rules/endpoints";
import * as rules from "../../../policy/rules/network";
import * as ways from "../../../policy/rules/ways-out";
import { all, remove, set, unknown, unset } from "../support/mutations";
import type { Mutation } from "../support/mutations";
import { prove } from "../support/prove";

const VPC = "network-vpc";
const LOG = "network-flow-logs-vpc";
const ENDPOINT = "network-endpoint-kms";

/** Changes what a property was computed from: ids are not known before a resource is made. */
function lead(name: string, property: string, to: string): Mutation {
    return (resources) => {
        const target = resources.find((each) => each.name === to && each.custom);
        const index = resources.findIndex((each) => each.name === name && each.custom);
        const found = resources[index];
        if (!target || !found) throw new Error(`there is no resource ${name} or ${to}`);
        const propertyDependencies = { ...found.propertyDependencies, [property]: [target.urn] };
        return resources.with(index, { ...found, propertyDependencies });
    };
}

describe("policy: network", () => {
    prove(rules.vpcFlowLogs, {
        breaks: [
            remove(LOG),
            set(LOG, "trafficType", "REJECT"),
            set(LOG, "maxAggregationInterval", 1),
            set(LOG, "iamRoleArn", "role"),
        ],
        missing: unset(LOG, "vpcId"),
        unknown: unknown(LOG, "trafficType"),
    });

    prove(rules.vpcDefaultSecurityGroup, {
        breaks: [
            remove("network-default"),
            set("network-default", "ingress", [{ protocol: "-1", self: true, fromPort: 0, toPort: 0 }]),
            set("network-default", "egress", [{ protocol: "-1", cidrBlocks: ["0.0.0.0/0"], fromPort: 0, toPort: 0 }]),
        ],
        missing: unset("network-default", "egress"),
        unknown: unknown("network-default", "egress"),
    });

    prove(rules.vpcNames, {
        breaks: [set(VPC, "enableDnsHostnames", false), set(VPC, "enableDnsSupport", false)],
        missing: unset(VPC, "enableDnsSupport"),
        unknown: unknown(VPC, "enableDnsSupport"),
    });

    prove(rules.vpcAddresses, {
        breaks: [set(VPC, "cidrBlock", "8.0.0.0/7"), set(VPC, "cidrBlock", "10.64.0.0/21")],
        missing: unset(VPC, "cidrBlock"),
        unknown: unknown(VPC, "cidrBlock"),
        also: { "subnet-addresses": "the subnets are not in the other range" },
    });

    prove(rules.subnetPublicAddresses, {
        breaks: [
            set("network-public-a", "mapPublicIpOnLaunch", true),
            set("network-public-a", "assignIpv6AddressOnCreation", true),
        ],
        missing: unset("network-nodes-a", "mapPublicIpOnLaunch"),
        unknown: unknown("network-nodes-a", "mapPublicIpOnLaunch"),
    });

    prove(rules.subnetAddresses, {
        breaks: [
            set("network-brokers-a", "cidrBlock", "10.65.0.0/22"),
            set("network-brokers-a", "cidrBlock", "10.64.40.0/22"),
            set("network-brokers-a", "availabilityZone", "a"),
        ],
        missing: unset("network-brokers-a", "cidrBlock"),
        unknown: unknown("network-brokers-a", "cidrBlock"),
        also: { "agent-egress": "agents are let out to the addresses that the brokers had" },
    });

    prove(rules.subnetRoutes, {
        breaks: [
            remove("network-endpoints-association-a"),
            set("network-nodes-default-a", "destinationCidrBlock", "8.8.8.0/24"),
        ],
        missing: unset("network-endpoints-association-a", "subnetId"),
        unknown: unknown("network-nodes-default-a", "destinationCidrBlock"),
        also: { "nodes-way-out": "the only route of nodes leads elsewhere" },
    });

    prove(rules.subnetIsolated, {
        breaks: [
            lead("network-nodes-default-a", "routeTableId", "network-isolated-routes-a"),
            lead("network-public-default-a", "routeTableId", "network-isolated-routes-b"),
        ],
        missing: lead("network-brokers-association-a", "routeTableId", "network-nodes-routes-a"),
        unknown: all(
            lead("network-nodes-default-a", "routeTableId", "network-isolated-routes-a"),
            unknown("network-nodes-default-a", "destinationCidrBlock"),
        ),
        also: { "nodes-way-out": "the route is taken from where it is needed" },
    });

    prove(ways.nodesNotReachable, {
        breaks: [set("network-nodes-default-a", "gatewayId", "igw-1")],
        missing: {
            passes: unset("network-public-default-a", "gatewayId"),
            because: "a route without a gateway leads nowhere, which is another rule's",
        },
        unknown: unknown("network-nodes-default-a", "destinationCidrBlock"),
        also: { "nodes-way-out": "it is no longer through a NAT gateway" },
    });

    prove(ways.nodesWayOut, {
        breaks: [
            remove("network-nodes-default-a"),
            remove("network-public-default-a"),
            unset("network-nat-a", "allocationId"),
        ],
        missing: unset("network-nat-a", "subnetId"),
        unknown: unknown("network-nat-a", "connectivityType"),
        also: { "nat-per-zone": "no route leads to the gateway any more" },
    });

    prove(ways.natPerZone, {
        breaks: [
            lead("network-nodes-default-b", "natGatewayId", "network-nat-a"),
            all(remove("network-nat-b"), lead("network-nodes-default-b", "natGatewayId", "network-nat-a")),
        ],
        missing: unset("network-nodes-default-a", "natGatewayId"),
        unknown: unknown("network-public-a", "availabilityZone"),
        also: { "alarms-present": "the alarms of the gateway have nothing to look at" },
    });

    prove(ways.zoneSpread, {
        breaks: [
            unset(ENDPOINT, "subnetIds.1"),
            unset("cluster-eks", "vpcConfig.subnetIds.0"),
            lead(ENDPOINT, "subnetIds", "network-endpoints-a"),
        ],
        missing: unset(ENDPOINT, "subnetIds"),
        unknown: unknown(ENDPOINT, "subnetIds"),
    });

    prove(ways.nodeGroupZones, {
        breaks: [
            remove("system-nodes-b"),
            set("system-nodes-a", "subnetIds", ["subnet-1", "subnet-2"]),
            lead("system-nodes-b", "subnetIds", "network-nodes-a"),
        ],
        missing: unset("system-nodes-a", "subnetIds"),
        unknown: unknown("system-nodes-a", "subnetIds"),
    });

    prove(endpoints.endpointsPresent, {
        breaks: [remove("network-endpoint-sts"), remove("network-endpoint-eks-auth")],
        missing: unset("network-endpoint-sts", "serviceName"),
        unknown: unknown("network-endpoint-sts", "serviceName"),
    });

    prove(endpoints.endpointService, {
        breaks: [
            set("network-endpoint-s3-agents", "serviceName", "com.amazonaws.vpce.us-east-1.vpce-svc-0"),
            set("network-endpoint-eks-auth", "vpcEndpointType", "GatewayLoadBalancer"),
        ],
        missing: unset(ENDPOINT, "vpcEndpointType"),
        unknown: unknown(ENDPOINT, "vpcEndpointType"),
        also: { "endpoint-names": "the other service has no endpoint of a gateway" },
    });

    prove(endpoints.endpointNames, {
        breaks: [set(ENDPOINT, "privateDnsEnabled", false)],
        missing: unset("network-endpoint-s3-agents", "privateDnsEnabled"),
        unknown: unknown(ENDPOINT, "privateDnsEnabled"),
    });

    prove(endpoints.endpointPolicy, {
        breaks: [unset(ENDPOINT, "policy"), set(ENDPOINT, "policy", "{}")],
        missing: unset("network-endpoint-s3", "policy"),
        unknown: unknown(ENDPOINT, "policy"),
        also: { "iam-document": "a document without statements is none" },
    });

    prove(endpoints.endpointRoutes, {
        breaks: [
            unset("network-endpoint-s3", "routeTableIds.1"),
            lead("network-endpoint-s3", "routeTableIds", "network-nodes-routes-a"),
        ],
        missing: unset("network-endpoint-s3", "routeTableIds"),
        unknown: unknown("network-endpoint-s3", "routeTableIds"),
    });
});
