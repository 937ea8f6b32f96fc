import { strict as assert } from "node:assert";
import { SystemNodes, type SystemNodesArgs } from "../../../components/compute/system-nodes";
import { type Recorded, platform, record, value } from "../../support/record";
import { keyArn, subnets } from "./support";

const defaults: SystemNodesArgs = {
    platform,
    clusterName: "openclaw-test",
    kubernetesVersion: "1.35",
    subnets: subnets("ab"),
    securityGroupId: "sg-nodes",
    volumesKeyArn: keyArn("volumes"),
    instanceTypes: ["m8g.xlarge"],
    minPerZone: 2,
    maxPerZone: 4,
    diskGiB: 80,
};

const create = (changes: Partial<SystemNodesArgs> = {}): Promise<Recorded> =>
    record(() => new SystemNodes("system-nodes", { ...defaults, ...changes }));

describe("SystemNodes", () => {
    let recorded: Recorded;
    before(async () => (recorded = await create()));

    it("is one node group in each zone", () => {
        const { launchTemplate, nodeRoleArn, ...inputs } = recorded.inputs("system-nodes-a");
        assert.deepEqual(inputs, {
            clusterName: "openclaw-test",
            version: "1.35",
            subnetIds: ["subnet-a"],
            amiType: "BOTTLEROCKET_ARM_64",
            instanceTypes: ["m8g.xlarge"],
            capacityType: "ON_DEMAND",
            scalingConfig: { minSize: 2, maxSize: 4, desiredSize: 2 },
            updateConfig: { maxUnavailable: 1 },
            nodeRepairConfig: { enabled: true },
            labels: { "openclaw/pool": "system" },
            taints: [{ key: "node.cilium.io/agent-not-ready", value: "true", effect: "NO_EXECUTE" }],
        });
        assert.deepEqual(launchTemplate, { id: recorded.get("system-nodes-template").outputs["id"], version: "1" });
        assert.equal(nodeRoleArn, recorded.get("system-nodes-role").outputs["arn"]);
        assert.deepEqual(recorded.inputs("system-nodes-b")["subnetIds"], ["subnet-b"]);
    });

    it("leaves the number of nodes to whoever scales them", () => {
        assert.deepEqual(recorded.get("system-nodes-a").ignoreChanges, ["scalingConfig.desiredSize"]);
    });

    it("gains a zone without a change to the others", async () => {
        const before = new Map(recorded.resources.map((resource) => [resource.urn, resource]));
        const after = new Map((await create({ subnets: subnets("abc") })).resources.map((made) => [made.urn, made]));
        for (const [urn, resource] of before) assert.deepEqual(after.get(urn), resource);
        assert.deepEqual(
            [...after.values()].filter(({ urn }) => !before.has(urn)).map(({ name }) => name),
            ["system-nodes-c"],
        );
    });

    it("starts machines that give pods no credentials, have no public address and encrypt their volumes", () => {
        const template = recorded.inputs("system-nodes-template");
        assert.deepEqual(template["metadataOptions"], {
            httpEndpoint: "enabled",
            httpTokens: "required",
            httpPutResponseHopLimit: 1,
            instanceMetadataTags: "disabled",
        });
        assert.deepEqual(template["networkInterfaces"], [
            {
                deviceIndex: 0,
                associatePublicIpAddress: "false",
                deleteOnTermination: "true",
                securityGroups: ["sg-nodes"],
            },
        ]);
        const encrypted = {
            volumeType: "gp3",
            encrypted: "true",
            kmsKeyId: keyArn("volumes"),
            deleteOnTermination: "true",
        };
        assert.deepEqual(template["blockDeviceMappings"], [
            { deviceName: "/dev/xvda", ebs: { ...encrypted, volumeSize: 4 } },
            { deviceName: "/dev/xvdb", ebs: { ...encrypted, volumeSize: 80 } },
        ]);
    });

    it("sets the pods of a node itself, and offers no way to log in", () => {
        const userData = Buffer.from(String(recorded.inputs("system-nodes-template")["userData"]), "base64");
        assert.equal(
            userData.toString(),
            "[settings.kubernetes]\nmax-pods = 110\n\n[settings.host-containers.control]\nenabled = false\n",
        );
    });

    it("tags what AWS makes from the template, and marks interfaces as the cluster's own, so that Cilium may serve them", () => {
        const tags = recorded.inputs("system-nodes-template")["tagSpecifications"];
        assert.ok(Array.isArray(tags));
        const common = { Name: "openclaw-test-system", ...platform.tags };
        assert.deepEqual(tags, [
            { resourceType: "instance", tags: common },
            { resourceType: "volume", tags: common },
            { resourceType: "network-interface", tags: { ...common, "kubernetes.io/cluster/openclaw-test": "owned" } },
        ]);
    });

    it("gives nodes two permissions and waits for them", () => {
        const attachments = recorded.ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment");
        assert.deepEqual(
            attachments.map(({ inputs }) => inputs["policyArn"]),
            [
                "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
                "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
            ],
        );
        const { dependencies } = recorded.get("system-nodes-b");
        for (const { urn } of attachments) assert.ok(dependencies.includes(urn));
    });

    it("takes the image of its architecture and refuses a mixture", async () => {
        const intel = await create({ instanceTypes: ["m7i.large", "m7i.xlarge"] });
        assert.equal(intel.inputs("system-nodes-a")["amiType"], "BOTTLEROCKET_x86_64");
        await record(() => {
            const mixed = { ...defaults, instanceTypes: ["m7i.large", "m8g.large"] };
            assert.throws(() => new SystemNodes("system-nodes", mixed), /one architecture, not m7i.large, m8g.large/);
        });
    });

    it("hands on the names of its groups", async () => {
        const made: SystemNodes[] = [];
        await record(() => made.push(new SystemNodes("system-nodes", defaults)));
        const [nodes] = made;
        assert.ok(nodes);
        const names = await Promise.all(nodes.autoScalingGroupNames.map((name) => value(name)));
        assert.equal(names.length, 2);
        for (const name of names) assert.match(name, /^eks-system-nodes-[ab]-/);
    });
});
