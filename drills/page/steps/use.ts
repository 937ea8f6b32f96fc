import type { Browser } from "playwright-core";
import { Broken, nothingWrong, type Report } from "../../components/report";
import { type Opened, within } from "../browser";

/* What can be done with the page: search, fold, choose colours, with a mouse, with keys, and without scripts. */

interface Found {
    readonly all: number;
    readonly shown: number;
    readonly visible: number;
    readonly having: number;
    readonly wrong: number;
    readonly status: string;
}

interface Colours {
    readonly paper: string;
    readonly ink: string;
}

const SEARCHES = [
    {
        field: "resource-search",
        entries: "#resource-tree li",
        status: "resource-count",
        noun: "resources",
        words: ["kms", "key"],
    },
    { field: "rule-search", entries: "#rules > li", status: "rule-count", noun: "rules", words: ["agent", "volume"] },
] as const;

export async function use(browser: Browser, file: string, report: Report): Promise<void> {
    for (const search of SEARCHES) {
        await report.prove(`search among the ${search.noun} shows what has the words and hides the rest`, () =>
            within(browser, file, {}, (opened) => find(opened, search)),
        );
    }
    await report.prove("folds and unfolds by keys, one component and all", () => within(browser, file, {}, fold));
    await report.prove("the skip link is first, and leads past the navigation", () =>
        within(browser, file, {}, async ({ page }) => {
            await page.keyboard.press("Tab");
            await page.keyboard.press("Enter");
            const [hash, inside] = await page.evaluate<[string, boolean]>(
                `[location.hash, document.activeElement.id === "main"]`,
            );
            if (hash !== "#main" || !inside) throw new Broken(`it leads to ${hash}`);
        }),
    );
    await report.prove("every stop of the Tab key is seen below the bar at the top", () =>
        within(browser, file, { reducedMotion: "reduce" }, stops),
    );
    await report.prove("light and dark can be chosen over the system's, by keys, until the page is opened anew", () =>
        within(browser, file, { colorScheme: "dark" }, themes),
    );
    await report.prove("without scripts everything is there but the search", () =>
        within(browser, file, { javaScriptEnabled: false }, withoutScripts),
    );
}

async function find(opened: Opened, { field, entries, status, words }: (typeof SEARCHES)[number]): Promise<string> {
    const { page } = opened;
    const input = page.locator(`#${field}`);
    const look = async (looked: readonly string[]) => {
        await page.waitForTimeout(300);
        return opened.ask<Found>(
            `found(${JSON.stringify(entries)}, ${JSON.stringify(status)}, ${JSON.stringify(looked)})`,
        );
    };
    const before = await look([]);
    await input.fill(words.join(" "));
    const found = await look(words);
    if (found.shown === 0 || found.shown === found.all) throw new Broken(`${found.shown} of ${found.all} shown`);
    if (found.wrong > 0 || found.shown !== found.having)
        throw new Broken(`${found.having} have the words, ${found.shown} are shown`);
    if (found.visible !== found.shown) throw new Broken(`only ${found.visible} of ${found.shown} can be seen`);
    if (!found.status.startsWith(`${found.shown} of `)) throw new Broken(`the status says "${found.status}"`);
    await input.fill("no such thing anywhere");
    const none = await look([]);
    if (none.shown !== 0 || !none.status.startsWith("0 of ")) throw new Broken(`${none.shown} shown: "${none.status}"`);
    await input.press("Escape");
    const after = await look([]);
    if (JSON.stringify(after) !== JSON.stringify(before)) throw new Broken("Escape does not bring back what was there");
    return `${found.shown} of ${found.all}`;
}

async function fold({ page }: Opened): Promise<void> {
    const component = page.locator("#resource-tree .component").first();
    const isOpen = () => component.evaluate<boolean, { open?: boolean }>((details) => details.open === true);
    await component.locator(":scope > summary").focus();
    await page.keyboard.press("Enter");
    if (!(await isOpen())) throw new Broken("Enter does not unfold a component");
    const resource = component.locator("li").first();
    await resource.locator("summary").focus();
    await page.keyboard.press("Space");
    if (!(await resource.locator("pre, p").first().isVisible())) throw new Broken("Space does not unfold a resource");
    await component.locator(":scope > summary").focus();
    await page.keyboard.press("Space");
    if (await isOpen()) throw new Broken("Space does not fold it again");
    const all = page.locator("#resource-fold");
    const folded = () => page.locator("#resource-tree .component:not([open])").count();
    await all.focus();
    await page.keyboard.press("Enter");
    if ((await folded()) > 0) throw new Broken("not all components are unfolded");
    await page.keyboard.press("Enter");
    if ((await folded()) === 0) throw new Broken("the components are not folded again");
}

async function stops(opened: Opened): Promise<string> {
    const hidden: string[] = [];
    const seen = new Set<string>();
    for (let stop = 0; stop < 60; stop += 1) {
        await opened.page.keyboard.press("Tab");
        const { name, seen: isSeen } = await opened.ask<{ name: string; seen: boolean }>("focused()");
        seen.add(name);
        if (!isSeen) hidden.push(name);
    }
    nothingWrong(hidden.map((name) => `${name} is focused out of sight`));
    if (seen.size < 30) throw new Broken(`only ${seen.size} stops`);
    return `${seen.size} stops`;
}

async function themes(opened: Opened): Promise<void> {
    const { page } = opened;
    const colours = () => opened.ask<Colours>("colours()");
    const system = await colours();
    await page.locator("#theme-auto").focus();
    await page.keyboard.press("ArrowRight");
    const light = await colours();
    await page.keyboard.press("ArrowRight");
    const dark = await colours();
    if (light.paper === dark.paper || light.ink === dark.ink) throw new Broken("light and dark look the same");
    if (system.paper !== dark.paper) throw new Broken("it does not begin with the system's colours");
    await page.locator("label[for=theme-light]").click();
    if ((await colours()).paper !== light.paper) throw new Broken("a click does not choose");
    await page.reload();
    if (!(await page.locator("#theme-auto").isChecked())) throw new Broken("the choice outlives the page");
}

async function withoutScripts(opened: Opened): Promise<string> {
    const { page } = opened;
    if ((await page.locator("input[type=search]:visible").count()) > 0)
        throw new Broken("a search is shown that does nothing");
    const total = page.locator(".total .figure");
    if ((await total.count()) > 0) {
        const expected = await total.innerText();
        await page.locator("label[for=load-high]").click();
        if ((await total.innerText()) === expected) throw new Broken("the load cannot be chosen");
    }
    await page.locator("#resource-tree .component > summary").first().click();
    await page.locator("#resource-tree .component li summary").first().click();
    const inputs = page.locator("#resource-tree .component li pre").first();
    if (!(await inputs.isVisible())) throw new Broken("a resource's inputs cannot be read");
    const headings = await page.locator("h2:visible").count();
    if (headings < 8) throw new Broken(`only ${headings} sections`);
    return `${headings} sections`;
}
