import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { Brokers, type BrokersArgs } from "../../../components/coordination/brokers";
import { parseProperties } from "../../../components/model/server-properties";
import { type Recorded, account, platform, record, value } from "../../support/record";

const CLUSTER = "aws:msk/cluster:Cluster";

const args: BrokersArgs = {
    platform,
    kafkaVersion: "3.9.x.kraft",
    instanceType: "kafka.m7g.large",
    brokerCount: 4,
    subnets: ["a", "b"].map((letter) => ({
        zone: `us-east-1${letter}`,
        id: pulumi.output(`subnet-${letter}`),
        cidr: "10.0.0.0/24",
    })),
    vpcId: "vpc-1",
    clientSecurityGroupId: "sg-nodes",
    kmsKeyArn: "arn:key:brokers",
    logsKeyArn: "arn:key:logs",
    volumeGiB: 250,
    maxVolumeGiB: 2000,
    replication: { factor: 4, minInSyncReplicas: 2 },
    monitoringLevel: "PER_TOPIC_PER_BROKER",
    vpcConnectivity: true,
};

const create = (changes: Partial<BrokersArgs> = {}): Promise<Recorded> =>
    record(() => new Brokers("brokers", { ...args, ...changes }));

const unprotected = { platform: { ...platform, protect: false } };

