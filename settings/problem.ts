import { closest } from "fastest-levenshtein";
import { z } from "zod";

/** One thing that is wrong with the configuration, with all a person needs to put it right. */
export interface Problem {
    /** As `pulumi config set --path` takes it, e.g. `openclaw:network.cidr`. */
    readonly key: string;
    /** What stands there; undefined where nothing does. */
    readonly value: unknown;
    /** What it must be. */
    readonly rule: string;
    /** What to do, or a value that would do. */
    readonly remedy: string;
}

/** Everything that is wrong, at once. Thrown before any resource is registered. */
export class ConfigError extends Error {
    constructor(readonly problems: readonly Problem[]) {
        super(describe(problems));
        this.name = "ConfigError";
    }
}

function describe(problems: readonly Problem[]): string {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const blocks = problems.map(({ key, value, rule, remedy }) =>
        [`  ${key}`, `    value  ${show(value)}`, `    rule   ${rule}`, `    try    ${remedy}`].join("\n"),
    );
    return [`The configuration has ${count}; nothing was created.`, ...blocks].join("\n\n");
}

/** A value on one line, as the stack file would hold it. */
export function show(value: unknown): string {
    if (value === undefined) return "(missing)";
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

/** The key of a path, e.g. `["network", "zones", 0]` is `openclaw:network.zones[0]`. */
export function keyOf(path: readonly PropertyKey[]): string {
    const [first, ...rest] = path;
    if (first === "region") return "aws:region";
    const tail = rest.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return `openclaw:${String(first)}${tail}`;
}

/** What a schema's own checks found, as problems. */
export function problemsOf(error: z.ZodError, schema: z.ZodType, input: unknown): Problem[] {
    return error.issues.flatMap((issue): Problem[] => {
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map((key) =>
                unknownKey([...issue.path, key], valueAt(input, [...issue.path, key]), schema),
            );
        }
        const value = valueAt(input, issue.path);
        const wanted = remedyAt(schema, issue.path, value);
        return [
            {
                key: keyOf(issue.path),
                value,
                rule: value === undefined ? `is required, and ${issue.message}` : issue.message,
                remedy: wanted === undefined ? "see docs/configuration.md" : show(wanted),
            },
        ];
    });
}

function unknownKey(path: readonly PropertyKey[], value: unknown, schema: z.ZodType): Problem {
    const parent = unwrap(schemaAt(schema, path.slice(0, -1)));
    const known = parent instanceof z.ZodObject ? Object.keys(parent.shape) : [];
    const wanted = known.length > 0 ? closest(String(path.at(-1)), known) : undefined;
    return {
        key: keyOf(path),
        value,
        rule: `is not a key that exists here: ${known.map((key) => (path.length === 1 ? keyOf([key]) : key)).join(", ")}`,
        remedy: wanted ? `did you mean ${keyOf([...path.slice(0, -1), wanted])}? Otherwise remove it` : "remove it",
    };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
        input,
    );
}

function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
    return schema instanceof z.ZodOptional ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
    return path.reduce<z.ZodType | undefined>((current, part) => {
        const here = unwrap(current);
        if (here instanceof z.ZodObject) return here.shape[String(part)] as z.ZodType | undefined;
        if (here instanceof z.ZodArray) return here.element as z.ZodType;
        if (here instanceof z.ZodRecord) return here.valueType as z.ZodType;
        return undefined;
    }, schema);
}

/** A value that would do at a path: what the field suggests for the value that stands there, else its example. */
function remedyAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): unknown {
    const found = unwrap(schemaAt(schema, path));
    const suggest = found?.meta()?.["suggest"];
    return typeof suggest === "function" ? (suggest(value) as unknown) : found && exampleOf(found);
}

/** A value that would do, from the examples in a schema. */
export function exampleOf(schema: z.ZodType): unknown {
    const example = schema.meta()?.["example"];
    if (example !== undefined) return example;
    const here = unwrap(schema);
    if (here instanceof z.ZodObject) {
        const entries = Object.entries(here.shape as Record<string, z.ZodType>);
        return Object.fromEntries(entries.map(([key, child]) => [key, exampleOf(child)]));
    }
    if (here instanceof z.ZodRecord) return { analyst: exampleOf(here.valueType as z.ZodType) };
    return undefined;
}
