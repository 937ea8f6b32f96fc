import * as rules from "../../../policy/rules/quotas";
import { agent, of } from "../support/kubernetes";
import { remove } from "../support/mutations";
import { prove } from "../support/prove";

const quota = of("cells-analyst-namespace-quota", "kubernetes:core/v1:ResourceQuota", "spec");
const limits = of("cells-analyst-namespace-limits", "kubernetes:core/v1:LimitRange", "spec");
const platform = of("isolation-telemetry-limits", "kubernetes:core/v1:LimitRange", "spec");

describe("policy: quotas and limits", () => {
    prove(rules.namespaceQuota, {
        breaks: [
            remove("isolation-telemetry-quota"),
            quota.entry("hard", "requests.memory"),
            quota.entry("hard", "services.nodeports"),
        ],
        missing: remove("cells-analyst-namespace-quota"),
        unknown: quota.unknown("hard"),
    });

    prove(rules.namespaceQuotaFits, {
        breaks: [
            quota.entry("hard", "pods", "24"),
            quota.entry("hard", "pods", "2440"),
            quota.entry("hard", "limits.memory", "unlimited"),
            quota.entry("hard", "services.loadbalancers", "1"),
            agent.set("spec.replicas", 300),
        ],
        missing: {
            passes: quota.entry("hard", "pods"),
            because: "the rule of what a quota limits says so already",
        },
        unknown: quota.unknown("hard.pods"),
        also: { "workload-disruption-budget": "so many more may go at once" },
    });

    prove(rules.namespaceLimits, {
        breaks: [
            remove("isolation-telemetry-limits"),
            platform.set("limits.0.max.cpu", "500m"),
            platform.set("limits.0.default.memory", "8Gi"),
            platform.unset("limits.0.defaultRequest.cpu"),
            platform.set("limits.0.type", "Pod"),
        ],
        missing: platform.unset("limits.0.max.memory"),
        unknown: platform.unknown("limits"),
    });

    prove(rules.agentNamespaceLimits, {
        breaks: [
            limits.set("limits.0.max.cpu", "8"),
            limits.set("limits.1.max.memory", "1Gi"),
            limits.unset("limits.1"),
            limits.set("limits.2.max.storage", "100Gi"),
        ],
        missing: limits.unset("limits.2"),
        unknown: limits.unknown("limits"),
    });
});
