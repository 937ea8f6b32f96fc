import { ABSTAIN, type EnvelopeOf } from "../contract/envelope";
import type { Contribution, Council } from "./council";

/** Who did not agree, and why. */
export interface Dissent {
    readonly member: string;
    readonly choice?: string;
    readonly reason: string;
}

/** What a council came to. */
export interface Outcome {
    /** Id of the event that it follows from. */
    readonly cause: string;
    readonly verdict: string;
    /** Whether the council decided the question; else the verdict says why it did not. */
    readonly reached: boolean;
    readonly rationale: string;
    readonly votes: Readonly<Record<string, string>>;
    readonly dissent: readonly Dissent[];
    readonly model: string;
}

/** As much of each reason as the rationale repeats. The whole of it stands in the log. Unit: characters. */
const EXCERPT = 1000;

/**
 * Counts the votes of the last round. Who abstains is there, for the quorum, and counts for no option. A majority is more than half
 * of the votes for options; unanimity is all of them, and at least one.
 */
export function outcomeOfVote(council: Council, cause: string): Outcome {
    const { rules } = council;
    const cast = council.inRound(rules.rounds).filter(({ kind }) => kind === "vote");
    if (cast.length < rules.quorum) return outcomeWithout(council, cause, "no quorum");
    const counted = cast.filter(({ choice }) => choice !== ABSTAIN);
    const needed = rules.method === "unanimity" ? counted.length : Math.floor(counted.length / 2) + 1;
    const winner = rules.options.find((option) => {
        const votes = counted.filter(({ choice }) => choice === option).length;
        return votes > 0 && votes >= needed;
    });
    if (winner === undefined) return outcomeWithout(council, cause, `no ${rules.method}`);
    const agreeing = cast.filter(({ choice }) => choice === winner);
    return {
        cause,
        verdict: winner,
        reached: true,
        rationale: [
            `${agreeing.length} of ${rules.members.length} members voted for "${winner}" (${rules.method}, quorum ${rules.quorum}).`,
            ...agreeing.filter(({ text }) => text !== "").map(({ member, text }) => `${member}: ${excerpt(text)}`),
        ].join("\n"),
        votes: votesOf(cast),
        dissent: counted
            .filter(({ choice }) => choice !== winner)
            .map(({ member, choice, text }) => ({ member, choice, reason: excerpt(text) })),
        model: modelsOf(council.contributions),
    };
}

/** The verdict that one member wrote for all. */
export function synthesis(
    council: Council,
    cause: string,
    { verdict, rationale, dissent, model }: EnvelopeOf<"verdict">["payload"],
    author: string,
): Outcome {
    return {
        cause,
        verdict,
        reached: true,
        rationale: rationale === "" ? `Written by ${author}.` : rationale,
        votes: {},
        dissent: dissent
            .filter(({ member }) => council.isMember(member))
            .map(({ member, reason }) => ({ member, reason: excerpt(reason) })),
        model: modelsOf([...council.contributions, { model }]),
    };
}

/** That the council came to nothing is an outcome too, and stands in the decision log. */
export function outcomeWithout(council: Council, cause: string, verdict: string): Outcome {
    const { rules } = council;
    const cast = council.inRound(rules.rounds).filter(({ kind }) => kind === "vote");
    const voices = new Set(council.contributions.map(({ member }) => member)).size;
    return {
        cause,
        verdict,
        reached: false,
        rationale: `${voices} of ${rules.members.length} members spoke, ${cast.length} voted (${rules.method}, quorum ${rules.quorum}).`,
        votes: votesOf(cast),
        dissent: [],
        model: modelsOf(council.contributions),
    };
}

function votesOf(cast: readonly Contribution[]): Record<string, string> {
    return Object.fromEntries(cast.map(({ member, choice }) => [member, choice ?? ABSTAIN]));
}

function modelsOf(spoken: readonly Pick<Contribution, "model">[]): string {
    return [...new Set(spoken.map(({ model }) => model))].sort().join(", ") || "none";
}

function excerpt(text: string): string {
    return text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
}
