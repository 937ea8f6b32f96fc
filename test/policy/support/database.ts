import { strict as assert } from "node:assert";
import type { Properties, Value } from "../../../plan/offline-engine";
import { change, type Mutation } from "./mutations";

/** Sets a parameter of a parameter group; undefined takes it away. */
export function parameter(group: string, name: string, value: Value | undefined): Mutation {
    return change(group, (inputs) => {
        const parameters = inputs["parameters"];
        assert.ok(Array.isArray(parameters));
        const index = parameters.findIndex((each) => (each as Properties)["name"] === name);
        assert.ok(index >= 0, `${group} has no ${name}`);
        if (value === undefined) parameters.splice(index, 1);
        else parameters[index] = { ...(parameters[index] as Properties), value };
    });
}
