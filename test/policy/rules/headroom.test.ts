import * as rules from "../../../policy/rules/headroom";
import { of, POD, TYPE } from "../support/kubernetes";
import { prove } from "../support/prove";

const PRIORITY = "kubernetes:scheduling.k8s.io/v1:PriorityClass";
const priority = of("cells-storage-priority", PRIORITY);
const headroom = of("agent-nodes-headroom-priority", PRIORITY);
const room = of("agent-nodes-headroom-a", TYPE.deployment);
const roomPod = of("agent-nodes-headroom-a", TYPE.deployment, POD);

describe("policy: headroom", () => {
    prove(rules.priorityDefault, {
        breaks: [priority.set("globalDefault", true), headroom.unset("preemptionPolicy")],
        missing: { passes: priority.unset("globalDefault"), because: "Kubernetes makes none the default by itself" },
        unknown: priority.unknown("globalDefault"),
    });

    prove(rules.headroomZones, {
        breaks: [
            room.set("spec.replicas", 9),
            roomPod.entry("nodeSelector", "topology.kubernetes.io/zone", "us-east-1b"),
        ],
        missing: room.unset("spec.replicas"),
        unknown: room.unknown("spec.replicas"),
    });

    prove(rules.headroomYields, {
        breaks: [roomPod.set("terminationGracePeriodSeconds", 30)],
        missing: roomPod.unset("terminationGracePeriodSeconds"),
        unknown: roomPod.unknown("terminationGracePeriodSeconds"),
    });
});
