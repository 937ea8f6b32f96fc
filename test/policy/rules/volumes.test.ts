import * as rules from "../../../policy/rules/volumes";
import { agentPod, asItIs, collector, gateway, prepare } from "../support/kubernetes";
import { prove } from "../support/prove";

describe("policy: volumes", () => {
    prove(rules.volumeKinds, {
        breaks: [
            agentPod.set("volumes.1", { name: "scratch", nfs: { server: "10.0.0.1", path: "/" } }),
            agentPod.set("volumes.1", { name: "scratch", csi: { driver: "efs.csi.aws.com" } }),
        ],
        missing: agentPod.set("volumes.1", { name: "scratch" }),
        unknown: agentPod.unknown("volumes.1"),
    });

    prove(rules.containerMounts, {
        breaks: [prepare.set("volumeMounts.1.name", "other"), prepare.set("volumeMounts.1.mountPath", "scratch")],
        missing: prepare.unset("volumeMounts.1.mountPath"),
        unknown: prepare.unknown("volumeMounts.1.name"),
    });

    prove(rules.mountReadOnly, {
        breaks: [gateway.set("volumeMounts.4.readOnly", false), prepare.set("volumeMounts.3.readOnly", false)],
        missing: gateway.unset("volumeMounts.4.readOnly"),
        unknown: gateway.unknown("volumeMounts.4.readOnly"),
    });

    prove(rules.secretMode, {
        breaks: [
            agentPod.set("volumes.3.secret.defaultMode", 0o444),
            agentPod.set("volumes.3.secret.defaultMode", 0o460),
        ],
        missing: agentPod.unset("volumes.3.secret.defaultMode"),
        unknown: agentPod.unknown("volumes.3.secret.defaultMode"),
    });

    prove(rules.scratchLimit, {
        breaks: [agentPod.set("volumes.1.emptyDir.sizeLimit", "200Gi")],
        missing: agentPod.unset("volumes.1.emptyDir.sizeLimit"),
        unknown: agentPod.unknown("volumes.1.emptyDir.sizeLimit"),
    });

    prove(rules.configMapThere, {
        breaks: [collector.set("volumes.0.configMap.name", "other")],
        missing: { passes: asItIs, because: "a pod may do without" },
        unknown: agentPod.unknown("volumes.2.configMap.name"),
    });
});
