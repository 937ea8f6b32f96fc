import type { Reader } from "../../engine/value";

export type Labels = ReadonlyMap<string, string>;

export function labelsAt(props: Reader, path: string): Labels {
    return new Map(props.entries(path).map(([key, value]) => [key, value.text() ?? ""]));
}

/** What stands below a key that has dots in it, as labels and annotations have. */
export function entryAt(props: Reader, path: string, key: string): Reader | undefined {
    return props.entries(path).find(([found]) => found === key)?.[1];
}

/** Whether labels are among others. */
export function includes(labels: Labels, wanted: Iterable<readonly [string, string]>): boolean {
    return [...wanted].every(([key, value]) => labels.get(key) === value);
}

/**
 * Whether a label selector of Kubernetes selects what has these labels. An empty one selects everything. `plain` turns a key
 * of the selector into one of the labels.
 */
export function selects(selector: Reader, labels: Labels, plain = (key: string) => key): boolean {
    const wanted = [...labelsAt(selector, "matchLabels")].map(([key, value]) => [plain(key), value] as const);
    return (
        includes(labels, wanted) &&
        selector.list("matchExpressions").every((expression) => {
            const value = labels.get(plain(expression.text("key") ?? ""));
            const values = expression.texts("values");
            switch (expression.text("operator")) {
                case "In":
                    return value !== undefined && values.includes(value);
                case "NotIn":
                    return value === undefined || !values.includes(value);
                case "Exists":
                    return value !== undefined;
                case "DoesNotExist":
                    return value === undefined;
                default:
                    return false;
            }
        })
    );
}
