import * as rules from "../../../policy/rules/state";
import { agent, agentPod, gateway, of, POD, TYPE } from "../support/kubernetes";
import { change, type Mutation } from "../support/mutations";
import { prove } from "../support/prove";

const CLAIM = "spec.volumeClaimTemplates.0.spec";
const RETENTION = "spec.persistentVolumeClaimRetentionPolicy";
const storage = of("cells-storage-state", "kubernetes:storage.k8s.io/v1:StorageClass");
const restore = of("fleet-analyst", TYPE.statefulSet, `${POD}.initContainers.1`);
const litestream = of("fleet-analyst", TYPE.statefulSet, `${POD}.initContainers.3`);

const workspaceBackup = of("fleet-analyst", TYPE.statefulSet, `${POD}.initContainers.4`);

/** Edits the replicator's configuration in the class's files, whose name tells their content. */
function configuration(edit: (text: string) => unknown): Mutation {
    return (resources) => {
        const files = resources.find(({ name }) => name.startsWith("fleet-analyst-files-"))?.name ?? "";
        return change(files, (inputs) => {
            const data = inputs["data"] as Record<string, unknown>;
            data["litestream.yml"] = edit(String(data["litestream.yml"]));
        })(resources);
    };
}

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

    prove(rules.stateReplicated, {
        breaks: [litestream.set("volumeMounts.0.readOnly", true), litestream.unset("volumeMounts.1")],
        missing: agentPod.unset("initContainers.3"),
        unknown: litestream.unknown("volumeMounts"),
    });

    prove(rules.statePlaces, {
        breaks: [
            workspaceBackup.set("volumeMounts.2.subPath", "other"),
            workspaceBackup.unset("volumeMounts.0.subPath"),
        ],
        missing: workspaceBackup.unset("volumeMounts.1.subPath"),
        unknown: workspaceBackup.unknown("volumeMounts"),
    });

    prove(rules.stateRestored, {
        breaks: [agentPod.unset("initContainers.1"), restore.set("volumeMounts.0.mountPath", "/elsewhere")],
        missing: agentPod.unset("initContainers.1"),
        unknown: restore.unknown("volumeMounts"),
    });

    prove(rules.stateReplication, {
        breaks: [
            configuration((text) => text.replace("sync-interval: 5s", "sync-interval: 10m")),
            configuration((text) => text.replace("agents-analyst/${POD_NAME}/global", "agents-analyst/global")),
            configuration((text) => text.replace("type: s3", "type: file")),
            configuration((text) => text.replace("retention: 72h", "retention: 1h")),
            configuration((text) => text.replace("/agent\n", "/global\n")),
            configuration(() => "- other"),
        ],
        missing: configuration(() => undefined),
        unknown: agentPod.unknown("volumes.2.configMap.name"),
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
