import { strict as assert } from "node:assert";
import { Addons, type AddonsArgs } from "../../../components/compute/addons";
import { type Recorded, platform, record } from "../../support/record";
import { keyArn } from "./support";

const defaults: AddonsArgs = {
    platform,
    clusterName: "openclaw-test",
    logsKeyArn: keyArn("logs"),
    ebsDriverRoleArn: "arn:aws:iam::111122223333:role/ebs",
    observabilityRoleArn: "arn:aws:iam::111122223333:role/observability",
};

const addonType = "aws:eks/addon:Addon";

const configuration = (recorded: Recorded, name: string): unknown =>
    JSON.parse(String(recorded.inputs(name)["configurationValues"]));

describe("Addons", () => {
    let recorded: Recorded;
    before(async () => (recorded = await record(() => new Addons("addons", defaults))));

    it("are these, and neither the VPC CNI nor kube-proxy, whose places Cilium takes", () => {
        assert.deepEqual(
            recorded
                .ofType(addonType)
                .map(({ name, inputs }) => `${name}: ${String(inputs["addonName"])}`)
                .sort(),
            [
                "amazon-cloudwatch-observability",
                "aws-ebs-csi-driver",
                "coredns",
                "eks-node-monitoring-agent",
                "metrics-server",
            ].map((addon) => `addons-${addon}: ${addon}`),
        );
    });

    it("put right what was changed by hand, and stay when they are no longer managed", () => {
        assert.deepEqual(recorded.inputs("addons-metrics-server"), {
            clusterName: "openclaw-test",
            addonName: "metrics-server",
            resolveConflictsOnCreate: "OVERWRITE",
            resolveConflictsOnUpdate: "OVERWRITE",
            preserve: true,
        });
    });

    it("make volumes that are marked as the cluster's own, on as many attachments as are planned with", () => {
        assert.deepEqual(configuration(recorded, "addons-aws-ebs-csi-driver"), {
            controller: { k8sTagClusterId: "openclaw-test", extraVolumeTags: platform.tags },
            node: { hostNetwork: true, reservedVolumeAttachments: 2 },
        });
        assert.deepEqual(recorded.inputs("addons-aws-ebs-csi-driver")["podIdentityAssociations"], [
            { serviceAccount: "ebs-csi-controller-sa", roleArn: defaults.ebsDriverRoleArn },
        ]);
    });

    it("write into log groups that are there before them, with our key and an end", () => {
        const groups = recorded.ofType("aws:cloudwatch/logGroup:LogGroup");
        assert.deepEqual(
            groups.map(({ name, inputs }) => [name, inputs["name"], inputs["kmsKeyId"], inputs["retentionInDays"]]),
            ["application", "dataplane", "host", "performance"].map((log) => [
                `addons-logs-${log}`,
                `/aws/containerinsights/openclaw-test/${log}`,
                keyArn("logs"),
                400,
            ]),
        );
        const { dependencies, inputs } = recorded.get("addons-amazon-cloudwatch-observability");
        for (const { urn } of groups) assert.ok(dependencies.includes(urn));
        assert.deepEqual(inputs["podIdentityAssociations"], [
            { serviceAccount: "cloudwatch-agent", roleArn: defaults.observabilityRoleArn },
        ]);
    });

    it("answer names with at least two replicas of DNS", () => {
        assert.deepEqual(configuration(recorded, "addons-coredns"), {
            autoScaling: { enabled: true, minReplicas: 2, maxReplicas: 10 },
        });
    });
});
