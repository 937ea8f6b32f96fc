import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Text of a script of this project, by its path from the project's folder. Looked up from the folder upwards, since the
 * plan runs the program bundled into one file, where `__dirname` is not the folder of the source.
 */
export function scriptFile(path: string): string {
    for (let folder = __dirname; ; folder = dirname(folder)) {
        if (existsSync(join(folder, "Pulumi.yaml"))) return readFileSync(join(folder, path), "utf8");
        if (folder === dirname(folder)) throw new Error(`No project folder above ${__dirname} to read ${path} from.`);
    }
}
