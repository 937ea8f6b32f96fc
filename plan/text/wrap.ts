/** Breaks text at blanks so that no line is wider than `width`; later lines are indented. */
export function wrap(text: string, width: number, indent = 0): string[] {
    const lead = /^ */.exec(text)?.[0] ?? "";
    const lines: string[] = [];
    let line = "";
    for (const word of text.trim().split(" ")) {
        const start = lines.length === 0 ? lead : " ".repeat(indent);
        if (line === "") line = start + word;
        else if (line.length + 1 + word.length <= width) line += ` ${word}`;
        else {
            lines.push(line);
            line = " ".repeat(indent) + word;
        }
    }
    return [...lines, line];
}
