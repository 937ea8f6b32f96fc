import { strict as assert } from "node:assert";
import { costOf } from "../../../plan/cost/cost";
import type { Cost } from "../../../plan/document/schema";
import type { Graph } from "../../../plan/graph";
import type { PlannedResource, Properties } from "../../../plan/offline-engine";
import { type Changes, graphOf } from "../../support/stacks";

export type Load = Graph["settings"]["load"];

export const LOADS = ["low", "expected", "high"] as const;

export function cost(graph: Graph): Cost {
    return costOf(graph) ?? assert.fail("no cost");
}

export async function costWith(stack: "staging" | "prod", changes: Changes = {}): Promise<Cost> {
    return cost(await graphOf(stack, changes));
}

/** The same graph under another load: no resource follows from it. */
export function underLoad(graph: Graph, load: Partial<Load>): Graph {
    return { ...graph, settings: { ...graph.settings, load: { ...graph.settings.load, ...load } } };
}

/** The same graph with other inputs of all resources of a type. */
export function withInputs(graph: Graph, type: string, change: (inputs: Properties) => Properties): Graph {
    return {
        ...graph,
        resources: graph.resources.map((each) =>
            each.type === type ? { ...each, inputs: { ...each.inputs, ...change(each.inputs) } } : each,
        ),
    };
}

export function withResource(graph: Graph, type: string, inputs: Properties = {}): Graph {
    const [model] = graph.resources.filter(({ custom }) => custom);
    const added: PlannedResource = {
        ...(model ?? assert.fail("empty graph")),
        type,
        name: "added",
        urn: "added",
        inputs,
    };
    return { ...graph, resources: [...graph.resources, added] };
}

/** Lines by item that differ, and those that are in one cost alone. */
export function changed(before: Cost, after: Cost): string[] {
    const amounts = ({ lines }: Cost) => new Map(lines.map(({ item, quantity }) => [item, JSON.stringify(quantity)]));
    const [old, now] = [amounts(before), amounts(after)];
    return [...new Set([...old.keys(), ...now.keys()])].filter((item) => old.get(item) !== now.get(item)).sort();
}
