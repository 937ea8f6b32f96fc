/**
 * How many agents of a class may be away at once: what a roll-out, a node that is drained and a consolidation share.
 *
 * A number and not a share, because Kubernetes rounds a share of a disruption budget up: 10 % of 11 agents would be 2.
 */
export function maxAway(awayPercent: number, agents: number): number {
    // One is always allowed: a class that nothing may leave could neither be rolled nor leave a node.
    return Math.max(1, Math.floor((agents * awayPercent) / 100));
}
