import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { evaluate, type Graph } from "../../plan/graph";
import { parseStackFile, type RawConfig } from "../../plan/stack-file";

const root = join(__dirname, "..", "..");

/** Values to set in a committed stack file, by path below `config`, e.g. `openclaw:network.zones`. */
export type Changes = Readonly<Record<string, unknown>>;

/** A committed stack's configuration with changes. */
export function configOf(stack: "staging" | "prod", changes: Changes = {}): RawConfig {
    const file = `Pulumi.${stack}.yaml`;
    const document = parseDocument(readFileSync(join(root, file), "utf8"));
    for (const [key, value] of Object.entries(changes)) document.setIn(["config", ...key.split(".")], value);
    return parseStackFile(document.toString(), file);
}

const graphs = new Map<string, Promise<Graph>>();

/** The graph of a committed stack with changes; each is evaluated once. Evaluations follow one another: Pulumi's runtime is global. */
export function graphOf(stack: "staging" | "prod", changes: Changes = {}): Promise<Graph> {
    const key = JSON.stringify([stack, changes]);
    const known = graphs.get(key);
    if (known) return known;
    const previous = [...graphs.values()].at(-1) ?? Promise.resolve();
    const graph = previous.catch(() => undefined).then(() => evaluate(stack, configOf(stack, changes)));
    graphs.set(key, graph);
    return graph;
}
