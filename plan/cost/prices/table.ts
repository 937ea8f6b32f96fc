import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const price = z.object({
    usd: z.number().min(0),
    unit: z.string(),
    source: z.string(),
    confirmed: z.boolean(),
});
/** A price in US dollars for one unit, where it was found, and whether that place can be relied on. */
export type Price = z.infer<typeof price>;

export const priceTable = z.object({
    region: z.string(),
    currency: z.literal("USD"),
    asOf: z.iso.date(),
    source: z.string(),
    prices: z.record(z.string(), price),
});
/** The prices of a region, at a day. */
export type PriceTable = z.infer<typeof priceTable>;

/** Where the tables are, from the project's folder. */
export const PRICES_FOLDER = join("plan", "cost", "prices");

/** The table of a region; undefined where there is none. */
export function pricesOf(region: string, folder = pricesFolder()): PriceTable | undefined {
    const file = join(folder, `${region}.json`);
    return existsSync(file) ? priceTable.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}

/** The regions that have a table. */
export function regionsWithPrices(folder = pricesFolder()): string[] {
    return readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .map((file) => file.slice(0, -".json".length))
        .sort();
}

/** Looked for upwards, since the plan runs bundled into one file, where `__dirname` is not this folder. */
function pricesFolder(): string {
    for (let folder = __dirname; ; folder = dirname(folder)) {
        if (existsSync(join(folder, "Pulumi.yaml"))) return join(folder, PRICES_FOLDER);
        if (folder === dirname(folder)) throw new Error(`no project folder above ${__dirname} to read prices from`);
    }
}
