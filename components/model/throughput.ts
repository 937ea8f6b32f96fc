/** What an expected load comes to by the second. Pure arithmetic, for configuration and plan. */

/**
 * Turns that one agent works on at once, each of a session of its own. OpenClaw would take four for each processor of the node, at
 * least eight, whatever the pod's own limits are (2026.9, src/config/agent-limits.ts): set, an agent is as large as it was planned.
 */
export const TURNS_AT_ONCE = 8;

const SECONDS_OF_DAY = 86_400;

/** How many a second in the busiest second of a day with so many. */
export function peakRate(perDay: number, peakFactor: number): number {
    return (perDay * peakFactor) / SECONDS_OF_DAY;
}
