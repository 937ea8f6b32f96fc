import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Resource } from "../engine/resource";

export interface Location {
    /** Path from the folder, with slashes. */
    readonly file: string;
    readonly line: number;
}

/** Says where a resource comes from; for the stack as a whole, where its configuration is. */
export type Locate = (resource: Resource | undefined) => Location;

interface Source {
    readonly file: string;
    readonly lines: readonly string[];
}

/**
 * Finds the source line that makes a resource: the file of the nearest component, known by the type that it registers, and
 * in it the template of the resource's name. Sources are read at the first question, so that a report without findings
 * costs nothing.
 */
export function sourcesIn(folder: string, resources: readonly Resource[], otherwise: string): Locate {
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    let components: Map<string, Source & { line: number }> | undefined;
    return (resource) => {
        components ??= componentsIn(folder);
        for (let child = resource; child !== undefined; child = byUrn.get(child.parent ?? "")) {
            const owner = byUrn.get(child.parent ?? "");
            const source = owner && components.get(owner.type);
            if (source) return { file: source.file, line: lineOf(source, owner.name, child.name) ?? source.line };
        }
        return { file: otherwise, line: 1 };
    };
}

/** The line with the template of a child's name: `${name}-logs-api`, or `${name}-logs-${...}` where it is one of several. */
function lineOf({ lines }: Source, owner: string, child: string): number | undefined {
    if (!child.startsWith(`${owner}-`)) return undefined;
    const parts = child.slice(owner.length + 1).split("-");
    const exact = lines.findIndex((line) => line.includes(`\${name}-${parts.join("-")}\``));
    if (exact >= 0) return exact + 1;
    for (let length = parts.length - 1; length > 0; length--) {
        const start = `\${name}-${parts.slice(0, length).join("-")}-\${`;
        const index = lines.findIndex((line) => line.includes(start));
        if (index >= 0) return index + 1;
    }
    return undefined;
}

/** The files of a folder's components by the type that each registers. */
function componentsIn(folder: string): Map<string, Source & { line: number }> {
    const found = new Map<string, Source & { line: number }>();
    for (const entry of readdirSync(join(folder, "components"), { recursive: true, encoding: "utf8" })) {
        if (!entry.endsWith(".ts")) continue;
        const file = join("components", entry).replaceAll("\\", "/");
        const lines = readFileSync(join(folder, file), "utf8").split("\n");
        lines.forEach((line, index) => {
            const type = /super\("([\w:]+)"/.exec(line)?.[1];
            if (type !== undefined) found.set(type, { file, lines, line: index + 1 });
        });
    }
    return found;
}
