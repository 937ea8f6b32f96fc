import { TIERS } from "../document/format";
import type { ByLoad, Cost, CostLine } from "../document/schema";
import type { Graph } from "../graph";
import { computeLines } from "./compute";
import { coordinationLines } from "./coordination";
import { dataLines } from "./data";
import { foundationLines } from "./foundation";
import { always, byLoad, DAYS, type Draft, plus, times } from "./line";
import { operationsLines } from "./operations";
import { pricesOf, type PriceTable, regionsWithPrices } from "./prices/table";
import { replicationOf } from "./replicas";
import { type Unpriced, unpricedOf } from "./unpriced";
import { agentsOf } from "./volumes";

/** From here on a budget is tight, at the expected load. */
const TIGHT = 0.8;

/**
 * What the environment costs a month, line by line, from the resources of the graph and the expected load.
 *
 * @returns undefined where the region has no price table, see {@link withoutPrices}.
 */
export function costOf(graph: Graph, table = pricesOf(graph.settings.region)): Cost | undefined {
    if (table === undefined) return undefined;
    const { settings } = graph;
    const replication = replicationOf(graph);
    const { lines, missing } = priced(draftsOf(graph, replication), table);
    const total = sum(lines);
    const agents = agentsOf(graph);
    const budget = settings.operations.monthlyBudgetUsd;
    const share = times(total, 1 / budget);
    const used = new Set(lines.map(({ priceKey }) => priceKey));
    const doubtful = [...used].filter((key) => table.prices[key]?.confirmed === false).length;
    const { interactionsPerDay } = settings.load;
    return {
        region: table.region,
        priced: {
            asOf: table.asOf,
            source: doubtful === 0 ? table.source : `${table.source}; ${doubtful} of ${used.size} prices not confirmed`,
        },
        interactionsPerDay,
        lines,
        tiers: TIERS.map((tier) => ({ tier, usd: sum(lines.filter((line) => line.tier === tier)) })),
        total,
        perAgent: agents === 0 ? always(0) : times(total, 1 / agents),
        perMillionInteractions: perMillion(
            total,
            byLoad(settings, (perDay) => (perDay * DAYS) / 1e6),
        ),
        unpriced: [...unpricedOf(graph, replication), ...missing],
        budget: { usd: budget, share, verdict: verdict(share.expected) },
    };
}

/** What to do where the region has no price table, in one sentence. */
export function withoutPrices(region: string): string {
    return (
        `There is no price table for ${region} (there is one for ${regionsWithPrices().join(", ")}): ` +
        `with AWS credentials, npm run prices -- --region ${region} makes it.`
    );
}

/** The lines before they have prices; what comes to nothing at any load is left out. */
export function draftsOf(graph: Graph, replication = replicationOf(graph)): Draft[] {
    return [
        ...foundationLines(graph, replication),
        ...computeLines(graph),
        ...coordinationLines(graph),
        ...dataLines(graph, replication),
        ...operationsLines(graph),
    ].filter(({ quantity }) => quantity.high > 0);
}

function priced(drafts: readonly Draft[], table: PriceTable): { lines: CostLine[]; missing: Unpriced[] } {
    const lines: CostLine[] = [];
    const missing: Unpriced[] = [];
    for (const { tier, item, key, quantity, note } of drafts) {
        const price = table.prices[key];
        if (price === undefined) {
            missing.push({ item, why: `no price "${key}" in plan/cost/prices/${table.region}.json` });
            continue;
        }
        const doubt = price.confirmed ? [] : ["price not confirmed"];
        const notes = [...(note === undefined ? [] : [note]), ...doubt];
        lines.push({
            tier,
            item,
            quantity,
            unit: price.unit,
            price: price.usd,
            priceKey: key,
            usd: times(quantity, price.usd),
            ...(notes.length > 0 && { note: notes.join("; ") }),
        });
    }
    return { lines, missing };
}

function sum(lines: readonly CostLine[]): ByLoad {
    return lines.reduce<ByLoad>((total, { usd }) => plus(total, usd), always(0));
}

function perMillion(total: ByLoad, millions: ByLoad): ByLoad {
    const each = (usd: number, count: number) => (count === 0 ? 0 : usd / count);
    return {
        low: each(total.low, millions.low),
        expected: each(total.expected, millions.expected),
        high: each(total.high, millions.high),
    };
}

function verdict(share: number): Cost["budget"]["verdict"] {
    return share > 1 ? "exceeded" : share > TIGHT ? "tight" : "within";
}
