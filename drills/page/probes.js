/* global document, getComputedStyle, innerHeight, innerWidth, matchMedia */

/*
 * What the drill asks of an open page, from inside it. The drill hands this text to the browser as its developer tools would, so the
 * page's own security policy stays as it is.
 */
globalThis.probes = {
    /** Unfolds everything, or everything but the hundreds of resources. */
    unfold(all) {
        for (const details of document.querySelectorAll("details")) {
            if (all || details.closest("#resource-tree li, #rules") === null) details.open = true;
        }
    },

    /** What is wider than the window: the page itself, or an element that no box of its own scrolls. */
    overflow() {
        const width = document.scrollingElement.scrollWidth;
        const wrong = width > innerWidth ? [`the page is ${width} px wide in a window of ${innerWidth}`] : [];
        for (const element of document.body.querySelectorAll("*")) {
            const { left, right, width: own, height } = element.getBoundingClientRect();
            if (own < 2 || height < 2 || (right <= innerWidth + 1 && left >= -1)) continue;
            if (element.closest("symbol, .hidden-words, .skip") !== null || isScrolled(element)) continue;
            wrong.push(`${nameOf(element)} from ${Math.round(left)} to ${Math.round(right)}`);
        }
        return wrong;
    },

    /** Words of the shown picture that lie over other words, or stick out of it. */
    crowded() {
        const picture = [...document.querySelectorAll(".picture")].find((each) => each.checkVisibility());
        const frame = picture.getBoundingClientRect();
        const words = [...picture.querySelectorAll("text")].map((text) => ({
            text: text.textContent,
            box: text.getBoundingClientRect(),
        }));
        const wrong = words
            .filter(
                ({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1,
            )
            .map(({ text }) => `"${text}" sticks out`);
        words.forEach((one, index) => {
            for (const other of words.slice(index + 1)) {
                const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
                const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
                if (across > 1 && down > 4) wrong.push(`"${one.text}" lies over "${other.text}"`);
            }
        });
        return wrong;
    },

    /** The figures of the cost section as they are shown. */
    costs() {
        const text = (element) => element.innerText.trim();
        return {
            headline: text(document.querySelector(".total .figure")),
            grand: text(document.querySelector(".grand b")),
            tiers: [...document.querySelectorAll("#cost > table.cards tbody tr, #cost > table.cards tfoot tr")].map(
                (row) => [...row.cells].map(text),
            ),
            groups: [...document.querySelectorAll("#cost .lines")].map((group) => ({
                name: text(group.querySelector("summary")),
                sum: text(group.querySelector("summary .sum")),
                foot: text(group.querySelector("tfoot td:last-child")),
                lines: [...group.querySelectorAll("tbody tr")].map((row) =>
                    [...row.cells].map((cell) => text(cell).split("\n")[0]),
                ),
            })),
        };
    },

    /** How many entries are shown and hidden, what the status says, and whether each shown one has the words. */
    found(entries, status, words) {
        const all = [...document.querySelectorAll(entries)];
        const shown = all.filter((entry) => !entry.hidden);
        const has = (entry) => words.every((word) => entry.textContent.toLowerCase().includes(word));
        return {
            all: all.length,
            shown: shown.length,
            visible: shown.filter((entry) => entry.checkVisibility()).length,
            having: all.filter(has).length,
            wrong: shown.filter((entry) => !has(entry)).length,
            status: document.getElementById(status).textContent,
        };
    },

    colours() {
        const body = getComputedStyle(document.body);
        return {
            paper: body.backgroundColor,
            ink: body.color,
            dark: matchMedia("(prefers-color-scheme: dark)").matches,
        };
    },

    /** Sections and headings that a reader sees: their texts, by level. */
    headings() {
        return [...document.querySelectorAll("h1, h2, h3")]
            .filter((heading) => heading.checkVisibility())
            .map((heading) => ({ level: Number(heading.tagName[1]), text: heading.textContent }));
    },

    focused() {
        const element = document.activeElement;
        const { top, bottom } = element.getBoundingClientRect();
        const bar = document.querySelector(".masthead");
        const free = bar.contains(element) || element.matches(".skip") ? 0 : bar.getBoundingClientRect().bottom - 1;
        return { name: nameOf(element), seen: top >= free && top < innerHeight && bottom > free };
    },

    /** Elements that no text of a plan may make. */
    intruders() {
        const made = document.querySelectorAll(
            "img, iframe, object, embed, form, main script, footer script, [onerror], [onload]",
        );
        const links = [...document.querySelectorAll("a")].filter(
            ({ protocol }) => !["https:", "file:"].includes(protocol),
        );
        return [...made, ...links].map(nameOf);
    },
};

function isScrolled(element) {
    for (let place = element.parentElement; place !== null && place !== document.body; place = place.parentElement) {
        if (getComputedStyle(place).overflowX !== "visible")
            return place.getBoundingClientRect().right <= innerWidth + 1;
    }
    return false;
}

function nameOf(element) {
    const words = element.textContent.trim().slice(0, 40);
    return `${element.tagName.toLowerCase()}${element.id && `#${element.id}`} "${words}"`;
}
