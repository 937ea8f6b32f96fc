import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { planDocument } from "../../plan/document/schema";
import { readArguments, UsageError } from "../../plan/usage";
import { execute, MissingTool } from "../components/cache";
import { Workshop } from "../components/processes";
import { Report } from "../components/report";
import { openBrowser, within } from "./browser";
import { addUp } from "./steps/add-up";
import { hostile } from "./steps/hostile";
import { look } from "./steps/look";
import { paper } from "./steps/paper";
import { use } from "./steps/use";

/* The plan's page in a real browser: it fits, adds up, can be searched, folded, printed and heard, and asks nobody for anything. */

const HELP = `Usage: npm run drill:page -- [--keep DIR]

Writes the plan of prod, of staging and of prod with 1,000 agents in three zones as pages, opens them in Chromium from the disk,
and looks at them as readers do: on three widths, in both themes, with a mouse, with keys, without scripts, on paper, and with axe.

Needs Chromium: chromium, chromium-browser or google-chrome on PATH, or its path in CHROMIUM_PATH (apt-get install chromium).

  --keep DIR  leave the pages, screenshots and PDFs there
  --help      show this text

Exit codes: 0 all promises hold; 1 one does not; 2 the command was called wrongly or something it needs is missing.
`;

const root = join(__dirname, "..", "..");

const PLANS = [
    { name: "prod", args: ["prod"], title: "prod" },
    { name: "staging", args: ["staging"], title: "staging" },
    {
        name: "prod-1000",
        args: ["prod", "--agents", "1000", "--set", "network.zones[2]=us-east-1c"],
        title: "prod with 1,000 agents and a third zone, compared with prod",
    },
] as const;

async function main(argv: readonly string[]): Promise<number> {
    try {
        const { values } = readArguments({
            args: [...argv],
            options: { keep: { type: "string" }, help: { type: "boolean" } },
        });
        if (values.help) {
            process.stdout.write(HELP);
            return 0;
        }
        const browser = await openBrowser();
        const workshop = new Workshop("openclaw-page");
        const report = new Report();
        try {
            report.note(`Chromium ${browser.version()}`);
            const folder = values.keep === undefined ? workshop.folder : resolve(values.keep);
            mkdirSync(folder, { recursive: true });
            for (const plan of PLANS) await drill(browser, plan, folder, values.keep !== undefined, report);
        } finally {
            await browser.close();
            workshop.close();
        }
        return report.close();
    } catch (error) {
        if (!(error instanceof MissingTool || error instanceof UsageError)) throw error;
        process.stderr.write(`drill:page: ${error.message}\nSee npm run drill:page -- --help\n`);
        return 2;
    }
}

async function drill(
    browser: Browser,
    { name, args, title }: (typeof PLANS)[number],
    folder: string,
    keep: boolean,
    report: Report,
): Promise<void> {
    report.title(title);
    const file = (ending: string) => join(folder, `${name}${ending}`);
    const { code, said } = await execute(
        process.execPath,
        [join(root, "plan", "cli.cjs"), ...args, "--html", file(".html"), "--json", file(".json")],
        { cwd: root },
    );
    // A plan that its policies refuse ends with 1, and is a page all the same.
    if (code > 1) throw new Error(`the plan of ${title} ended with ${code}: ${said.slice(-500)}`);
    const document = planDocument.parse(JSON.parse(readFileSync(file(".json"), "utf8")));
    report.note(`${Math.round(statSync(file(".html")).size / 1024)} KiB, ${document.resources.length} resources`);

    await look(browser, file(".html"), report);
    await use(browser, file(".html"), report);
    await addUp(browser, file(".html"), document, report);
    await paper(browser, file(".html"), report, keep ? file(".pdf") : undefined);
    await hostile(browser, document, file("-hostile.html"), report);
    if (keep) await photograph(browser, file(".html"), file);
}

async function photograph(browser: Browser, page: string, file: (ending: string) => string): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
        for (const width of [375, 768, 1440]) {
            await within(browser, page, { colorScheme, viewport: { width, height: 900 } }, async (opened) => {
                await opened.page.screenshot({ path: file(`-${width}-${colorScheme}.png`) });
                await opened.page.screenshot({ path: file(`-${width}-${colorScheme}-full.png`), fullPage: true });
            });
        }
    }
}

main(process.argv.slice(2)).then(
    (code) => {
        process.exitCode = code;
    },
    (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exitCode = 1;
    },
);