describe("Brokers", () => {
    let recorded: Recorded;
    before(async () => {
        recorded = await create();
    });

    it("makes the cluster with IAM and TLS alone, under our key, closed to the public", () => {
        const group = recorded.get("brokers-security-group");
        assert.match(String(group.outputs["id"]), /^sg-/);
        const configuration = recorded.get("brokers-configuration");
        const cluster = recorded.get("brokers-cluster");
        assert.deepEqual(cluster.inputs, {
            clusterName: "openclaw-test-brokers",
            kafkaVersion: "3.9.x.kraft",
            numberOfBrokerNodes: 4,
            brokerNodeGroupInfo: {
                instanceType: "kafka.m7g.large",
                clientSubnets: ["subnet-a", "subnet-b"],
                securityGroups: [group.outputs["id"]],
                storageInfo: { ebsStorageInfo: { volumeSize: 250 } },
                connectivityInfo: {
                    publicAccess: { type: "DISABLED" },
                    vpcConnectivity: { clientAuthentication: { sasl: { iam: true } } },
                },
            },
            clientAuthentication: { sasl: { iam: true }, unauthenticated: false },
            encryptionInfo: {
                encryptionAtRestKmsKeyArn: "arn:key:brokers",
                encryptionInTransit: { clientBroker: "TLS", inCluster: true },
            },
            configurationInfo: { arn: configuration.outputs["arn"], revision: 1 },
            enhancedMonitoring: "PER_TOPIC_PER_BROKER",
            openMonitoring: {
                prometheus: { jmxExporter: { enabledInBroker: true }, nodeExporter: { enabledInBroker: true } },
            },
            loggingInfo: {
                brokerLogs: {
                    cloudwatchLogs: { enabled: true, logGroup: "/aws/vendedlogs/msk/openclaw-test-brokers" },
                },
            },
        });
    });

    it("leaves the size of volumes to their growth, which only adds", () => {
        const cluster = recorded.get("brokers-cluster");
        assert.deepEqual(cluster.ignoreChanges, ["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"]);
        const dimension = {
            serviceNamespace: "kafka",
            scalableDimension: "kafka:broker-storage:VolumeSize",
            resourceId: cluster.outputs["arn"],
        };
        assert.deepEqual(recorded.inputs("brokers-storage"), { ...dimension, minCapacity: 1, maxCapacity: 2000 });
        assert.deepEqual(recorded.inputs("brokers-storage-growth"), {
            ...dimension,
            policyType: "TargetTrackingScaling",
            targetTrackingScalingPolicyConfiguration: {
                predefinedMetricSpecification: { predefinedMetricType: "KafkaBrokerStorageUtilization" },
                targetValue: 70,
                disableScaleIn: true,
            },
        });
    });

    it("lets in the nodes on the IAM port and nobody else, and lets nothing out", () => {
        assert.deepEqual(recorded.inputs("brokers-security-group"), {
            vpcId: "vpc-1",
            description: "Kafka brokers",
            tags: { Name: "openclaw-test-brokers" },
        });
        const { securityGroupId, ...rule } = recorded.inputs("brokers-from-nodes");
        assert.deepEqual(rule, {
            referencedSecurityGroupId: "sg-nodes",
            ipProtocol: "tcp",
            fromPort: 9098,
            toPort: 9098,
            description: "Kafka with IAM authentication, from the nodes",
        });
        assert.equal(securityGroupId, recorded.get("brokers-security-group").outputs["id"]);
        assert.equal(recorded.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").length, 1);
        assert.equal(recorded.ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").length, 0);
    });

    it("makes the group for logs before the cluster that writes to it", () => {
        const logs = recorded.get("brokers-logs");
        assert.deepEqual(logs.inputs, {
            name: "/aws/vendedlogs/msk/openclaw-test-brokers",
            retentionInDays: 400,
            kmsKeyId: "arn:key:logs",
            deletionProtectionEnabled: true,
        });
        assert.ok(recorded.get("brokers-cluster").dependencies.includes(logs.urn));
    });

    it("configures the brokers for the replication, under a name by Pulumi", () => {
        const { serverProperties, ...rest } = recorded.inputs("brokers-configuration");
        assert.deepEqual(rest, { description: "Broker settings of openclaw-test" });
        const settings = parseProperties(String(serverProperties));
        assert.equal(settings["default.replication.factor"], "4");
        assert.equal(settings["min.insync.replicas"], "2");
        assert.equal(settings["unclean.leader.election.enable"], "false");
        assert.equal(settings["auto.create.topics.enable"], "false");
        assert.equal(settings["delete.topic.enable"], "false");
    });

    it("lets Firehose connect for this account alone", () => {
        const arn = recorded.get("brokers-cluster").outputs["arn"];
        const { clusterArn, policy } = recorded.inputs("brokers-policy");
        assert.equal(clusterArn, arn);
        assert.deepEqual(JSON.parse(String(policy)), {
            Version: "2012-10-17",
            Statement: [
                {
                    Sid: "FirehoseConnects",
                    Effect: "Allow",
                    Principal: { Service: "firehose.amazonaws.com" },
                    Action: [
                        "kafka:CreateVpcConnection",
                        "kafka:GetBootstrapBrokers",
                        "kafka:DescribeCluster",
                        "kafka:DescribeClusterV2",
                    ],
                    Resource: arn,
                    Condition: { StringEquals: { "aws:SourceAccount": account } },
                },
            ],
        });
    });

    it("opens no private links and admits no service unless asked", async () => {
        const closed = await create({ vpcConnectivity: false });
        assert.deepEqual(closed.ofType("aws:msk/clusterPolicy:ClusterPolicy"), []);
        assert.ok(!JSON.stringify(closed.inputs("brokers-cluster")).includes("vpcConnectivity"));
    });

    it("refuses private links to brokers too small for them, before anything is made", async () => {
        await record(() => {
            assert.throws(
                () => new Brokers("brokers", { ...args, instanceType: "kafka.t3.small" }),
                /kafka\.t3\.small brokers cannot have private links .* kafka\.m7g\.large can/,
            );
        });
        const small = await create({ instanceType: "kafka.t3.small", vpcConnectivity: false });
        assert.equal(small.ofType(CLUSTER).length, 1);
    });

    it("is protected where the platform is, and can be taken down with its topics where it is not", async () => {
        assert.equal(recorded.get("brokers-cluster").protect, true);
        const loose = await create(unprotected);
        assert.equal(loose.get("brokers-cluster").protect, false);
        assert.equal(loose.get("brokers-logs").protect, false);
        const settings = parseProperties(String(loose.inputs("brokers-configuration")["serverProperties"]));
        assert.equal(settings["delete.topic.enable"], "true");
    });

    it("keeps every child below itself, named after it", () => {
        const component = recorded.get("brokers");
        assert.equal(component.type, "openclaw:coordination:Brokers");
        const children = recorded.resources.filter((resource) => resource.parent === component.urn);
        assert.deepEqual(children.map(({ name }) => name).sort(), [
            "brokers-cluster",
            "brokers-configuration",
            "brokers-from-nodes",
            "brokers-logs",
            "brokers-policy",
            "brokers-security-group",
            "brokers-storage",
            "brokers-storage-growth",
        ]);
        assert.deepEqual(recorded.engine.lookups, []);
    });

    it("gives the addresses of all brokers, the IAM ones, though AWS names three of them", async () => {
        let brokers: Brokers | undefined;
        await record(() => {
            brokers = new Brokers("brokers", args);
        });
        assert.ok(brokers);
        const named = (await value(brokers.bootstrapBrokers)).split(",");
        assert.deepEqual(
            named.map((each) => /^(b-\d)\..+\.amazonaws\.com:9098$/.exec(each)?.[1]),
            ["b-1", "b-2", "b-3", "b-4"],
        );
        assert.match(await value(brokers.clusterArn), /^arn:aws:kafka:us-east-1:111122223333:cluster\/openclaw-test-/);
        assert.equal(await value(brokers.clusterName), "openclaw-test-brokers");
        assert.ok((await value(brokers.clusterArn)).endsWith(await value(brokers.clusterUuid)));
        assert.match(await value(brokers.securityGroupId), /^sg-/);
        assert.equal(await value(brokers.logGroupName), "/aws/vendedlogs/msk/openclaw-test-brokers");
        assert.equal(brokers.brokerCount, 4);
    });
});
