/** Milliseconds from produce to consume of each message, by the second in which it was produced. */
export type BySecond = readonly (readonly number[])[];

export interface Figures {
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly most: number;
    /** The second whose p99 is the highest. */
    readonly worst: { readonly second: number; readonly p99: number; readonly most: number };
}

export function figuresOf(seconds: BySecond): Figures {
    const all = sorted(seconds.flat());
    const each = seconds.map((latencies, second) => {
        const those = sorted(latencies);
        return { second, p99: percentile(those, 0.99), most: those.at(-1) ?? 0 };
    });
    return {
        count: all.length,
        p50: percentile(all, 0.5),
        p99: percentile(all, 0.99),
        p999: percentile(all, 0.999),
        most: all.at(-1) ?? 0,
        worst: each.reduce((worst, one) => (one.p99 > worst.p99 ? one : worst), { second: 0, p99: 0, most: 0 }),
    };
}

/** What several processes measured in the same seconds. */
export function together(those: readonly BySecond[]): BySecond {
    const length = Math.max(0, ...those.map((seconds) => seconds.length));
    return Array.from({ length }, (_, second) => those.flatMap((seconds) => seconds[second] ?? []));
}

/** @param ascending what was measured, from the least to the most */
export function percentile(ascending: readonly number[], share: number): number {
    return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? 0;
}

export function sorted(values: readonly number[]): number[] {
    return [...Float64Array.from(values).sort()];
}

export function inWords({ count, p50, p99, p999, most, worst }: Figures): string {
    return (
        `p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, most ${ms(most)}; ` +
        `worst second: p99 ${ms(worst.p99)}, most ${ms(worst.most)} (${count} deliveries)`
    );
}

export function ms(milliseconds: number): string {
    return `${milliseconds < 100 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}
