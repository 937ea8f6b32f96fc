import type { Reader } from "../../engine/value";

const FACTORS: Readonly<Record<string, number>> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** A quantity of Kubernetes in its base unit, cores, bytes or bits per second: `500m` is 0.5. NaN where it is none. */
export function quantity(value: string | number): number {
    if (typeof value === "number") return value;
    const [, number, suffix = ""] = /^\+?(\d+(?:\.\d*)?|\.\d+)([A-Za-z]{0,2}|[eE][+-]?\d+)$/.exec(value) ?? [];
    if (number === undefined) return NaN;
    if (/^[eE][+-]?\d+$/.test(suffix)) return Number(`${number}${suffix}`);
    return Number(number) * (FACTORS[suffix] ?? NaN);
}

/** The quantity at a path; undefined where there is none, NaN where it is not one. */
export function quantityAt(props: Reader, path: string): number | undefined {
    const value = props.raw(path);
    if (value === undefined || value === null) return undefined;
    return typeof value === "string" || typeof value === "number" ? quantity(value) : NaN;
}

/** As it stands there, for messages. */
export function saidAt(props: Reader, path: string): string {
    return JSON.stringify(props.raw(path)) ?? "nothing";
}

/** Seconds of a duration as Go writes it: `720h`, `1h30m`. NaN where it is none. */
export function seconds(duration: string | undefined): number {
    if (duration === undefined || !/^(\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(duration)) return NaN;
    const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
    return [...duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
        (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? NaN),
        0,
    );
}

/** A setting that is a quantity. */
export function isQuantity(text: string): boolean {
    return quantity(text) > 0;
}
