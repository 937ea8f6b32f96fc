import { withoutPrices } from "../cost/cost";
import { always, plus } from "../cost/line";
import type { Cost, CostLine, PlanDocument } from "../document/schema";
import { count, percent, price, usd } from "../document/figures";
import type { Style } from "./style";
import { table } from "./table";
import { wrap } from "./wrap";

/** Lines below this part of the expected total stand together, unless all are asked for. */
const SMALL = 0.01;

/** What it costs a month, by tier and item, against the budget; and what the total leaves out. */
export function renderCost({ cost, region }: PlanDocument, style: Style): string[] {
    if (cost === undefined) {
        return ["", ...wrap(withoutPrices(region), style.width)];
    }
    const { total, perAgent, perMillionInteractions, priced, budget } = cost;
    const colour = { within: style.good, tight: style.warn, exceeded: style.bad }[budget.verdict];
    return [
        "",
        ...table(
            [
                { head: "US dollars a month", wraps: true },
                { head: "quiet", right: true },
                { head: "expected", right: true },
                { head: "busy", right: true },
            ],
            [
                ...cost.tiers.flatMap(({ tier, usd: sum }) => [
                    [tier.toUpperCase(), ...loads(sum)],
                    ...linesOf(cost, tier, style.full).map(({ text, sum: each }) => [`  ${text}`, ...loads(each)]),
                ]),
                ["TOGETHER", ...loads(total)],
                ["for each agent", ...loads(perAgent)],
                ["for a million interactions", ...loads(perMillionInteractions)],
            ],
            style.width,
        ),
        "",
        ...wrap(
            `Budget ${usd(budget.usd)}: ${percent(budget.share.expected)} of it at the expected load, ${percent(budget.share.high)} on busy days (${budget.verdict}).`,
            style.width,
        ).map(colour),
        ...wrap(
            `Interactions a day: ${count(cost.interactionsPerDay.low)}, ${count(cost.interactionsPerDay.expected)}, ${count(cost.interactionsPerDay.high)} (openclaw:load). Prices of ${priced.asOf}: ${priced.source}`,
            style.width,
        ),
        ...wrap(`Not in the total: ${cost.unpriced.map(({ item }) => item).join("; ")}.`, style.width),
    ];
}

type Sum = CostLine["usd"];

function loads({ low, expected, high }: Sum): string[] {
    return [usd(low), usd(expected), usd(high)];
}

function linesOf({ lines, total }: Cost, tier: string, full: boolean): { text: string; sum: Sum }[] {
    const own = lines.filter((line) => line.tier === tier);
    const large = own.filter(({ usd: sum }) => full || sum.expected >= total.expected * SMALL);
    const rest = own.filter((line) => !large.includes(line));
    const shown = large.map((line) => ({
        text: `${line.item}: ${count(line.quantity.expected)} ${line.unit} x ${price(line.price)}`,
        sum: line.usd,
    }));
    if (rest.length === 0) return shown;
    const sum = rest.reduce((all, { usd: each }) => plus(all, each), always(0));
    return [...shown, { text: `${rest.length} smaller items (--full shows them)`, sum }];
}
