import { wrap } from "./wrap";

/** A column: its head, and to which side it is set. The last text column takes the room that is left. */
export interface Column {
    readonly head: string;
    readonly right?: boolean;
    /** Whether this column's cells are wrapped to what the others leave. */
    readonly wraps?: boolean;
}

const GAP = "  ";

/** Rows of text as lines no wider than `width`, below their heads. One column may wrap; the others are as wide as they must be. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
    const widest = (index: number) =>
        Math.max(...[columns.map(({ head }) => head), ...rows].map((row) => (row[index] ?? "").length));
    const fixed = columns.reduce(
        (sum, { wraps }, index) => sum + (wraps ? 0 : widest(index)),
        GAP.length * (columns.length - 1),
    );
    const widths = columns.map(({ wraps }, index) =>
        wraps ? Math.min(widest(index), Math.max(10, width - fixed)) : widest(index),
    );
    const line = (cells: readonly string[]) =>
        cells
            .map((cell, index) =>
                columns[index]?.right ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
            )
            .join(GAP)
            .trimEnd();
    const lines = (row: readonly string[]) => {
        const wrapped = row.map((cell, index) =>
            columns[index]?.wraps ? wrap(cell, widths[index] ?? width, indentOf(cell)) : [cell],
        );
        const height = Math.max(...wrapped.map(({ length }) => length));
        return Array.from({ length: height }, (_, index) => line(wrapped.map((cell) => cell[index] ?? "")));
    };
    return [line(columns.map(({ head }) => head)).replace(/\s+$/, ""), ...rows.flatMap(lines)];
}

/** Later lines of a cell stand in by two from where it begins. */
function indentOf(cell: string): number {
    return cell.length - cell.trimStart().length + 2;
}
