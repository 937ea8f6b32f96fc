import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { UsageError } from "../../plan/usage";
import { type Configuration, type Configured, configure } from "../engine/configuration";
import { RULES } from "../rules";

/** The rules as a file configures them, and where that file is. */
export interface LoadedRules {
    readonly rules: readonly Configured[];
    /** Path from the folder, or what stands for it. */
    readonly file: string;
}

/**
 * Makes the rules ready for a stack: with `policy/config/STACK.json` where there is one, else with their defaults, or with the
 * file that is named.
 *
 * @throws UsageError where the file cannot be read; ConfigurationError where it does not fit the rules.
 */
export function loadRules(folder: string, stack: string | undefined, named?: string): LoadedRules {
    const file =
        named === undefined ? join("policy", "config", `${stack}.json`) : relative(folder, resolve(folder, named));
    if (named === undefined && (stack === undefined || !existsSync(join(folder, file)))) {
        return { rules: configure(RULES, {}), file: "the rules' defaults" };
    }
    return { rules: configure(RULES, read(join(folder, file), file), file), file };
}

function read(path: string, file: string): Configuration {
    let text: string;
    try {
        text = readFileSync(path, "utf8");
    } catch (error) {
        throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new UsageError(`${file} must hold an object with rules' names as its keys`);
    }
    return value as Configuration;
}
