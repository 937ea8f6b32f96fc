/**
 * As much of a text as fits into this many bytes of JSON. What an agent answers may be longer than a message can be, and must
 * not stop its session for that.
 */
export function fit(text: string, bytes: number): string {
    if (sizeOf(text) <= bytes) return text;
    let kept = text;
    // A character is one to six bytes, and not the same everywhere in a text.
    for (let size = sizeOf(kept); size > bytes; size = sizeOf(kept)) {
        kept = kept.slice(0, Math.max(0, Math.min(kept.length - 1, Math.floor((kept.length * bytes) / size) - 3)));
    }
    return `${kept.toWellFormed()}…`;
}

function sizeOf(text: string): number {
    return Buffer.byteLength(JSON.stringify(text));
}
