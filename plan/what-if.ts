import { parse, YAMLParseError } from "yaml";
import type { RawConfig } from "./stack-file";
import { UsageError } from "./usage";

const NAMESPACE = "openclaw:";

/**
 * A configuration with some values changed, each given as `key=value`: the key as `pulumi config set --path` takes it, with or without
 * `openclaw:` before it, the value as YAML. Whether the result is sound is for the program to say.
 *
 * @throws UsageError where an assignment cannot be read, or leads through a value that has no parts.
 */
export function withValues(config: RawConfig, assignments: readonly string[]): RawConfig {
    return assignments.reduce((changed, assignment) => {
        const { path, value } = readAssignment(assignment);
        const [first, ...rest] = path;
        const key = String(first).includes(":") ? String(first) : `${NAMESPACE}${first}`;
        const before = changed[key];
        const whole = rest.length === 0 ? value : withPart(decode(before), rest, value, assignment);
        return { ...changed, [key]: typeof whole === "string" ? whole : JSON.stringify(whole) };
    }, config);
}

/**
 * A configuration whose classes together have so many agents, each class in its share and with one agent at least.
 *
 * @throws UsageError where there are more classes than agents.
 */
export function withAgents(config: RawConfig, agents: number): RawConfig {
    const fleet = decode(config[`${NAMESPACE}fleet`]);
    const classes = isObject(fleet) && isObject(fleet["classes"]) ? fleet["classes"] : {};
    const sizes = Object.entries(classes).map(([name, each]) => ({
        name,
        size: isObject(each) ? Number(each["agents"]) : 0,
    }));
    if (agents < sizes.length) {
        throw new UsageError(
            `--agents ${agents} is too few: each of the ${sizes.length} classes has at least one agent`,
        );
    }
    // Each class has its first agent; the others are shared out, so that what is left over goes to the largest rests.
    const total = sizes.reduce((sum, { size }) => sum + size, 0);
    const shares = sizes.map(({ name, size }) => ({ name, share: (size / total) * (agents - sizes.length) }));
    const left = agents - sizes.length - shares.reduce((sum, { share }) => sum + Math.floor(share), 0);
    const rests = [...shares].sort((one, other) => (other.share % 1) - (one.share % 1)).slice(0, left);
    return withValues(
        config,
        shares.map((each) => {
            const count = 1 + Math.floor(each.share) + (rests.includes(each) ? 1 : 0);
            return `fleet.classes.${each.name}.agents=${count}`;
        }),
    );
}

interface Assignment {
    readonly path: readonly (string | number)[];
    readonly value: unknown;
}

const EXAMPLE = "for example --set fleet.classes.analyst.agents=400";

function readAssignment(assignment: string): Assignment {
    const at = assignment.indexOf("=");
    if (at < 1) throw new UsageError(`--set takes key=value, not ${assignment}; ${EXAMPLE}`);
    const path = readPath(assignment.slice(0, at));
    if (path === undefined) throw new UsageError(`--set: ${assignment.slice(0, at)} is no key; ${EXAMPLE}`);
    try {
        return { path, value: parse(assignment.slice(at + 1)) as unknown };
    } catch (error) {
        if (!(error instanceof YAMLParseError)) throw error;
        throw new UsageError(`--set ${assignment}: the value is not YAML: ${error.message.split("\n")[0]}`);
    }
}

/** `network.zones[2]` is `network`, `zones`, 2. */
function readPath(key: string): (string | number)[] | undefined {
    if (!/^[\w-]+(:[\w-]+)?([.][\w-]+|\[\d+\])*$/.test(key)) return undefined;
    const bare = key.startsWith(NAMESPACE) ? key.slice(NAMESPACE.length) : key;
    return bare.split(/[.[\]]/).flatMap((part) => (part === "" ? [] : [/^\d+$/.test(part) ? Number(part) : part]));
}

function withPart(whole: unknown, path: readonly (string | number)[], value: unknown, assignment: string): unknown {
    const [first, ...rest] = path;
    if (first === undefined) return value;
    if (Array.isArray(whole) && typeof first === "number") {
        if (first > whole.length) throw new UsageError(`--set ${assignment}: the list has ${whole.length} entries`);
        const changed = [...(whole as unknown[])];
        changed[first] = withPart(whole[first], rest, value, assignment);
        return changed;
    }
    if (whole === undefined || (isObject(whole) && typeof first === "string")) {
        const parts = isObject(whole) ? whole : {};
        return { ...parts, [first]: withPart(parts[first], rest, value, assignment) };
    }
    throw new UsageError(`--set ${assignment}: ${JSON.stringify(whole)} has no part ${first}`);
}

function decode(text: string | undefined): unknown {
    if (text === undefined) return undefined;
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
