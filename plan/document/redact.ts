import type { Properties, Value } from "../offline-engine";

const REDACTED = "[secret]";

/** Inputs with those at the given paths blacked out, e.g. `password` or `users[0].key`. */
export function redact(inputs: Properties, secrets: readonly string[]): Properties {
    if (secrets.length === 0) return inputs;
    const hidden = new Set(secrets);
    const walk = (value: Value, path: string): Value => {
        if (hidden.has(path)) return REDACTED;
        if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}[${index}]`));
        return typeof value === "object" && value !== null ? within(value, path) : value;
    };
    const within = (object: Properties, path: string): Properties =>
        Object.fromEntries(
            Object.entries(object).map(([key, item]) => [key, walk(item, path === "" ? key : `${path}.${key}`)]),
        );
    return within(inputs, "");
}
