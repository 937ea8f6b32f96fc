import type { Council } from "../council/council";

/** What an agent has to do in a session now. */
export interface Duty {
    readonly what: "contribute" | "deadline" | "announce" | "settle";
    /** The same for the same duty, so that it is begun once. */
    readonly name: string;
}

/** Members act in order of rank, this far apart, so that mostly the first does and the others see it done. Unit: ms. */
const APART = 2000;
/** Clocks differ: a deadline that is told too early has no effect. Unit: ms. */
const GRACE = 250;
/** When somebody else than the verdict's author records it. Unit: ms. */
const RECORD_AFTER = 6000;
/** When a session is settled although nobody has told the verdict. Unit: ms. */
const GIVE_UP_AFTER = 30_000;

/** @param seen when the outcome was seen here, by this machine's clock */
export function dutyOf(
    seen: { readonly outcomeAt: number | undefined },
    council: Council,
    agent: string,
    now: number,
): Duty | undefined {
    const rank = council.isMember(agent) ? council.rules.members.indexOf(agent) : council.rules.members.length;
    if (council.outcome === undefined) {
        if (council.isAskedFor(agent)) {
            const name = `contribute ${council.roundCause}`;
            // While it is at work its own deadline still has to be told, for the others' sake.
            if (now < council.deadline) return { what: "contribute", name };
        }
        const due = council.deadline + GRACE + rank * APART;
        const told = Math.floor((now - due) / APART);
        return told >= 0 ? { what: "deadline", name: `deadline ${council.roundCause} ${told}` } : undefined;
    }
    const since = now - (seen.outcomeAt ?? now);
    if (council.verdictId === undefined) {
        if (since > GIVE_UP_AFTER + rank * APART) return { what: "settle", name: "settle" };
        return council.isMember(agent) && since >= rank * APART ? { what: "announce", name: "announce" } : undefined;
    }
    const settles = council.verdictSender === agent || since >= RECORD_AFTER + rank * APART;
    return settles ? { what: "settle", name: "settle" } : undefined;
}
