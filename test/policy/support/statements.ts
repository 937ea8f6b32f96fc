import type { Properties } from "../../../plan/offline-engine";
import { document, type Mutation } from "./mutations";

/** A part of a policy document that is changed in place. */
export type Edited = Properties;

/** Changes one statement of a policy, by its Sid. */
export function statement(resource: string, sid: string, edit: (statement: Edited) => unknown): Mutation {
    return document(resource, "policy", (policy) => {
        const found = (policy["Statement"] as Edited[]).find((each) => each["Sid"] === sid);
        if (!found) throw new Error(`${resource} has no statement ${sid}`);
        edit(found);
    });
}

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
