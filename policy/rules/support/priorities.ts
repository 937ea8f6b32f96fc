import type { Stack } from "../../engine/resource";
import { nameOf, objectsOf } from "./kubernetes";
import type { Pod } from "./pods";

/**
 * Whether a pod has a negative priority: it only holds room, and gives way to every other. Where that is not known yet it
 * is taken for one, and told as undecided.
 */
export function yielding(stack: Stack): (pod: Pod) => boolean {
    const lowest = objectsOf(stack, "PriorityClass").filter((object) =>
        stack.decide(object.resource, () => (object.props.number("value") ?? 0) < 0, true),
    );
    const names = new Set(lowest.map(nameOf));
    return (pod) => stack.decide(pod.resource, () => names.has(pod.spec.text("priorityClassName") ?? ""), true);
}
