import type { EnvelopeOf } from "../contract/envelope";
import { ABSTAIN } from "../contract/envelope";
import { type Draft, LONGEST_ANSWER } from "../inbound/compose";
import { fit } from "../inbound/fit";
import type { Council } from "./council";
import type { ContributionKind } from "./rules";

/**
 * What an agent's answer says in a round. An answer that is no vote abstains, and none at all says so: the council learns that
 * somebody was there.
 *
 * @param silent what stands for an answer that is empty
 */
export function contributionOf(
    kind: ContributionKind,
    about: Omit<Draft<"position">, "kind" | "payload">,
    council: Council,
    answer: string,
    silent: string,
    model: string,
): Draft<ContributionKind> {
    if (kind === "vote") {
        const vote = voteIn(answer, council.rules.options) ?? {
            choice: ABSTAIN,
            reason: answer === "" ? silent : `The answer was no vote: ${answer.slice(0, 4000)}`,
        };
        return { ...about, kind, payload: { ...vote, model } };
    }
    if (kind === "verdict") {
        const verdict = verdictIn(answer) ?? { verdict: "no synthesis", rationale: silent, dissent: [] };
        return { ...about, kind, payload: { ...verdict, model } };
    }
    const text = answer === "" ? silent : answer.slice(0, 65_536);
    return { ...about, kind, payload: { text, evidence: [], model } };
}

/** Reads a vote out of an agent's answer. @returns undefined where it is none */
export function voteIn(
    answer: string,
    options: readonly string[],
): Pick<EnvelopeOf<"vote">["payload"], "choice" | "reason"> | undefined {
    const found = /^[\s*_#>`]*vote[\s*_`]*:[\s*_`"]*(.+?)[\s*_`".]*$/im.exec(answer);
    if (found === null) return undefined;
    const wanted = fold(found[1] ?? "");
    const choice = [...options, ABSTAIN].find((option) => fold(option) === wanted);
    return choice === undefined ? undefined : { choice, reason: without(answer, found).slice(0, 65_536) };
}

/** Reads a synthesis out of an agent's answer: without a line that says which it is, all of it is the verdict. */
export function verdictIn(
    answer: string,
): Pick<EnvelopeOf<"verdict">["payload"], "verdict" | "rationale" | "dissent"> | undefined {
    if (answer.trim() === "") return undefined;
    const dissent: { member: string; reason: string }[] = [];
    const rest = answer.replaceAll(
        /^[\s*_#>`-]*dissent:\s*([a-z][a-z0-9-]*-\d{1,4}):\s*(.+)$/gim,
        (_line, member, reason) => {
            dissent.push({ member: String(member), reason: String(reason).slice(0, 1000) });
            return "";
        },
    );
    const found = /^[\s*_#>`]*verdict[\s*_`]*:[\s*_`]*(.+?)[\s*_`]*$/im.exec(rest);
    const [verdict, rationale] = found === null ? [rest.trim(), ""] : [found[1] ?? "", without(rest, found)];
    return {
        verdict: verdict.slice(0, 4000),
        rationale: fit(rationale, LONGEST_ANSWER / 2),
        dissent: dissent.slice(0, 50),
    };
}

function without(answer: string, found: RegExpExecArray): string {
    return (answer.slice(0, found.index) + answer.slice(found.index + found[0].length)).trim();
}

function fold(text: string): string {
    return text.trim().replaceAll(/\s+/g, " ").toLowerCase();
}
