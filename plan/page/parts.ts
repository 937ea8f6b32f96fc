import type { State } from "../document/verdicts";
import { type Child, type Html, markup } from "./html";

/** A part of the page: a heading, and an entry in the navigation. */
export interface Section {
    readonly id: string;
    /** One word for the navigation. */
    readonly name: string;
    readonly body: Html;
}

/** A verdict: a sign whose shape tells it apart without colour, and a word. */
export function mark(state: State, word: string): Html {
    return markup`<span class="mark ${state}">${sign(state)}${word}</span>`;
}

/** The sign alone, for where the word stands beside it. */
export function sign(state: State): Html {
    return markup`<svg class="sign ${state}" aria-hidden="true"><use href="#sign-${state}"/></svg>`;
}

/** The shapes of the signs, once for the page. */
export const SIGNS = markup`
    <svg class="symbols" aria-hidden="true" width="0" height="0">
        <symbol id="sign-good" viewBox="0 0 16 16">
            <circle cx="8" cy="8" r="7.5"/><path d="M4.6 8.3l2.3 2.3 4.6-5"/>
        </symbol>
        <symbol id="sign-warn" viewBox="0 0 16 16">
            <path class="solid" d="M8 1.2 15.4 14.4H.6z"/><path d="M8 6v4M8 12v.3"/>
        </symbol>
        <symbol id="sign-bad" viewBox="0 0 16 16">
            <rect x=".5" y=".5" width="15" height="15" rx="3"/><path d="M5 5l6 6M11 5l-6 6"/>
        </symbol>
        <symbol id="sign-idle" viewBox="0 0 16 16">
            <circle class="hollow" cx="8" cy="8" r="6.8"/><path class="line" d="M5 8h6"/>
        </symbol>
    </svg>
`;

/** A section with its heading; `lead` is the sentence that says what it answers. */
export function section(id: string, name: string, title: string, lead: Child, body: Child): Section {
    return {
        id,
        name,
        body: markup`
            <section id="${id}" aria-labelledby="${id}-title">
                <h2 id="${id}-title">${title}</h2>
                <p class="lead">${lead}</p>
                ${body}
            </section>
        `,
    };
}

export interface Column {
    readonly head: string;
    /** Numbers stand at the right, one below the other. */
    readonly number?: boolean;
    /** Takes the width that is left. */
    readonly wide?: boolean;
}

/** A table of a few narrow columns, which is a table on every screen. */
export function smallTable(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[]): Html {
    return tableOf("small-table", caption, columns, rows, []);
}

/**
 * A table whose first column names its rows. On a narrow screen every row becomes a card, and each value says its column;
 * the roles keep it a table for screen readers then.
 */
export function table(
    caption: string,
    columns: readonly Column[],
    rows: readonly (readonly Child[])[],
    foot: readonly (readonly Child[])[] = [],
): Html {
    return tableOf("cards", caption, columns, rows, foot);
}

function tableOf(
    name: string,
    caption: string,
    columns: readonly Column[],
    rows: readonly (readonly Child[])[],
    foot: readonly (readonly Child[])[],
): Html {
    const kind = (column: Column | undefined) => (column?.number ? "number" : column?.wide ? "wide" : "");
    const row = (cells: readonly Child[]) => markup`
        <tr role="row">
            ${cells.map((cell, index) =>
                index === 0
                    ? markup`<th role="rowheader" scope="row">${cell}</th>`
                    : markup`<td role="cell" class="${kind(columns[index])}" data-label="${columns[index]?.head ?? ""}">${cell}</td>`,
            )}
        </tr>
    `;
    return markup`
        <table role="table" class="${name}">
            <caption>${caption}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    ${columns.map(
                        (column) =>
                            markup`<th role="columnheader" scope="col" class="${kind(column)}">${column.head}</th>`,
                    )}
                </tr>
            </thead>
            <tbody role="rowgroup">${rows.map(row)}</tbody>
            ${foot.length > 0 && markup`<tfoot role="rowgroup">${foot.map(row)}</tfoot>`}
        </table>
    `;
}

/** Short facts, each with its name. */
export function facts(entries: readonly (readonly [string, Child])[]): Html {
    return markup`
        <dl class="facts">
            ${entries.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
        </dl>
    `;
}
