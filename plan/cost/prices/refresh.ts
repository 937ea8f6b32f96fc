import { execFile } from "node:child_process";
import { type Found, priceIn, PriceError, type Product, productsIn } from "./products";
import { type Query, queryOf } from "./queries";
import type { Price, PriceTable } from "./table";

/** Where the API is; it knows the prices of all regions. */
const API_REGION = "us-east-1";
const SOURCE = "AWS Price List API (npm run prices)";

export interface Wanted {
    readonly region: string;
    /** Region of the second copy of backups. */
    readonly secondRegion: string;
    /** Table whose entries are looked up, with the prices that are known so far. */
    readonly from: PriceTable;
    /** Whether an entry that AWS has no product for keeps the price it has. */
    readonly keepMissing: boolean;
    /** Day of the new table, as YYYY-MM-DD. */
    readonly today: string;
}

export interface Refreshed {
    readonly table: PriceTable;
    /** Sentences about entries that were not found, and so kept or left out. */
    readonly missing: readonly string[];
}

/** Asks AWS for a list of products. */
export type Ask = (service: string, filters: Readonly<Record<string, string>>) => Promise<string>;

/**
 * The table as AWS's pricing API has it today.
 *
 * @throws PriceError where AWS cannot be asked, or an entry is not found and may not be missing.
 */
export async function refreshed(wanted: Wanted, ask: Ask, progress: (text: string) => void): Promise<Refreshed> {
    const { region, from, keepMissing, today } = wanted;
    const prices: Record<string, Price> = {};
    const missing: string[] = [];
    const answers = new Map<string, readonly Product[]>();
    const keys = Object.entries(from.prices);
    for (const [index, [key, known]] of keys.entries()) {
        progress(`${index + 1} of ${keys.length}: ${key}`);
        try {
            const { usd, usageType, sku } = await find(key, wanted, ask, answers);
            prices[key] = { usd, unit: known.unit, source: `${SOURCE}: ${usageType}, SKU ${sku}`, confirmed: true };
        } catch (error) {
            if (!(error instanceof PriceError) || error instanceof CannotAsk || !keepMissing) throw error;
            missing.push(error.message);
            // A price of another region is none of this one.
            if (from.region === region) prices[key] = known;
        }
    }
    return { table: { region, currency: "USD", asOf: today, source: SOURCE, prices }, missing };
}

async function find(key: string, wanted: Wanted, ask: Ask, answers: Map<string, readonly Product[]>): Promise<Found> {
    const query = queryOf(key);
    if (query === undefined) throw new PriceError(`${key}: no query is written for it (plan/cost/prices/queries.ts)`);
    const filters = { ...placeOf(query, wanted), ...query.filters };
    const id = JSON.stringify([query.service, filters]);
    const products = answers.get(id) ?? productsIn(await ask(query.service, filters));
    answers.set(id, products);
    return priceIn(products, key, query);
}

function placeOf({ where = "region" }: Query, { region, secondRegion }: Wanted): Record<string, string> {
    if (where === "between") return { fromRegionCode: region, toRegionCode: secondRegion };
    return { regionCode: where === "region" ? region : secondRegion };
}

/** AWS cannot be asked at all: there is no use in going on with the next entry. */
export class CannotAsk extends PriceError {}

/** Asks through the AWS CLI on the PATH, with the credentials that it finds. */
export const askAws: Ask = (service, filters) =>
    new Promise((resolve, reject) => {
        const terms = Object.entries(filters).map(
            ([field, value]) => `Type=TERM_MATCH,Field=${field},Value=${JSON.stringify(value)}`,
        );
        const args = ["pricing", "get-products", "--region", API_REGION, "--service-code", service];
        execFile(
            "aws",
            [...args, "--filters", ...terms, "--format-version", "aws_v1", "--output", "json"],
            { encoding: "utf8", maxBuffer: 2 ** 28 },
            (error, stdout, stderr) => {
                if (error === null) return resolve(stdout);
                reject(new CannotAsk(reasonOf(error, stderr)));
            },
        );
    });

function reasonOf(error: Error & { code?: number | string | null }, stderr: string): string {
    if (error.code === "ENOENT") return "the AWS CLI is not on the PATH: install it, or put its folder there";
    const line = stderr.split("\n").find((each) => each.trim() !== "") ?? error.message;
    const hint = /credential|token|sso|AccessDenied|not authorized/i.test(line)
        ? " (credentials that may call pricing:GetProducts are needed)"
        : "";
    return `the AWS CLI failed: ${line.trim().replace(/\.$/, "")}${hint}`;
}
