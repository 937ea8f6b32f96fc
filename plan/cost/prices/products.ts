import { z } from "zod";
import type { Query } from "./queries";

/** What stands in the way of a price, in one sentence. */
export class PriceError extends Error {}

const dimension = z.object({
    unit: z.string(),
    beginRange: z.string(),
    pricePerUnit: z.object({ USD: z.string().optional() }),
});

const product = z.object({
    product: z.object({ sku: z.string(), attributes: z.record(z.string(), z.string()) }),
    terms: z.object({
        OnDemand: z.record(z.string(), z.object({ priceDimensions: z.record(z.string(), dimension) })).optional(),
    }),
});
export type Product = z.infer<typeof product>;

/** AWS's answer: each product is JSON in a text. */
const answer = z.object({ PriceList: z.array(z.string()) });

/** @throws PriceError where the text is not what the pricing API answers with. */
export function productsIn(text: string): Product[] {
    try {
        return answer.parse(JSON.parse(text)).PriceList.map((each) => product.parse(JSON.parse(each)));
    } catch {
        throw new PriceError("the AWS CLI answered with something else than a price list");
    }
}

export interface Found {
    readonly usd: number;
    readonly usageType: string;
    readonly sku: string;
}

/**
 * The price of one unit of the table: of the only product that fits, the first step that is not free.
 *
 * @throws PriceError where no product fits, or several with different prices.
 */
export function priceIn(products: readonly Product[], key: string, query: Query): Found {
    const fitting = products.flatMap((each) => foundIn(each, query));
    const [first] = fitting;
    if (first === undefined) {
        throw new PriceError(
            `${key}: ${query.service} has no product on demand whose usage type ends with "${query.usage}"`,
        );
    }
    if (fitting.some(({ usd }) => usd !== first.usd)) {
        const named = fitting.map(({ usageType, usd }) => `${usageType} at ${usd}`).join(", ");
        throw new PriceError(`${key}: ${query.service} has several products with different prices: ${named}`);
    }
    return first;
}

function foundIn({ product: { sku, attributes }, terms }: Product, { usage, factor = 1 }: Query): Found[] {
    const usageType = attributes["usagetype"] ?? "";
    if (usageType !== usage && !usageType.endsWith(`-${usage}`)) return [];
    const steps = Object.values(terms.OnDemand ?? {})
        .flatMap(({ priceDimensions }) => Object.values(priceDimensions))
        .map(({ beginRange, pricePerUnit }) => ({ from: Number(beginRange), usd: Number(pricePerUnit.USD ?? NaN) }))
        .filter(({ usd }) => usd > 0)
        .sort((one, other) => one.from - other.from);
    // Twelve digits are more than AWS gives, and take away what multiplication by a million adds.
    return steps.slice(0, 1).map(({ usd }) => ({ usd: Number((usd * factor).toPrecision(12)), usageType, sku }));
}
