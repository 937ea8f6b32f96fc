import type { Settings } from "./schema";

type Section = keyof Settings;
/** One breach: where, what stands there, the rule as a sentence, and what would do. */
export type Found = readonly [path: readonly PropertyKey[], value: unknown, rule: string, remedy: unknown];

/** A rule, with the sections that it reads. */
export interface Rule {
    readonly reads: readonly Section[];
    check(settings: Settings): Found[];
}

export function rule<S extends Section>(reads: readonly S[], check: (settings: Pick<Settings, S>) => Found[]): Rule {
    return { reads, check };
}
