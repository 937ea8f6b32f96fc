import type { PlannedResource } from "./offline-engine";

/** A component of the program with the resources it is made of. */
export interface Component {
    readonly name: string;
    readonly type: string;
    readonly resources: readonly PlannedResource[];
}

export interface Tier {
    /** As in type tokens, e.g. `compute`; `other` for what belongs to none. */
    readonly name: string;
    readonly title: string;
    readonly components: readonly Component[];
}

/** Titles of the tiers, in the order of the house. */
export const TIER_TITLES: Readonly<Record<string, string>> = {
    foundation: "Foundation: keys, network",
    compute: "Tier 1, compute: the agents' cluster",
    coordination: "Tier 2, coordination: the agents' messages",
    data: "Tier 3, data: memory, decisions, skills, audit",
    operations: "Operations: alarms, dashboard, budget",
    other: "Providers",
};

/** The resources by tier and component, in the order of the house. Only what the cloud would hold is counted. */
export function tiersOf(resources: readonly PlannedResource[]): Tier[] {
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    // Components in the order in which the program makes them.
    const components = new Map<string, { name: string; type: string; resources: PlannedResource[] }>();
    for (const { urn, name, type, custom, parent } of resources) {
        if (!custom && parent !== undefined) components.set(urn, { name, type, resources: [] });
    }
    const alone = { name: "providers", type: "", resources: [] as PlannedResource[] };
    for (const resource of resources) {
        if (resource.custom) (components.get(topOf(resource, byUrn).urn) ?? alone).resources.push(resource);
    }
    return Object.entries(TIER_TITLES)
        .map(([tier, title]) => ({
            name: tier,
            title,
            components: [...components.values(), alone].filter(
                ({ type, resources: own }) => own.length > 0 && (tierOf(type) ?? "other") === tier,
            ),
        }))
        .filter((tier) => tier.components.length > 0);
}

/** The tier of a component's type token, e.g. `compute` of `openclaw:compute:Cluster`. */
export function tierOf(type: string): string | undefined {
    return /^openclaw:(\w+):/.exec(type)?.[1];
}

/** A type token as a reader knows it: `aws:kms/key:Key` is `kms.Key`. */
export function typeLabel(type: string): string {
    const [provider = "", module = "", name = ""] = type.split(":");
    return provider === "aws" ? `${module.split("/")[0]}.${name}` : name || type;
}

/** The component below the stack that a resource belongs to; the resource itself where it stands alone. */
function topOf(resource: PlannedResource, byUrn: ReadonlyMap<string, PlannedResource>): PlannedResource {
    const parent = resource.parent === undefined ? undefined : byUrn.get(resource.parent);
    return parent === undefined || parent.type === "pulumi:pulumi:Stack" ? resource : topOf(parent, byUrn);
}
