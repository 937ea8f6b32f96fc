import type { Resource, Stack } from "../../engine/resource";
import { type Reader, Undecided } from "../../engine/value";

/** An object of Kubernetes: a resource of its own, what a patch says of one, or one of a list. */
export interface KubernetesObject {
    readonly resource: Resource;
    /** E.g. `Deployment`, for its patch and its list as well. */
    readonly kind: string;
    readonly props: Reader;
    /** A patch says what it changes alone: what it leaves out is no fault of it. */
    readonly partial: boolean;
}

interface KubernetesType {
    readonly kind: string;
    readonly form: "Patch" | "List" | undefined;
}

const TYPE = /^kubernetes:[^:]+:([A-Za-z0-9]+?)(Patch|List)?$/;
const seen = new Map<string, KubernetesType | undefined>();

function parsed(type: string): KubernetesType | undefined {
    if (!seen.has(type)) {
        const [, kind, form] = TYPE.exec(type) ?? [];
        const known = form === "Patch" || form === "List" ? form : undefined;
        seen.set(type, kind === undefined ? undefined : { kind, form: known });
    }
    return seen.get(type);
}

/** Whether a Pulumi type is one of these kinds, whatever its group and version, or its patch or list. */
export function kinds(...names: readonly string[]): (type: string) => boolean {
    const wanted = new Set(names);
    return (type) => wanted.has(parsed(type)?.kind ?? "");
}

/** Whether a Pulumi type is any object of Kubernetes itself, and no chart or file of several. */
export function isKubernetes(type: string): boolean {
    return parsed(type) !== undefined && !/^kubernetes:(helm\.sh|yaml|kustomize)/.test(type);
}

/**
 * Keeps what was read of something: many rules read the same of every pod. What is not known yet is not kept, so that every
 * rule says so.
 */
export function remembered<K extends object, V>(read: (of: K) => V): (of: K) => V {
    const known = new WeakMap<K, { readonly value: V }>();
    return (of) => {
        const found = known.get(of) ?? { value: read(of) };
        known.set(of, found);
        return found.value;
    };
}

/** The same for what is read of a whole stack. It must not keep the stack itself, which notes what one rule cannot decide. */
export function rememberedOf<V>(read: (stack: Stack) => V): (stack: Stack) => V {
    const known = new WeakMap<readonly Resource[], { readonly value: V }>();
    return (stack) => {
        const found = known.get(stack.resources);
        if (found) return found.value;
        const before = stack.undecided.length;
        const value = read(stack);
        if (stack.undecided.length === before) known.set(stack.resources, { value });
        return value;
    };
}

/** The objects that a resource stands for. */
export const objectsIn = remembered((resource: Resource): KubernetesObject[] => {
    const found = parsed(resource.type);
    if (!found) return [];
    const { kind, form } = found;
    const items = form === "List" ? resource.props.list("items") : [resource.props];
    return items.map((props) => ({ resource, kind, props, partial: form === "Patch" }));
});

/** The objects of these kinds in a stack. */
export function objectsOf(stack: Stack, ...names: readonly string[]): KubernetesObject[] {
    return stack.matching(kinds(...names)).flatMap((resource) => stack.decide(resource, () => objectsIn(resource), []));
}

export const nameOf = remembered(({ props }: KubernetesObject) => props.text("metadata.name"));

/** Kubernetes puts what names no namespace into `default`. */
export const namespaceOf = remembered(
    ({ props }: KubernetesObject): string => props.text("metadata.namespace") ?? "default",
);

export function isIn(object: KubernetesObject, namespace: string, name: string | undefined): boolean {
    return name !== undefined && namespaceOf(object) === namespace && nameOf(object) === name;
}

/** Looks at each by itself: what is unknown in one does not keep the others from being seen, and is told in the end. */
export function each<T>(items: readonly T[], look: (item: T) => void): void {
    let first: Undecided | undefined;
    for (const item of items) {
        try {
            look(item);
        } catch (error) {
            if (!(error instanceof Undecided)) throw error;
            first ??= error;
        }
    }
    if (first) throw first;
}

/** The objects of these kinds in a stack, each looked at by itself. */
export function eachObject(stack: Stack, names: readonly string[], look: (object: KubernetesObject) => void): void {
    for (const object of objectsOf(stack, ...names)) stack.decide(object.resource, () => look(object), undefined);
}

/** Those of which something is true; one of which it cannot be said is told as undecided, and is none. */
export function those<T extends { readonly resource: Resource }>(
    stack: Stack,
    items: readonly T[],
    holds: (item: T) => boolean,
): T[] {
    return items.filter((item) => stack.decide(item.resource, () => holds(item), false));
}
