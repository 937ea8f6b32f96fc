import { strict as assert } from "node:assert";
import {
    BOTTLEROCKET_VERSION,
    ec2NodeClassSpec,
    karpenterValues,
    nodePoolSpec,
} from "../../../components/compute/agent-node-specs";
import { AgentNodes, type AgentNodesArgs, KARPENTER_VERSION } from "../../../components/compute/agent-nodes";
import { KarpenterAccess } from "../../../components/compute/karpenter";
import { SYSTEM_VOLUMES } from "../../../components/model/capacity";
import type { HeadroomPlan } from "../../../components/model/headroom";
import { parseMemory } from "../../../components/model/quantities";
import { type Recorded, platform, record } from "../../support/record";
import { clusterArn, find, keyArn, roleStatements } from "./support";

const cluster = "openclaw-test";
const headroom: HeadroomPlan = {
    mode: "reserved",
    sparePerZone: 3,
    launchPerZone: 0,
    placeholder: { cpuMillicores: 7000, memoryMiB: 55_000 },
    maxVCpus: 112,
    consequence: "",
};
const args: AgentNodesArgs = {
    platform,
    clusterName: cluster,
    access: { instanceProfileName: "profile", interruptionQueueName: "queue" },
    securityGroupId: "sg-nodes",
    volumesKeyArn: keyArn("volumes"),
    zones: ["us-east-1a", "us-east-1b"],
    instanceTypes: ["r8g.2xlarge", "r8g.4xlarge"],
    maxPods: 60,
    diskGiB: 150,
    headroom,
};
const RELEASE = "kubernetes:helm.sh/v3:Release";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

/** What pods of a Deployment look like, as far as tests look at them. */
interface PodSpec {
    readonly priorityClassName: string;
    readonly nodeSelector: Record<string, string>;
    readonly tolerations: readonly Record<string, string>[];
    readonly terminationGracePeriodSeconds: number;
    readonly automountServiceAccountToken: boolean;
    readonly securityContext: Record<string, unknown>;
    readonly containers: readonly {
        readonly image: string;
        readonly resources: { readonly requests: Record<string, string>; readonly limits: Record<string, string> };
        readonly securityContext: Record<string, unknown>;
    }[];
}

