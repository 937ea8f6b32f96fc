import { strict as assert } from "node:assert";
import { KarpenterAccess } from "../../../components/compute/karpenter";
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

const cluster = "openclaw-test";
const ec2 = (kind: string): string => `arn:aws:ec2:us-east-1:111122223333:${kind}/*`;

describe("KarpenterAccess", () => {
    let recorded: Recorded;
    let controller: Statement[];
    before(async () => {
        recorded = await record(
            () =>
                new KarpenterAccess("karpenter", {
                    platform,
                    clusterName: cluster,
                    clusterArn,
                    volumesKeyArn: keyArn("volumes"),
                    messagesKeyArn: keyArn("messages"),
                }),
        );
        controller = roleStatements(recorded, "karpenter-controller");
    });

    const requested = {
        StringEquals: {
            "aws:RequestTag/kubernetes.io/cluster/openclaw-test": "owned",
            "aws:RequestTag/eks:eks-cluster-name": cluster,
        },
        StringLike: { "aws:RequestTag/karpenter.sh/nodepool": "*" },
    };
    const owned = {
        StringEquals: { "aws:ResourceTag/kubernetes.io/cluster/openclaw-test": "owned" },
        StringLike: { "aws:ResourceTag/karpenter.sh/nodepool": "*" },
    };
    const launch = ["ec2:RunInstances", "ec2:CreateFleet"];
    const launched = ["fleet", "instance", "volume", "network-interface", "launch-template"].map(ec2);

    const expected: Record<string, Omit<Statement, "Sid" | "Effect">> = {
        LaunchFromImages: {
            Action: launch,
            Resource: ["arn:aws:ec2:us-east-1::image/*", "arn:aws:ec2:us-east-1::snapshot/*"],
        },
        LaunchInOurNetwork: {
            Action: launch,
            Resource: ["subnet", "security-group"].map(ec2),
            Condition: { StringEquals: { "aws:ResourceTag/karpenter.sh/discovery": cluster } },
        },
        LaunchFromOwnTemplates: { Action: launch, Resource: ec2("launch-template"), Condition: owned },
        LaunchWithTags: {
            Action: [...launch, "ec2:CreateLaunchTemplate"],
            Resource: launched,
            Condition: requested,
        },
        TagAtLaunch: {
            Action: "ec2:CreateTags",
            Resource: launched,
            Condition: {
                ...requested,
                StringEquals: {
                    ...requested.StringEquals,
                    "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
                },
            },
        },
        NameOwnNodes: {
            Action: "ec2:CreateTags",
            Resource: ec2("instance"),
            Condition: {
                ...owned,
                StringEqualsIfExists: { "aws:RequestTag/eks:eks-cluster-name": cluster },
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"],
                },
            },
        },
        DeleteWhatItMade: {
            Action: ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            Resource: ["instance", "launch-template"].map(ec2),
            Condition: owned,
        },
        EncryptVolumes: {
            Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
            Resource: keyArn("volumes"),
            Condition: { StringEquals: { "kms:ViaService": "ec2.us-east-1.amazonaws.com" } },
        },
        LetEc2UseTheKeyForVolumes: {
            Action: "kms:CreateGrant",
            Resource: keyArn("volumes"),
            Condition: {
                StringEquals: { "kms:ViaService": "ec2.us-east-1.amazonaws.com" },
                Bool: { "kms:GrantIsForAWSResource": "true" },
            },
        },
        FindTheCluster: { Action: "eks:DescribeCluster", Resource: clusterArn },
        SeeZonalShifts: {
            Action: "arc-zonal-shift:GetManagedResource",
            Resource: "*",
            Condition: { StringEquals: { "arc-zonal-shift:ResourceIdentifier": clusterArn } },
        },
        ReadEncryptedMessages: {
            Action: "kms:Decrypt",
            Resource: keyArn("messages"),
            Condition: { StringEquals: { "kms:ViaService": "sqs.us-east-1.amazonaws.com" } },
        },
        FindImages: { Action: "ssm:GetParameter", Resource: "arn:aws:ssm:us-east-1::parameter/aws/service/*" },
        SeePricesAndProfiles: { Action: ["pricing:GetProducts", "iam:ListInstanceProfiles"], Resource: "*" },
    };
    for (const [sid, statement] of Object.entries(expected)) {
        it(`lets the controller ${sid
            .replace(/([A-Z])/g, " $1")
            .trim()
            .toLowerCase()}, exactly so`, () => {
            assert.deepEqual(find(controller, sid), { Sid: sid, Effect: "Allow", ...statement });
        });
    }

    it("lets the controller give its own nodes their role, and nothing else to nobody", () => {
        assert.deepEqual(find(controller, "GiveNodesTheirRole"), {
            Sid: "GiveNodesTheirRole",
            Effect: "Allow",
            Action: "iam:PassRole",
            Resource: recorded.get("karpenter-node", "aws:iam/role:Role").outputs["arn"],
            Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
        });
        const profile = recorded.get("karpenter-node", "aws:iam/instanceProfile:InstanceProfile").outputs["arn"];
        assert.equal(find(controller, "CheckTheInstanceProfile").Resource, profile);
        const iam = controller.flatMap(({ Action }) => Action).filter((action) => action.startsWith("iam:"));
        assert.deepEqual(iam.sort(), ["iam:GetInstanceProfile", "iam:ListInstanceProfiles", "iam:PassRole"]);
    });

    it("lets the controller read its queue and describe its region", () => {
        const queue = recorded.get("karpenter-interruptions", "aws:sqs/queue:Queue").outputs["arn"];
        const hear = find(controller, "HearOfInterruptions");
        assert.equal(hear.Resource, queue);
        assert.deepEqual(hear.Action, ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]);
        const see = find(controller, "SeeTheRegion");
        assert.deepEqual(see.Condition, { StringEquals: { "aws:RequestedRegion": "us-east-1" } });
        for (const action of [see.Action].flat()) assert.match(action, /^ec2:Describe/);
    });

    it("has no statement beyond these, none with a wildcard, and stays below what IAM takes", () => {
        const others = ["GiveNodesTheirRole", "CheckTheInstanceProfile", "HearOfInterruptions", "SeeTheRegion"];
        const sids = controller.map(({ Sid }) => Sid).sort();
        assert.deepEqual(sids, [...Object.keys(expected), ...others].sort());
        assertNarrow(controller, ["SeePricesAndProfiles"]);
        const size = recorded.ofType(rolePolicy).reduce((sum, { inputs }) => sum + String(inputs["policy"]).length, 0);
        assert.ok(size < 10_240, `${size} characters of inline policies`);
    });

    it("trusts one service account of one cluster", () => {
        assert.deepEqual(statements(recorded, "karpenter-controller", "aws:iam/role:Role", "assumeRolePolicy"), [
            {
                Effect: "Allow",
                Principal: { Service: "pods.eks.amazonaws.com" },
                Action: ["sts:AssumeRole", "sts:TagSession"],
                Condition: {
                    StringEquals: {
                        "aws:RequestTag/eks-cluster-arn": clusterArn,
                        "aws:RequestTag/kubernetes-namespace": "kube-system",
                        "aws:RequestTag/kubernetes-service-account": "karpenter",
                    },
                },
            },
        ]);
        const association = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
        assert.deepEqual(recorded.inputs("karpenter-controller", association), {
            clusterName: cluster,
            namespace: "kube-system",
            serviceAccount: "karpenter",
            roleArn: recorded.get("karpenter-controller", "aws:iam/role:Role").outputs["arn"],
        });
    });

    it("lets its nodes join, and gives them no power over the network", () => {
        assert.deepEqual(recorded.inputs("karpenter-node", "aws:eks/accessEntry:AccessEntry"), {
            clusterName: cluster,
            principalArn: recorded.get("karpenter-node", "aws:iam/role:Role").outputs["arn"],
            type: "EC2_LINUX",
        });
        const policies = recorded
            .ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
            .map(({ inputs }) => String(inputs["policyArn"]).split("/").at(-1));
        assert.deepEqual(policies, ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"]);
    });

    it("hears of interruptions through an encrypted queue that takes nothing else and nothing in clear", () => {
        const queue = recorded.get("karpenter-interruptions", "aws:sqs/queue:Queue");
        assert.deepEqual(
            { key: queue.inputs["kmsMasterKeyId"], seconds: queue.inputs["messageRetentionSeconds"] },
            { key: keyArn("messages"), seconds: 300 },
        );
        const rules = recorded.ofType("aws:cloudwatch/eventRule:EventRule");
        const policy = statements(recorded, "karpenter-interruptions", "aws:sqs/queuePolicy:QueuePolicy");
        assert.deepEqual(policy, [
            {
                Sid: "TakeEventsOfTheseRules",
                Effect: "Allow",
                Principal: { Service: "events.amazonaws.com" },
                Action: "sqs:SendMessage",
                Resource: queue.outputs["arn"],
                Condition: { ArnEquals: { "aws:SourceArn": rules.map(({ outputs }) => outputs["arn"]) } },
            },
            {
                Sid: "RefuseWithoutTls",
                Effect: "Deny",
                Principal: "*",
                Action: "sqs:*",
                Resource: queue.outputs["arn"],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ]);
    });

    it("sends each of five kinds of events to that queue", () => {
        const queue = recorded.get("karpenter-interruptions", "aws:sqs/queue:Queue").outputs["arn"];
        const rules = recorded.ofType("aws:cloudwatch/eventRule:EventRule");
        const patterns = rules.map(({ inputs }): unknown => JSON.parse(String(inputs["eventPattern"])));
        assert.deepEqual(patterns, [
            {
                source: ["aws.health"],
                "detail-type": ["AWS Health Event"],
                detail: { service: ["EC2"], eventTypeCategory: ["scheduledChange"] },
            },
            { source: ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"] },
            { source: ["aws.ec2"], "detail-type": ["EC2 Instance Rebalance Recommendation"] },
            {
                source: ["aws.ec2"],
                "detail-type": ["EC2 Instance State-change Notification"],
                detail: { state: ["stopping", "stopped", "shutting-down", "terminated"] },
            },
            { source: ["aws.ec2"], "detail-type": ["EC2 Capacity Reservation Instance Interruption Warning"] },
        ]);
        for (const { name, outputs } of rules) {
            const target = recorded.inputs(name, "aws:cloudwatch/eventTarget:EventTarget");
            assert.deepEqual({ rule: target["rule"], arn: target["arn"] }, { rule: outputs["name"], arn: queue });
        }
    });
});
