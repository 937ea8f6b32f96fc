import * as rules from "../../../policy/rules/namespaces";
import { of } from "../support/kubernetes";
import { option, remove } from "../support/mutations";
import { prove } from "../support/prove";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const namespace = of("cells-analyst-namespace", NAMESPACE, "metadata");
const policy = of("isolation-telemetry-default-deny", "kubernetes:networking.k8s.io/v1:NetworkPolicy", "spec");
const STANDARD = "pod-security.kubernetes.io";
const BOUND = "openclaw/max-egress-bandwidth";

describe("policy: namespaces", () => {
    prove(rules.namespacePodSecurity, {
        breaks: [
            namespace.entry("labels", `${STANDARD}/enforce`, "baseline"),
            namespace.entry("labels", `${STANDARD}/warn`, "privileged"),
            namespace.entry("labels", `${STANDARD}/enforce-version`, "1.35"),
            namespace.entry("labels", `${STANDARD}/enforce-version`),
        ],
        missing: namespace.entry("labels", `${STANDARD}/enforce`),
        unknown: namespace.unknown("labels"),
    });

    prove(rules.namespaceDefaultDeny, {
        breaks: [
            remove("isolation-telemetry-default-deny"),
            policy.set("podSelector", { matchLabels: { "app.kubernetes.io/name": "collector" } }),
            policy.set("policyTypes", ["Ingress"]),
            policy.set("egress", [
                {
                    to: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "collector" } } }],
                    ports: [{ port: 4318, protocol: "TCP" }],
                },
            ]),
        ],
        missing: policy.unset("policyTypes"),
        unknown: policy.unknown("policyTypes"),
    });

    prove(rules.agentNamespaceBandwidth, {
        breaks: [namespace.entry("annotations", BOUND, "60M")],
        missing: namespace.entry("annotations", BOUND),
        unknown: namespace.unknown("annotations"),
    });

    prove(rules.agentNamespaceProtected, {
        breaks: [option("cells-analyst-namespace", { protect: false }, NAMESPACE)],
        missing: option("cells-analyst-namespace", { protect: false }, NAMESPACE),
        unknown: namespace.unknown("labels"),
    });
});
