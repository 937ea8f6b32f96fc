import { writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { Broken, nothingWrong, type Report } from "../../components/report";
import { within } from "../browser";

/** A4 without the margins that the page asks for, in CSS pixels. */
const SHEET = { width: 695, height: 1013 };

/** The page on paper: white, unfolded, and not cut at the side. */
export async function paper(browser: Browser, file: string, report: Report, keep?: string): Promise<void> {
    await report.prove("prints on white, with reasons and values unfolded, even where dark was chosen", () =>
        within(browser, file, { colorScheme: "dark", viewport: SHEET }, async (opened) => {
            const { page } = opened;
            await page.locator("label[for=theme-dark]").click();
            await page.emulateMedia({ media: "print" });
            const { paper: colour } = await opened.ask<{ paper: string }>("colours()");
            if (colour !== "rgb(255, 255, 255)") throw new Broken(`the paper is ${colour}`);
            nothingWrong(await opened.ask<string[]>("overflow()"));
            for (const part of [
                ".effects li",
                ".promises details li",
                ".lines td",
                "#resource-tree .resource",
                ".signatures",
            ]) {
                if (!(await page.locator(part).first().isVisible())) throw new Broken(`${part} is not printed`);
            }
            if (await page.locator(".masthead").isVisible()) throw new Broken("the navigation is printed");
        }),
    );
    await report.prove("prints to PDF, in pages", () =>
        within(browser, file, {}, async ({ page }) => {
            const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: true, outline: true });
            const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
            if (pages < 5 || pages > 80) throw new Broken(`${pages} pages`);
            if (keep !== undefined) writeFileSync(keep, pdf);
            return `${pages} pages, ${Math.round(pdf.length / 1024)} KiB`;
        }),
    );
}
