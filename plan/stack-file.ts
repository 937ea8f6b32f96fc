import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { UsageError } from "./usage";

/** Configuration as Pulumi hands it to a program: every key with its namespace, every value as text. */
export type RawConfig = Record<string, string>;

/** The stacks that have a file in the folder. */
export function stacksIn(folder: string): string[] {
    return readdirSync(folder)
        .map((file) => /^Pulumi\.([\w-]+)\.yaml$/.exec(file)?.[1])
        .filter((stack) => stack !== undefined)
        .sort();
}

/**
 * Reads `Pulumi.<stack>.yaml` as Pulumi would.
 *
 * @throws UsageError where the file is missing, is not YAML, or holds an encrypted value.
 */
export function readStackFile(folder: string, stack: string): RawConfig {
    const name = `Pulumi.${stack}.yaml`;
    const file = join(folder, name);
    if (!existsSync(file)) {
        const known = stacksIn(folder);
        throw new UsageError(`there is no ${name}; stacks here: ${known.join(", ") || "none"}`);
    }
    return parseStackFile(readFileSync(file, "utf8"), name);
}

export function parseStackFile(text: string, name: string): RawConfig {
    const config = configOf(text, name);
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => {
            if (typeof value === "object" && value !== null && "secure" in value) {
                throw new UsageError(
                    `${name}: ${key} is encrypted; a plan reads no secrets, and this program needs none`,
                );
            }
            return [key, typeof value === "string" ? value : JSON.stringify(value)];
        }),
    );
}

function configOf(text: string, name: string): Record<string, unknown> {
    let document: unknown;
    try {
        document = parse(text);
    } catch (error) {
        if (error instanceof YAMLParseError) throw new UsageError(`${name} is not YAML: ${error.message}`);
        throw error;
    }
    const config = isObject(document) ? document["config"] : undefined;
    if (!isObject(config)) throw new UsageError(`${name} has no "config:" with keys below it`);
    return config;
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
