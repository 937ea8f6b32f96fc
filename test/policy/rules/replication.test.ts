import * as rules from "../../../policy/rules/replication";
import { agentPod, of, POD, TYPE } from "../support/kubernetes";
import { change, type Mutation } from "../support/mutations";
import { prove } from "../support/prove";

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

describe("policy: replication of agents' state", () => {
    prove(rules.stateReplicated, {
        breaks: [
            litestream.set("volumeMounts.0.readOnly", true),
            litestream.set("command", []),
            litestream.unset("volumeMounts.1"),
        ],
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
        breaks: [
            agentPod.unset("initContainers.1"),
            restore.unset("command"),
            restore.set("volumeMounts.0.mountPath", "/elsewhere"),
        ],
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
});
