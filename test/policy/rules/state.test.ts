import * as rules from "../../../policy/rules/state";
import { agent, agentPod, gateway, of, POD, TYPE } from "../support/kubernetes";
import { prove } from "../support/prove";

const CLAIM = "spec.volumeClaimTemplates.0.spec";
const RETENTION = "spec.persistentVolumeClaimRetentionPolicy";
const storage = of("cells-storage-state", "kubernetes:storage.k8s.io/v1:StorageClass");
const litestream = of("fleet-analyst", TYPE.statefulSet, `${POD}.initContainers.3`);

describe("policy: state of agents", () => {
    prove(rules.stateClaim, {
        breaks: [
            agent.set(`${CLAIM}.accessModes`, ["ReadWriteOnce"]),
            agent.set(`${CLAIM}.accessModes`, ["ReadWriteOncePod", "ReadWriteMany"]),
            agentPod.set("volumes.5", { name: "shared", persistentVolumeClaim: { claimName: "shared" } }),
        ],
        missing: agent.unset(`${CLAIM}.accessModes`),
        unknown: agent.unknown(`${CLAIM}.accessModes`),
    });

    prove(rules.stateBlockStorage, {
        breaks: [agent.set(`${CLAIM}.storageClassName`, "efs"), storage.set("provisioner", "efs.csi.aws.com")],
        missing: agent.unset(`${CLAIM}.storageClassName`),
        unknown: storage.unknown("provisioner"),
    });

    prove(rules.stateKept, {
        breaks: [agent.set(`${RETENTION}.whenDeleted`, "Delete"), agent.set(`${RETENTION}.whenScaled`, "Delete")],
        missing: agent.unset(RETENTION),
        unknown: agent.unknown(RETENTION),
    });

    prove(rules.stateWritable, {
        breaks: [
            agentPod.set("securityContext.fsGroup", 2000),
            agentPod.set("securityContext.fsGroupChangePolicy", "Always"),
        ],
        missing: agentPod.unset("securityContext.fsGroup"),
        unknown: agentPod.unknown("securityContext.fsGroupChangePolicy"),
    });

    prove(rules.statePodName, {
        breaks: [
            gateway.set("env.0.valueFrom.fieldRef.fieldPath", "spec.nodeName"),
            litestream.set("env.0", { name: "POD_NAME", value: "analyst-0" }),
        ],
        missing: litestream.unset("env.0"),
        unknown: litestream.unknown("env.0"),
    });
});
