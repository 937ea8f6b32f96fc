import { alike, type AlikeChanges, labelOf } from "../compare/alike";
import type { Change, ChangeKind, Comparison, PromiseChange } from "../document/schema";
import { count, usd } from "../document/figures";
import type { Style } from "./style";
import { table } from "./table";
import { wrap } from "./wrap";

const MARKS: Readonly<Record<ChangeKind, string>> = {
    refused: "✗",
    replace: "±",
    remove: "-",
    change: "~",
    rename: "»",
    add: "+",
};
/** What needs a person's eye first. */
const ORDER: readonly ChangeKind[] = ["refused", "replace", "remove", "change", "rename", "add"];
/** Properties shown of one resource, and resources of one kind, unless all are asked for. */
const FEW_PROPERTIES = 4;
const FEW_CHANGES = 12;

/** What differs from the plan that this one is compared with. */
export function renderComparison(comparison: Comparison, style: Style): string[] {
    const { changes, promises, capacity, cost } = comparison;
    const { width } = style;
    const lines = ["", ...wrap(summary(changes), width)];
    for (const kind of ORDER) {
        const of = alike(changes.filter((change) => change.kind === kind));
        const shown = style.full ? of : of.slice(0, FEW_CHANGES);
        lines.push(...shown.flatMap((group) => renderChange(group, style)));
        const left = of.slice(shown.length).reduce((sum, { others }) => sum + 1 + others.length, 0);
        if (left > 0) lines.push(`${MARKS[kind]} and ${left} more (--full)`);
    }
    lines.push(
        ...judged("Lost", promises.lost, style, style.bad),
        ...judged("Gained", promises.gained, style, style.good),
    );
    if (capacity.length > 0) {
        const figure = (value: number | undefined) => (value === undefined ? "" : count(value));
        lines.push(
            "",
            ...table(
                [
                    { head: "Capacity that differs", wraps: true },
                    { head: "before", right: true },
                    { head: "after", right: true },
                    { head: "verdict" },
                ],
                capacity.map(({ name, unit, before, after, verdict }) => [
                    `${name}, ${unit}`,
                    figure(before),
                    figure(after),
                    verdict.before === verdict.after
                        ? (verdict.after ?? "")
                        : `${verdict.before ?? "none"} > ${verdict.after ?? "none"}`,
                ]),
                width,
            ),
        );
    }
    if (cost && cost.lines.length === 0) {
        lines.push("", `Cost: ${usd(cost.after.expected)} a month at the expected load, as before.`);
    } else if (cost) {
        lines.push(
            "",
            ...table(
                [
                    { head: "US dollars a month, expected", wraps: true },
                    { head: "before", right: true },
                    { head: "after", right: true },
                    { head: "difference", right: true },
                ],
                [
                    ...cost.lines.map(({ item, before, after }) => [
                        item,
                        usd(before),
                        usd(after),
                        signed(after - before),
                    ]),
                    [
                        "TOGETHER",
                        usd(cost.before.expected),
                        usd(cost.after.expected),
                        signed(cost.after.expected - cost.before.expected),
                    ],
                ],
                width,
            ),
        );
    }
    return lines;
}

/** E.g. `2 resources added, 1 replaced`. */
export function summary(changes: readonly Change[]): string {
    const words: Readonly<Record<ChangeKind, string>> = {
        refused: "REFUSED, because protected",
        replace: "replaced",
        remove: "removed",
        change: "changed",
        rename: "renamed",
        add: "added",
    };
    const parts = ORDER.flatMap((kind) => {
        const number = changes.filter((change) => change.kind === kind).length;
        return number === 0 ? [] : [`${number} ${words[kind]}`];
    });
    return parts.length === 0 ? "No resource differs." : `Resources: ${parts.join(", ")}.`;
}

function renderChange(group: AlikeChanges, style: Style): string[] {
    const { kind, type, why, properties } = group.change;
    const colour = {
        refused: style.bad,
        replace: style.bad,
        remove: style.bad,
        change: style.warn,
        rename: style.warn,
        add: style.good,
    }[kind];
    const shown = style.full ? properties : properties.slice(0, FEW_PROPERTIES);
    return [
        ...wrap(`${MARKS[kind]} ${labelOf(group)}  ${type}: ${why}`, style.width, 4).map(colour),
        ...shown.flatMap(({ path, before, after, replaces }) =>
            wrap(`    ${path}: ${short(before)} > ${short(after)}${replaces ? "  (replaces)" : ""}`, style.width, 6),
        ),
        ...(properties.length > shown.length ? [`    and ${properties.length - shown.length} more`] : []),
    ];
}

function judged(
    title: string,
    changes: readonly PromiseChange[],
    { width }: Style,
    colour: (text: string) => string,
): string[] {
    if (changes.length === 0) return [];
    return [
        "",
        `${title}:`,
        ...changes.flatMap(({ promise, what, before, after, because }) =>
            wrap(`  promise ${promise}, ${what}: ${before} > ${after}: ${because}`, width, 4).map(colour),
        ),
    ];
}

/** A value on one line, cut where it is long. */
export function short(value: unknown): string {
    if (value === undefined) return "(none)";
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** E.g. `+$120` or `-$3.50`. */
export function signed(value: number): string {
    return `${value < 0 ? "-" : "+"}${usd(Math.abs(value))}`;
}
