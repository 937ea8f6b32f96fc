import type { PlannedResource } from "../offline-engine";

/**
 * URNs that a resource may have had before, by its own aliases and those of the components above it. Pulumi passes an alias of a
 * component on to what is in it: the URN's part for the parent's type stays, and a name that begins with the old name begins with the new.
 */
export function formerUrns(resource: PlannedResource, byUrn: ReadonlyMap<string, PlannedResource>): readonly string[] {
    const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
    const own = resource.aliases.map((alias) => (alias.startsWith("urn:") ? alias : withName(resource.urn, alias)));
    const inherited = parent ? formerNames(parent, byUrn) : [];
    const named = inherited.flatMap(({ before, now }) =>
        resource.name.startsWith(now) ? [withName(resource.urn, before + resource.name.slice(now.length))] : [],
    );
    return [...new Set([...own, ...named])].filter((urn) => urn !== resource.urn);
}

interface Renaming {
    readonly before: string;
    readonly now: string;
}

/** How a component and those above it were called. */
function formerNames(component: PlannedResource, byUrn: ReadonlyMap<string, PlannedResource>): Renaming[] {
    const parent = component.parent === undefined ? undefined : byUrn.get(component.parent);
    const own = component.aliases.map((alias) => ({
        before: alias.startsWith("urn:") ? nameOf(alias) : alias,
        now: component.name,
    }));
    return [...own, ...(parent ? formerNames(parent, byUrn) : [])];
}

function withName(urn: string, name: string): string {
    return [...urn.split("::").slice(0, -1), name].join("::");
}

function nameOf(urn: string): string {
    return urn.split("::").at(-1) ?? urn;
}
