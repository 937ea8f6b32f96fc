import type { Browser } from "playwright-core";
import type { Cost, LoadName, PlanDocument } from "../../../plan/document/schema";
import { Broken, nothingWrong, type Report } from "../../components/report";
import { type Opened, within } from "../browser";

/* The figures of the cost section as they are shown: those of the plan, for each load, and sums of what stands above them. */

interface Shown {
    readonly headline: string;
    readonly grand: string;
    readonly tiers: readonly (readonly string[])[];
    readonly groups: readonly {
        readonly name: string;
        readonly sum: string;
        readonly foot: string;
        readonly lines: readonly (readonly string[])[];
    }[];
}

const LOADS: readonly LoadName[] = ["low", "expected", "high"];
/** Half a cent: what a figure in cents may be away from the one that it was rounded from. */
const ROUNDING = 0.0051;

export async function addUp(browser: Browser, file: string, { cost }: PlanDocument, report: Report): Promise<void> {
    if (cost === undefined) throw new Broken("the plan has no cost to look at");
    await report.prove("the total follows the load that is chosen, and is the plan's", () =>
        within(browser, file, {}, async (opened) => {
            const shown = await Promise.all([
                await at(opened, "low"),
                await at(opened, "expected"),
                await at(opened, "high"),
            ]);
            nothingWrong(
                LOADS.flatMap((load, index) => {
                    const said = dollars(shown[index]?.grand);
                    return near(said, cost.total[load], 1)
                        ? []
                        : [`${load}: ${said} shown, ${cost.total[load]} in the plan`];
                }),
            );
            const told = await opened.page.locator("#load-said").textContent();
            if (!told?.includes("high load")) throw new Broken(`a screen reader is told "${told}"`);
            return shown.map(({ grand }) => grand).join(", ");
        }),
    );
    for (const load of LOADS) {
        await report.prove(`at the ${load} load every line is quantity times price, and every sum is one`, () =>
            within(browser, file, {}, async (opened) => judge(await at(opened, load), cost, load)),
        );
    }
}

async function at(opened: Opened, load: LoadName): Promise<Shown> {
    await opened.page.locator(`label[for=load-${load}]`).click();
    return opened.ask<Shown>("costs()");
}

function judge(shown: Shown, cost: Cost, load: LoadName): string {
    const lines = shown.groups.flatMap((group) => group.lines);
    if (lines.length !== cost.lines.length) throw new Broken(`${lines.length} of ${cost.lines.length} lines are shown`);
    const wrong: string[] = [];
    lines.forEach(([item = "", quantity, , price, month], index) => {
        const line = cost.lines[index];
        if (line === undefined || line.item !== item) {
            wrong.push(`${item} is not the plan's line ${index + 1}`);
            return;
        }
        if (!near(line.quantity[load] * line.price, line.usd[load], 1)) wrong.push(`${item} is no product in the plan`);
        if (!near(dollars(month), line.usd[load], 1))
            wrong.push(`${item}: ${month} shown, ${line.usd[load]} in the plan`);
        if (Math.abs(dollars(price) - line.price) > 1e-8)
            wrong.push(`${item}: price ${price} shown, ${line.price} in the plan`);
        // A quantity is rounded as it is shown: to whole units from a hundred on.
        const unit = line.quantity[load] >= 100 ? 0.5 : 0.005;
        if (Math.abs(dollars(quantity) - line.quantity[load]) > unit + 1e-9)
            wrong.push(`${item}: quantity ${quantity}`);
    });
    for (const { name, sum, foot, lines: own } of shown.groups) {
        const added = own.reduce((total, cells) => total + dollars(cells[4]), 0);
        if (!near(dollars(sum), added, own.length + 1))
            wrong.push(`${name}: ${sum} shown, its lines are ${added.toFixed(2)}`);
        if (sum !== foot) wrong.push(`${name}: ${sum} at the top, ${foot} at the bottom`);
    }
    const groups = shown.groups.reduce((total, { sum }) => total + dollars(sum), 0);
    if (!near(dollars(shown.grand), groups, shown.groups.length + 1))
        wrong.push(`together ${shown.grand}, parts ${groups.toFixed(2)}`);
    const column = LOADS.indexOf(load) + 1;
    const tiers = shown.tiers.slice(0, -1).reduce((total, cells) => total + dollars(cells[column]), 0);
    const foot = dollars(shown.tiers.at(-1)?.[column]);
    if (!near(foot, tiers, shown.tiers.length)) wrong.push(`the tiers are ${tiers.toFixed(2)}, together ${foot}`);
    if (!near(foot, dollars(shown.grand), 1)) wrong.push(`${foot} by tier, ${shown.grand} by line`);
    if (Math.abs(dollars(shown.headline) - dollars(shown.grand)) > 0.51)
        wrong.push(`headline ${shown.headline}, sum ${shown.grand}`);
    nothingWrong(wrong);
    return `${lines.length} lines, ${shown.grand}`;
}

function dollars(text: string | undefined): number {
    return Number(/-?[\d,]*\.?\d+(e-?\d+)?/.exec(text ?? "")?.[0].replaceAll(",", "") ?? Number.NaN);
}

/** Whether a figure in cents is another one, given how many rounded figures are in it. */
function near(one: number, other: number, rounded: number): boolean {
    return Math.abs(one - other) <= ROUNDING * rounded;
}
