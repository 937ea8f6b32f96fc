import { z } from "zod";
import { resourceRule, stackRule } from "../engine/rule";
import { referred, referring } from "./support/related";
import { nodeSubnets, routesOf, ROUTE_TABLE } from "./support/routes";
import { requireFlag, requireForm, requireOneOf } from "./support/values";

const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const VPC = "aws:ec2/vpc:Vpc";
const CLUSTER = "aws:eks/cluster:Cluster";
const GUIDE = "https://docs.aws.amazon.com/vpc/latest/privatelink";

/** Services that a cluster and its agents call. */
const SERVICES = [
    "bedrock-runtime",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
];

/** `s3` of `com.amazonaws.us-east-1.s3`. */
function serviceOf(serviceName: string | undefined): string | undefined {
    return /^(?:com|cn\.com|eu)\.amazonaws\.[a-z]{2}(?:-[a-z]+)+-\d\.(.+)$/.exec(serviceName ?? "")?.[1];
}

export const endpointsPresent = stackRule({
    name: "endpoints-present",
    description: "What a cluster and its agents call of AWS they call inside the VPC",
    severity: "medium",
    references: [
        "AWS FSBP EC2.10",
        "AWS FSBP EC2.55",
        "AWS FSBP EC2.56",
        "AWS FSBP EC2.57",
        "openclaw promise 1",
        "openclaw promise 6",
    ],
    remediation: "Make an aws.ec2.VpcEndpoint for each service.",
    url: `${GUIDE}/aws-services-privatelink-support.html`,
    types: [VPC],
    settings: {
        services: z.array(z.string()).default(SERVICES).describe("Services, as at the end of their endpoints' names"),
    },
    check(stack, report, { services }) {
        if (stack.ofType(CLUSTER).length === 0) return;
        const endpoints = referring(stack, [ENDPOINT], "vpcId");
        stack.each(stack.ofType(VPC), (vpc) => {
            const found = endpoints(vpc).map((endpoint) =>
                stack.decide(endpoint, () => serviceOf(endpoint.props.text("serviceName")), "?"),
            );
            // One whose service is not known yet may be any of them.
            if (found.includes("?")) return;
            const lacking = services.filter((service) => !found.includes(service));
            if (lacking.length > 0) report(vpc, `lacks endpoints of ${lacking.join(", ")}`);
        });
    },
});

export const endpointService = resourceRule({
    name: "endpoint-service",
    description: "Every endpoint leads to a service of AWS, and says which way",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set serviceName to com.amazonaws.<region>.<service>, and vpcEndpointType to Interface or Gateway.",
    url: `${GUIDE}/create-interface-endpoint.html`,
    types: [ENDPOINT],
    check({ props }, report) {
        const name = props.text("serviceName");
        if (serviceOf(name) === undefined) report(`has serviceName ${name ?? "of none"}, a service of AWS is required`);
        requireOneOf(props, "vpcEndpointType", ["Interface", "Gateway"], report);
    },
});

export const endpointNames = stackRule({
    name: "endpoint-names",
    description: "The usual name of a service leads to its endpoint, so that no client needs to be told",
    severity: "medium",
    references: ["openclaw promise 1"],
    remediation: "Set privateDnsEnabled to true. Beside a gateway endpoint of the same service it may be false.",
    url: `${GUIDE}/privatelink-access-aws-services.html`,
    types: [ENDPOINT],
    check(stack, report) {
        const gateways = new Set(
            stack
                .ofType(ENDPOINT)
                .map((endpoint) =>
                    stack.decide(
                        endpoint,
                        () =>
                            endpoint.props.text("vpcEndpointType") === "Gateway" && endpoint.props.text("serviceName"),
                        undefined,
                    ),
                ),
        );
        stack.each(stack.ofType(ENDPOINT), (endpoint) => {
            const { props } = endpoint;
            if (props.text("vpcEndpointType") !== "Interface") return;
            const say = (message: string) => report(endpoint, message);
            if (!gateways.has(props.text("serviceName") ?? "")) requireFlag(props, "privateDnsEnabled", true, say);
            else if (props.flag("privateDnsEnabled") === undefined) say("has no privateDnsEnabled");
        });
    },
});

export const endpointPolicy = resourceRule({
    name: "endpoint-policy",
    description: "Every endpoint has a policy of its own, so that nobody carries data out with keys of another account",
    severity: "high",
    references: ["openclaw promise 1", "openclaw promise 4"],
    remediation:
        "Set policy to one that allows principals of this account alone, and resources where the service can tell.",
    url: `${GUIDE}/vpc-endpoints-access.html`,
    types: [ENDPOINT],
    settings: {
        without: z.array(z.string()).default(["eks-auth"]).describe("Services that take no policy"),
    },
    check({ props }, report, { without }) {
        const service = serviceOf(props.text("serviceName"));
        if (service !== undefined && without.includes(service)) return;
        if (!props.has("policy")) report("has no policy: it lets everything through");
        else requireForm(props, "policy", /^\s*\{[\s\S]*"Statement"/, "a policy with statements", report);
    },
});

export const endpointRoutes = stackRule({
    name: "endpoint-routes",
    description: "Every gateway endpoint is on the way of the nodes, so that their traffic takes it",
    severity: "medium",
    references: ["openclaw promise 4"],
    remediation: "Name the route tables of the nodes' subnets in routeTableIds.",
    url: `${GUIDE}/gateway-endpoints.html`,
    types: [ENDPOINT],
    check(stack, report) {
        const routes = routesOf(stack);
        const tables = [...new Set(nodeSubnets(stack).flatMap((subnet) => routes.tablesOf(subnet)))];
        stack.each(stack.ofType(ENDPOINT), (endpoint) => {
            if (endpoint.props.text("vpcEndpointType") !== "Gateway") return;
            const named = endpoint.props.list("routeTableIds").length;
            const on = referred(stack, endpoint, "routeTableIds", [ROUTE_TABLE]);
            const lacking = tables.filter((table) => !on.includes(table)).map(({ name }) => name);
            if (lacking.length > 0) report(endpoint, `is not in the route tables ${lacking.join(", ")}`);
            else if (named < tables.length) {
                report(endpoint, `is in ${named} route tables, those of nodes are ${tables.length}`);
            }
        });
    },
});

export const endpointRules = [endpointsPresent, endpointService, endpointNames, endpointPolicy, endpointRoutes];
