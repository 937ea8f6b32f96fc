import { strict as assert } from "node:assert";
import { Cluster, type ClusterArgs } from "../../../components/compute/cluster";
import { type Recorded, platform, record, value } from "../../support/record";
import { keyArn } from "./support";

const defaults: ClusterArgs = {
    platform,
    kubernetesVersion: "1.35",
    vpcId: "vpc-1",
    vpcCidr: "10.64.0.0/16",
    controlPlaneSubnetIds: ["subnet-a", "subnet-b"],
    publicAccessCidrs: [],
    adminRoleArns: ["arn:aws:iam::111122223333:role/teams/platform-admin"],
    secretsKeyArn: keyArn("cluster"),
    logsKeyArn: keyArn("logs"),
};

const eksCluster = "aws:eks/cluster:Cluster";

async function create(changes: Partial<ClusterArgs> = {}): Promise<{ recorded: Recorded; cluster: Cluster }> {
    const made: Cluster[] = [];
    const recorded = await record(() => made.push(new Cluster("cluster", { ...defaults, ...changes })));
    const [cluster] = made;
    assert.ok(cluster);
    return { recorded, cluster };
}

describe("Cluster", () => {
    let recorded: Recorded;
    let cluster: Cluster;
    before(async () => ({ recorded, cluster } = await create()));

    it("is a private, encrypted, logged control plane that carries no add-on and no administrator of its own", () => {
        const { roleArn, vpcConfig, ...inputs } = recorded.inputs("cluster-eks", eksCluster);
        assert.match(String(roleArn), /role\/cluster-role-/);
        assert.deepEqual(inputs, {
            name: "openclaw-test",
            version: "1.35",
            accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
            bootstrapSelfManagedAddons: false,
            kubernetesNetworkConfig: { ipFamily: "ipv4", serviceIpv4Cidr: "172.20.0.0/16" },
            encryptionConfig: { provider: { keyArn: keyArn("cluster") }, resources: ["secrets"] },
            enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
            upgradePolicy: { supportType: "STANDARD" },
            zonalShiftConfig: { enabled: true },
            deletionProtection: true,
        });
        assert.deepEqual(vpcConfig, {
            subnetIds: ["subnet-a", "subnet-b"],
            securityGroupIds: [recorded.get("cluster-control-plane").outputs["id"]],
            endpointPrivateAccess: true,
            endpointPublicAccess: false,
        });
    });

    it("is protected where the environment is, and can be taken down where it is not", async () => {
        assert.equal(recorded.get("cluster-eks", eksCluster).protect, true);
        const staging = await create({ platform: { ...platform, protect: false } });
        const { inputs, protect } = staging.recorded.get("cluster-eks", eksCluster);
        assert.equal(protect, false);
        assert.equal(inputs["deletionProtection"], false);
        assert.deepEqual(inputs["zonalShiftConfig"], { enabled: false });
    });

    it("opens its endpoint to named ranges only, never to the world", async () => {
        const open = await create({ publicAccessCidrs: ["203.0.113.0/24"] });
        const { vpcConfig } = open.recorded.inputs("cluster-eks", eksCluster);
        assert.ok(vpcConfig && typeof vpcConfig === "object" && !Array.isArray(vpcConfig));
        assert.equal(vpcConfig["endpointPublicAccess"], true);
        assert.deepEqual(vpcConfig["publicAccessCidrs"], ["203.0.113.0/24"]);
        for (const world of ["0.0.0.0/0", "::/0"]) {
            const refused = record(() => {
                assert.throws(
                    () => new Cluster("cluster", { ...defaults, publicAccessCidrs: ["203.0.113.0/24", world] }),
                    /must not be open to/,
                );
            });
            assert.equal((await refused).ofType(eksCluster).length, 0);
        }
    });

    it("finds its log group, its permissions and its rules in place", () => {
        const { dependencies } = recorded.get("cluster-eks", eksCluster);
        const group = recorded.get("cluster-logs");
        assert.equal(group.inputs["name"], "/aws/eks/openclaw-test/cluster");
        assert.equal(group.inputs["kmsKeyId"], keyArn("logs"));
        assert.equal(group.inputs["retentionInDays"], 400);
        const first = [group, recorded.get("cluster-role-control-plane"), ...recorded.resources.filter(isRule)];
        for (const { urn, name } of first) assert.ok(dependencies.includes(urn), `does not wait for ${name}`);
    });

    it("admits the named roles and nobody else", () => {
        const associations = recorded.ofType("aws:eks/accessPolicyAssociation:AccessPolicyAssociation");
        assert.deepEqual(
            associations.map(({ inputs }) => inputs),
            [
                {
                    clusterName: "openclaw-test",
                    principalArn: defaults.adminRoleArns[0],
                    policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                    accessScope: { type: "cluster" },
                },
            ],
        );
        assert.deepEqual(recorded.inputs("cluster-admin-platform-admin", "aws:eks/accessEntry:AccessEntry"), {
            clusterName: "openclaw-test",
            principalArn: defaults.adminRoleArns[0],
            type: "STANDARD",
        });
    });

    it("lets the control plane and the nodes exchange what they need and no more", () => {
        const rules = recorded.resources.filter(isRule).map(({ name, inputs }) => {
            const { ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId } = inputs;
            assert.equal(fromPort, toPort);
            const names = Object.fromEntries(
                ["cluster-nodes", "cluster-control-plane"].map((group) => [recorded.get(group).outputs["id"], group]),
            );
            const other = cidrIpv4 ?? names[String(referencedSecurityGroupId)];
            return `${name}: ${String(ipProtocol)} ${String(fromPort ?? "all")} ${String(other)}`;
        });
        assert.deepEqual(rules.sort(), [
            "cluster-control-plane-from-vpc: tcp 443 10.64.0.0/16",
            "cluster-control-plane-to-nodes-10250: tcp 10250 cluster-nodes",
            "cluster-control-plane-to-nodes-10251: tcp 10251 cluster-nodes",
            "cluster-control-plane-to-nodes-443: tcp 443 cluster-nodes",
            "cluster-control-plane-to-nodes-9443: tcp 9443 cluster-nodes",
            "cluster-nodes-from-control-plane-10250: tcp 10250 cluster-control-plane",
            "cluster-nodes-from-control-plane-10251: tcp 10251 cluster-control-plane",
            "cluster-nodes-from-control-plane-443: tcp 443 cluster-control-plane",
            "cluster-nodes-from-control-plane-9443: tcp 9443 cluster-control-plane",
            "cluster-nodes-from-nodes: -1 all cluster-nodes",
            "cluster-nodes-to-https: tcp 443 0.0.0.0/0",
            "cluster-nodes-to-nodes: -1 all cluster-nodes",
            "cluster-nodes-to-vpc-5432: tcp 5432 10.64.0.0/16",
            "cluster-nodes-to-vpc-9098: tcp 9098 10.64.0.0/16",
        ]);
        for (const { name, type, inputs } of recorded.resources.filter(isRule)) {
            const world = inputs["cidrIpv4"] === "0.0.0.0/0";
            assert.ok(!(world && type.includes("IngressRule")), `${name} lets the world in`);
        }
        for (const { inputs } of recorded.ofType("aws:ec2/securityGroup:SecurityGroup")) {
            assert.ok(!("ingress" in inputs) && !("egress" in inputs), "rules stand apart, or they fight each other");
        }
    });

    it("is reached with a token asked for at each use, under an identity that never changes", async () => {
        const { inputs, dependencies } = recorded.get("cluster-kubernetes");
        assert.equal(inputs["clusterIdentifier"], await value(cluster.clusterArn));
        const kubeconfig = String(inputs["kubeconfig"]);
        assert.equal(kubeconfig, await value(cluster.kubeconfig));
        assert.match(kubeconfig, /"eks","get-token","--region","us-east-1","--cluster-name","openclaw-test"/);
        assert.doesNotMatch(kubeconfig, /token":|password|client-key/);
        const admitted = recorded.ofType("aws:eks/accessPolicyAssociation:AccessPolicyAssociation");
        for (const { urn } of admitted) assert.ok(dependencies.includes(urn));
    });

    it("hands on the API's host without a scheme", async () => {
        assert.equal(`https://${await value(cluster.apiServerHost)}`, await value(cluster.endpoint));
    });

    it("keeps the range of services out of the VPC", async () => {
        assert.equal(cluster.serviceCidr, "172.20.0.0/16");
        assert.equal((await create({ vpcCidr: "172.20.0.0/16" })).cluster.serviceCidr, "10.100.0.0/16");
    });

    it("names every child after itself", () => {
        const component = recorded.get("cluster", "openclaw:compute:Cluster");
        for (const { name, parent, urn } of recorded.resources) {
            if (urn === component.urn || name.startsWith("openclaw-test")) continue;
            assert.ok(name.startsWith("cluster-"), name);
            assert.equal(parent, component.urn, name);
        }
    });
});

function isRule({ type }: { type: string }): boolean {
    return /SecurityGroup(Ingress|Egress)Rule$/.test(type);
}
