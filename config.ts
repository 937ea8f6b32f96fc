import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type Names, nameProblems } from "./settings/names";
import { ConfigError, problemsOf } from "./settings/problem";
import { crossCheck } from "./settings/rules";
import { type Settings, schema } from "./settings/schema";

const NAMESPACE = "openclaw:";

/**
 * The stack's configuration, checked as a whole. The only reader of configuration in the program: components take plain
 * values. Ends the program with one message that names everything that is wrong, before any resource is registered.
 */
export function loadConfig(): Settings {
    try {
        return parseConfig(pulumi.runtime.allConfig(), pulumiNames());
    } catch (error) {
        // A user's mistake: Pulumi prints a RunError as it is, without a stack trace.
        throw error instanceof ConfigError ? new pulumi.RunError(error.message) : error;
    }
}

/** What Pulumi calls this deployment. */
export function pulumiNames(): Names {
    return { project: pulumi.getProject(), stack: pulumi.getStack() };
}

/**
 * Settings from configuration as Pulumi hands it over: each key with its namespace, objects as JSON text. The names are
 * checked with it where they are given.
 *
 * @throws ConfigError with every problem found.
 */
export function parseConfig(raw: Readonly<Record<string, string>>, names?: Names): Settings {
    const input: Record<string, unknown> = {};
    if (raw["aws:region"] !== undefined) input["region"] = raw["aws:region"];
    for (const [key, value] of Object.entries(raw)) {
        if (key.startsWith(NAMESPACE)) input[key.slice(NAMESPACE.length)] = decode(key.slice(NAMESPACE.length), value);
    }
    const named = names === undefined ? [] : nameProblems(names);
    const result = schema.safeParse(input);
    if (!result.success) {
        const between = crossCheck(soundSections(input));
        throw new ConfigError([...named, ...problemsOf(result.error, schema, input), ...between]);
    }
    const problems = [...named, ...crossCheck(result.data)];
    if (problems.length > 0) throw new ConfigError(problems);
    return result.data;
}

/** The sections that are right in themselves: what joins them can be checked although others are wrong. */
function soundSections(input: Readonly<Record<string, unknown>>): Partial<Settings> {
    return Object.fromEntries(
        Object.entries(schema.shape).flatMap(([key, section]) => {
            const result = (section as z.ZodType).safeParse(input[key]);
            return result.success ? [[key, result.data]] : [];
        }),
    );
}

/** Pulumi keeps everything but text as JSON; what should be text stays as written ("111122223333" is no number). */
function decode(key: string, value: string): unknown {
    const field = schema.shape[key as keyof typeof schema.shape] as z.ZodType | undefined;
    if (field instanceof z.ZodString) return value;
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}
