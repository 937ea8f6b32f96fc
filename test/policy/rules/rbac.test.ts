import * as rules from "../../../policy/rules/rbac";
import { asItIs, of, TYPE } from "../support/kubernetes";
import { prove } from "../support/prove";

const secrets = of("telemetry-access-analyst", TYPE.role);
const rollout = of("fleet-analyst-rollout", TYPE.role);
const binding = of("fleet-analyst-rollout", TYPE.roleBinding);

const everywhere = { apiGroups: [""], resources: ["configmaps"], verbs: ["list"] };
const absent = { passes: asItIs, because: "a role has only the rights that it names" };

describe("policy: rights in the cluster", () => {
    prove(rules.roleWildcards, {
        breaks: [
            rollout.set("rules.0", { ...everywhere, apiGroups: ["*"] }),
            rollout.set("rules.0", { ...everywhere, resources: ["pods/*"] }),
            rollout.set("rules.0", { ...everywhere, verbs: ["*"] }),
        ],
        missing: rollout.unset("rules.0.verbs"),
        unknown: rollout.unknown("rules.0.verbs"),
    });

    prove(rules.roleSecrets, {
        breaks: [
            secrets.unset("rules.1.resourceNames"),
            secrets.set("rules.1.verbs", ["get", "list"]),
            secrets.set("rules.0.verbs", ["create", "watch"]),
        ],
        missing: secrets.unset("rules.1.resourceNames"),
        unknown: secrets.unknown("rules.1.resourceNames"),
    });

    prove(rules.roleNames, {
        breaks: [
            rollout.unset("rules.0.resourceNames"),
            rollout.set("rules.1.verbs", ["mutate"]),
            rollout.set("rules.0", { ...everywhere, verbs: ["delete"] }),
        ],
        missing: rollout.unset("rules.0.resourceNames"),
        unknown: rollout.unknown("rules.0.verbs"),
    });

    prove(rules.roleEscalation, {
        breaks: [
            rollout.set("rules.1.verbs", ["create"]),
            rollout.set("rules.1", { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"] }),
            rollout.set("rules.1", { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }),
        ],
        missing: absent,
        unknown: rollout.unknown("rules.1.verbs"),
    });

    prove(rules.roleBindingPower, {
        breaks: [
            binding.set("roleRef", { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" }),
            binding.set("subjects.1", { kind: "Group", name: "system:authenticated" }),
        ],
        missing: { passes: binding.unset("roleRef"), because: "Kubernetes refuses a binding without a role" },
        unknown: binding.unknown("roleRef.name"),
    });

    prove(rules.roleBindingTarget, {
        breaks: [
            binding.set("roleRef.name", "other"),
            binding.set("subjects.0.namespace", "kube-system"),
            binding.set("subjects", []),
        ],
        missing: binding.unset("roleRef"),
        unknown: binding.unknown("roleRef.name"),
        also: { "pod-api-token": "the job's token has no rights then" },
    });
});
