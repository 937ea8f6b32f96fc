/* global clearTimeout, document, setTimeout */

/**
 * Makes a search field hide what does not match. Every word of the search has to occur in an entry.
 *
 * @param {{ field: string, entries: string, noun: string, changed?: (searching: boolean) => void }} options
 */
function searchable({ field, entries, noun, changed }) {
    const input = document.getElementById(field);
    const said = document.getElementById(input.getAttribute("aria-describedby"));
    const all = [...document.querySelectorAll(entries)];
    /** Texts of the entries, read when the first search needs them. */
    let texts;
    const search = () => {
        texts ??= all.map((entry) => entry.textContent.toLowerCase());
        const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
        let shown = 0;
        all.forEach((entry, index) => {
            const matches = words.every((word) => texts[index].includes(word));
            entry.hidden = !matches;
            if (matches) shown += 1;
        });
        changed?.(words.length > 0);
        const whole = `${all.length.toLocaleString("en-US")} ${noun}`;
        said.textContent = words.length === 0 ? whole : `${shown.toLocaleString("en-US")} of ${whole}`;
    };
    let waiting;
    input.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(search, 120);
    });
    input.addEventListener("keydown", ({ key }) => {
        if (key !== "Escape" || input.value === "") return;
        input.value = "";
        search();
    });
}

searchable({ field: "rule-search", entries: "#rules > li", noun: "rules" });

/** The components that were unfolded before a search unfolded those with matches. */
let unfolded;

searchable({
    field: "resource-search",
    entries: "#resource-tree li",
    noun: "resources",
    changed(searching) {
        const components = [...document.querySelectorAll("#resource-tree .component")];
        unfolded ??= components.filter(({ open }) => open);
        for (const component of components) {
            const matches = component.querySelector("li:not([hidden])") !== null;
            component.hidden = !matches;
            component.open = searching ? matches : unfolded.includes(component);
        }
        if (!searching) unfolded = undefined;
        for (const tier of document.querySelectorAll("#resource-tree .tier")) {
            tier.hidden = tier.querySelector(".component:not([hidden])") === null;
        }
    },
});
