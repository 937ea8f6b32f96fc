/** Columns of a CloudWatch dashboard. */
export const COLUMNS = 24;

/** A widget before it has its place. */
export interface Widget {
    readonly type: "text" | "metric" | "alarm";
    readonly width: number;
    readonly properties: Readonly<Record<string, unknown>>;
}

/** Widgets side by side, all of one height. */
export interface Row {
    readonly height: number;
    readonly widgets: readonly Widget[];
}

export interface PlacedWidget extends Widget {
    readonly height: number;
    readonly x: number;
    readonly y: number;
}

/** Puts rows under each other and the widgets of a row beside each other, so that none covers another. */
export function place(rows: readonly Row[]): PlacedWidget[] {
    const placed: PlacedWidget[] = [];
    let y = 0;
    for (const { height, widgets } of rows) {
        let x = 0;
        for (const widget of widgets) {
            placed.push({ ...widget, height, x, y });
            x += widget.width;
        }
        if (x > COLUMNS) throw new RangeError(`a row of the dashboard is ${x} columns wide: there are ${COLUMNS}`);
        y += height;
    }
    return placed;
}
