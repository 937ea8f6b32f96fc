import { identifiers, type Resource, type Stack } from "../../engine/resource";
import type { Reader } from "../../engine/value";
import { isKnown } from "./values";

/**
 * Which resources of some types name another one in a property, e.g. the lifecycle rules of a bucket. By what a property
 * was computed from, since ids are not known before a resource is made; else by value. Built once, so that a rule over
 * many resources stays linear.
 */
export function referring(
    stack: Stack,
    types: readonly string[],
    property: string,
): (to: Resource) => readonly Resource[] {
    const key = property.split(".")[0] ?? property;
    const found = new Map<string, Resource[]>();
    // What they name is not known in any way: it may be the one that is asked for, and that is told as undecided.
    const anything: Resource[] = [];
    const add = (to: string, from: Resource) => {
        const known = found.get(to);
        if (known) known.push(from);
        else found.set(to, [from]);
    };
    for (const from of stack.ofType(...types)) {
        if (!stack.decide(from, () => names(from.props, property), true)) continue;
        const urns = from.propertyDependencies[key] ?? [];
        urns.forEach((urn) => add(urn, from));
        if (urns.length > 0) continue;
        const texts = stack.decide(from, () => from.props.texts(property), undefined);
        if (texts) texts.forEach((text) => add(`=${text}`, from));
        else anything.push(from);
    }
    return (to) => [
        ...new Set([
            ...[to.urn, ...identifiers(to).map((id) => `=${id}`)].flatMap((each) => found.get(each) ?? []),
            ...anything,
        ]),
    ];
}

/** The resources of some types that a property of another one was computed from, or names by value. */
export function referred(
    stack: Stack,
    from: Resource,
    property: string,
    types: readonly string[],
): readonly Resource[] {
    if (!stack.decide(from, () => names(from.props, property), true)) return [];
    const urns = new Set(from.propertyDependencies[property.split(".")[0] ?? property]);
    const candidates = stack.ofType(...types);
    const direct = candidates.filter(({ urn }) => urns.has(urn));
    if (direct.length > 0) return direct;
    const texts = stack.decide(from, () => from.props.texts(property), undefined);
    if (!texts) return candidates;
    const wanted = new Set(texts);
    return candidates.filter((candidate) => identifiers(candidate).some((id) => wanted.has(id)));
}

/** Whether a property names anything: without a value a reference is gone, whatever it was computed from before. */
function names(props: Reader, property: string): boolean {
    if (!props.has(property)) return false;
    const value = props.get(property);
    return !isKnown(() => value.text()) || value.list().length > 0 || value.text() !== undefined;
}
