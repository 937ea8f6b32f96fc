import type { Settings } from "../../settings/schema";
import type { ByLoad, CostLine } from "../document/schema";
import type { Graph } from "../graph";
import type { PlannedResource } from "../offline-engine";
import { tierOf } from "../tree";

/** Hours of a month, as AWS bills them. */
export const HOURS = 730;

/** Days of a month. */
export const DAYS = 30.4;

/** Bytes of what AWS bills as a GB. */
export const GB = 1024 ** 3;

export type CostTier = CostLine["tier"];

/** A line before it has its price. */
export interface Draft {
    readonly tier: CostTier;
    readonly item: string;
    /** Entry of the price table. */
    readonly key: string;
    /** In the unit of the price. */
    readonly quantity: ByLoad;
    /** Where the quantity comes from. */
    readonly note?: string;
}

/** The same at every load. */
export function always(quantity: number): ByLoad {
    return { low: quantity, expected: quantity, high: quantity };
}

/** A quantity that follows from the interactions of a day. */
export function byLoad({ load }: Pick<Settings, "load">, quantity: (interactionsPerDay: number) => number): ByLoad {
    const { low, expected, high } = load.interactionsPerDay;
    return { low: quantity(low), expected: quantity(expected), high: quantity(high) };
}

/** Quantity by quantity. */
export function plus(one: ByLoad, other: ByLoad): ByLoad {
    return { low: one.low + other.low, expected: one.expected + other.expected, high: one.high + other.high };
}

export function times(quantity: ByLoad, factor: number): ByLoad {
    return { low: quantity.low * factor, expected: quantity.expected * factor, high: quantity.high * factor };
}

/** The resources of a type that stand in a tier. */
export function inTier(graph: Pick<Graph, "resources">, tier: CostTier, type: string): PlannedResource[] {
    const byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
    return graph.resources.filter((resource) => resource.type === type && tierIn(byUrn, resource) === tier);
}

function tierIn(byUrn: ReadonlyMap<string, PlannedResource>, resource: PlannedResource): string | undefined {
    const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
    return parent === undefined || parent.type === "pulumi:pulumi:Stack"
        ? tierOf(resource.type)
        : tierIn(byUrn, parent);
}

/** How many there are of each name. */
export function tally(names: readonly string[]): [name: string, count: number][] {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts];
}
