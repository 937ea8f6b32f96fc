import { strict as assert } from "node:assert";
import * as ec2 from "@pulumi/aws/ec2";
import { Network, type NetworkArgs, type Tier } from "../../../components/foundation/network";
import { INTERFACE_ENDPOINTS } from "../../../components/foundation/endpoints";
import type { PlannedResource, Value } from "../../../plan/offline-engine";
import { type Recorded, account, platform, record, region, value } from "../../support/record";

const logsKeyArn = `arn:aws:kms:${region}:${account}:key/logs`;
const two = ["us-east-1a", "us-east-1b"];
const three = [...two, "us-east-1c"];
const defaults: NetworkArgs = {
    platform,
    cidr: "10.64.0.0/16",
    zones: two,
    statefulZones: two,
    natGateways: "per-zone",
    logsKeyArn,
};

interface Plan {
    readonly graph: Recorded;
    readonly network: Network;
}

async function build(changes: Partial<NetworkArgs>, use: (network: Network) => void = () => undefined): Promise<Plan> {
    const made: Network[] = [];
    const graph = await record(() => {
        const network = new Network("network", { ...defaults, ...changes });
        made.push(network);
        use(network);
    });
    const [network] = made;
    assert.ok(network);
    return { graph, network };
}

const plans = new Map<string, Promise<Plan>>();

/** Each variant is built once: nothing here changes a graph. */
function plan(changes: Partial<NetworkArgs> = {}): Promise<Plan> {
    const key = JSON.stringify({ ...defaults, ...changes });
    const made = plans.get(key) ?? build(changes);
    plans.set(key, made);
    return made;
}

const policyOf = (resource: PlannedResource): { Statement: Record<string, unknown>[] } =>
    JSON.parse(String(resource.inputs["policy"]));

const keyOf = (resource: PlannedResource) => `${resource.type} ${resource.name}`;

/** Where a subnet's traffic for the internet goes: the input and the name of the resource, or nothing. */
function wayOut(graph: Recorded, subnetName: string): string[] {
    const id = graph.get(subnetName, "aws:ec2/subnet:Subnet").outputs["id"];
    const association = graph
        .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
        .filter(({ inputs }) => inputs["subnetId"] === id);
    assert.equal(association.length, 1, `${subnetName} must not fall back to the main route table`);
    return graph
        .ofType("aws:ec2/route:Route")
        .filter(({ inputs }) => inputs["routeTableId"] === association[0]?.inputs["routeTableId"])
        .map(({ inputs }) => {
            assert.equal(inputs["destinationCidrBlock"], "0.0.0.0/0");
            const target = inputs["natGatewayId"] ?? inputs["gatewayId"];
            const resource = graph.resources.find(({ outputs }) => outputs["id"] === target);
            return resource?.name ?? "nowhere";
        });
}

