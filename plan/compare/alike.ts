import type { Change } from "../document/schema";

/** Changes that say the same of several resources of a type, as one subnet more of every endpoint. */
export interface AlikeChanges {
    readonly change: Change;
    /** Names of the others. */
    readonly others: readonly string[];
}

/** Changes with those that are alike together, in the order of the first of each. */
export function alike(changes: readonly Change[]): AlikeChanges[] {
    const groups = new Map<string, { change: Change; others: string[] }>();
    for (const change of changes) {
        const key = JSON.stringify([change.kind, change.type, change.why, change.properties]);
        const group = groups.get(key);
        // A name says which one is new or gone, so these stay by themselves.
        if (group === undefined || change.properties.length === 0) {
            groups.set(group === undefined ? key : change.urn, { change, others: [] });
        } else group.others.push(change.name);
    }
    return [...groups.values()];
}

/** E.g. `network-endpoint-eks and 12 like it`, or what a renamed one was. */
export function labelOf({ change: { name, was }, others }: AlikeChanges): string {
    const own = was === undefined || was === name ? name : `${was} is now ${name}`;
    return others.length === 0 ? own : `${own} and ${others.length} like it`;
}
