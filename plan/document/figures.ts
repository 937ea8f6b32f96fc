/* Numbers as people read them; the same on every machine, whatever its language. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const brief = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const cents = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const fine = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 8 });

/** A count or a measure: as many decimals as it needs to be told from zero, at most two. */
export function count(value: number): string {
    if (value !== 0 && Math.abs(value) < 0.01) return value.toPrecision(2);
    return Math.abs(value) >= 100 ? whole.format(value) : short.format(value);
}

/** A large count in few signs, e.g. 2.5M. */
export function compact(value: number): string {
    return brief.format(value);
}

/** Whole dollars; below ten with cents. */
export function usd(value: number): string {
    return `$${(Math.abs(value) < 10 ? cents : whole).format(value)}`;
}

/** Dollars and cents, for columns that add up. */
export function usdExact(value: number): string {
    return `$${cents.format(value)}`;
}

/** A price for one unit, with all its decimals. */
export function price(value: number): string {
    return `$${fine.format(value)}`;
}

/** E.g. 84%. */
export function percent(share: number): string {
    return `${whole.format(share * 100)}%`;
}

/** E.g. `3 zones`; a word that ends in y or s takes its plural from `words`. */
export function plural(value: number, word: string, words = `${word}s`): string {
    return `${count(value)} ${value === 1 ? word : words}`;
}

/** A span of time in its largest useful unit, e.g. `90 s`, `12 min`, `2 h`, `35 days`. */
export function span(seconds: number): string {
    if (seconds < 120) return `${count(seconds)} s`;
    if (seconds < 2 * 3600) return `${whole.format(Math.ceil(seconds / 60))} min`;
    if (seconds < 2 * 86_400) return `${short.format(Math.ceil(seconds / 360) / 10)} h`;
    return `${short.format(Math.ceil(seconds / 8640) / 10)} days`;
}

/** Things in a sentence: `a, b and c`. */
export function listed(items: readonly string[]): string {
    if (items.length < 2) return items.join("");
    return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
