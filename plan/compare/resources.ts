import type { Change, DocumentResource, PropertyChange } from "../document/schema";
import { differences } from "./differences";
import { isWithin, replaces } from "./replacements";

/** What becomes of each resource that is not the same in both plans, in the order of the new one, then what is gone. */
export function changesOf(before: readonly DocumentResource[], after: readonly DocumentResource[]): Change[] {
    const old = new Map(before.map((resource) => [resource.urn, resource]));
    const pairs = after.map((resource): Pair => {
        const was = predecessor(resource, old);
        return { resource, was, properties: was ? propertiesOf(was, resource) : [] };
    });
    const taken = new Set(pairs.flatMap(({ was }) => (was ? [was.urn] : [])));
    return [
        ...withDependents(pairs).flatMap(({ resource, was, properties }) =>
            was ? changed(was, resource, properties) : [added(resource)],
        ),
        ...before.filter(({ urn }) => !taken.has(urn)).map(removed),
    ];
}

interface Pair {
    readonly resource: DocumentResource;
    readonly was: DocumentResource | undefined;
    readonly properties: readonly PropertyChange[];
}

const isReplaced = ({ properties }: Pair) => properties.some((property) => property.replaces);

/**
 * What is replaced gets another id, and whoever cannot change it in place is replaced as well: a VPC takes its subnets along. The
 * ids here are made up and stay the same, so this has to be worked out.
 */
function withDependents(pairs: readonly Pair[]): Pair[] {
    const result = new Map(pairs.map((pair) => [pair.resource.urn, pair]));
    const waiting = pairs.filter(isReplaced);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { urn, name, id, inputs } = next.resource;
        // An id that the program itself gives stays what it is.
        if (id === "" || Object.values(inputs).includes(id)) continue;
        for (const pair of result.values()) {
            if (pair.was === undefined || isReplaced(pair) || !pair.resource.dependencies.includes(urn)) continue;
            const paths = pathsWith(id, pair.resource.inputs).filter((path) => replaces(pair.resource.type, path));
            if (paths.length === 0) continue;
            const follow = paths.map((path) => ({ path, before: id, after: `another ${name}`, replaces: true }));
            const replaced = { ...pair, properties: [...pair.properties, ...follow] };
            result.set(pair.resource.urn, replaced);
            waiting.push(replaced);
        }
    }
    return [...result.values()];
}

/** Where a text is within a value. */
function pathsWith(text: string, value: unknown, path = ""): string[] {
    if (typeof value === "string") return value.includes(text) ? [path] : [];
    if (Array.isArray(value)) return value.flatMap((item, index) => pathsWith(text, item, `${path}[${index}]`));
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, item]) => pathsWith(text, item, path === "" ? key : `${path}.${key}`));
}

/** The same resource in the old plan: under its own URN, or under one that it says it had. */
function predecessor(
    resource: DocumentResource,
    old: ReadonlyMap<string, DocumentResource>,
): DocumentResource | undefined {
    const urn = [resource.urn, ...resource.aliases].find((each) => old.has(each));
    return urn === undefined ? undefined : old.get(urn);
}

function added(resource: DocumentResource): Change {
    return { ...place(resource), kind: "add", why: "is new", properties: [] };
}

function removed(resource: DocumentResource): Change {
    const base = { ...place(resource), properties: [] };
    if (resource.protect) return { ...base, kind: "refused", why: "would be removed, and is protected" };
    const why = resource.retainOnDelete ? "leaves the stack and stays in the cloud" : "is removed";
    return { ...base, kind: "remove", why };
}

function changed(was: DocumentResource, resource: DocumentResource, properties: readonly PropertyChange[]): Change[] {
    const renamed = was.urn !== resource.urn;
    const replacing = properties.filter((property) => property.replaces).map(({ path }) => path);
    const base = { ...place(resource), properties, ...(renamed && { was: was.name }) };
    if (replacing.length > 0) {
        const because = `${replacing.slice(0, 3).join(", ")} cannot change in place`;
        // Pulumi asks the state, which has the flag as it was before.
        return was.protect
            ? [{ ...base, kind: "refused", why: `would be replaced, and is protected: ${because}` }]
            : [{ ...base, kind: "replace", why: `is replaced: ${because}` }];
    }
    if (properties.length > 0) {
        return [{ ...base, kind: "change", why: renamed ? "is renamed and changed in place" : "is changed in place" }];
    }
    return renamed ? [{ ...base, kind: "rename", why: "keeps what it is under another name" }] : [];
}

function propertiesOf(was: DocumentResource, resource: DocumentResource): PropertyChange[] {
    const ignored = (path: string) => resource.ignoreChanges.some((each) => isWithin(path, each));
    return differences(was.inputs, resource.inputs)
        .filter(({ path }) => !ignored(path))
        .map(({ path, before, after }) => ({
            path,
            ...(before !== undefined && { before }),
            ...(after !== undefined && { after }),
            replaces: replaces(resource.type, path),
        }));
}

function place({ name, type, urn, tier, component }: DocumentResource) {
    return { name, type, urn, tier, component };
}
