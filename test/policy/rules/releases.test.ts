import type { Properties } from "../../../plan/offline-engine";
import * as rules from "../../../policy/rules/releases";
import { of } from "../support/kubernetes";
import { document } from "../support/mutations";
import { prove } from "../support/prove";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const cilium = of("cilium-chart", RELEASE);
const karpenter = of("agent-nodes-karpenter", RELEASE);
const provider = of("cluster-kubernetes", "pulumi:providers:kubernetes");

/** Edits the first of the users or clusters in the provider's kubeconfig. */
const first = (list: "users" | "clusters", part: string, edit: (each: Properties) => void) =>
    document("cluster-kubernetes", "kubeconfig", (config) => {
        const [entry] = config[list] as Properties[];
        edit(entry?.[part] as Properties);
    });

describe("policy: charts of the cluster", () => {
    prove(rules.releaseVersion, {
        breaks: [
            cilium.set("version", "1.20"),
            cilium.set("chart", "oci://registry.example.com/charts/cilium"),
            karpenter.set("namespace", "default"),
        ],
        missing: cilium.unset("version"),
        unknown: cilium.unknown("version"),
    });

    prove(rules.releaseResources, {
        breaks: [karpenter.unset("values.controller.resources.limits.memory")],
        missing: cilium.unset("values.resources"),
        unknown: cilium.unknown("values.resources"),
    });

    prove(rules.karpenterSettings, {
        breaks: [karpenter.set("values.replicas", 1)],
        missing: karpenter.unset("values.settings.interruptionQueue"),
        unknown: karpenter.unknown("values.settings.interruptionQueue"),
    });

    prove(rules.karpenterNodeRepair, {
        breaks: [
            karpenter.set("values.settings.featureGates.nodeRepair", false),
            karpenter.set("values.settings.featureGates", {}),
        ],
        missing: karpenter.unset("values.settings.featureGates"),
        unknown: karpenter.unknown("values.settings.featureGates.nodeRepair"),
    });

    prove(rules.karpenterZonalShift, {
        breaks: [karpenter.set("values.settings.enableZonalShift", false)],
        missing: karpenter.unset("values.settings.enableZonalShift"),
        unknown: karpenter.unknown("values.settings.enableZonalShift"),
    });

    prove(rules.releaseCluster, {
        breaks: [karpenter.set("values.settings.clusterName", "other"), cilium.set("values.cluster.name", "other")],
        missing: cilium.unset("values.cluster"),
        unknown: cilium.unknown("values.cluster.name"),
    });

    prove(rules.releasePlacement, {
        breaks: [
            karpenter.entry("values.nodeSelector", "openclaw/pool", "other"),
            karpenter.set("values.nodeSelector", { "kubernetes.io/os": "linux" }),
        ],
        missing: cilium.unset("values.operator.nodeSelector"),
        unknown: cilium.unknown("values.operator.nodeSelector"),
    });

    prove(rules.karpenterDefinitions, {
        breaks: [of("agent-nodes-definitions", RELEASE).set("version", "1.14.0"), karpenter.set("skipCrds", false)],
        missing: karpenter.unset("skipCrds"),
        unknown: karpenter.unknown("version"),
    });

    prove(rules.clusterConnection, {
        breaks: [
            first("users", "user", (user) => Object.assign(user, { token: "secret" })),
            first("clusters", "cluster", (cluster) => Object.assign(cluster, { "insecure-skip-tls-verify": true })),
            first("clusters", "cluster", (cluster) => Reflect.deleteProperty(cluster, "certificate-authority-data")),
        ],
        missing: provider.unset("kubeconfig"),
        unknown: provider.unknown("kubeconfig"),
    });
});
