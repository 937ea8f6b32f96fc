/** Text that is HTML already: what `markup` has made, and nothing that comes from a plan. */
export class Html {
    constructor(readonly text: string) {}
}

/** What may stand in a template: text is escaped, HTML is not; undefined and false are left out. */
export type Child = Html | string | number | false | undefined | readonly Child[];

/**
 * HTML from a template. Every value is escaped unless `markup` made it, so a name in a plan can be any text: also `</script>`.
 * A value inside a tag must stand in quotes.
 */
export function markup(template: TemplateStringsArray, ...children: readonly Child[]): Html {
    const parts = partsOf(template);
    let text = parts[0] ?? "";
    children.forEach((child, index) => {
        text += render(child) + (parts[index + 1] ?? "");
    });
    return new Html(text);
}

const seen = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The fixed parts of a template, without the line breaks and the indentation that are there for its reader. */
function partsOf(template: TemplateStringsArray): readonly string[] {
    const known = seen.get(template);
    if (known !== undefined) return known;
    const parts = template.map((part) =>
        part
            .replace(/^\s*\n\s*(?=<|$)|(^|(?<=>))\s*\n\s*$/g, "")
            .replace(/>\s*\n\s*</g, "><")
            .replace(/\s*\n\s*/g, " "),
    );
    if (parts.slice(0, -1).some((part) => part.endsWith("="))) {
        throw new Error("A value of an attribute has to stand in quotes.");
    }
    seen.set(template, parts);
    return parts;
}

/** Text with the characters escaped that mean something in HTML, in elements and in quoted attributes alike. */
export function escape(text: string): string {
    return SPECIAL.test(text) ? text.replace(SPECIALS, (character) => NAMES[character] ?? visible(character)) : text;
}

function render(child: Child): string {
    if (child instanceof Html) return child.text;
    if (typeof child === "string") return escape(child);
    if (typeof child === "number") return String(child);
    if (child === undefined || child === false) return "";
    return child.map(render).join("");
}

const NAMES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/*
 * Control characters, which HTML does not allow, and those that turn the direction of writing, with which a value could be
 * made to look like another one.
 */
// eslint-disable-next-line no-control-regex
const SPECIAL = /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const SPECIALS = new RegExp(SPECIAL.source, "g");

function visible(character: string): string {
    if (character === "\r") return "";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
