/**
 * The same value with text that PostgreSQL can keep: it has no character 0, and takes no half of a surrogate pair. What agents
 * and strangers say may hold both. Whole numbers beyond JavaScript's go as text.
 */
export function storable(value: unknown): unknown {
    if (typeof value === "string") return storableText(value);
    if (typeof value === "bigint") return value.toString();
    if (Array.isArray(value)) return value.map(storable);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [storableText(key), storable(each)]));
}

export function storableText(text: string): string {
    return text.toWellFormed().replaceAll("\0", "\ufffd");
}