describe("Network", () => {
    it("makes a VPC whose names resolve, and takes every rule out of its default security group", async () => {
        const { graph } = await plan();
        const vpc = graph.get("network-vpc");
        assert.deepEqual(vpc.inputs, {
            cidrBlock: "10.64.0.0/16",
            enableDnsHostnames: true,
            enableDnsSupport: true,
            tags: { Name: "openclaw-test-vpc" },
        });
        assert.deepEqual(graph.inputs("network-default"), {
            vpcId: vpc.outputs["id"],
            ingress: [],
            egress: [],
            tags: { Name: "openclaw-test-default-closed" },
        });
    });

    it("lays out five subnets a zone, none of which gives out public addresses", async () => {
        const { graph, network } = await plan();
        const cidrs: Record<Tier, string[]> = {
            public: ["10.64.32.0/22", "10.64.96.0/22"],
            nodes: ["10.64.0.0/19", "10.64.64.0/19"],
            brokers: ["10.64.36.0/22", "10.64.100.0/22"],
            database: ["10.64.40.0/22", "10.64.104.0/22"],
            endpoints: ["10.64.44.0/22", "10.64.108.0/22"],
        };
        assert.equal(graph.ofType("aws:ec2/subnet:Subnet").length, 10);
        for (const [tier, ranges] of Object.entries(cidrs) as [Tier, string[]][]) {
            for (const [index, letter] of ["a", "b"].entries()) {
                const subnet = graph.get(`network-${tier}-${letter}`);
                assert.deepEqual(subnet.inputs, {
                    vpcId: graph.get("network-vpc").outputs["id"],
                    availabilityZone: `us-east-1${letter}`,
                    cidrBlock: ranges[index],
                    mapPublicIpOnLaunch: false,
                    tags: {
                        Name: `openclaw-test-${tier}-${letter}`,
                        "openclaw/tier": tier,
                        ...(tier === "nodes" ? { "karpenter.sh/discovery": "openclaw-test" } : {}),
                    },
                });
                const given = network.subnets[tier][index];
                assert.equal(given?.zone, `us-east-1${letter}`);
                assert.equal(given.cidr, ranges[index]);
                assert.equal(await value(given.id), subnet.outputs["id"]);
            }
        }
    });

    it("gives nodes a way out by the NAT gateway of their own zone, and nobody else but NAT a way to the internet", async () => {
        const { graph, network } = await plan();
        for (const letter of ["a", "b"]) {
            assert.deepEqual(wayOut(graph, `network-public-${letter}`), ["network-internet"]);
            assert.deepEqual(wayOut(graph, `network-nodes-${letter}`), [`network-nat-${letter}`]);
            for (const tier of ["brokers", "database", "endpoints"]) {
                assert.deepEqual(wayOut(graph, `network-${tier}-${letter}`), [], tier);
            }
            assert.deepEqual(graph.inputs(`network-nat-${letter}`), {
                allocationId: graph.get(`network-nat-${letter}-address`).outputs["id"],
                subnetId: graph.get(`network-public-${letter}`).outputs["id"],
                tags: { Name: `openclaw-test-nat-${letter}` },
            });
        }
        assert.deepEqual(
            network.natGatewayIds.map(({ zone }) => zone),
            two,
        );
    });

    it("shares no route table between zones", async () => {
        const { graph } = await plan();
        const tables = graph.ofType("aws:ec2/routeTable:RouteTable").map(({ name }) => name);
        assert.deepEqual(tables.sort(), [
            "network-isolated-routes-a",
            "network-isolated-routes-b",
            "network-nodes-routes-a",
            "network-nodes-routes-b",
            "network-public-routes-a",
            "network-public-routes-b",
        ]);
        for (const association of graph.ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")) {
            const table = graph.resources.find(({ outputs }) => outputs["id"] === association.inputs["routeTableId"]);
            assert.equal(table?.name.slice(-1), association.name.slice(-1));
        }
    });

    it("hands out a node subnet only with its way out, so that no node starts before it can pull images", async () => {
        const { graph } = await build({}, ({ subnets }) => {
            new ec2.SecurityGroup("user", { tags: { subnet: subnets.nodes[0]?.id ?? "" } });
        });
        const awaited = graph.get("user").propertyDependencies["tags"] ?? [];
        for (const name of ["network-nodes-a", "network-nodes-association-a", "network-nodes-default-a"]) {
            assert.ok(awaited.includes(graph.get(name).urn), name);
        }
        const nat = graph.get("network-nat-a").propertyDependencies["subnetId"] ?? [];
        assert.ok(nat.includes(graph.get("network-public-default-a").urn), "NAT needs the internet gateway first");
    });

    it("has one NAT gateway where one is asked for, in the first zone, for all", async () => {
        const { graph, network } = await plan({ natGateways: "single" });
        assert.equal(graph.ofType("aws:ec2/natGateway:NatGateway").length, 1);
        assert.equal(graph.ofType("aws:ec2/eip:Eip").length, 1);
        for (const letter of ["a", "b"]) assert.deepEqual(wayOut(graph, `network-nodes-${letter}`), ["network-nat-a"]);
        assert.deepEqual(
            network.natGatewayIds.map(({ zone }) => zone),
            ["us-east-1a"],
        );
    });

    /** What AWS adds to an endpoint without replacing it. */
    const growInPlace = ["subnetIds", "routeTableIds"];

    for (const natGateways of ["per-zone", "single"] as const) {
        it(`renames, renumbers and replaces nothing when a third zone is appended (NAT ${natGateways})`, async () => {
            const before = await plan({ natGateways });
            const after = await plan({ natGateways, zones: three });
            const later = new Map(after.graph.resources.map((resource) => [keyOf(resource), resource]));
            for (const resource of before.graph.resources) {
                const same = later.get(keyOf(resource));
                assert.ok(same, `${resource.name} is gone`);
                assert.equal(same.urn, resource.urn);
                for (const property of new Set([...Object.keys(resource.inputs), ...Object.keys(same.inputs)])) {
                    const was: Value | undefined = resource.inputs[property];
                    const is: Value | undefined = same.inputs[property];
                    if (resource.type === "aws:ec2/vpcEndpoint:VpcEndpoint" && growInPlace.includes(property)) {
                        assert.ok(Array.isArray(was) && Array.isArray(is));
                        assert.equal(is.length, 3);
                        assert.deepEqual(is.slice(0, 2), was);
                    } else {
                        assert.deepEqual(is, was, `${resource.name}.${property}`);
                    }
                }
            }
            const added = after.graph.resources.filter(
                (r) => !before.graph.resources.some((b) => keyOf(b) === keyOf(r)),
            );
            assert.ok(added.length > 0);
            for (const { name } of added) assert.match(name, /-c(-address)?$/);
        });
    }

    it("gives an appended zone nodes, but neither brokers nor database", async () => {
        const { graph, network } = await plan({ zones: three });
        assert.deepEqual(
            network.subnets.nodes.map(({ zone }) => zone),
            three,
        );
        for (const tier of ["brokers", "database"] as const) {
            assert.deepEqual(
                network.subnets[tier].map(({ zone }) => zone),
                two,
            );
        }
        assert.deepEqual(wayOut(graph, "network-nodes-c"), ["network-nat-c"]);
    });

    it("protects what everything stands in, and nothing where the platform is not protected", async () => {
        const durable = ["aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:cloudwatch/logGroup:LogGroup"];
        for (const resource of (await plan()).graph.resources) {
            if (durable.includes(resource.type)) assert.equal(resource.protect, true, resource.name);
        }
        const open = await plan({ platform: { ...platform, protect: false } });
        for (const resource of open.graph.resources) assert.equal(resource.protect, false, resource.name);
    });

    it("names every child after itself, as its own child, and looks nothing up", async () => {
        const { graph, network } = await plan();
        const urn = await value(network.urn);
        for (const resource of graph.resources) {
            if (!resource.custom) continue;
            assert.equal(resource.parent, urn);
            assert.match(resource.name, /^network-/);
        }
        assert.deepEqual(graph.engine.lookups, []);
    });
});

