import { type AxeResults, source } from "axe-core";
import type { Browser } from "playwright-core";
import { Broken, nothingWrong, type Report } from "../../components/report";
import { within } from "../browser";

/* What can be seen of the page: it fits, nothing lies over anything, and those who see or hear it otherwise can use it. */

const WIDTHS = [375, 768, 1440] as const;
const SCHEMES = ["light", "dark"] as const;
/** Up to WCAG 2.2, levels A and AA. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

const screen = (width: number) => ({ viewport: { width, height: width < 500 ? 812 : 900 } });

export async function look(browser: Browser, file: string, report: Report): Promise<void> {
    await report.prove("opens without a word on the console and asks for nothing", () =>
        within(browser, file, {}, async ({ page }) => {
            await page.waitForTimeout(300);
        }),
    );

    for (const width of WIDTHS) {
        await report.prove(`fits ${width} px, folded and unfolded, and no word of the picture lies over another`, () =>
            within(browser, file, screen(width), async (opened) => {
                nothingWrong(await opened.ask<string[]>("overflow()"));
                nothingWrong(await opened.ask<string[]>("crowded()"));
                await opened.ask("unfold(true)");
                nothingWrong(await opened.ask<string[]>("overflow()"));
            }),
        );
    }

    await report.prove("shows one heading of the first level, and skips no level", () =>
        within(browser, file, {}, async (opened) => {
            const headings = await opened.ask<{ level: number; text: string }[]>("headings()");
            if (headings.filter(({ level }) => level === 1).length !== 1) throw new Broken("not one h1");
            const skipping = headings.filter(({ level }, index) => level > (headings[index - 1]?.level ?? 0) + 1);
            nothingWrong(skipping.map(({ text }) => `"${text}" skips a level`));
            return `${headings.length} headings`;
        }),
    );

    for (const colorScheme of SCHEMES) {
        for (const width of [375, 1440]) {
            await report.prove(`axe finds nothing against WCAG 2.2 AA, ${colorScheme}, ${width} px`, () =>
                within(browser, file, { ...screen(width), colorScheme }, async (opened) => {
                    const { page } = opened;
                    await opened.ask("unfold(false)");
                    await page.evaluate(source);
                    const { violations, passes } = await page.evaluate<AxeResults>(
                        `axe.run({ runOnly: ${JSON.stringify(RULES)} })`,
                    );
                    nothingWrong(
                        violations.map(
                            ({ id, nodes }) =>
                                `${id}: ${nodes.length} times, first ${nodes[0]?.html.slice(0, 160) ?? ""}`,
                        ),
                    );
                    return `${passes.length} rules hold`;
                }),
            );
        }
    }
}
