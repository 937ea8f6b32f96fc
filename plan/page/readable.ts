/*
 * Inputs of a resource for a person to read: indented like YAML, with text that is JSON itself (policies, dashboards) unfolded and
 * text of many lines as it is. Not meant to be parsed: `--json` is for that.
 */

/** A value as lines of text. */
export function readable(value: unknown): string {
    const lines: string[] = [];
    if (isFilled(value)) write(value, "", "", lines);
    else lines.push(scalar(value));
    return lines.join("\n");
}

/** Writes a list or an object with something in it; `first` stands before its first line, `indent` before the others. */
function write(value: object, first: string, indent: string, lines: string[]): void {
    let start = first;
    if (Array.isArray(value)) {
        const items: readonly unknown[] = value;
        for (const item of items) {
            if (isFilled(item)) write(item, `${start}- `, `${indent}  `, lines);
            else lines.push(`${start}- ${scalar(item)}`);
            start = indent;
        }
        return;
    }
    for (const [key, item] of Object.entries(value)) {
        entry(`${start}${plain(key)}:`, item, indent, lines);
        start = indent;
    }
}

function entry(name: string, item: unknown, indent: string, lines: string[]): void {
    if (isFilled(item)) {
        lines.push(name);
        return write(item, `${indent}  `, `${indent}  `, lines);
    }
    if (typeof item === "string") {
        const json = parsed(item);
        if (json !== undefined) {
            lines.push(`${name} # JSON`);
            return write(json, `${indent}  `, `${indent}  `, lines);
        }
        if (item.includes("\n")) {
            lines.push(`${name} |`);
            for (const line of item.trimEnd().split("\n")) lines.push(`${indent}  ${line}`);
            return;
        }
    }
    lines.push(`${name} ${scalar(item)}`);
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
