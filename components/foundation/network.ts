import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { type ZoneSubnets, allocate, zoneLetter } from "../model/addresses";
import type { Platform } from "../platform";
import { createEndpoints } from "./endpoints";
import { createFlowLogs } from "./flow-logs";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
    readonly platform: Platform;
    /** Range of the VPC, private, /16 to /20, e.g. `10.64.0.0/16`. A change replaces everything. */
    readonly cidr: string;
    /**
     * Zones of nodes and agents, e.g. `["us-east-1a", "us-east-1b"]`. Append only: a zone's addresses follow from its
     * place in this list. One more zone adds resources and changes none but the endpoints, in place; it costs about $95
     * a month for the endpoints, and $33 for its NAT gateway.
     */
    readonly zones: readonly string[];
    /** Zones, of the above, with subnets for brokers and database. */
    readonly statefulZones: readonly string[];
    /**
     * `per-zone`: a zone's failure takes nobody else's way out. `single`: one gateway in the first zone. About $33 a
     * month each and $0.045 per GB; through a single one, traffic from other zones pays $0.01 per GB each way on top.
     * Can be changed at any time; addresses that others see change with it.
     */
    readonly natGateways: "per-zone" | "single";
    /** ARN of the key for logs. */
    readonly logsKeyArn: pulumi.Input<string>;
}

/** What stands in a subnet. */
export type Tier = "public" | "nodes" | "brokers" | "database" | "endpoints";

export interface ZoneSubnet {
    /** e.g. `us-east-1a`. */
    readonly zone: string;
    /** Known once the subnet's routes are there too, so that whoever takes it finds its way out. */
    readonly id: pulumi.Output<string>;
    readonly cidr: string;
}

export interface ZoneNatGateway {
    readonly zone: string;
    readonly id: pulumi.Output<string>;
}

/**
 * The VPC: by zone, subnets for NAT gateways, nodes, brokers, database and endpoints. Only nodes have a way out, through
 * NAT; brokers, database and endpoints have no route but to the VPC. AWS services are reached through endpoints, all
 * traffic is logged, and the default security group lets nothing through.
 */
export class Network extends pulumi.ComponentResource {
    readonly vpcId: pulumi.Output<string>;
    /** The whole VPC, e.g. `10.64.0.0/16`. */
    readonly cidr: string;
    /** By tier, one subnet a zone, in the order of the zones. */
    readonly subnets: Record<Tier, ZoneSubnet[]>;
    /** Security group of the interface endpoints: allow nodes to reach it at port 443. */
    readonly endpointSecurityGroupId: pulumi.Output<string>;
    /** One a zone, or one in all. */
    readonly natGatewayIds: ZoneNatGateway[];
    /** Prefix list of S3 in this region, for security group rules. */
    readonly s3PrefixListId: pulumi.Output<string>;
    /** URL of S3 inside the VPC, for pods whose network policy knows no other: an interface endpoint of all zones. */
    readonly s3EndpointUrl: pulumi.Output<string>;

    constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:foundation:Network", name, {}, opts);
        const { platform } = args;
        const tag = (suffix: string) => ({ Name: `${platform.name}-${suffix}` });
        const child: pulumi.CustomResourceOptions = { parent: this };
        // A subnet that moves to another range or zone is replaced, with all that stands in it.
        const durable: pulumi.CustomResourceOptions = { parent: this, protect: platform.protect };

