import { z } from "zod";
import type { Level, Rule } from "./rule";

/** What Pulumi does about a violation. */
export const LEVELS = ["advisory", "mandatory", "remediate", "disabled"] as const;
const level = z.enum(LEVELS);

/** A rule's entry in a configuration file: a level, or settings with an optional level. The file is Pulumi's own format. */
export type Configuration = Readonly<Record<string, unknown>>;

/** A configuration does not fit the rules; says for each problem the key, the value and what would do. */
export class ConfigurationError extends Error {}

/** A rule with what the configuration makes of it. */
export interface Configured {
    readonly rule: Rule;
    readonly level: Level;
    readonly check: ReturnType<Rule["prepare"]>;
}

/** @throws ConfigurationError with all problems at once. */
export function configure(
    rules: readonly Rule[],
    configuration: Configuration,
    file = "policy configuration",
): Configured[] {
    const problems: string[] = [];
    const names = new Set(rules.map(({ name }) => name));
    for (const name of Object.keys(configuration)) {
        if (name !== "all" && !names.has(name)) {
            problems.push(`${name}: there is no such rule; npm run policy -- --list shows all`);
        }
    }
    const everywhere = levelOf("all", configuration["all"], problems);
    const configured = rules.flatMap((rule) => {
        const entry = configuration[rule.name];
        const settings: Record<string, unknown> = isEntry(entry) ? { ...entry } : {};
        delete settings["enforcementLevel"];
        const parsed = rule.settings.safeParse(settings);
        if (!parsed.success) {
            for (const { path, message } of parsed.error.issues) {
                const value = path.reduce<unknown>((at, key) => (isEntry(at) ? at[String(key)] : undefined), settings);
                const said = path.length === 0 || value === undefined ? "" : ` is ${JSON.stringify(value)}`;
                problems.push(`${[rule.name, ...path].join(".")}${said}: ${message}`);
            }
            return [];
        }
        const chosen = levelOf(rule.name, entry, problems) ?? everywhere ?? rule.level;
        return [{ rule, level: chosen, check: rule.prepare(settings) }];
    });
    if (problems.length > 0)
        throw new ConfigurationError(`${file} is refused:\n${problems.map((text) => `  ${text}`).join("\n")}`);
    return configured;
}

function levelOf(name: string, entry: unknown, problems: string[]): Level | undefined {
    const value = isEntry(entry) ? entry["enforcementLevel"] : entry;
    if (value === undefined) return undefined;
    const parsed = level.safeParse(value);
    if (parsed.success) return parsed.data;
    problems.push(`${name} is ${JSON.stringify(value)}: must be a level (${level.options.join(", ")}) or settings`);
    return undefined;
}

function isEntry(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null;
}
