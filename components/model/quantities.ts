/**
 * Kubernetes quantities as plain numbers, and back. Only the forms that people write are read: a quantity that would
 * have to be rounded is refused, so that what is planned is what the scheduler sees.
 */

const MIB_PER_UNIT: Readonly<Record<string, number>> = { Ki: 1 / 1024, Mi: 1, Gi: 1024, Ti: 1024 * 1024 };
const BITS_PER_UNIT: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Processor time in millicores: `"500m"` is 500, `"2"` is 2000, `"0.5"` is 500. */
export function parseCpu(quantity: string): number {
    const [, number, unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(quantity) ?? [];
    const millicores = number === undefined ? NaN : unit === "m" ? Number(number) : thousandfold(number);
    return whole(millicores, quantity, "a processor quantity in whole millicores", "500m or 2");
}

/** Memory or storage in MiB: `"3Gi"` is 3072, `"512Mi"` is 512. */
export function parseMemory(quantity: string): number {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([KMGT]i)$/.exec(quantity) ?? [];
    const perUnit = unit === undefined ? undefined : MIB_PER_UNIT[unit];
    const mebibytes = perUnit === undefined ? NaN : Number(number) * perUnit;
    return whole(mebibytes, quantity, "a binary quantity in whole MiB (decimal G and M are refused)", "512Mi or 3Gi");
}

/** Bits per second, as in the annotations `kubernetes.io/ingress-bandwidth` and `egress-bandwidth`: `"50M"` is 50,000,000. */
export function parseBandwidth(quantity: string): number {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([kMGT]?)$/.exec(quantity) ?? [];
    const perUnit = unit === undefined ? undefined : BITS_PER_UNIT[unit];
    const bits = perUnit === undefined ? NaN : Math.round(Number(number) * perUnit);
    // Kubernetes refuses less than 1k and more than 1P (pkg/util/bandwidth: minRsrc, maxRsrc).
    const accepted = bits >= 1e3 && bits <= 1e15 ? bits : NaN;
    return whole(accepted, quantity, "a decimal quantity of bits per second from 1k to 1000T", "50M or 1G");
}

/** The shortest form that {@link parseCpu} reads back: 500 is `500m`, 2000 is `2`. */
export function formatCpu(millicores: number): string {
    return millicores % 1000 === 0 ? `${millicores / 1000}` : `${millicores}m`;
}

/** The shortest form that {@link parseMemory} reads back: 3072 is `3Gi`, 1536 is `1536Mi`. */
export function formatMemory(mebibytes: number): string {
    if (mebibytes === 0) return "0Mi";
    if (mebibytes % MEBIBYTES_PER_TEBIBYTE === 0) return `${mebibytes / MEBIBYTES_PER_TEBIBYTE}Ti`;
    return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

const MEBIBYTES_PER_TEBIBYTE = 1024 * 1024;

/** A decimal number times 1000 without binary rounding: 0.29 * 1000 is 290, not 290.00000000000006 or less. */
function thousandfold(number: string): number {
    const [integer = "0", fraction = ""] = number.split(".");
    return fraction.length > 3 ? NaN : Number(`${integer}${fraction.padEnd(3, "0")}`);
}

function whole(value: number, quantity: string, rule: string, example: string): number {
    if (!Number.isSafeInteger(value)) {
        throw new RangeError(`"${quantity}" is not ${rule}: write for example ${example}`);
    }
    return value;
}
