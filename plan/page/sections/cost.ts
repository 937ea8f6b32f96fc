import { withoutPrices } from "../../cost/cost";
import { TIERS } from "../../document/format";
import type { ByLoad, Cost, CostLine, LoadName, PlanDocument } from "../../document/schema";
import { bar, stackedBar } from "../bar";
import { compact, count, percent, plural, price, usd, usdExact } from "../../document/figures";
import { type Child, type Html, markup } from "../html";
import { facts, mark, type Section, section, table } from "../parts";
import { BUDGET } from "../../document/verdicts";

const LOADS: readonly LoadName[] = ["low", "expected", "high"];
const NAMES: Readonly<Record<LoadName, string>> = { low: "Low", expected: "Expected", high: "High" };

export const TIER_NAMES: Readonly<Record<string, string>> = {
    foundation: "Foundation",
    compute: "Compute",
    coordination: "Coordination",
    data: "Data",
    operations: "Operations",
};

/** What a month costs: by tier and line, for three loads, against the budget. */
export function cost({ cost: known, region }: PlanDocument): Section {
    const title = "What a month costs";
    if (known === undefined) {
        return section("cost", "Cost", title, `Nothing is priced. ${withoutPrices(region)}`, undefined);
    }
    const { interactionsPerDay: load, priced, unpriced } = known;
    return section(
        "cost",
        "Cost",
        title,
        `List prices of ${known.region} as of ${priced.asOf}. ${priced.source}`,
        markup`
            <fieldset class="switch loads">
                <legend>Load</legend>
                ${LOADS.map(
                    (name) => markup`
                        <input type="radio" name="load" id="load-${name}" value="${name}" autocomplete="off"${name === "expected" && markup` checked`}/>
                        <label for="load-${name}">${NAMES[name]}<span class="muted">${compact(load[name])} a day</span></label>
                    `,
                )}
            </fieldset>
            <p id="load-said" class="hidden-words" aria-live="polite"></p>
            ${totals(known)}
            ${tiers(known)}
            <h3>Line by line</h3>
            ${TIERS.map((tier) => lines(known, tier))}
            <p class="grand">Together, a month <b>${switched(known.total, usdExact)}</b></p>
            ${
                unpriced.length > 0 &&
                markup`
                <h3>Not in the total</h3>
                <dl class="pairs">${unpriced.map(({ item, why }) => markup`<div><dt>${item}</dt><dd>${why}</dd></div>`)}</dl>
            `
            }
        `,
    );
}

/** A figure for each load, of which the style shows the one that is chosen. */
function switched(figures: ByLoad, format: (value: number) => string): Html {
    return markup`${LOADS.map((name) => markup`<span class="load-${name}">${format(figures[name])}</span>`)}`;
}

function totals({ total, perAgent, perMillionInteractions, budget }: Cost): Html {
    const [state, word] = BUDGET[budget.verdict];
    return markup`
        <div class="totals">
            <div class="total">
                <p class="figure">${switched(total, usd)}<span class="unit"> a month</span></p>
                ${LOADS.map((name) => markup`<div class="load-${name}">${bar({ need: total[name], limit: budget.usd, state: total[name] > budget.usd ? "bad" : name === "expected" ? state : "good" })}</div>`)}
                <p>${switched(budget.share, percent)} of the budget of ${usd(budget.usd)}. In an expected month: ${mark(state, word)}</p>
            </div>
            ${facts([
                ["For each agent", switched(perAgent, usd)],
                ["For a million interactions", switched(perMillionInteractions, usd)],
            ])}
        </div>
    `;
}

function tiers({ tiers: all, total }: Cost): Html {
    const of = (tier: string) => all.find((each) => each.tier === tier)?.usd ?? { low: 0, expected: 0, high: 0 };
    const rows = TIERS.map((tier, index) => [
        markup`<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true"><rect class="shade-${index + 1}" width="12" height="12" rx="2"/></svg>${TIER_NAMES[tier]}`,
        ...LOADS.map((name) => usdExact(of(tier)[name])),
        percent(total.expected === 0 ? 0 : of(tier).expected / total.expected),
    ]);
    return markup`
        <h3>By tier</h3>
        ${LOADS.map((name) => markup`<div class="load-${name}">${stackedBar(TIERS.map((tier) => of(tier)[name]))}</div>`)}
        ${table(
            "Cost of each tier, a month",
            [
                { head: "Tier", wide: true },
                ...LOADS.map((name) => ({ head: NAMES[name], number: true })),
                { head: "Share, expected", number: true },
            ],
            rows,
            [["Together", ...LOADS.map((name) => usdExact(total[name])), "100%"]],
        )}
    `;
}

function lines({ lines: all, tiers: sums }: Cost, tier: (typeof TIERS)[number]): Child {
    const own = all.filter((line) => line.tier === tier);
    const sum = sums.find((each) => each.tier === tier)?.usd;
    if (own.length === 0 || sum === undefined) return undefined;
    const name = TIER_NAMES[tier] ?? tier;
    return markup`
        <details class="lines" open>
            <summary>${name}<span class="muted"> ${plural(own.length, "line")}</span><span class="sum">${switched(sum, usdExact)}</span></summary>
            ${table(
                `${name}: quantity times price`,
                [
                    { head: "Item", wide: true },
                    { head: "Quantity", number: true },
                    { head: "Unit" },
                    { head: "Price of one", number: true },
                    { head: "A month", number: true },
                ],
                own.map(item),
                [[`${name} together`, "", "", "", switched(sum, usdExact)]],
            )}
        </details>
    `;
}

function item({ item: name, quantity, unit, price: one, priceKey, usd: month, note }: CostLine): Child[] {
    return [
        markup`${name}${note !== undefined && markup`<span class="note">${note}</span>`}`,
        switched(quantity, count),
        unit,
        markup`<span title="${priceKey}">${price(one)}</span>`,
        switched(month, usdExact),
    ];
}
