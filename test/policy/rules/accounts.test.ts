import * as rules from "../../../policy/rules/accounts";
import { agentPod, collector, job, of, TYPE } from "../support/kubernetes";
import { set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const account = of("fleet-analyst", TYPE.serviceAccount);
const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

describe("policy: service accounts", () => {
    prove(rules.serviceAccountToken, {
        breaks: [account.set("automountServiceAccountToken", true)],
        missing: account.unset("automountServiceAccountToken"),
        unknown: account.unknown("automountServiceAccountToken"),
    });

    prove(rules.podApiToken, {
        breaks: [
            agentPod.set("automountServiceAccountToken", true),
            agentPod.set("volumes.5", {
                name: "token",
                projected: { sources: [{ serviceAccountToken: { path: "t" } }] },
            }),
        ],
        missing: agentPod.unset("automountServiceAccountToken"),
        unknown: agentPod.unknown("automountServiceAccountToken"),
    });

    prove(rules.podServiceAccount, {
        breaks: [agentPod.set("serviceAccountName", "other"), job.unset("serviceAccountName")],
        missing: job.unset("serviceAccountName"),
        unknown: agentPod.unknown("serviceAccountName"),
        also: {
            "pod-api-token": "an account that is not there has no rights",
            "pod-identity-used": "the role of the account before is nobody's then",
        },
    });

    prove(rules.podIdentityUsed, {
        breaks: [
            collector.unset("serviceAccountName"),
            set("telemetry-collector", "serviceAccount", "other", ASSOCIATION),
        ],
        missing: unset("telemetry-collector", "serviceAccount", ASSOCIATION),
        unknown: unknown("telemetry-collector", "serviceAccount", ASSOCIATION),
        also: { "pod-identity": "the role asks for the account that the pods run with" },
    });
});
