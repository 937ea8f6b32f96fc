import * as rules from "../../../policy/rules/pods";
import { agentPod, asItIs, collector, gateway, job, prepare } from "../support/kubernetes";
import { prove } from "../support/prove";

const CONTEXT = "securityContext";
const absent = { passes: asItIs, because: "Kubernetes gives a pod this only where it asks" };

describe("policy: pods", () => {
    prove(rules.podNonRoot, {
        breaks: [
            agentPod.set(`${CONTEXT}.runAsNonRoot`, false),
            gateway.set(`${CONTEXT}.runAsNonRoot`, false),
            prepare.set(`${CONTEXT}.runAsNonRoot`, false),
            job.set(`${CONTEXT}.runAsNonRoot`, false),
        ],
        missing: collector.unset(`${CONTEXT}.runAsNonRoot`),
        unknown: agentPod.unknown(`${CONTEXT}.runAsNonRoot`),
    });

    prove(rules.podUser, {
        breaks: [
            agentPod.set(`${CONTEXT}.runAsUser`, 0),
            collector.set(`${CONTEXT}.runAsGroup`, 999),
            gateway.set(`${CONTEXT}.runAsUser`, 0),
        ],
        missing: agentPod.unset(`${CONTEXT}.runAsUser`),
        unknown: agentPod.unknown(`${CONTEXT}.runAsUser`),
    });

    prove(rules.podFilesGroup, {
        breaks: [collector.set(`${CONTEXT}.fsGroup`, 0)],
        missing: {
            passes: collector.unset(`${CONTEXT}.fsGroup`),
            because: "without it the files stay whose they are",
        },
        unknown: collector.unknown(`${CONTEXT}.fsGroup`),
    });

    prove(rules.podSeccomp, {
        breaks: [
            agentPod.set(`${CONTEXT}.seccompProfile.type`, "Unconfined"),
            gateway.set(`${CONTEXT}.seccompProfile`, { type: "Unconfined" }),
        ],
        missing: agentPod.unset(`${CONTEXT}.seccompProfile`),
        unknown: agentPod.unknown(`${CONTEXT}.seccompProfile.type`),
    });

    prove(rules.podEscalation, {
        breaks: [gateway.set(`${CONTEXT}.allowPrivilegeEscalation`, true)],
        missing: prepare.unset(`${CONTEXT}.allowPrivilegeEscalation`),
        unknown: gateway.unknown(`${CONTEXT}.allowPrivilegeEscalation`),
    });

    prove(rules.podPrivileged, {
        breaks: [gateway.set(`${CONTEXT}.privileged`, true), prepare.set(`${CONTEXT}.procMount`, "Unmasked")],
        missing: absent,
        unknown: gateway.unknown(`${CONTEXT}.privileged`),
    });

    prove(rules.podReadOnlyRoot, {
        breaks: [gateway.set(`${CONTEXT}.readOnlyRootFilesystem`, false)],
        missing: prepare.unset(`${CONTEXT}.readOnlyRootFilesystem`),
        unknown: gateway.unknown(`${CONTEXT}.readOnlyRootFilesystem`),
    });

    prove(rules.podCapabilities, {
        breaks: [
            gateway.set(`${CONTEXT}.capabilities.drop`, ["NET_RAW"]),
            gateway.set(`${CONTEXT}.capabilities.add`, ["SYS_ADMIN"]),
        ],
        missing: prepare.unset(`${CONTEXT}.capabilities`),
        unknown: gateway.unknown(`${CONTEXT}.capabilities.drop`),
    });

    prove(rules.podHostAccess, {
        breaks: [
            agentPod.set("hostNetwork", true),
            agentPod.set("hostPID", true),
            agentPod.set("hostIPC", true),
            gateway.set("ports.0.hostPort", 18789),
        ],
        missing: absent,
        unknown: agentPod.unknown("hostNetwork"),
    });

    prove(rules.podServiceLinks, {
        breaks: [agentPod.set("enableServiceLinks", true)],
        missing: agentPod.unset("enableServiceLinks"),
        unknown: agentPod.unknown("enableServiceLinks"),
    });

    prove(rules.podSecretEnvironment, {
        breaks: [
            collector.set("containers.0.env.1", {
                name: "TOKEN",
                valueFrom: { secretKeyRef: { name: "gateway", key: "token" } },
            }),
            collector.set("containers.0.env.1", { name: "AWS_SECRET_ACCESS_KEY", value: "AKIA" }),
            gateway.set("envFrom", [{ secretRef: { name: "gateway" } }]),
        ],
        missing: absent,
        unknown: gateway.unknown("env.0.name"),
    });
});
