/*
 * Inputs of a resource for a person to read: indented like YAML, with text that is JSON itself (policies, dashboards) unfolded and
 * text of many lines as it is. Not meant to be parsed: `--json` is for that.
 */

/** Long texts that were written before, with where that was: the same script in every class of agents is read once. */
export type Written = Map<string, string>;

/** Shorter texts are written again. */
const LONG = 1000;

/** A value as lines of text; of a long text that is in `written` already, only where. */
export function readable(value: unknown, where = "", written: Written = new Map()): string {
    const paper: Paper = { lines: [], where, written };
    if (isFilled(value)) write(value, "", "", paper);
    else paper.lines.push(scalar(value));
    return paper.lines.join("\n");
}

interface Paper {
    readonly lines: string[];
    readonly where: string;
    readonly written: Written;
}

/** Writes a list or an object with something in it; `first` stands before its first line, `indent` before the others. */
function write(value: object, first: string, indent: string, paper: Paper): void {
    let start = first;
    if (Array.isArray(value)) {
        const items: readonly unknown[] = value;
        for (const item of items) {
            if (isFilled(item)) write(item, `${start}- `, `${indent}  `, paper);
            else paper.lines.push(`${start}- ${scalar(item)}`);
            start = indent;
        }
        return;
    }
    for (const [key, item] of Object.entries(value)) {
        entry(`${start}${plain(key)}:`, item, indent, paper);
        start = indent;
    }
}

function entry(name: string, item: unknown, indent: string, paper: Paper): void {
    if (isFilled(item)) {
        paper.lines.push(name);
        return write(item, `${indent}  `, `${indent}  `, paper);
    }
    if (typeof item === "string") {
        if (item.length > LONG) {
            const before = paper.written.get(item);
            if (before !== undefined) {
                paper.lines.push(`${name} # the same text as in ${before}`);
                return;
            }
            paper.written.set(item, paper.where);
        }
        const json = parsed(item);
        if (json !== undefined) {
            paper.lines.push(`${name} # JSON`);
            return write(json, `${indent}  `, `${indent}  `, paper);
        }
        if (item.includes("\n")) {
            paper.lines.push(`${name} |`);
            for (const line of item.trimEnd().split("\n")) paper.lines.push(`${indent}  ${line}`);
            return;
        }
    }
    paper.lines.push(`${name} ${scalar(item)}`);
}

function scalar(value: unknown): string {
    if (typeof value === "string") return plain(value);
    if (Array.isArray(value)) return "[]";
    if (typeof value === "object" && value !== null) return "{}";
    return value === undefined ? "(known after it is made)" : String(value);
}

/** Text without quotes, except where it would be taken for something else. */
function plain(text: string): string {
    return /^[a-z][\w./-]*$/i.test(text) ? (WORDS.has(text.toLowerCase()) ? `"${text}"` : text) : quoted(text);
}

const WORDS = new Set(["true", "false", "null", "yes", "no", "on", "off"]);

function quoted(text: string): string {
    const odd = /^$|^[\s\-?:,[\]{}#&*!|>'"%@`~]|[\n\r]|: |\s#|\s$|^[-+.\d][\d.eE+-]*$/;
    return odd.test(text) ? JSON.stringify(text) : text;
}

/** What a text says as JSON, where that is a list or an object. */
function parsed(text: string): object | undefined {
    if (!text.startsWith("{") && !text.startsWith("[")) return undefined;
    try {
        const value: unknown = JSON.parse(text);
        return isFilled(value) ? value : undefined;
    } catch {
        return undefined;
    }
}

/** Whether there is something to write below it. */
function isFilled(value: unknown): value is object {
    if (typeof value !== "object" || value === null) return false;
    return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0;
}
