import type { Reader } from "../../engine/value";

/** One statement of a policy document of IAM or of a resource. */
export interface Statement {
    readonly title: string;
    readonly effect: "Allow" | "Deny" | undefined;
    readonly actions: readonly string[];
    /** Whether it names all actions but some, or all principals but some. */
    readonly inverted: boolean;
    readonly resources: readonly string[];
    readonly principals: readonly Principal[];
    readonly conditions: readonly Condition[];
}

export interface Principal {
    /** `AWS`, `Service`, `Federated` or `CanonicalUser`; `*` is of kind `AWS`. */
    readonly kind: string;
    readonly name: string;
}

export interface Condition {
    /** E.g. `StringEquals`. */
    readonly operator: string;
    /** E.g. `aws:SourceAccount`. */
    readonly key: string;
    readonly values: readonly string[];
}

/** The statements of a document that stands as JSON text. None where there is no document. */
export function statementsAt(props: Reader, path: string): Statement[] {
    return plainStatements(props.json(path)).map(statement);
}

/** The statements as they stand; one alone may stand without a list. */
export function plainStatements(document: Reader): Reader[] {
    const single = document.get("Statement");
    return single.keys().length > 0 ? [single] : single.list();
}

function statement(props: Reader, index: number): Statement {
    const effect = props.text("Effect");
    return {
        title: `statement ${props.text("Sid") ?? index}`,
        effect: effect === "Allow" || effect === "Deny" ? effect : undefined,
        actions: props.texts("Action"),
        inverted: props.has("NotAction") || props.has("NotPrincipal"),
        resources: props.texts("Resource"),
        principals: principals(props),
        conditions: props
            .entries("Condition")
            .flatMap(([operator, keys]) =>
                keys.entries().map(([key, values]) => ({ operator, key, values: texts(values) })),
            ),
    };
}

function principals(props: Reader): Principal[] {
    const named = props.entries("Principal");
    if (named.length === 0) return props.texts("Principal").map((name) => ({ kind: "AWS", name }));
    return named.flatMap(([kind, names]) => names.texts().map((name) => ({ kind, name })));
}

/** Values of a condition stand as text, or as the flag or number that it is. */
function texts(values: Reader): string[] {
    const single = values.flag() ?? values.number();
    return single === undefined ? values.texts() : [String(single)];
}

/** Whether a pattern of IAM, e.g. `s3:Put*`, covers an action. */
export function covers(patterns: readonly string[], action: string): boolean {
    return patterns.some((pattern) => {
        if (pattern === "*" || pattern.toLowerCase() === action.toLowerCase()) return true;
        if (!/[*?]/.test(pattern)) return false;
        const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
        return new RegExp(`^${escaped.replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "i").test(action);
    });
}

/** Whether a statement refuses this action to everyone; its conditions are for the caller to look at. */
export function deniesEveryone({ effect, actions, principals: who }: Statement, action: string): boolean {
    return effect === "Deny" && who.some(({ name }) => name === "*") && covers(actions, action);
}

/** The values that a condition compares a key with; undefined where there is no such condition. */
export function condition(
    { conditions }: Statement,
    operator: string | RegExp,
    key: string,
): readonly string[] | undefined {
    return conditions.find(
        (each) =>
            each.key.toLowerCase() === key.toLowerCase() &&
            (typeof operator === "string" ? each.operator === operator : operator.test(each.operator)),
    )?.values;
}
