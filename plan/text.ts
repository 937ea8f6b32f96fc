import type { PolicyReport } from "../policy/report/report";
import { renderPolicies } from "../policy/report/text";
import type { Graph } from "./graph";
import type { PlannedResource } from "./offline-engine";
import { promises } from "./promises";
import { wrap } from "./text-wrap";
import { type Component, tiersOf, typeLabel } from "./tree";

export interface TextOptions {
    /** Columns of the terminal. */
    readonly width: number;
    readonly color: boolean;
    /** Every resource by name, not only how many there are of each type. */
    readonly full: boolean;
    readonly seconds: number;
}

/** The plan for a person at a terminal. */
export function renderText(graph: Graph, policies: PolicyReport, options: TextOptions): string {
    const style = (code: number) => (text: string) => (options.color ? `\x1b[${code}m${text}\x1b[0m` : text);
    const bold = style(1);
    const dim = style(2);
    const width = Math.max(60, Math.min(options.width, 120));
    const { settings, stack, resources } = graph;

    const lines = [
        bold(`openclaw ${stack}: offline plan`),
        `${settings.region}, account ${settings.account}, ${resources.length} resources, ${options.seconds.toFixed(1)} s`,
        "",
        ...wrap(
            "What the program would ask AWS for. No account was read: ids are made up, and what only AWS can refuse (quotas, " +
                "names already taken, permissions) shows in the real preview:",
            width,
        ),
        `  npm run preview -- --stack ${stack}`,
        "",
        bold("PROMISES, and the values that carry them"),
    ];
    for (const { number, title, values } of promises(graph)) {
        lines.push("", ...wrap(`${number}  ${title}`, width, 3).map(bold));
        for (const value of values) lines.push(...wrap(`   ${value}`, width, 5));
    }

    lines.push("", bold("POLICIES"), "", ...renderPolicies(policies, { width, color: options.color }));

    lines.push("", bold("RESOURCES"));
    for (const tier of tiersOf(resources)) {
        const count = String(tier.components.reduce((sum, component) => sum + component.resources.length, 0));
        lines.push("", bold(`${tier.title.padEnd(width - count.length)}${count}`));
        tier.components.forEach((component, index) => {
            const last = index === tier.components.length - 1;
            lines.push(...renderComponent(component, last, options.full, width, dim));
        });
    }
    return `${lines.join("\n")}\n`;
}

function renderComponent(
    component: Component,
    last: boolean,
    full: boolean,
    width: number,
    dim: (text: string) => string,
) {
    const count = String(component.resources.length);
    const head = `${last ? "└─" : "├─"} ${component.name}`;
    const bar = last ? "  " : "│ ";
    const lines = [`${head.padEnd(width - count.length)}${count}`];
    if (full) {
        const names = component.resources.map((resource) => `${resource.name}  ${dim(typeLabel(resource.type))}`);
        return [...lines, ...names.map((name) => `${bar}   ${name}`)];
    }
    const types = countBy(component.resources, ({ type }) => typeLabel(type));
    const summary = [...types].map(([type, number]) => (number > 1 ? `${number} ${type}` : type)).join(", ");
    return [...lines, ...wrap(summary, width - 5).map((line) => `${bar}   ${dim(line)}`)];
}

function countBy(
    resources: readonly PlannedResource[],
    key: (resource: PlannedResource) => string,
): Map<string, number> {
    const counts = new Map<string, number>();
    for (const resource of resources) counts.set(key(resource), (counts.get(key(resource)) ?? 0) + 1);
    return counts;
}
