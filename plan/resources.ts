import type { Graph } from "./graph";
import type { PlannedResource, Properties, Value } from "./offline-engine";

/* How the sections of the plan read the graph. */

/** All resources of a type, in the order in which the program makes them. */
export function all({ resources }: Pick<Graph, "resources">, type: string): PlannedResource[] {
    return resources.filter((resource) => resource.type === type);
}

/** Inputs of the only resource of a type; empty where there is none. */
export function inputsOf(graph: Pick<Graph, "resources">, type: string): Properties {
    return graph.resources.find((resource) => resource.type === type)?.inputs ?? {};
}

/** A value as text; `?` where it is missing. */
export function text(value: Value | undefined): string {
    return typeof value === "object" ? JSON.stringify(value) : String(value ?? "?");
}

/** A value as an object; empty where it is none. */
export function properties(value: Value | undefined): Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** A value as a list; empty where it is none. */
export function list(value: Value | undefined): readonly Value[] {
    return Array.isArray(value) ? value : [];
}
