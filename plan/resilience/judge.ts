import type { Verdict } from "../document/schema";

/** What a loss does to one thing: the parts of a verdict that its sentence and its times are made from. */
export interface Judged {
    readonly verdict: Verdict;
    /** One sentence with the figures that decided, without a full stop. */
    readonly because: string;
    /** Seconds until it is whole again, at most. */
    readonly seconds?: number;
    /** Of how many last seconds something acknowledged may be lost. */
    readonly lossSeconds?: number;
    /** What somebody has to do; `seconds` count from there. */
    readonly action?: string;
}

export function holds(because: string): Judged {
    return { verdict: "holds", because };
}

export function degrades(because: string, rest: Pick<Judged, "seconds" | "lossSeconds" | "action"> = {}): Judged {
    return { verdict: "degrades", because, ...rest };
}

export function breaks(because: string, rest: Pick<Judged, "lossSeconds" | "action"> = {}): Judged {
    return { verdict: "breaks", because, ...rest };
}

const RANK: Readonly<Record<Verdict, number>> = { holds: 0, degrades: 1, breaks: 2 };

/** Below zero where the first is the less bad. Of two that degrade, the one that somebody must mend, then the longer one, is worse. */
export function compare(one: Judged, other: Judged): number {
    return (
        RANK[one.verdict] - RANK[other.verdict] ||
        Number(one.action !== undefined) - Number(other.action !== undefined) ||
        (one.seconds ?? 0) - (other.seconds ?? 0)
    );
}

/** The worst of what is lost at once: its sentence, and the longest of all times. The first of equals stands. */
export function worst(first: Judged, ...others: readonly Judged[]): Judged {
    const all = [first, ...others];
    const decides = others.reduce((bad, each) => (compare(each, bad) > 0 ? each : bad), first);
    return {
        verdict: decides.verdict,
        because: decides.because,
        ...(decides.verdict === "breaks" ? {} : longest("seconds", all)),
        ...longest("lossSeconds", all),
        ...(decides.action === undefined ? {} : { action: decides.action }),
    };
}

function longest(key: "seconds" | "lossSeconds", all: readonly Judged[]): Pick<Judged, "seconds" | "lossSeconds"> {
    const values = all.map((each) => each[key]).filter((value) => value !== undefined);
    return values.length === 0 ? {} : { [key]: Math.max(...values) };
}

/** Whether one verdict is worse than another. */
export function worse(one: Verdict, other: Verdict): boolean {
    return RANK[one] > RANK[other];
}
