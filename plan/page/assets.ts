import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Style and scripts of the page, and what its security policy knows them by. */
export interface Assets {
    readonly style: string;
    readonly scripts: readonly string[];
    /** The page may load nothing, and run nothing but these very texts. */
    readonly policy: string;
}

const STYLES = ["base", "parts", "summary", "picture", "sections", "resources", "print"].map(
    (name) => `style/${name}.css`,
);
const SCRIPTS = ["search", "page"].map((name) => `client/${name}.js`);

let read: Assets | undefined;

/** Reads them once. */
export function assets(): Assets {
    if (read === undefined) {
        const style = STYLES.map(file).join("\n");
        const scripts = SCRIPTS.map(file);
        const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
        const policy = [
            "default-src 'none'",
            `style-src ${hash(style)}`,
            `script-src ${scripts.map(hash).join(" ")}`,
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ].join("; ");
        read = { style, scripts, policy };
    }
    return read;
}

/** Looked up from the folder upwards: the plan runs bundled into one file, where `__dirname` is not the folder of the source. */
function file(path: string): string {
    for (let folder = __dirname; ; folder = dirname(folder)) {
        const found = join(folder, "plan", "page", path);
        if (existsSync(found)) return readFileSync(found, "utf8");
        if (folder === dirname(folder)) throw new Error(`No plan/page above ${__dirname} to read ${path} from.`);
    }
}
