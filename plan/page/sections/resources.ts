import { TIER_TITLES } from "../../tree";
import type { DocumentResource, PlanDocument } from "../../document/schema";
import { count, plural } from "../../document/figures";
import { type Child, type Html, markup } from "../html";
import { type Section, section } from "../parts";
import { readable, type Written } from "../readable";

/** Where each resource stands on the page. */
export function anchorsOf({ resources }: PlanDocument): Map<string, string> {
    return new Map(resources.map(({ urn }, index) => [urn, `resource-${index + 1}`]));
}

/**
 * Every resource with its inputs, by tier and component. The inputs are text in folded elements, which a browser lays out when
 * they are opened: so they are there without a script, and for a search in the page.
 */
export function resources({ resources: all }: PlanDocument, anchors: ReadonlyMap<string, string>): Section {
    const tiers = groupBy(all, ({ tier }) => tier);
    const known = Object.keys(TIER_TITLES);
    const rank = (tier: string) => (known.includes(tier) ? known.indexOf(tier) : known.length);
    const written: Written = new Map();
    const names = new Map(all.map(({ urn, name }) => [urn, name]));
    return section(
        "resources",
        "Resources",
        "Everything that would exist",
        `${plural(all.length, "resource")}, by tier and by the component that makes them. Each unfolds to its inputs; text that is JSON is unfolded too, and secrets are left out.`,
        markup`
            <p class="search needs-script">
                <label for="resource-search">Search names, types and inputs</label>
                <input id="resource-search" type="search" autocomplete="off" spellcheck="false" aria-describedby="resource-count"/>
                <span id="resource-count" role="status" aria-live="polite">${plural(all.length, "resource")}</span>
                <button type="button" id="resource-fold" aria-expanded="false" aria-controls="resource-tree">Unfold all components</button>
            </p>
            <div class="tree" id="resource-tree">
                ${[...tiers]
                    .sort(([one], [other]) => rank(one) - rank(other))
                    .map(
                        ([tier, own]) => markup`
                            <div class="tier">
                                <h3>${TIER_TITLES[tier] ?? tier}<span class="muted"> ${count(own.length)}</span></h3>
                                ${[...groupBy(own, ({ component }) => component)].map(
                                    ([component, items]) => markup`
                                        <details class="component">
                                            <summary>${component}<span class="muted"> ${count(items.length)}</span></summary>
                                            <ul>${items.map((item) => resource(item, anchors, names, written))}</ul>
                                        </details>
                                    `,
                                )}
                            </div>
                        `,
                    )}
            </div>
        `,
    );
}

function resource(
    item: DocumentResource,
    anchors: ReadonlyMap<string, string>,
    names: ReadonlyMap<string, string>,
    written: Written,
): Html {
    const { urn, type, name, inputs, dependencies, protect, retainOnDelete, ignoreChanges, aliases } = item;
    const marks = [
        ...(retainOnDelete ? ["kept when deleted"] : []),
        ...(ignoreChanges.length > 0 ? [`leaves alone ${ignoreChanges.join(", ")}`] : []),
        ...(aliases.length > 0 ? [`was called ${aliases.join(", ")}`] : []),
    ];
    const link = (target: string): Child => {
        const anchor = anchors.get(target);
        const label = names.get(target) ?? target;
        return anchor === undefined ? label : markup`<a href="#${anchor}">${label}</a>`;
    };
    return markup`
        <li id="${anchors.get(urn) ?? ""}">
            <details>
                <summary><span class="resource">${name}</span> <span class="type">${typeLabel(type)}</span>${protect && markup` <span class="badge-words">protected</span>`}</summary>
                ${marks.length > 0 && markup`<p class="small">${marks.join("; ")}</p>`}
                ${dependencies.length > 0 && markup`<p class="small">After ${dependencies.map((target, index) => [index > 0 && ", ", link(target)])}</p>`}
                ${Object.keys(inputs).length > 0 ? markup`<pre>${readable(inputs, name, written)}</pre>` : markup`<p class="small">No inputs.</p>`}
            </details>
        </li>
    `;
}

/** A type as a reader knows it: `aws:kms/key:Key` is `kms.Key`. */
function typeLabel(type: string): string {
    const [provider = "", module = "", name = ""] = type.split(":");
    return provider === "aws" ? `${module.split("/")[0]}.${name}` : name || type;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
    const groups = new Map<string, T[]>();
    for (const item of items) {
        const group = groups.get(key(item));
        if (group === undefined) groups.set(key(item), [item]);
        else group.push(item);
    }
    return groups;
}
