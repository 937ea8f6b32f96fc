import * as rules from "../../../policy/rules/nodes";
import { agentPod, of } from "../support/kubernetes";
import { prove } from "../support/prove";

const pool = of("agent-nodes-pool", "kubernetes:karpenter.sh/v1:NodePool", "spec");
const NODE = "template.spec";

describe("policy: node pools", () => {
    prove(rules.poolLimit, {
        breaks: [pool.set("limits.cpu", "5000")],
        missing: pool.unset("limits"),
        unknown: pool.unknown("limits"),
    });

    prove(rules.poolZones, {
        breaks: [
            pool.set(`${NODE}.requirements.0.operator`, "NotIn"),
            pool.set(`${NODE}.requirements.0.values`, ["us-east-1a", "us-east-1b", "us-east-1f"]),
        ],
        missing: pool.unset(`${NODE}.requirements.0`),
        unknown: pool.unknown(`${NODE}.requirements.0.values`),
        also: { "pod-placement": "what holds room in a zone finds no node there" },
    });

    prove(rules.poolMachines, {
        breaks: [
            pool.set(`${NODE}.requirements.2.values`, ["on-demand", "spot"]),
            pool.set(`${NODE}.requirements.1.values`, []),
            pool.set(`${NODE}.requirements.3.values`, ["windows"]),
        ],
        missing: pool.unset(`${NODE}.requirements.2`),
        unknown: pool.unknown(`${NODE}.requirements.2.values`),
    });

    prove(rules.poolTaints, {
        breaks: [pool.unset(`${NODE}.startupTaints.0`), pool.unset(`${NODE}.taints`)],
        missing: pool.unset(`${NODE}.startupTaints`),
        unknown: pool.unknown(`${NODE}.startupTaints`),
    });

    prove(rules.poolExpiry, {
        breaks: [pool.set(`${NODE}.expireAfter`, "721h"), pool.set(`${NODE}.expireAfter`, "Never")],
        missing: pool.unset(`${NODE}.expireAfter`),
        unknown: pool.unknown(`${NODE}.expireAfter`),
    });

    prove(rules.poolGrace, {
        breaks: [
            pool.set(`${NODE}.terminationGracePeriod`, "5m"),
            pool.set(`${NODE}.terminationGracePeriod`, "48h"),
            agentPod.set("terminationGracePeriodSeconds", 20_000),
        ],
        missing: pool.unset(`${NODE}.terminationGracePeriod`),
        unknown: pool.unknown(`${NODE}.terminationGracePeriod`),
    });

    prove(rules.poolDisruption, {
        breaks: [
            pool.set("disruption.consolidationPolicy", "WhenEmptyOrUnderutilized"),
            pool.set("disruption.budgets.0.nodes", "50%"),
            pool.set("disruption.budgets.0.reasons", ["Drifted"]),
            pool.set("disruption.consolidateAfter", "soon"),
        ],
        missing: pool.unset("disruption.budgets"),
        unknown: pool.unknown("disruption.budgets"),
    });

    prove(rules.poolClass, {
        breaks: [pool.set(`${NODE}.nodeClassRef.name`, "other"), pool.set(`${NODE}.nodeClassRef.group`, "example.com")],
        missing: pool.unset(`${NODE}.nodeClassRef`),
        unknown: pool.unknown(`${NODE}.nodeClassRef.name`),
    });
});
