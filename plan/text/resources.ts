import type { PlannedResource } from "../offline-engine";
import { type Component, tiersOf, typeLabel } from "../tree";
import type { Style } from "./style";
import { wrap } from "./wrap";

/** The resources by tier and component: how many there are of each type, or every one by name. */
export function renderResources(resources: readonly PlannedResource[], style: Style): string[] {
    return tiersOf(resources).flatMap((tier) => {
        const count = String(tier.components.reduce((sum, component) => sum + component.resources.length, 0));
        return [
            "",
            style.bold(`${tier.title.padEnd(style.width - count.length)}${count}`),
            ...tier.components.flatMap((component, index) =>
                renderComponent(component, index === tier.components.length - 1, style),
            ),
        ];
    });
}

function renderComponent(component: Component, last: boolean, { width, full, dim }: Style): string[] {
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

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
    return counts;
}
