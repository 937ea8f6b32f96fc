import type { Properties } from "../../../plan/offline-engine";
import { document, type Mutation } from "./mutations";
import { statement } from "./policies";

export { statement };

/** A part of a policy document that is changed in place. */
export type Edited = Properties;

/** Takes one statement out of a policy. */
export function withoutStatement(resource: string, sid: string): Mutation {
    return document(resource, "policy", (policy) => {
        const all = policy["Statement"] as Edited[];
        all.splice(
            all.findIndex((each) => each["Sid"] === sid),
            1,
        );
    });
}

/** Sets what a statement's condition compares a key with; undefined takes the comparison away. */
export function compare(
    resource: string,
    sid: string,
    operator: string,
    key: string,
    value: string | string[] | undefined,
): Mutation {
    return statement(resource, sid, (each) => {
        const conditions = (each["Condition"] ??= {}) as Record<string, Edited>;
        const keys = (conditions[operator] ??= {});
        if (value === undefined) Reflect.deleteProperty(keys, key);
        else keys[key] = value;
    });
}