        const vpc = createVpc();
        closeDefaultSecurityGroup();
        const internet = new ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: tag("internet") }, child);
        const subnets: Record<Tier, ZoneSubnet[]> = { public: [], nodes: [], brokers: [], database: [], endpoints: [] };
        const gateways: ZoneNatGateway[] = [];
        const nodeRouteTableIds: pulumi.Output<string>[] = [];
        for (const [zone, addresses] of Object.entries(allocate(args.cidr, args.zones))) layOut(zone, addresses);
        createFlowLogs(`${name}-flow-logs`, { platform, vpcId: vpc.id, logsKeyArn: args.logsKeyArn }, child);
        const endpoints = createEndpoints(
            `${name}-endpoint`,
            {
                platform,
                vpcId: vpc.id,
                subnetIds: subnets.endpoints.map(({ id }) => id),
                clients: subnets.nodes,
                clientRouteTableIds: nodeRouteTableIds,
            },
            child,
        );

        this.vpcId = vpc.id;
        this.cidr = args.cidr;
        this.subnets = subnets;
        this.natGatewayIds = gateways;
        this.endpointSecurityGroupId = endpoints.securityGroupId;
        this.s3PrefixListId = endpoints.s3PrefixListId;
        this.s3EndpointUrl = endpoints.s3EndpointUrl;
        this.registerOutputs({
            vpcId: this.vpcId,
            cidr: this.cidr,
            subnets: this.subnets,
            natGatewayIds: this.natGatewayIds,
            endpointSecurityGroupId: this.endpointSecurityGroupId,
            s3PrefixListId: this.s3PrefixListId,
        });

        function createVpc(): ec2.Vpc {
            return new ec2.Vpc(
                `${name}-vpc`,
                {
                    cidrBlock: args.cidr,
                    // Both are needed for the endpoints' private names.
                    enableDnsHostnames: true,
                    enableDnsSupport: true,
                    tags: tag("vpc"),
                },
                durable,
            );
        }

        /** Takes all rules out of the group that AWS puts things into when nothing else is said. */
        function closeDefaultSecurityGroup(): void {
            new ec2.DefaultSecurityGroup(
                `${name}-default`,
                { vpcId: vpc.id, ingress: [], egress: [], tags: tag("default-closed") },
                child,
            );
        }

        /** All of one zone. Nothing in it names another zone, but for the single NAT gateway. */
        function layOut(zone: string, addresses: ZoneSubnets): void {
            const publicRoutes = routeTable("public", zone);
            const toInternet = defaultRoute("public", zone, publicRoutes, { gatewayId: internet.id });
            const publicSubnet = subnet("public", zone, addresses, publicRoutes, [toInternet]);

            const nodeRoutes = routeTable("nodes", zone);
            const toNat = defaultRoute("nodes", zone, nodeRoutes, { natGatewayId: wayOut(zone, publicSubnet) });
            subnet("nodes", zone, addresses, nodeRoutes, [toNat]);
            nodeRouteTableIds.push(nodeRoutes.id);

            const isolated = routeTable("isolated", zone);
            subnet("endpoints", zone, addresses, isolated, []);
            if (args.statefulZones.includes(zone)) {
                subnet("brokers", zone, addresses, isolated, []);
                subnet("database", zone, addresses, isolated, []);
            }
        }

        /** The zone's own NAT gateway, or the single one: in the first zone, whatever is appended later. */
        function wayOut(zone: string, publicSubnet: ZoneSubnet): pulumi.Output<string> {
            const [first] = gateways;
            if (first !== undefined && args.natGateways === "single") return first.id;
            const suffix = `nat-${zoneLetter(zone)}`;
            const address = new ec2.Eip(`${name}-${suffix}-address`, { domain: "vpc", tags: tag(suffix) }, child);
            const { id } = new ec2.NatGateway(
                `${name}-${suffix}`,
                { allocationId: address.id, subnetId: publicSubnet.id, tags: tag(suffix) },
                child,
            );
            gateways.push({ zone, id });
            return id;
        }

        function routeTable(kind: string, zone: string): ec2.RouteTable {
            const suffix = `${kind}-routes-${zoneLetter(zone)}`;
            return new ec2.RouteTable(`${name}-${suffix}`, { vpcId: vpc.id, tags: tag(suffix) }, child);
        }

        function defaultRoute(
            kind: string,
            zone: string,
            table: ec2.RouteTable,
            target: Pick<ec2.RouteArgs, "gatewayId" | "natGatewayId">,
        ): ec2.Route {
            return new ec2.Route(
                `${name}-${kind}-default-${zoneLetter(zone)}`,
                { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target },
                child,
            );
        }

        function subnet(
            tier: Tier,
            zone: string,
            addresses: ZoneSubnets,
            table: ec2.RouteTable,
            routes: ec2.Route[],
        ): ZoneSubnet {
            const suffix = `${tier}-${zoneLetter(zone)}`;
            const created = new ec2.Subnet(
                `${name}-${suffix}`,
                {
                    vpcId: vpc.id,
                    availabilityZone: zone,
                    cidrBlock: addresses[tier],
                    mapPublicIpOnLaunch: false,
                    tags: {
                        ...tag(suffix),
                        "openclaw/tier": tier,
                        // How Karpenter and Cilium find where nodes and pods may be.
                        ...(tier === "nodes" ? { "karpenter.sh/discovery": platform.name } : {}),
                    },
                },
                durable,
            );
            const association = new ec2.RouteTableAssociation(
                `${name}-${tier}-association-${zoneLetter(zone)}`,
                { subnetId: created.id, routeTableId: table.id },
                child,
            );
            const way = [association, ...routes].map((resource) => resource.id);
            const ready = pulumi.all([created.id, ...way]).apply(([id = ""]) => id);
            const result = { zone, id: ready, cidr: addresses[tier] };
            subnets[tier].push(result);
            return result;
        }
    }
}
