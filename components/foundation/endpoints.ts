import * as ec2 from "@pulumi/aws/ec2";
import * as vpc from "@pulumi/aws/vpc";
import type * as pulumi from "@pulumi/pulumi";
import { zoneLetter } from "../model/addresses";
import type { Platform } from "../platform";

/** Arguments of {@link createEndpoints}. */
export interface EndpointsArgs {
    readonly platform: Platform;
    readonly vpcId: pulumi.Input<string>;
    /** One subnet a zone. */
    readonly subnetIds: pulumi.Input<string>[];
    /** Who may use the interface endpoints: the nodes' subnets. */
    readonly clients: readonly { readonly zone: string; readonly cidr: string }[];
    /** Route tables that lead to S3 directly: the nodes'. */
    readonly clientRouteTableIds: pulumi.Input<string>[];
}

export interface Endpoints {
    readonly securityGroupId: pulumi.Output<string>;
    readonly s3PrefixListId: pulumi.Output<string>;
    /** URL of the agents' way to S3. */
    readonly s3EndpointUrl: pulumi.Output<string>;
}

/**
 * What may pass an endpoint. `caller`: credentials of this account alone, so that nobody carries data out with keys of
 * his own. `caller-and-resource`: to resources of this account alone as well. `any`: the service takes no policy.
 */
type Limit = "caller" | "caller-and-resource" | "any";

/** Services with an endpoint, each with its users. About $7.30 a month each in each zone, and $0.01 per GB. */
export const INTERFACE_ENDPOINTS: Readonly<Record<string, Limit>> = {
    // Agents: their models. The endpoint is their only way to them.
    "bedrock-runtime": "caller",
    // Cilium, Karpenter and the EBS driver.
    ec2: "caller",
    // Images; those of the add-ons are in registries of AWS.
    "ecr.api": "caller",
    "ecr.dkr": "caller",
    // Nodes that join, Karpenter.
    eks: "caller",
    // Pod Identity. A policy is refused by services that do not support one, and AWS names none for this one; its only
    // call takes a token of a cluster of the node's own account.
    "eks-auth": "any",
    kms: "caller-and-resource",
    logs: "caller-and-resource",
    // Metrics.
    monitoring: "caller",
    secretsmanager: "caller-and-resource",
    // Karpenter: notice of interruptions.
    sqs: "caller-and-resource",
    // Karpenter: which node image is current, a public parameter of AWS.
    ssm: "caller",
    // Unsigned calls are refused here, and with them IAM roles for service accounts: pods use Pod Identity.
    sts: "caller",
};

/**
 * Ways to AWS services that stay in the network of AWS. Agents have no other way out, and new nodes need none.
 *
 * Not every zone of a region offers every service: creation then fails and names the subnet; take another zone.
 */
