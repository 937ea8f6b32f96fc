import { createHash } from "node:crypto";
import { derivedId } from "../contract/ids";
import type { Decision } from "../ports";
import type { Council } from "./council";

/** Id of a council's entry in the decision log: the same for whoever records it. */
export function decisionId(council: Council): string {
    return derivedId(council.outcome?.cause ?? council.openId, `decision ${council.session}`);
}

/** What the decision log keeps of a council that has come to an outcome. */
export function decisionOf(council: Council): Decision {
    const { outcome, rules } = council;
    if (outcome === undefined) throw new Error(`session ${council.session} has not come to an outcome`);
    return {
        event_id: decisionId(council),
        council: council.name,
        session_id: council.session,
        round: council.round,
        members: rules.members,
        votes: outcome.votes,
        verdict: outcome.verdict,
        rationale: outcome.rationale,
        dissent: outcome.dissent,
        evidence: [
            ...rules.evidence,
            {
                question: rules.question,
                method: rules.method,
                reached: outcome.reached,
                opened: council.openId,
                said: council.contributions.map(({ id, round, member, kind }) => ({ id, round, member, kind })),
                ignored: council.ignored,
            },
        ],
        model: outcome.model,
        prompt_sha256: createHash("sha256")
            .update(JSON.stringify([rules.question, rules.options, rules.evidence, rules.members]))
            .digest("hex"),
    };
}
