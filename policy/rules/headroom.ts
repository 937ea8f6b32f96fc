import { z } from "zod";
import { stackRule } from "../engine/rule";
import { kinds, objectsOf } from "./support/kubernetes";
import { entryAt } from "./support/labels";
import { podsOf } from "./support/pods";
import { yielding } from "./support/priorities";

export const priorityDefault = stackRule({
    name: "priority-class-default",
    description: "No pod has a priority that it does not ask for, and what holds room pushes nothing aside",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Leave globalDefault false, and set preemptionPolicy Never where the value is negative.",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#non-preempting-priority-class",
    types: kinds("PriorityClass"),
    check(stack, report) {
        for (const { props, resource } of objectsOf(stack, "PriorityClass")) {
            const isDefault = stack.decide(resource, () => props.flag("globalDefault"), false);
            if (isDefault) report(resource, "is the priority of every pod that names none");
            stack.decide(
                resource,
                () => {
                    if ((props.number("value") ?? 0) >= 0) return;
                    const policy = props.text("preemptionPolicy") ?? "PreemptLowerPriority";
                    if (policy !== "Never") report(resource, `holds room and has preemptionPolicy ${policy}`);
                },
                undefined,
            );
        }
    },
});

const ZONE = "topology.kubernetes.io/zone";

export const headroomZones = stackRule({
    name: "headroom-zones",
    description: "What holds room for the loss of a zone holds as much in each zone",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation:
        "Make a Deployment for each zone of the node pools, with a nodeSelector of its zone and explicit replicas.",
    url: "https://karpenter.sh/docs/concepts/scheduling/",
    types: kinds("Deployment"),
    check(stack, report) {
        const yields = yielding(stack);
        const rooms = podsOf(stack, ["Deployment"]).filter(yields);
        const byZone = new Map<string, number>();
        const before = stack.undecided.length;
        for (const { spec, props, resource } of rooms) {
            stack.decide(
                resource,
                () => {
                    const zone = entryAt(spec, "nodeSelector", ZONE)?.text();
                    const replicas = props.number("spec.replicas");
                    if (zone === undefined) return report(resource, "holds room in no zone in particular");
                    if (replicas === undefined) return report(resource, "does not say how much room it holds");
                    byZone.set(zone, (byZone.get(zone) ?? 0) + replicas);
                },
                undefined,
            );
        }
        if (stack.undecided.length > before) return;
        const most = Math.max(0, ...byZone.values());
        for (const [zone, count] of byZone) {
            if (count < most)
                report(rooms[0]?.resource, `holds ${count} places in ${zone}, and ${most} in another zone`);
        }
    },
});

export const headroomYields = stackRule({
    name: "headroom-yields",
    description: "What holds room is gone at once when an agent needs its place",
    severity: "medium",
    references: ["openclaw promise 6"],
    remediation: "Set terminationGracePeriodSeconds of the placeholders to 0.",
    url: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
    types: kinds("Deployment"),
    settings: { maximumSeconds: z.int().min(0).default(0).describe("Seconds that a placeholder may take to go") },
    check(stack, report, { maximumSeconds }) {
        const yields = yielding(stack);
        for (const { spec, resource } of podsOf(stack, ["Deployment"]).filter(yields)) {
            const seconds = stack.decide(
                resource,
                () => spec.number("terminationGracePeriodSeconds") ?? 30,
                maximumSeconds,
            );
            if (seconds > maximumSeconds)
                report(resource, `takes ${seconds} s to give way, ${maximumSeconds} s are the most`);
        }
    },
});

export const headroomRules = [priorityDefault, headroomZones, headroomYields];
