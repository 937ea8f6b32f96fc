import { DIMENSIONS, type Size, type Spread } from "./inventory/pods";

/*
 * Whether pods find room, by kinds of pods and not by pods: its cost does not grow with the fleet. The scheduler and
 * Karpenter place pods in an order that nobody knows and never move them, so a packing that exists is not enough: what is
 * said to fit here fits in every order.
 */

/** So many pods of one size. */
export interface Load {
    readonly size: Size;
    readonly count: number;
}

/** The most pods of `pods` that one of `zones` zones may hold under a rule of spread; without a hard rule, all of them. */
export function inFullestZone(pods: number, zones: number, spread: Spread | undefined): number {
    if (spread?.kind !== "hard" || zones < 1) return pods;
    return Math.min(pods, Math.floor((pods + (zones - 1) * spread.maxSkew) / zones));
}

/** The fewest pods of `pods` that one of `zones` zones may hold under a rule of spread. */
export function inEmptiestZone(pods: number, zones: number, spread: Spread | undefined): number {
    if (spread?.kind !== "hard" || zones < 1) return 0;
    return Math.max(0, Math.ceil((pods - (zones - 1) * spread.maxSkew) / zones));
}

/**
 * The number of nodes that takes all pods in whatever order they come; undefined where a pod is larger than a node.
 *
 * A pod that finds no room finds every node blocked. A node that blocks it is, in some dimension, filled at least to the
 * smallest sum of pod sizes that leaves less than the pod needs. Measured against those sums, each blocked node carries
 * pods of weight 1 or more. So if all other pods together weigh less than the number of nodes, no pod is ever stuck.
 */
export function nodesInAnyOrder(loads: readonly Load[], node: Size): number | undefined {
    const present = merged(loads);
    if (present.some(({ size }) => DIMENSIONS.some((dimension) => size[dimension] > node[dimension]))) return undefined;
    const sums = DIMENSIONS.map((dimension) => ({
        dimension,
        reachable: reachable(
            present.map(({ size }) => size[dimension]),
            node[dimension],
        ),
    }));
    let nodes = 0;
    for (const stuck of present) {
        const blocking = sums.map(({ dimension, reachable: sum }) => ({
            dimension,
            from: stuck.size[dimension] === 0 ? undefined : sum(node[dimension] - stuck.size[dimension]),
        }));
        // One pod of weight 1 is enough, so more than that counts for no more.
        const weight = (size: Size): number =>
            Math.min(
                1,
                Math.max(
                    0,
                    ...blocking.map(({ dimension, from }) => (from === undefined ? 0 : size[dimension] / from)),
                ),
            );
        const others = present.reduce((sum, { size, count }) => sum + count * weight(size), 0) - weight(stuck.size);
        nodes = Math.max(nodes, Math.floor(others + 1e-9) + 1);
    }
    return nodes;
}

/** Below this number of nodes no order fits: no dimension can be filled beyond the brim. */
export function nodesAtLeast(loads: readonly Load[], node: Size): number {
    const needed = DIMENSIONS.map((dimension) => {
        const total = loads.reduce((sum, { size, count }) => sum + size[dimension] * count, 0);
        return total === 0 ? 0 : total / node[dimension];
    });
    return Math.ceil(Math.max(0, ...needed) - 1e-9);
}

/** The most pods that one node can hold: in each dimension with its smallest pods first. */
export function mostOnOneNode(loads: readonly Load[], node: Size): number {
    const present = merged(loads);
    const byDimension = DIMENSIONS.map((dimension) => {
        let free = node[dimension];
        let held = 0;
        for (const { size, count } of present.sort((one, other) => one.size[dimension] - other.size[dimension])) {
            const each = size[dimension];
            const placed = each === 0 ? count : Math.min(count, Math.floor(free / each));
            free -= placed * each;
            held += placed;
        }
        return held;
    });
    return Math.min(...byDimension);
}

/** Pods of one size are one load, and a load of none is none. */
function merged(loads: readonly Load[]): Load[] {
    const bySize = new Map<string, Load>();
    for (const { size, count } of loads) {
        if (count <= 0) continue;
        const key = DIMENSIONS.map((dimension) => size[dimension]).join(" ");
        bySize.set(key, { size, count: count + (bySize.get(key)?.count ?? 0) });
    }
    return [...bySize.values()];
}

/** Finds the smallest sum of the sizes, each as often as one likes, that is above a mark and not above the limit. */
function reachable(sizes: readonly number[], limit: number): (above: number) => number | undefined {
    const positive = [...new Set(sizes.filter((size) => size > 0))];
    if (positive.length === 0) return () => undefined;
    const unit = positive.reduce(commonDivisor);
    const steps = positive.map((size) => size / unit);
    const last = Math.floor(limit / unit);
    const reached = new Uint8Array(last + 1);
    reached[0] = 1;
    for (const step of steps) for (let at = step; at <= last; at++) if (reached[at - step] === 1) reached[at] = 1;
    return (above) => {
        const first = Math.max(0, Math.floor(above / unit) + 1);
        const found = reached.indexOf(1, first);
        return found < 0 ? undefined : found * unit;
    };
}

function commonDivisor(one: number, other: number): number {
    return other === 0 ? one : commonDivisor(other, one % other);
}
