import { createHash } from "node:crypto";
import { derivedId } from "../contract/ids";
import { fit } from "../inbound/fit";
import type { Decision } from "../ports";
import type { Council } from "./council";

/** As many ignored messages are named; the log has all of them. */
const MOST_IGNORED = 100;
/** Evidence that is larger is named by its digest: it stands in the opening. Unit: bytes. */
const LARGEST_EVIDENCE = 128 * 1024;

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
            ...evidenceOf(rules.evidence),
            {
                question: fit(rules.question, LARGEST_EVIDENCE),
                method: rules.method,
                reached: outcome.reached,
                opened: council.openId,
                said: council.contributions.map(({ id, round, member, kind }) => ({ id, round, member, kind })),
                ignored: council.ignored.slice(0, MOST_IGNORED),
                ignoredInAll: council.ignored.length,
            },
        ],
        model: outcome.model,
        prompt_sha256: createHash("sha256")
            .update(JSON.stringify([rules.question, rules.options, rules.evidence, rules.members]))
            .digest("hex"),
    };
}

function evidenceOf(evidence: readonly unknown[]): readonly unknown[] {
    const text = JSON.stringify(evidence);
    const bytes = Buffer.byteLength(text);
    if (bytes <= LARGEST_EVIDENCE) return evidence;
    return [{ evidenceOfOpening: { bytes, sha256: createHash("sha256").update(text).digest("hex") } }];
}
