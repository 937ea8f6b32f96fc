import type { Problems } from "./checker";
import { type Evidence, groupBy, type LogLine, type Sitting } from "./evidence";

interface Spoken {
    readonly id: string;
    readonly kind: string;
    readonly round: number;
    readonly sender: string;
    readonly choice: string;
    readonly verdict: string;
}

const CONTRIBUTIONS = ["position", "rebuttal", "vote"];

/**
 * Each council that was opened has one decision: in the ledger, on the decisions topic and in its own log alike. What it rests on is in
 * the log: each vote that the ledger counts, and the majority of them is the verdict.
 *
 * @returns how many decisions there are
 */
export function checkCouncils({ log, ledger, sittings }: Evidence, problems: Problems): number {
    const spoken = groupBy(
        log.filter(({ topic }) => topic === "council-deliberation"),
        ({ key }) => key,
    );
    const announced = new Map<string, Set<string>>();
    for (const { topic, key, value } of log) {
        if (topic !== "decisions") continue;
        const { event_id } = JSON.parse(value) as { event_id: string };
        announced.set(key, (announced.get(key) ?? new Set()).add(event_id));
    }
    const rows = groupBy(ledger, ({ session_id }) => session_id);
    for (const sitting of sittings) {
        const { session } = sitting;
        const [decision, ...more] = rows.get(session) ?? [];
        if (decision === undefined) {
            problems.add("councils", `${session} has no decision`);
            continue;
        }
        if (more.length > 0) problems.add("councils", `${session} has ${more.length + 1} decisions`);
        const ids = [...(announced.get(session) ?? [])];
        if (ids.length !== 1 || ids[0] !== decision.event_id)
            problems.add(
                "councils",
                `${session}: ${ids.length} decisions are announced, ${decision.event_id} is recorded`,
            );
        const said = (spoken.get(session) ?? []).flatMap(spokenIn);
        checkSpoken(sitting, said, problems);
        const votes = Object.entries(decision.votes);
        for (const [member, choice] of votes) {
            const cast = said.find((each) => each.kind === "vote" && each.sender === member);
            if (cast?.choice !== choice)
                problems.add("councils", `${session}: ${member}'s vote is ${cast?.choice}, recorded is ${choice}`);
        }
        const agreeing = votes.filter(([, choice]) => choice === decision.verdict).length;
        const counted = votes.filter(([, choice]) => choice !== "abstain").length;
        if (agreeing * 2 <= counted && !/^no (quorum|majority)$/.test(decision.verdict))
            problems.add("councils", `${session}: "${decision.verdict}" is not what ${counted} votes say`);
        const told = said.filter(({ kind }) => kind === "verdict");
        if (told.length === 0) problems.add("councils", `${session}: nobody told the verdict`);
        for (const { sender, verdict } of told)
            if (verdict !== decision.verdict)
                problems.add("councils", `${session}: ${sender} says "${verdict}", recorded is "${decision.verdict}"`);
    }
    const opened = new Set(sittings.map(({ session }) => session));
    for (const session of rows.keys())
        if (!opened.has(session)) problems.add("councils", `${session} has a decision, and was never opened`);
    return ledger.length;
}

/** A member speaks once in a round: what was sent again is the same event. */
function checkSpoken({ session, members }: Sitting, said: readonly Spoken[], problems: Problems): void {
    const ids = new Map<string, Set<string>>();
    for (const { id, kind, round, sender } of said) {
        if (!CONTRIBUTIONS.includes(kind)) continue;
        if (!members.includes(sender)) problems.add("councils", `${session}: ${sender} spoke and is no member`);
        const place = `${sender} in round ${round}`;
        ids.set(place, (ids.get(place) ?? new Set()).add(id));
    }
    for (const [place, all] of ids)
        if (all.size > 1) problems.add("exactly once", `${session}: ${place} spoke ${all.size} times`);
}

function spokenIn({ value }: LogLine): Spoken[] {
    let json: Record<string, unknown>;
    try {
        json = JSON.parse(value) as Record<string, unknown>;
    } catch {
        return [];
    }
    if (typeof json !== "object" || json === null) return [];
    const payload = (json["payload"] ?? {}) as Record<string, unknown>;
    return [
        {
            id: String(json["id"]),
            kind: String(json["kind"]),
            round: Number(json["round"]),
            sender: String(json["sender"]),
            choice: String(payload["choice"]),
            verdict: String(payload["verdict"]),
        },
    ];
}
