import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { MissingTool } from "../components/cache";
import { nothingWrong } from "../components/report";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const PROBES = readFileSync(join(__dirname, "probes.js"), "utf8");

/** The browser of this machine, named by CHROMIUM_PATH or found on PATH. */
export async function openBrowser(): Promise<Browser> {
    const named = process.env["CHROMIUM_PATH"];
    const found = named === undefined || named === "" ? NAMES.flatMap(onPath)[0] : named;
    if (found === undefined) {
        throw new MissingTool(
            `needs Chromium, as ${NAMES.join(", ")} on PATH or named by CHROMIUM_PATH, e.g. apt-get install chromium`,
        );
    }
    if (!isExecutable(found)) throw new MissingTool(`CHROMIUM_PATH names ${found}, which cannot be run`);
    return chromium.launch({ executablePath: found });
}

function onPath(name: string): string[] {
    const folders = (process.env["PATH"] ?? "").split(delimiter);
    return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

/** An open page, and all that it has said and asked for. */
export class Opened {
    readonly page: Page;
    readonly #said: string[] = [];
    readonly #asked: string[] = [];

    private constructor(page: Page, url: string) {
        this.page = page;
        page.on("console", (message) => this.#said.push(`${message.type()}: ${message.text()}`));
        page.on("pageerror", (error) => this.#said.push(`error: ${error.message}`));
        page.on("dialog", (dialog) => this.#said.push(`dialog: ${dialog.message()}`));
        page.on("request", (request) => {
            const asked = request.url().split("#")[0] ?? "";
            if (asked !== url && !asked.startsWith("data:")) this.#asked.push(asked);
        });
    }

    static async open(browser: Browser, file: string, options: BrowserContextOptions = {}): Promise<Opened> {
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
        const page = await context.newPage();
        const url = pathToFileURL(file).href;
        const opened = new Opened(page, url);
        await page.goto(url);
        await page.evaluate(PROBES);
        return opened;
    }

    /** Asks a probe of probes.js, e.g. `overflow()`. */
    async ask<T>(call: string): Promise<T> {
        return this.page.evaluate<T>(`probes.${call}`);
    }

    /** Fails where the page has said or asked for anything. */
    silent(): void {
        nothingWrong([...this.#said, ...this.#asked.map((url) => `asked for ${url}`)]);
    }

    async close(): Promise<void> {
        await this.page.context().close();
    }
}

/** Opens a page, does something with it, and closes it, however that ends; whatever it was, the page must have been silent. */
export async function within<T>(
    browser: Browser,
    file: string,
    options: BrowserContextOptions,
    act: (opened: Opened) => Promise<T>,
): Promise<T> {
    const opened = await Opened.open(browser, file, options);
    try {
        const result = await act(opened);
        opened.silent();
        return result;
    } finally {
        await opened.close();
    }
}
