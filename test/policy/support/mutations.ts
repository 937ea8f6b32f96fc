import { strict as assert } from "node:assert";
import type { PlannedResource, Properties, Value } from "../../../plan/offline-engine";
import { UNKNOWN } from "../../../policy/engine/value";

/** A change of a stack's resources; the originals stay as they are. */
export type Mutation = (resources: readonly PlannedResource[]) => PlannedResource[];

/** Changes the inputs of one resource, by its logical name and, where several share it, its type. */
export function change(name: string, edit: (inputs: Properties) => void, type?: string): Mutation {
    return (resources) => {
        const index = resources.findIndex((each) => each.name === name && each.custom && (!type || each.type === type));
        const found = resources[index];
        assert.ok(found, `there is no resource ${name}`);
        const inputs = structuredClone(found.inputs);
        edit(inputs);
        assert.notDeepEqual(inputs, found.inputs, `nothing changes in ${name}`);
        return resources.with(index, { ...found, inputs });
    };
}

/** Sets what stands at a path, e.g. `spec.template.spec.containers.0.image`. */
export function set(name: string, path: string, value: Value, type?: string): Mutation {
    return change(name, (inputs) => write(inputs, path, value), type);
}

/** Takes away what stands at a path. */
export function unset(name: string, path: string, type?: string): Mutation {
    return change(name, (inputs) => write(inputs, path, undefined), type);
}

/** Makes what stands at a path a value that is not known before the resource is made. */
export function unknown(name: string, path: string, type?: string): Mutation {
    return set(name, path, UNKNOWN, type);
}

/** Edits a document that stands as JSON text, e.g. a policy of IAM. */
export function document(name: string, path: string, edit: (document: Properties) => void, type?: string): Mutation {
    return change(
        name,
        (inputs) => {
            const parsed = JSON.parse(String(read(inputs, path))) as Properties;
            edit(parsed);
            write(inputs, path, JSON.stringify(parsed));
        },
        type,
    );
}

/** Takes resources away. */
export function remove(...names: readonly string[]): Mutation {
    return (resources) => {
        const left = resources.filter(({ name, custom }) => !custom || !names.includes(name));
        assert.ok(left.length < resources.length, `there is no resource ${names.join(", ")}`);
        return left;
    };
}

/** Adds a resource like another one, with inputs of its own. */
export function addLike(name: string, added: string, edit: (inputs: Properties) => void, type?: string): Mutation {
    return (resources) => {
        const model = resources.find((each) => each.name === name && each.custom && (!type || each.type === type));
        assert.ok(model, `there is no resource ${name}`);
        const inputs = structuredClone(model.inputs);
        edit(inputs);
        return [...resources, { ...model, name: added, urn: `${model.urn}-${added}`, inputs }];
    };
}

/** Changes a resource's options, e.g. its protection. */
export function option(name: string, options: Partial<PlannedResource>, type?: string): Mutation {
    return (resources) => {
        const index = resources.findIndex((each) => each.name === name && each.custom && (!type || each.type === type));
        const found = resources[index];
        assert.ok(found, `there is no resource ${name}`);
        return resources.with(index, { ...found, ...options });
    };
}

export function all(...mutations: readonly Mutation[]): Mutation {
    return (resources) => mutations.reduce<PlannedResource[]>((left, mutate) => mutate(left), [...resources]);
}

function read(inputs: Properties, path: string): Value | undefined {
    let value: Value | undefined = inputs;
    for (const key of path.split(".")) {
        value = typeof value === "object" && value !== null ? (value as Properties)[key] : undefined;
    }
    return value;
}

function write(inputs: Properties, path: string, value: Value | undefined): void {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const holder = keys.length === 0 ? inputs : read(inputs, keys.join("."));
    assert.ok(typeof holder === "object" && holder !== null, `there is nothing at ${keys.join(".")}`);
    if (value !== undefined) (holder as Properties)[last] = value;
    else if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else Reflect.deleteProperty(holder, last);
}
