/** How a part of the text is set: on a terminal in colour, else as it is. */
export interface Style {
    readonly width: number;
    /** Everything, not only what decides. */
    readonly full: boolean;
    readonly bold: (text: string) => string;
    readonly dim: (text: string) => string;
    readonly good: (text: string) => string;
    readonly warn: (text: string) => string;
    readonly bad: (text: string) => string;
}

/** Widest line: longer ones are hard to read, however wide the terminal. */
const WIDEST = 120;
const NARROWEST = 60;

export function styleFor({ width, color, full }: { width: number; color: boolean; full: boolean }): Style {
    const code = (number: number) => (text: string) => (color ? `\x1b[${number}m${text}\x1b[0m` : text);
    return {
        width: Math.max(NARROWEST, Math.min(width, WIDEST)),
        full,
        bold: code(1),
        dim: code(2),
        good: code(32),
        warn: code(33),
        bad: code(31),
    };
}
