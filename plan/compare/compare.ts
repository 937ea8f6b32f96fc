import type { Capacity, Comparison, CostChange, FigureChange, PlanDocument, PromiseChange } from "../document/schema";
import { changesOf } from "./resources";

/** What differs between a plan and the one it is compared with. */
export function compare(before: PlanDocument, after: PlanDocument, base: string): Comparison {
    const promises = promisesOf(before, after);
    return {
        base,
        changes: changesOf(before.resources, after.resources),
        promises: {
            lost: promises.filter((change) => rank(change.after) > rank(change.before)),
            gained: promises.filter((change) => rank(change.after) < rank(change.before)),
        },
        capacity: figuresOf(before.capacity, after.capacity),
        ...(before.cost &&
            after.cost && {
                cost: {
                    before: before.cost.total,
                    after: after.cost.total,
                    perAgent: { before: before.cost.perAgent, after: after.cost.perAgent },
                    lines: costOf(before, after),
                },
            }),
    };
}

/** From good to bad, over all words that a promise, a loss and a policy are judged with. */
const RANKS: Readonly<Record<string, number>> = {
    kept: 0,
    holds: 0,
    degrades: 1,
    broken: 2,
    breaks: 2,
};

function rank(word: string): number {
    return RANKS[word] ?? 1;
}

/** What is not there has no verdict: worse than one that is kept, and no break in itself. */
const ABSENT = "absent";

interface Judged {
    readonly promise: number;
    readonly what: string;
    readonly verdict: string;
    readonly because: string;
    readonly policy: boolean;
}

function promisesOf(before: PlanDocument, after: PlanDocument): PromiseChange[] {
    const old = new Map(judgements(before).map((each) => [`${each.promise} ${each.what}`, each]));
    const now = new Map(judgements(after).map((each) => [`${each.promise} ${each.what}`, each]));
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
        const [was, is] = [old.get(key), now.get(key)];
        if (was && is) {
            const { promise, what, because } = is;
            return was.verdict === is.verdict
                ? []
                : [{ promise, what, before: was.verdict, after: is.verdict, because }];
        }
        // A part that is new or gone is nothing by itself; one that may not be lost, and a policy that is gone, are.
        if (is && rank(is.verdict) === rank("breaks")) {
            return [{ promise: is.promise, what: is.what, before: ABSENT, after: is.verdict, because: is.because }];
        }
        if (was?.policy && rank(was.verdict) === rank("kept")) {
            const because = "the policy is no longer there, or off";
            return [{ promise: was.promise, what: was.what, before: was.verdict, after: ABSENT, because }];
        }
        return [];
    });
}

/** Each promise, each loss and each policy that must hold. */
function judgements({ promises, failures, policies }: PlanDocument): Judged[] {
    return [
        ...promises.map(({ number, title, verdict, because }) => ({
            promise: number,
            what: title,
            verdict,
            because,
            policy: false,
        })),
        ...failures.flatMap(({ title, effects }) =>
            effects.map((effect) => ({ ...effect, what: title, policy: false })),
        ),
        ...policies.rules.flatMap(({ name, level, description, references, violations }) =>
            references.flatMap((reference) => {
                const promise = /^openclaw promise (\d)$/.exec(reference)?.[1];
                if (promise === undefined || level === "advisory") return [];
                const because = violations[0]?.message ?? description;
                const verdict = violations.length > 0 ? "broken" : "kept";
                return [{ promise: Number(promise), what: `policy ${name}`, verdict, because, policy: true }];
            }),
        ),
    ];
}

function figuresOf(before: Capacity, after: Capacity): FigureChange[] {
    const old = new Map(figures(before).map((figure) => [figure.name, figure]));
    const now = new Map(figures(after).map((figure) => [figure.name, figure]));
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
        const [was, is] = [old.get(name), now.get(name)];
        if (was && is && was.need === is.need && was.limit === is.limit && was.verdict === is.verdict) return [];
        return [
            {
                name,
                unit: (is ?? was)?.unit ?? "",
                ...(was && { before: was.need }),
                ...(is && { after: is.need }),
                verdict: { ...(was && { before: was.verdict }), ...(is && { after: is.verdict }) },
            },
        ];
    });
}

function figures({ lines, quotas }: Capacity) {
    return [
        ...lines.map(({ name, unit, need, needZoneLost, limit, verdict }) => ({
            name: name.replace(/ \(.*\)$/, ""),
            unit,
            need: Math.max(need, needZoneLost ?? 0),
            limit,
            verdict: verdict as string,
        })),
        ...quotas.map(({ name, unit, need, standard, raise }) => ({
            name: `AWS quota: ${name}`,
            unit,
            need,
            limit: standard,
            verdict: raise ? "must be raised" : "fits",
        })),
    ];
}

/** Differences smaller than this are none: sums of fractions. Unit: US dollars. */
const CENT = 0.01;

function costOf(before: PlanDocument, after: PlanDocument): CostChange[] {
    const sums = ({ cost }: PlanDocument) => {
        const byItem = new Map<string, { tier: string; item: string; usd: number }>();
        for (const { tier, item, usd } of cost?.lines ?? []) {
            const key = `${tier} ${item}`;
            byItem.set(key, { tier, item, usd: (byItem.get(key)?.usd ?? 0) + usd.expected });
        }
        return byItem;
    };
    const [old, now] = [sums(before), sums(after)];
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
        const [was, is] = [old.get(key), now.get(key)];
        const { tier = "", item = "" } = is ?? was ?? {};
        const change = { tier, item, before: was?.usd ?? 0, after: is?.usd ?? 0 };
        return Math.abs(change.after - change.before) < CENT ? [] : [change];
    });
}
