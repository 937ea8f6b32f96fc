import { strict as assert } from "node:assert";
import { Cilium, CILIUM_VERSION } from "../../../components/compute/cilium";
import { ciliumValues } from "../../../components/compute/cilium-values";
import { Identities } from "../../../components/compute/identities";
import { instanceType } from "../../../components/model/instance-types";
import { DAEMONS } from "../../../components/model/capacity";
import { parseCpu, parseMemory } from "../../../components/model/quantities";
import { type Recorded, platform, record } from "../../support/record";
import { clusterArn, find, keyArn, roleStatements } from "./support";

const cluster = "openclaw-test";
const apiServerHost = "ABC.gr7.us-east-1.eks.amazonaws.com";
const eniTags = { "kubernetes.io/cluster/openclaw-test": "owned" };
const values = ciliumValues({ clusterName: cluster, apiServerHost, eniTags });

describe("Cilium", () => {
    it("is one pinned chart, whose pods nobody waits for: there is no node yet", async () => {
        const recorded = await record(() => new Cilium("cilium", { platform, apiServerHost, eniTags }));
        const releases = recorded.ofType("kubernetes:helm.sh/v3:Release");
        assert.equal(releases.length, 1);
        const { values: given, ...release } = recorded.inputs("cilium-chart");
        assert.deepEqual(release, {
            name: "cilium",
            namespace: "kube-system",
            chart: "oci://quay.io/cilium/charts/cilium",
            version: CILIUM_VERSION,
            skipAwait: true,
            maxHistory: 5,
            compat: "true",
        });
        assert.match(CILIUM_VERSION, /^\d+\.\d+\.\d+$/);
        assert.deepEqual(
            given,
            ciliumValues({ clusterName: cluster, apiServerHost, eniTags: { ...platform.tags, ...eniTags } }),
        );
    });

    it("routes from the pod to the wire in BPF, with nothing that would fall back to the kernel's way", () => {
        assert.equal(values.kubeProxyReplacement, "true");
        assert.equal(values.k8sServiceHost, apiServerHost);
        assert.equal(values.routingMode, "native");
        assert.deepEqual(values.bpf, { masquerade: false, hostLegacyRouting: false });
        assert.deepEqual([values.enableIPv4Masquerade, values.enableIPv6Masquerade], [false, false]);
        assert.ok(!("egressMasqueradeInterfaces" in values), "means iptables, which ends host routing");
    });

    it("counts the Pod Identity agent's interface among its devices, or no pod would get credentials", () => {
        assert.deepEqual(values.devices, ["eth+", "pod-id-link+"]);
    });

    it("enforces bandwidth limits, and nothing lifts them: no WireGuard, no rule on layer 7", () => {
        assert.equal(values.bandwidthManager.enabled, true);
        assert.equal(values.encryption.enabled, false);
        assert.equal(values.l7Proxy, false);
        assert.equal(values.envoy.enabled, false);
    });

    it("enforces policies instead of counting what they would refuse", () => {
        assert.equal(values.policyAuditMode, false);
        assert.equal(values.policyEnforcementMode, "default");
    });

    it("gives pods prefixes on interfaces of their own, in the nodes' subnets alone", () => {
        assert.equal(values.ipam.mode, "eni");
        assert.equal(values.eni.awsEnablePrefixDelegation, true);
        assert.deepEqual(values.eni.nodeSpec, {
            firstInterfaceIndex: 1,
            subnetTags: ["karpenter.sh/discovery=openclaw-test"],
        });
        assert.deepEqual(values.eni.instanceTagsFilter, ["kubernetes.io/cluster/openclaw-test=owned"]);
    });

    it("listens for flows on the node alone, and leaves no key in the state", () => {
        assert.deepEqual(values.hubble, {
            enabled: true,
            listenAddress: "",
            tls: { enabled: false },
            relay: { enabled: false },
            ui: { enabled: false },
        });
    });

    it("keeps an operator when a node goes, on nodes of the system", () => {
        const { replicas, nodeSelector, podDisruptionBudget } = values.operator;
        assert.equal(replicas, 2);
        assert.equal(nodeSelector["openclaw/pool"], "system");
        assert.deepEqual(podDisruptionBudget, { enabled: true, maxUnavailable: 1 });
    });

    it("takes less of a node than capacity planning sets aside for daemons, and has memory for its maps", () => {
        const { requests, limits } = values.resources;
        // The other daemons request 340 millicores and about 300 MiB.
        assert.ok(parseCpu(requests.cpu) + 340 <= DAEMONS.cpu);
        assert.ok(parseMemory(requests.memory) + 304 <= DAEMONS.memory);
        const maps = instanceType("r8g.4xlarge").memoryMiB * 0.0025;
        assert.ok(parseMemory(limits.memory) >= parseMemory(requests.memory) + maps);
    });

    describe("with the role that Identities gives its operator", () => {
        let recorded: Recorded;
        let tags: Record<string, string>;
        before(async () => {
            recorded = await record(() => {
                const identities = new Identities("identities", {
                    platform,
                    clusterName: cluster,
                    clusterArn,
                    volumesKeyArn: keyArn("volumes"),
                });
                tags = identities.eniTags;
            });
        });

        it("may make the interfaces it is told to make, where it is told to", () => {
            const role = roleStatements(recorded, "identities-cilium-operator");
            const where = find(role, "MakeInterfacesInOurNetwork").Condition?.["StringEquals"] ?? {};
            const { eni } = ciliumValues({ clusterName: cluster, apiServerHost, eniTags: tags });
            const asked = eni.nodeSpec.subnetTags.map((tag) => tag.split("="));
            assert.deepEqual(
                Object.entries(where),
                asked.map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
            );
            const how = find(role, "MakeInterfacesWithTags").Condition?.["StringEquals"] ?? {};
            for (const [key, value] of Object.entries(how)) {
                assert.equal(eni.eniTags[key.replace("aws:RequestTag/", "")], value);
            }
        });
    });
});
