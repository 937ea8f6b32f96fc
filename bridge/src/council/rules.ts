import type { EnvelopeOf, Kind } from "../contract/envelope";

/** What a council goes by, as its opening says. */
export type Rules = EnvelopeOf<"open">["payload"];

/** What members say in a round. */
export type ContributionKind = Extract<Kind, "position" | "rebuttal" | "vote" | "verdict">;

/**
 * What a round is for: positions first, then rebuttals, and in the last one votes, or the verdict that one member writes for
 * all.
 */
export function kindOfRound(rules: Pick<Rules, "rounds" | "method">, round: number): ContributionKind {
    if (round === rules.rounds) return rules.method === "synthesis" ? "verdict" : "vote";
    return round === 1 ? "position" : "rebuttal";
}
