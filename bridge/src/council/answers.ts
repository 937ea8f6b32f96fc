import { ABSTAIN } from "../contract/envelope";
import type { EnvelopeOf } from "../contract/envelope";

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
            dissent.push({ member: String(member), reason: String(reason).slice(0, 65_536) });
            return "";
        },
    );
    const found = /^[\s*_#>`]*verdict[\s*_`]*:[\s*_`]*(.+?)[\s*_`]*$/im.exec(rest);
    const [verdict, rationale] = found === null ? [rest.trim(), ""] : [found[1] ?? "", without(rest, found)];
    return { verdict: verdict.slice(0, 65_536), rationale: rationale.slice(0, 262_144), dissent: dissent.slice(0, 50) };
}

function without(answer: string, found: RegExpExecArray): string {
    return (answer.slice(0, found.index) + answer.slice(found.index + found[0].length)).trim();
}

function fold(text: string): string {
    return text.trim().replaceAll(/\s+/g, " ").toLowerCase();
}
