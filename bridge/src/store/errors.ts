/** PostgreSQL's code of an error, or that of the connection's loss; empty where it has none. */
export function codeOf(error: unknown): string {
    return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
