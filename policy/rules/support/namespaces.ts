import type { Stack } from "../../engine/resource";
import { type KubernetesObject, nameOf, namespaceOf, objectsOf, rememberedOf, those } from "./kubernetes";
import { type Pod, podsOf } from "./pods";
import { yielding } from "./priorities";

/** A namespace with the pods that the stack puts there and that do not only hold room. */
interface Inhabited {
    readonly namespace: KubernetesObject;
    readonly pods: readonly Pod[];
}

/** The namespaces of a stack that have such pods. */
export const inhabited = rememberedOf((stack: Stack): readonly Inhabited[] => {
    const yields = yielding(stack);
    const pods = podsOf(stack).filter((pod) => !yields(pod));
    return objectsOf(stack, "Namespace").flatMap((namespace) => {
        const name = stack.decide(namespace.resource, () => nameOf(namespace), undefined);
        const ours = those(stack, pods, (pod) => namespaceOf(pod) === name);
        return ours.length === 0 ? [] : [{ namespace, pods: ours }];
    });
});

/** What holds in a namespace: objects of a kind that are in it. */
export function within(stack: Stack, namespace: KubernetesObject, kind: string): KubernetesObject[] {
    return those(stack, objectsOf(stack, kind), (object) => namespaceOf(object) === nameOf(namespace));
}

export function isAmong(namespace: KubernetesObject, others: readonly KubernetesObject[]): boolean {
    return others.some(({ resource }) => resource.urn === namespace.resource.urn);
}