describe("flow logs", () => {
    it("log all traffic into a group of ours, under our key, made and writable first", async () => {
        const { graph } = await plan();
        const group = graph.get("network-flow-logs");
        assert.deepEqual(group.inputs, {
            name: "/openclaw-test/vpc/flow-logs",
            retentionInDays: 400,
            kmsKeyId: logsKeyArn,
            deletionProtectionEnabled: true,
        });
        const log = graph.get("network-flow-logs-vpc");
        assert.deepEqual(log.inputs, {
            vpcId: graph.get("network-vpc").outputs["id"],
            trafficType: "ALL",
            maxAggregationInterval: 600,
            logDestinationType: "cloud-watch-logs",
            logDestination: group.outputs["arn"],
            iamRoleArn: graph.get("network-flow-logs-role").outputs["arn"],
            tags: { Name: "openclaw-test-vpc" },
        });
        assert.ok(log.dependencies.includes(graph.get("network-flow-logs-policy").urn));
    });

    it("are written by a role that flow logs of this account alone may take, into that group alone", async () => {
        const { graph } = await plan();
        const trust = JSON.parse(String(graph.inputs("network-flow-logs-role")["assumeRolePolicy"]));
        assert.deepEqual(trust.Statement, [
            {
                Effect: "Allow",
                Principal: { Service: "vpc-flow-logs.amazonaws.com" },
                Action: "sts:AssumeRole",
                Condition: {
                    StringEquals: { "aws:SourceAccount": account },
                    ArnLike: { "aws:SourceArn": `arn:aws:ec2:${region}:${account}:vpc-flow-log/*` },
                },
            },
        ]);
        const group = `arn:aws:logs:${region}:${account}:log-group:/openclaw-test/vpc/flow-logs`;
        assert.deepEqual(policyOf(graph.get("network-flow-logs-policy")).Statement, [
            {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                Resource: [group, `${group}:*`],
            },
            {
                Effect: "Allow",
                Action: "logs:DescribeLogGroups",
                Resource: `arn:aws:logs:${region}:${account}:log-group:*`,
            },
        ]);
    });
});

