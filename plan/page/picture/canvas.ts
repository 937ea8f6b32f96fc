import { type Child, type Html, markup } from "../html";

/* The strokes that the picture of the system is drawn with. Colours come from the page's style, so that both themes have theirs. */

export interface Box {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
}

/** A rectangle of a kind: `zone`, `part`, `outside`, `vpc` or `pool`. */
export function box({ x, y, width, height }: Box, kind: string): Html {
    return markup`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${kind === "vpc" ? 12 : 7}"/>`;
}

export interface Lettering {
    readonly size?: "small" | "big";
    readonly muted?: boolean;
    readonly strong?: boolean;
    readonly anchor?: "start" | "middle" | "end";
}

/** A line of text; `y` is its baseline. */
export function letters(x: number, y: number, content: string, style: Lettering = {}): Html {
    const names = [style.size ?? "normal", style.muted && "muted", style.strong && "strong"].filter(Boolean).join(" ");
    return markup`<text class="${names}" x="${round(x)}" y="${round(y)}" text-anchor="${style.anchor ?? "start"}">${content}</text>`;
}

const LINE = { small: 14, normal: 16, big: 20 } as const;

/** Text in lines that fit a width; what does not fit into `most` lines ends with an ellipsis. */
export function paragraph(
    x: number,
    y: number,
    content: string,
    width: number,
    most: number,
    style: Lettering = {},
): Html {
    const size = style.size ?? "normal";
    return markup`${fit(content, width, most, size).map((line, index) => letters(x, y + index * LINE[size], line, style))}`;
}

/** Width that a text takes, on the wide side: which font draws it is not known here. */
export function widthOf(content: string, size: keyof typeof LINE = "normal"): number {
    return content.length * { small: 6.1, normal: 7, big: 9.6 }[size];
}

function fit(content: string, width: number, most: number, size: keyof typeof LINE): string[] {
    const lines: string[] = [];
    for (const word of content.split(" ")) {
        const last = lines.at(-1);
        const longer = last === undefined ? word : `${last} ${word}`;
        if (last !== undefined && widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
        else lines.push(word);
    }
    const room = Math.max(3, Math.floor(width / widthOf("x", size)));
    return lines.slice(0, most).map((line, index) => {
        const cut = index === most - 1 && lines.length > most;
        return cut || line.length > room ? `${line.slice(0, room - 1).replace(/[\s,]+$/, "")}…` : line;
    });
}

/** A line with a head, through points. */
export function arrow(points: readonly (readonly [number, number])[], both = false): Html {
    const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
    return markup`<path class="flow${both ? " both" : ""}" d="${path}"/>${heads(points, both)}`;
}

function heads(points: readonly (readonly [number, number])[], both: boolean): Child {
    const head = ([x, y]: readonly [number, number], from: readonly [number, number] | undefined) => {
        const turn = from === undefined ? 0 : (Math.atan2(y - from[1], x - from[0]) * 180) / Math.PI;
        return markup`<path class="head" transform="translate(${round(x)} ${round(y)}) rotate(${round(turn)})" d="M0 0-8-4.5v9z"/>`;
    };
    const [first, last] = [points[0], points.at(-1)];
    return [last && head(last, points.at(-2)), both && first && head(first, points[1])];
}

/** The number of a flow, as the words below the picture have it. */
export function badge(x: number, y: number, number: number): Html {
    return markup`
        <circle class="badge" cx="${round(x)}" cy="${round(y)}" r="9"/>
        <text class="badge-number" x="${round(x)}" y="${round(y + 4)}" text-anchor="middle">${number}</text>
    `;
}

/** More nodes than this in a zone are drawn as one square for several. */
const MOST_SQUARES = 72;
const PITCHES = [16, 13, 11, 9, 7];
const SMALLEST = 6;

/**
 * A square for each node, filled where it is in use, dashed where it waits: in a row of their own, if there is room. Tells also how
 * many nodes a square is, when there are many.
 */
export function squares(area: Box, used: number, waiting: number): { readonly drawn: Html; readonly each: number } {
    const each = Math.max(1, Math.ceil((used + waiting) / MOST_SQUARES));
    const [full, empty] = [Math.ceil(used / each), Math.ceil(waiting / each)];
    const rowsAt = (pitch: number) => Math.floor(area.height / pitch);
    const columnsAt = (pitch: number) => Math.max(1, Math.floor(area.width / pitch));
    const rowsOf = (nodes: number, pitch: number) => Math.ceil(nodes / columnsAt(pitch));
    const fits = (size: number, rows: number) =>
        rowsOf(full, size) <= rows && rowsOf(full, size) + rowsOf(empty, size) <= rowsAt(size);
    const pitch =
        PITCHES.find((size) => size > 10 && fits(size, 1)) ??
        PITCHES.find((size) => fits(size, rowsAt(size))) ??
        SMALLEST;
    const square = (index: number, row: number, kind: string) => {
        const x = area.x + (index % columnsAt(pitch)) * pitch + 0.5;
        const y = area.y + (row + Math.floor(index / columnsAt(pitch))) * pitch + 0.5;
        return markup`<rect class="node ${kind}${pitch < 11 ? " tiny" : ""}" x="${x}" y="${y}" width="${pitch - 4}" height="${pitch - 4}" rx="2"/>`;
    };
    const drawn = [
        ...Array.from({ length: full }, (_, index) => square(index, 0, "used")),
        ...Array.from({ length: empty }, (_, index) => square(index, rowsOf(full, pitch), "waiting")),
    ];
    return { drawn: markup`${drawn}`, each };
}

function round(value: number): number {
    return Math.round(value * 10) / 10;
}
