import * as rules from "../../../policy/rules/resources";
import { asItIs, gateway, job, prepare } from "../support/kubernetes";
import { all } from "../support/mutations";
import { prove } from "../support/prove";

describe("policy: processor, memory and scratch space", () => {
    prove(rules.containerRequests, {
        breaks: [
            job.set("containers.0.resources.requests.cpu", "0"),
            prepare.unset("resources.requests.memory"),
            prepare.unset("resources.requests.ephemeral-storage"),
            job.unset("containers.0.resources.requests.cpu"),
        ],
        missing: prepare.unset("resources.requests"),
        unknown: gateway.unknown("resources.requests.cpu"),
    });

    prove(rules.containerLimits, {
        breaks: [
            prepare.set("resources.limits.cpu", "none"),
            prepare.unset("resources.limits.cpu"),
            prepare.unset("resources.limits.memory"),
            job.unset("containers.0.resources.limits.ephemeral-storage"),
        ],
        missing: gateway.unset("resources.limits"),
        unknown: gateway.unknown("resources.limits.cpu"),
    });

    prove(rules.containerNotOvercommitted, {
        breaks: [
            gateway.set("resources.requests.memory", "2Gi"),
            prepare.set("resources.requests.ephemeral-storage", "64Mi"),
        ],
        missing: {
            passes: gateway.unset("resources.requests.memory"),
            because: "the rules of requests and limits say so already",
        },
        unknown: gateway.unknown("resources.requests.memory"),
    });

    prove(rules.containerMaximum, {
        breaks: [
            gateway.set("resources.limits.cpu", "8"),
            all(gateway.set("resources.requests.memory", "16Gi"), gateway.set("resources.limits.memory", "16Gi")),
        ],
        missing: { passes: gateway.unset("resources.limits.cpu"), because: "the rule of limits says so already" },
        unknown: gateway.unknown("resources.limits.cpu"),
        also: {
            "namespace-quota-size": "so many of the size are more than the quota",
            "namespace-limits": "the namespace takes none of the size",
            "agent-namespace-limits": "the namespace takes none of the size",
        },
    });

    prove(rules.containerHeap, {
        breaks: [
            gateway.set("resources.limits.memory", "2Gi"),
            job.set("containers.0.command", ["node", "--max-old-space-size=256", "script.mjs"]),
        ],
        missing: { passes: asItIs, because: "a runtime that is told nothing asks the kernel" },
        unknown: gateway.unknown("resources.limits.memory"),
        also: { "container-memory-guaranteed": "a smaller limit is no longer the request" },
    });
});
