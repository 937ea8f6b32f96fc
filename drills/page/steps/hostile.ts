import { writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import type { PlanDocument } from "../../../plan/document/schema";
import { renderPage } from "../../../plan/page/page";
import { Broken, nothingWrong, type Report } from "../../components/report";
import { within } from "../browser";

const TEXT = `</script></style></title><img src=x onerror="globalThis.hit=1"><svg onload=globalThis.hit=2>'"\`\${hit}{{hit}}--><!--`;

/** Strings that say which of a few things it is; any other would be refused where the plan is read. */
const CHOICES = new Set(["format", "verdict", "kind", "tier", "group", "role", "severity", "level"]);

/** A plan in which every name and every value tries to become more than text. */
export async function hostile(browser: Browser, document: PlanDocument, file: string, report: Report): Promise<void> {
    const poisoned = poison(document);
    if (!isPlan(poisoned, document)) throw new Broken("the poisoned plan has another shape");
    writeFileSync(file, renderPage(poisoned));
    await report.prove("hostile names and values stay text, everywhere", () =>
        within(browser, file, {}, async (opened) => {
            const { page } = opened;
            await opened.ask("unfold(true)");
            await page.waitForTimeout(300);
            if (await page.evaluate<boolean>(`"hit" in globalThis`))
                throw new Broken("a value of the plan ran as a script");
            nothingWrong(await opened.ask<string[]>("intruders()"));
            const places = await page.evaluate<number>(
                `document.body.textContent.split("<img src=x onerror").length - 1`,
            );
            if (places < 1000) throw new Broken(`the text is shown in ${places} places only`);
            return `${places.toLocaleString("en-US")} places`;
        }),
    );
}

function poison(value: unknown, key = ""): unknown {
    if (typeof value === "string") return CHOICES.has(key) ? value : `${value}${TEXT}`;
    if (Array.isArray(value)) return value.map((item) => poison(item, key));
    if (typeof value !== "object" || value === null) return value;
    const known = key !== "inputs" && key !== "outputs";
    return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [known ? name : `${name}${TEXT}`, poison(item, name)]),
    );
}

/** What was poisoned is still a plan: nothing of its shape was touched. */
function isPlan(value: unknown, like: PlanDocument): value is PlanDocument {
    return typeof value === "object" && value !== null && Object.keys(like).every((key) => key in value);
}
