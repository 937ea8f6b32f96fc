import { strict as assert } from "node:assert";
import { Identities } from "../../../components/compute/identities";
import { type Recorded, platform, record } from "../../support/record";
import {
    type Statement,
    assertNarrow,
    clusterArn,
    find,
    keyArn,
    roleStatements,
    rolePolicy,
    statements,
} from "./support";

const ownTag = "kubernetes.io/cluster/openclaw-test";
const ec2 = (kind: string): string => `arn:aws:ec2:us-east-1:111122223333:${kind}/*`;

describe("Identities", () => {
    let recorded: Recorded;
    let identities: Identities;
    before(async () => {
        const made: Identities[] = [];
        recorded = await record(() =>
            made.push(
                new Identities("identities", {
                    platform,
                    clusterName: "openclaw-test",
                    clusterArn,
                    volumesKeyArn: keyArn("volumes"),
                }),
            ),
        );
        const [first] = made;
        assert.ok(first);
        identities = first;
    });

    it("puts the Pod Identity agent on the nodes", () => {
        assert.deepEqual(recorded.inputs("identities-agent"), {
            clusterName: "openclaw-test",
            addonName: "eks-pod-identity-agent",
            resolveConflictsOnCreate: "OVERWRITE",
            resolveConflictsOnUpdate: "OVERWRITE",
            preserve: true,
        });
    });

    for (const [role, namespace, serviceAccount] of [
        ["cilium-operator", "kube-system", "cilium-operator"],
        ["ebs-driver", "kube-system", "ebs-csi-controller-sa"],
        ["observability", "amazon-cloudwatch", "cloudwatch-agent"],
    ] as const) {
        it(`trusts ${serviceAccount} of this cluster alone with ${role}, and with nothing broad`, () => {
            const name = `identities-${role}`;
            const [trust, ...more] = statements(recorded, name, "aws:iam/role:Role", "assumeRolePolicy");
            assert.equal(more.length, 0);
            assert.deepEqual(trust?.Principal, { Service: "pods.eks.amazonaws.com" });
            assert.deepEqual(trust.Condition, {
                StringEquals: {
                    "aws:RequestTag/eks-cluster-arn": clusterArn,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": serviceAccount,
                },
            });
            assertNarrow(roleStatements(recorded, name));
        });
    }

    it("ties Cilium's operator to its service account before any node comes", () => {
        assert.deepEqual(
            recorded.inputs("identities-cilium-operator", "aws:eks/podIdentityAssociation:PodIdentityAssociation"),
            {
                clusterName: "openclaw-test",
                namespace: "kube-system",
                serviceAccount: "cilium-operator",
                roleArn: recorded.get("identities-cilium-operator", "aws:iam/role:Role").outputs["arn"],
            },
        );
    });

    it("lets Cilium make interfaces in the node subnets and touch none but the cluster's own", () => {
        const cilium = roleStatements(recorded, "identities-cilium-operator");
        assert.deepEqual(find(cilium, "MakeInterfacesInOurNetwork").Condition, {
            StringEquals: { "aws:ResourceTag/karpenter.sh/discovery": "openclaw-test" },
        });
        assert.deepEqual(find(cilium, "MakeInterfacesWithTags"), {
            Sid: "MakeInterfacesWithTags",
            Effect: "Allow",
            Action: "ec2:CreateNetworkInterface",
            Resource: ec2("network-interface"),
            Condition: { StringEquals: { [`aws:RequestTag/${ownTag}`]: "owned" } },
        });
        assert.deepEqual(find(cilium, "TagNewInterfaces").Condition, {
            StringEquals: { [`aws:RequestTag/${ownTag}`]: "owned", "ec2:CreateAction": "CreateNetworkInterface" },
        });
        assert.deepEqual(find(cilium, "ServeOwnNodes"), {
            Sid: "ServeOwnNodes",
            Effect: "Allow",
            Action: [
                "ec2:AssignPrivateIpAddresses",
                "ec2:AttachNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:UnassignPrivateIpAddresses",
            ],
            Resource: ["network-interface", "instance"].map(ec2),
            Condition: { StringEquals: { [`aws:ResourceTag/${ownTag}`]: "owned" } },
        });
        assert.deepEqual(changing(cilium).sort(), [
            "ec2:AssignPrivateIpAddresses",
            "ec2:AttachNetworkInterface",
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterface",
            "ec2:CreateTags",
            "ec2:DeleteNetworkInterface",
            "ec2:ModifyNetworkInterfaceAttribute",
            "ec2:UnassignPrivateIpAddresses",
        ]);
    });

    it("tells Cilium the very tags that its permissions ask for", () => {
        assert.deepEqual(identities.eniTags, { [ownTag]: "owned" });
    });

    it("lets the EBS driver make, attach and delete volumes of this cluster, with our key through EC2 alone", () => {
        const driver = roleStatements(recorded, "identities-ebs-driver");
        assert.deepEqual(find(driver, "MakeVolumes").Condition, {
            StringEquals: { [`aws:RequestTag/${ownTag}`]: "owned" },
        });
        assert.deepEqual(find(driver, "ServeOwnVolumes"), {
            Sid: "ServeOwnVolumes",
            Effect: "Allow",
            Action: ["ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyVolume", "ec2:DeleteVolume"],
            Resource: ["volume", "instance"].map(ec2),
            Condition: { StringEquals: { [`aws:ResourceTag/${ownTag}`]: "owned" } },
        });
        for (const statement of driver.filter(({ Action }) => [Action].flat().some((one) => one.startsWith("kms:")))) {
            assert.equal(statement.Resource, keyArn("volumes"));
            assert.equal(statement.Condition?.["StringEquals"]?.["kms:ViaService"], "ec2.us-east-1.amazonaws.com");
        }
    });

    it("lets the CloudWatch agent write into the groups made for it, and make none", () => {
        const agent = roleStatements(recorded, "identities-observability");
        const groups = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/containerinsights/openclaw-test/*";
        assert.deepEqual(find(agent, "WriteLogs").Resource, [groups, `${groups}:log-stream:*`]);
        assert.deepEqual(find(agent, "WriteMetrics").Condition, {
            StringEquals: { "cloudwatch:namespace": "ContainerInsights" },
        });
        assert.deepEqual(changing(agent).sort(), [
            "cloudwatch:PutMetricData",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ]);
    });

    it("keeps each role's inline policies below what IAM takes", () => {
        for (const { name, inputs } of recorded.ofType(rolePolicy)) {
            assert.ok(String(inputs["policy"]).length < 5_000, name);
        }
    });
});

function changing(all: readonly Statement[]): string[] {
    return all.flatMap(({ Action }) => Action).filter((action) => !/:(Describe|Get|List)/.test(action));
}