describe("AgentNodes", () => {
    let recorded: Recorded;
    before(async () => {
        recorded = await record(() => new AgentNodes("agent-nodes", args));
    });

    it("installs Karpenter in one pinned version: definitions, controller, class, pool, each after the other", () => {
        assert.match(KARPENTER_VERSION, /^1\.\d+\.\d+$/);
        const charts = recorded.ofType(RELEASE).map(({ inputs }) => [inputs["chart"], inputs["version"]]);
        assert.deepEqual(charts, [
            ["oci://public.ecr.aws/karpenter/karpenter-crd", KARPENTER_VERSION],
            ["oci://public.ecr.aws/karpenter/karpenter", KARPENTER_VERSION],
        ]);
        assert.equal(recorded.inputs("agent-nodes-karpenter")["skipCrds"], true);
        const order = ["definitions", "karpenter", "class", "pool"].map((part) => recorded.get(`agent-nodes-${part}`));
        for (const [index, resource] of order.entries()) {
            const before = order[index - 1];
            if (before) assert.ok(resource.dependencies.includes(before.urn), `${resource.name} waits for nothing`);
        }
    });

    it("runs it twice, on system nodes, as the service account that its role trusts", () => {
        const values = karpenterValues({
            platform,
            clusterName: cluster,
            interruptionQueueName: "queue",
            serviceAccount: "karpenter",
        });
        assert.deepEqual(recorded.inputs("agent-nodes-karpenter")["values"], values);
        assert.deepEqual(values.settings, {
            clusterName: cluster,
            interruptionQueue: "queue",
            enableZonalShift: true,
            featureGates: { nodeRepair: true },
        });
        assert.equal(values.replicas, 2);
        assert.equal(values.nodeSelector["openclaw/pool"], "system");
        const { name, namespace } = recorded.inputs("agent-nodes-karpenter");
        // The chart names its service account after the release where none is given.
        assert.deepEqual([name, namespace, values.serviceAccount.name], ["karpenter", "kube-system", "karpenter"]);
    });

    describe("a node", () => {
        const spec = ec2NodeClassSpec({
            platform,
            instanceProfileName: "profile",
            securityGroupId: "sg-nodes",
            volumesKeyArn: keyArn("volumes"),
            maxPods: 60,
            diskGiB: 150,
        });

        it("is what the class in the cluster says", () => {
            const { apiVersion, kind, metadata, spec: given } = recorded.inputs("agent-nodes-class");
            assert.deepEqual([apiVersion, kind], ["karpenter.k8s.aws/v1", "EC2NodeClass"]);
            assert.deepEqual(metadata, { name: "agents", annotations: { "pulumi.com/patchForce": "true" } });
            assert.deepEqual(given, spec);
        });

        it("runs a pinned Bottlerocket that changes only when we say so", () => {
            assert.deepEqual(spec.amiSelectorTerms, [{ alias: `bottlerocket@${BOTTLEROCKET_VERSION}` }]);
            assert.match(BOTTLEROCKET_VERSION, /^v\d+\.\d+\.\d+$/);
        });

        it("keeps its credentials from pods, and nobody logs in to it", () => {
            assert.equal(spec.metadataOptions.httpTokens, "required");
            assert.equal(spec.metadataOptions.httpPutResponseHopLimit, 1);
            assert.equal(spec.associatePublicIPAddress, false);
            assert.match(spec.userData, /host-containers\.control\]\nenabled = false/);
        });

        it("has as many volumes as capacity planning counts, encrypted with our key", () => {
            assert.equal(spec.blockDeviceMappings.length, SYSTEM_VOLUMES);
            for (const { ebs } of spec.blockDeviceMappings) {
                assert.equal(ebs.encrypted, true);
                assert.equal(ebs.kmsKeyID, keyArn("volumes"));
                assert.equal(ebs.deleteOnTermination, true);
            }
            assert.deepEqual(
                spec.blockDeviceMappings.map(({ deviceName, ebs }) => [deviceName, ebs.volumeSize]),
                [
                    ["/dev/xvda", "4Gi"],
                    ["/dev/xvdb", "150Gi"],
                ],
            );
        });

        it("takes the pods that were planned for, and not as many as the VPC CNI had addresses", () => {
            assert.deepEqual(spec.kubelet, { maxPods: 60 });
        });

        it("carries the environment's tags, and none that Karpenter refuses", () => {
            assert.deepEqual(spec.tags, platform.tags);
            for (const key of Object.keys(spec.tags)) {
                assert.doesNotMatch(
                    key,
                    /^(karpenter\.(sh|k8s\.aws)\/|kubernetes\.io\/cluster\/|eks:eks-cluster-name)/,
                );
            }
        });

        it("is launched where its controller's role may launch: in subnets with the cluster's tag", async () => {
            const access = await record(
                () =>
                    new KarpenterAccess("karpenter", {
                        platform,
                        clusterName: cluster,
                        clusterArn,
                        volumesKeyArn: keyArn("volumes"),
                        messagesKeyArn: keyArn("messages"),
                    }),
            );
            const role = roleStatements(access, "karpenter-controller");
            const where = find(role, "LaunchInOurNetwork").Condition?.["StringEquals"] ?? {};
            const tags = spec.subnetSelectorTerms.flatMap((term) => Object.entries(term.tags));
            assert.deepEqual(
                Object.entries(where),
                tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
            );
        });
    });

    describe("the pool", () => {
        const spec = nodePoolSpec({ zones: args.zones, instanceTypes: args.instanceTypes, maxVCpus: 112 });

        it("is what the pool in the cluster says", () => {
            const { apiVersion, kind, metadata, spec: given } = recorded.inputs("agent-nodes-pool");
            assert.deepEqual([apiVersion, kind], ["karpenter.sh/v1", "NodePool"]);
            assert.deepEqual(metadata, { name: "agents", annotations: { "pulumi.com/patchForce": "true" } });
            assert.deepEqual(given, spec);
            const { name } = spec.template.spec.nodeClassRef;
            assert.equal(recorded.get("agent-nodes-class").inputs["kind"], spec.template.spec.nodeClassRef.kind);
            assert.equal(name, "agents");
        });

        it("launches in all zones, of the given types, never on Spot", () => {
            const requirements = Object.fromEntries(
                spec.template.spec.requirements.map(({ key, values }) => [key, values]),
            );
            assert.deepEqual(requirements, {
                "topology.kubernetes.io/zone": ["us-east-1a", "us-east-1b"],
                "node.kubernetes.io/instance-type": ["r8g.2xlarge", "r8g.4xlarge"],
                "karpenter.sh/capacity-type": ["on-demand"],
                "kubernetes.io/os": ["linux"],
            });
        });

        it("is for agents alone, and for none before network and volumes are ready", () => {
            const { taints, startupTaints } = spec.template.spec;
            assert.deepEqual(spec.template.metadata.labels, { "openclaw/pool": "agents" });
            assert.deepEqual(taints, [{ key: "openclaw/pool", value: "agents", effect: "NoSchedule" }]);
            assert.deepEqual(
                startupTaints.map(({ key, effect }) => `${key}:${effect}`),
                ["node.cilium.io/agent-not-ready:NoExecute", "ebs.csi.aws.com/agent-not-ready:NoExecute"],
            );
        });

        it("never moves an agent to save money, and replaces at most a tenth of the nodes at once", () => {
            const { consolidationPolicy, budgets } = spec.disruption;
            assert.equal(consolidationPolicy, "WhenEmpty");
            assert.deepEqual(budgets, [{ nodes: "10%", reasons: ["Drifted", "Underutilized", "Unhealthy"] }]);
        });

        it("gives agents time to leave: ten waves of a tenth, each with a drain of five minutes and a start", () => {
            const waves = 10 * (5 + 0.5 + 5);
            assert.ok(hours(spec.template.spec.terminationGracePeriod) * 60 > waves);
            assert.ok(hours(spec.template.spec.expireAfter) > 7 * 24);
        });

        it("has an end: a runaway costs no more than the cap", () => {
            assert.deepEqual(spec.limits, { cpu: "112" });
        });
    });

    describe("headroom in reserve", () => {
        const pods = (zone: string): PodSpec => {
            const spec: unknown = recorded.inputs(`agent-nodes-headroom-${zone}`, DEPLOYMENT)["spec"];
            assert.ok(isWorkload(spec));
            return spec.template.spec;
        };

        it("holds the planned nodes in each zone", () => {
            for (const zone of ["a", "b"]) {
                const { spec } = recorded.inputs(`agent-nodes-headroom-${zone}`, DEPLOYMENT);
                assert.ok(isWorkload(spec));
                assert.equal(spec.replicas, 3);
                assert.deepEqual(pods(zone).nodeSelector, {
                    "openclaw/pool": "agents",
                    "topology.kubernetes.io/zone": `us-east-1${zone}`,
                });
                const { requests, limits } = pods(zone).containers[0]?.resources ?? {};
                assert.deepEqual(requests, limits);
                assert.equal(requests?.["cpu"], "7");
                assert.equal(parseMemory(requests?.["memory"] ?? ""), 55_000);
            }
            assert.equal(recorded.ofType(DEPLOYMENT).length, 2 + 2, "in two zones, and an anchor in each");
        });

        it("gives way to anything, at once, and drives nobody out itself", () => {
            const { value, preemptionPolicy, metadata } = recorded.inputs("agent-nodes-headroom-priority");
            assert.deepEqual(metadata, { name: "openclaw-headroom" });
            assert.ok(Number(value) < 0);
            assert.equal(preemptionPolicy, "Never");
            assert.equal(pods("a").priorityClassName, "openclaw-headroom");
            assert.equal(pods("a").terminationGracePeriodSeconds, 0);
            assert.equal(recorded.ofType("kubernetes:policy/v1:PodDisruptionBudget").length, 0);
        });

        it("goes where agents go", () => {
            assert.deepEqual(pods("a").tolerations, [
                { key: "openclaw/pool", operator: "Equal", value: "agents", effect: "NoSchedule" },
            ]);
        });

        it("can do nothing: no user, no token, no right, no network, an image by digest", () => {
            const { securityContext, automountServiceAccountToken, containers } = pods("b");
            assert.equal(automountServiceAccountToken, false);
            assert.deepEqual(securityContext, {
                runAsNonRoot: true,
                runAsUser: 65535,
                runAsGroup: 65535,
                seccompProfile: { type: "RuntimeDefault" },
            });
            assert.deepEqual(containers[0]?.securityContext, {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
            });
            assert.match(containers[0]?.image ?? "", /@sha256:[0-9a-f]{64}$/);
            assert.deepEqual(recorded.inputs("agent-nodes-headroom-closed")["spec"], {
                podSelector: {},
                policyTypes: ["Ingress", "Egress"],
            });
            const { metadata } = recorded.inputs("agent-nodes-headroom-namespace");
            assert.ok(JSON.stringify(metadata).includes('"pod-security.kubernetes.io/enforce":"restricted"'));
        });

        it("does not hold up a deployment when EC2 has no room at the moment", () => {
            const { metadata } = recorded.inputs("agent-nodes-headroom-a", DEPLOYMENT);
            assert.ok(JSON.stringify(metadata).includes('"pulumi.com/skipAwait":"true"'));
        });
    });

    it("keeps a node in every zone, and waits for it before the first agents come", () => {
        for (const zone of ["a", "b"]) {
            const { metadata, spec } = recorded.inputs(`agent-nodes-headroom-anchor-${zone}`, DEPLOYMENT);
            assert.doesNotMatch(JSON.stringify(metadata), /skipAwait/);
            assert.match(JSON.stringify(spec), new RegExp(`"topology.kubernetes.io/zone":"us-east-1${zone}"`));
            assert.match(JSON.stringify(spec), /"requests":\{"cpu":"10m","ephemeral-storage":"16Mi","memory":"16Mi"\}/);
        }
    });

    it("holds nothing but those where headroom comes on demand, and needs no more resources for more agents", async () => {
        const onDemand = await record(
            () => new AgentNodes("agent-nodes", { ...args, headroom: { ...headroom, sparePerZone: 0 } }),
        );
        assert.deepEqual(
            onDemand.ofType(DEPLOYMENT).map(({ name }) => name),
            args.zones.map((zone) => `agent-nodes-headroom-anchor-${zone.at(-1)}`),
        );
        const larger = await record(
            () =>
                new AgentNodes("agent-nodes", { ...args, headroom: { ...headroom, sparePerZone: 300, maxVCpus: 1e5 } }),
        );
        assert.equal(larger.resources.length, recorded.resources.length);
    });
});

function hours(duration: string): number {
    const [, number] = /^(\d+)h$/.exec(duration) ?? [];
    return Number(number);
}

function isWorkload(spec: unknown): spec is { replicas: number; template: { spec: PodSpec } } {
    return typeof spec === "object" && spec !== null && "template" in spec && "replicas" in spec;
}
