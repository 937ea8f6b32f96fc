import type { Change, ChangeKind, Comparison, PlanDocument, PromiseChange } from "../../document/schema";
import { count, plural, usd, usdExact } from "../../document/figures";
import { type Child, type Html, markup } from "../html";
import { mark, type Section, section, table } from "../parts";
import { readable } from "../readable";
import { PROMISE_NAMES, type State } from "../../document/verdicts";

/** The kinds of changes, what is worst first. */
const KINDS: Readonly<Record<ChangeKind, readonly [State, string]>> = {
    refused: ["bad", "Refused: protected"],
    replace: ["warn", "Replaced"],
    remove: ["warn", "Removed"],
    change: ["idle", "Changed"],
    add: ["idle", "Added"],
    rename: ["idle", "Renamed"],
};

/** What differs from the plan that this one was compared with; nothing where it was not compared. */
export function comparison({ comparison: known }: PlanDocument, anchors: ReadonlyMap<string, string>): Section[] {
    if (known === undefined) return [];
    const { base, changes, promises } = known;
    const kinds = Object.entries(KINDS)
        .map(([kind, [, name]]) => ({ name, own: changes.filter((change) => change.kind === kind) }))
        .filter(({ own }) => own.length > 0);
    const counts = kinds.map(({ name, own }) => `${count(own.length)} ${name.toLowerCase()}`);
    return [
        section(
            "changes",
            "Changes",
            `What changes against ${base}`,
            changes.length === 0
                ? "No resource differs."
                : `${plural(changes.length, "resource")}: ${counts.join(", ")}.`,
            markup`
                ${promisesOf("Promises lost", promises.lost, "bad")}
                ${promisesOf("Promises gained", promises.gained, "good")}
                ${costOf(known)}
                ${capacityOf(known)}
                ${kinds.map(({ name, own }) => markup`<h3>${name}</h3><ul class="differences">${own.map((change) => difference(change, anchors))}</ul>`)}
            `,
        ),
    ];
}

function promisesOf(title: string, all: readonly PromiseChange[], state: State): Child {
    if (all.length === 0) return undefined;
    return markup`
        <h3>${title}</h3>
        <ul class="findings">
            ${all.map(
                ({ promise, what, before, after, because }) => markup`
                    <li>
                        <p>${mark(state, `${before} before, ${after} now`)} <b>${promise}. ${PROMISE_NAMES[promise] ?? ""}</b></p>
                        <p>${what}: ${because}</p>
                    </li>
                `,
            )}
        </ul>
    `;
}

function costOf({ cost }: Comparison): Child {
    if (cost === undefined) return undefined;
    const { before, after, perAgent, lines } = cost;
    const row = (name: string, one: typeof before, other: typeof after, format: (value: number) => string) => [
        name,
        ...(["low", "expected", "high"] as const).map((load) => `${format(one[load])} to ${format(other[load])}`),
        signed(other.expected - one.expected),
    ];
    return markup`
        <h3>Cost</h3>
        ${table(
            "Before and after, a month",
            [
                { head: "What" },
                { head: "Low", number: true },
                { head: "Expected", number: true },
                { head: "High", number: true },
                { head: "Difference, expected", number: true },
            ],
            [row("Together", before, after, usd), row("For each agent", perAgent.before, perAgent.after, usd)],
        )}
        ${
            lines.length > 0 &&
            table(
                "Lines that differ, at the expected load",
                [
                    { head: "Item", wide: true },
                    { head: "Before", number: true },
                    { head: "After", number: true },
                    { head: "Difference", number: true },
                ],
                lines.map((line) => [
                    line.item,
                    usdExact(line.before),
                    usdExact(line.after),
                    signed(line.after - line.before),
                ]),
            )
        }
    `;
}

function capacityOf({ capacity }: Comparison): Child {
    if (capacity.length === 0) return undefined;
    const shown = (value: number | undefined, verdict: string | undefined) =>
        value === undefined ? "" : `${count(value)}${verdict === undefined ? "" : `, ${verdict}`}`;
    return markup`
        <h3>Capacity</h3>
        ${table(
            "Needs and quotas that differ",
            [
                { head: "What", wide: true },
                { head: "Before", number: true },
                { head: "After", number: true },
                { head: "Unit" },
            ],
            capacity.map(({ name, unit, before, after, verdict }) => [
                name,
                shown(before, verdict.before),
                shown(after, verdict.after),
                unit,
            ]),
        )}
    `;
}

function difference(
    { kind, name, type, urn, was, why, properties }: Change,
    anchors: ReadonlyMap<string, string>,
): Html {
    const anchor = anchors.get(urn);
    return markup`
        <li>
            <details>
                <summary>${mark(KINDS[kind][0], KINDS[kind][1])} <code>${name}</code> <span class="muted">${type}</span></summary>
                <p>${why}${was !== undefined && ` It was called ${was}.`}${anchor !== undefined && markup` <a href="#${anchor}">All inputs of ${name}</a>`}</p>
                ${
                    properties.length > 0 &&
                    markup`
                    <dl class="properties">
                        ${properties.map(
                            ({ path, before, after, replaces }) => markup`
                                <div>
                                    <dt><code>${path}</code>${replaces && " (cannot be changed in place)"}</dt>
                                    ${before !== undefined && markup`<dd class="before"><b>Before</b><pre>${readable(before)}</pre></dd>`}
                                    ${after !== undefined && markup`<dd class="after"><b>After</b><pre>${readable(after)}</pre></dd>`}
                                </div>
                            `,
                        )}
                    </dl>
                `
                }
            </details>
        </li>
    `;
}

function signed(difference: number): string {
    return `${difference < 0 ? "-" : "+"}${usdExact(Math.abs(difference))}`;
}
