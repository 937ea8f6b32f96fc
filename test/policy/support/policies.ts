import { strict as assert } from "node:assert";
import type { Properties, Value } from "../../../plan/offline-engine";
import { document, type Mutation } from "./mutations";

/** A statement of a policy, as a test edits it. */
export type EditableStatement = Record<string, Value>;

/** Where a resource has its document: a role has the one about who takes it on. */
export interface Place {
    readonly path?: string;
    readonly type?: string;
}

/** Edits one statement of a policy document, by its Sid or its position. */
export function statement(
    name: string,
    which: string | number,
    edit: (statement: EditableStatement) => void,
    { path = "policy", type }: Place = {},
): Mutation {
    return document(
        name,
        path,
        (found) => {
            const statements = found["Statement"] as EditableStatement[];
            const chosen = statements.find(({ Sid }, index) =>
                typeof which === "number" ? index === which : Sid === which,
            );
            assert.ok(chosen, `${name} has no statement ${which}`);
            edit(chosen);
        },
        type,
    );
}

/** Sets what a statement says, e.g. its Action. */
export function says(name: string, which: string | number, change: Properties, place?: Place): Mutation {
    return statement(name, which, (found) => Object.assign(found, change), place);
}

/** Takes a part of a statement away. */
export function without(name: string, which: string | number, part: string, place?: Place): Mutation {
    return statement(name, which, (found) => Reflect.deleteProperty(found, part), place);
}

/** Sets the keys of one operator of a statement's condition, and leaves its other operators. */
export function conditioned(
    name: string,
    which: string | number,
    operator: string,
    keys: Properties,
    place?: Place,
): Mutation {
    return statement(
        name,
        which,
        (found) => {
            found["Condition"] = { ...(found["Condition"] as Properties | undefined), [operator]: keys };
        },
        place,
    );
}
