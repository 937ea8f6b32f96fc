import { type Html, markup } from "./html";
import type { State } from "../document/verdicts";

export interface Bar {
    readonly need: number;
    readonly limit: number;
    /** A second need, drawn as a line: that with a zone lost. */
    readonly worse?: number;
    readonly state: State;
}

/** A need against its limit. The figures stand beside it in words, so it is hidden from screen readers. */
export function bar({ need, limit, worse, state }: Bar): Html {
    const most = Math.max(need, limit, worse ?? 0) || 1;
    const share = (value: number) => `${Math.round((value / most) * 1000) / 10}%`;
    return markup`
        <svg class="bar ${state}" aria-hidden="true">
            <rect class="room" width="${share(limit)}" height="100%" rx="3"/>
            <rect class="need" width="${share(need)}" height="100%" rx="3"/>
            ${worse !== undefined && markup`<rect class="worse" x="${share(worse)}" width="2" height="100%" transform="translate(-2 0)"/>`}
            ${limit < most && markup`<rect class="limit" x="${share(limit)}" width="2" height="100%"/>`}
        </svg>
    `;
}

/** Parts of a whole, side by side, in the order and the shades of `shade-1` and on. */
export function stackedBar(values: readonly number[]): Html {
    const whole = values.reduce((sum, value) => sum + value, 0) || 1;
    let left = 0;
    const parts = values.map((value, index) => {
        const x = left;
        left += value;
        return markup`<rect class="shade-${index + 1}" x="${percent(x / whole)}" width="${percent(value / whole)}" height="100%"/>`;
    });
    return markup`<svg class="bar stacked" aria-hidden="true">${parts}</svg>`;
}

/** A value for each of some dates as columns, the last one the highest. */
export function columns(values: readonly number[]): Html {
    const most = Math.max(...values) || 1;
    const width = 100 / Math.max(1, values.length);
    return markup`
        <svg class="columns" viewBox="0 0 100 36" preserveAspectRatio="none" aria-hidden="true">
            ${values.map((value, index) => {
                const height = Math.max(0.5, Math.round((value / most) * 360) / 10);
                return markup`<rect x="${Math.round((index * width + width * 0.12) * 10) / 10}" y="${Math.round((36 - height) * 10) / 10}" width="${Math.round(width * 7.6) / 10}" height="${height}"/>`;
            })}
        </svg>
    `;
}

function percent(share: number): string {
    return `${Math.round(share * 10_000) / 100}%`;
}