describe("endpoints", () => {
    it("exist for each service that agents, nodes and controllers call", () => {
        assert.deepEqual(Object.keys(INTERFACE_ENDPOINTS), [
            "bedrock-runtime",
            "ec2",
            "ecr.api",
            "ecr.dkr",
            "eks",
            "eks-auth",
            "kms",
            "logs",
            "monitoring",
            "secretsmanager",
            "sqs",
            "ssm",
            "sts",
        ]);
    });

    it("stand in every zone under the service's own name, for this account alone", async () => {
        const { graph, network } = await plan();
        const securityGroup = await value(network.endpointSecurityGroupId);
        for (const [service, limit] of Object.entries(INTERFACE_ENDPOINTS)) {
            const name = service.replace(".", "-");
            const endpoint = graph.get(`network-endpoint-${name}`);
            const { policy, ...inputs } = endpoint.inputs;
            assert.deepEqual(inputs, {
                vpcId: graph.get("network-vpc").outputs["id"],
                vpcEndpointType: "Interface",
                serviceName: `com.amazonaws.us-east-1.${service}`,
                privateDnsEnabled: true,
                subnetIds: ["a", "b"].map((letter) => graph.get(`network-endpoints-${letter}`).outputs["id"]),
                securityGroupIds: [securityGroup],
                tags: { Name: `openclaw-test-${name}` },
            });
            if (service === "eks-auth") {
                assert.equal(policy, undefined);
                continue;
            }
            const resource = limit === "caller-and-resource" ? { "aws:ResourceAccount": account } : {};
            assert.deepEqual(policyOf(endpoint).Statement, [
                {
                    Sid: "OnlyThisAccount",
                    Effect: "Allow",
                    Principal: "*",
                    Action: "*",
                    Resource: "*",
                    Condition: { StringEquals: { "aws:PrincipalAccount": account, ...resource } },
                },
            ]);
        }
    });

    it("let data out to this account alone where data can leave, and read what AWS shares where it must be read", () => {
        for (const service of ["secretsmanager", "kms", "sqs", "logs"]) {
            assert.equal(INTERFACE_ENDPOINTS[service], "caller-and-resource", service);
        }
        // Images of the add-ons, node images and their parameters belong to AWS.
        for (const service of ["ecr.api", "ecr.dkr", "ec2", "ssm"])
            assert.equal(INTERFACE_ENDPOINTS[service], "caller");
    });

    it("are open to nodes and pods at 443 and to nothing else", async () => {
        const { graph } = await plan();
        const group = graph.get("network-endpoint-access");
        assert.deepEqual(group.inputs, {
            vpcId: graph.get("network-vpc").outputs["id"],
            description: "Interface endpoints of AWS services",
            tags: { Name: "openclaw-test-endpoints" },
        });
        const rules = graph.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
        assert.deepEqual(
            rules.map(({ name, inputs }) => [name, inputs["cidrIpv4"]]),
            [
                ["network-endpoint-access-nodes-a", "10.64.0.0/19"],
                ["network-endpoint-access-nodes-b", "10.64.64.0/19"],
            ],
        );
        for (const { inputs } of rules) {
            assert.equal(inputs["securityGroupId"], group.outputs["id"]);
            assert.deepEqual([inputs["ipProtocol"], inputs["fromPort"], inputs["toPort"]], ["tcp", 443, 443]);
        }
        assert.deepEqual(graph.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"), []);
    });

    it("lead nodes to S3: to buckets of this account, and to read the layers of images", async () => {
        const { graph, network } = await plan();
        const s3 = graph.get("network-endpoint-s3");
        const { policy, ...inputs } = s3.inputs;
        assert.deepEqual(inputs, {
            vpcId: graph.get("network-vpc").outputs["id"],
            vpcEndpointType: "Gateway",
            serviceName: "com.amazonaws.us-east-1.s3",
            routeTableIds: ["a", "b"].map((letter) => graph.get(`network-nodes-routes-${letter}`).outputs["id"]),
            tags: { Name: "openclaw-test-s3" },
        });
        assert.deepEqual(JSON.parse(String(policy)).Statement, [
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
                    "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*",
                    "arn:aws:s3:::quayio-production-s3/*",
                    "arn:aws:s3:::prod-registry-k8s-io-us-east-1/*",
                    "arn:aws:s3:::docker-images-prod/*",
                ],
            },
        ]);
        assert.equal(await value(network.s3PrefixListId), s3.outputs["prefixListId"]);
    });

    it("give agents a way to S3 at addresses of the VPC, to buckets of this account alone, beside the nodes' gateway", async () => {
        const { graph, network } = await plan();
        const { inputs } = graph.get("network-endpoint-s3-agents");
        assert.equal(inputs["vpcEndpointType"], "Interface");
        assert.equal(inputs["privateDnsEnabled"], false);
        assert.match(
            String(inputs["policy"]),
            /"aws:PrincipalAccount":"111122223333","aws:ResourceAccount":"111122223333"/,
        );
        assert.match(
            await value(network.s3EndpointUrl),
            /^https:\/\/bucket\.vpce-[0-9a-f-]+\.s3\.us-east-1\.vpce\.amazonaws\.com$/,
        );
    });
});