export function createEndpoints(name: string, args: EndpointsArgs, opts: pulumi.CustomResourceOptions): Endpoints {
    const { platform } = args;
    const securityGroup = openToClients();
    for (const [service, limit] of Object.entries(INTERFACE_ENDPOINTS)) {
        interfaceEndpoint(service, limit);
    }
    const s3 = gatewayToS3();
    const agentsS3 = interfaceToS3();
    return {
        securityGroupId: securityGroup.id,
        s3PrefixListId: s3.prefixListId,
        // The first name is that of all zones. https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
        s3EndpointUrl: agentsS3.dnsEntries.apply(
            ([entry]) => `https://${entry?.dnsName.replace("*.", "bucket.") ?? ""}`,
        ),
    };

    /** HTTPS from the nodes and their pods; no rule for the way out, since endpoints only answer. */
    function openToClients(): ec2.SecurityGroup {
        const group = new ec2.SecurityGroup(
            `${name}-access`,
            {
                vpcId: args.vpcId,
                description: "Interface endpoints of AWS services",
                tags: { Name: `${platform.name}-endpoints` },
            },
            opts,
        );
        for (const { zone, cidr } of args.clients) {
            new vpc.SecurityGroupIngressRule(
                `${name}-access-nodes-${zoneLetter(zone)}`,
                {
                    securityGroupId: group.id,
                    description: `HTTPS from nodes and pods in ${zone}`,
                    cidrIpv4: cidr,
                    ipProtocol: "tcp",
                    fromPort: 443,
                    toPort: 443,
                },
                opts,
            );
        }
        return group;
    }

    function interfaceEndpoint(service: string, limit: Limit): void {
        const suffix = service.replace(".", "-");
        new ec2.VpcEndpoint(
            `${name}-${suffix}`,
            {
                vpcId: args.vpcId,
                vpcEndpointType: "Interface",
                serviceName: `com.amazonaws.${platform.region}.${service}`,
                privateDnsEnabled: true,
                subnetIds: args.subnetIds,
                securityGroupIds: [securityGroup.id],
                ...(limit === "any" ? {} : { policy: JSON.stringify(onlyThisAccount(platform, limit)) }),
                tags: { Name: `${platform.name}-${suffix}` },
            },
            opts,
        );
    }

    /**
     * The agents' way to S3. A network policy can name addresses of the VPC, but not the many public ones behind a gateway
     * endpoint. Without a private name: nodes go on pulling images through the gateway, which costs nothing.
     */
    function interfaceToS3(): ec2.VpcEndpoint {
        return new ec2.VpcEndpoint(
            `${name}-s3-agents`,
            {
                vpcId: args.vpcId,
                vpcEndpointType: "Interface",
                serviceName: `com.amazonaws.${platform.region}.s3`,
                privateDnsEnabled: false,
                subnetIds: args.subnetIds,
                securityGroupIds: [securityGroup.id],
                policy: JSON.stringify(onlyThisAccount(platform, "caller-and-resource")),
                tags: { Name: `${platform.name}-s3-agents` },
            },
            opts,
        );
    }

    /** Free, unlike the NAT gateway that agent state and images would pass otherwise. */
    function gatewayToS3(): ec2.VpcEndpoint {
        return new ec2.VpcEndpoint(
            `${name}-s3`,
            {
                vpcId: args.vpcId,
                vpcEndpointType: "Gateway",
                serviceName: `com.amazonaws.${platform.region}.s3`,
                routeTableIds: args.clientRouteTableIds,
                policy: JSON.stringify(ownBucketsAndImages(platform)),
                tags: { Name: `${platform.name}-s3` },
            },
            opts,
        );
    }
}

/** An endpoint's policy grants nothing by itself: it bounds what IAM allows, so everyone and everything in it is `*`. */
function onlyThisAccount(platform: Platform, limit: Exclude<Limit, "any">) {
    return {
        Version: "2012-10-17",
        Statement: [
            {
                Sid: "OnlyThisAccount",
                Effect: "Allow",
                Principal: "*",
                Action: "*",
                Resource: "*",
                Condition: {
                    StringEquals: {
                        "aws:PrincipalAccount": platform.account,
                        ...(limit === "caller-and-resource" ? { "aws:ResourceAccount": platform.account } : {}),
                    },
                },
            },
        ],
    };
}

/**
 * Buckets of this account, with credentials of this account. And, to read only, the public buckets to which image
 * registries send clients inside AWS: the way to S3 is this endpoint for every bucket of the region, and a pull that it
 * refuses fails with 403 instead of going through NAT. Those requests carry the registry's signature or none.
 */
function ownBucketsAndImages(platform: Platform) {
    const account = platform.account;
    return {
        Version: "2012-10-17",
        Statement: [
            {
                Sid: "OwnBuckets",
                Effect: "Allow",
                Principal: "*",
                Action: "s3:*",
                Resource: "*",
                Condition: { StringEquals: { "aws:PrincipalAccount": account, "aws:ResourceAccount": account } },
            },
            {
                Sid: "ImageLayers",
                Effect: "Allow",
                Principal: "*",
                Action: "s3:GetObject",
                Resource: [
                    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
                    `arn:aws:s3:::prod-${platform.region}-starport-layer-bucket/*`,
                    // quay.io, for clients in us-east-1: Red Hat lists it among the hosts to allow.
                    "arn:aws:s3:::quayio-production-s3/*",
                    // https://github.com/kubernetes/k8s.io/issues/4214
                    `arn:aws:s3:::prod-registry-k8s-io-${platform.region}/*`,
                    // https://github.com/docker/hub-feedback/issues/1318
                    "arn:aws:s3:::docker-images-prod/*",
                ],
            },
        ],
    };
}
