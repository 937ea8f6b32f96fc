import { z } from "zod";
import { type Resource, resourceOf } from "../../../policy/engine/resource";
import { type Rule, resourceRule, stackRule } from "../../../policy/engine/rule";
import type { Properties } from "../../../policy/engine/value";

const text = {
    severity: "high",
    references: ["openclaw promise 1"],
    remediation: "Set size.",
    url: "https://example.com/size",
} as const;

/** Size must be there and large enough. */
export const sized: Rule = resourceRule({
    ...text,
    name: "sized",
    description: "Every box is large enough",
    types: ["test:index:Box"],
    settings: { minimum: z.int().min(1).default(10).describe("Smallest size") },
    check({ props }, report, { minimum }) {
        const size = props.number("size");
        if (size === undefined) report("has no size");
        else if (size < minimum) report(`has size ${size}, ${minimum} is required`);
    },
    remediate({ props }, properties, { minimum }) {
        const size = props.number("size");
        return size !== undefined && size >= minimum ? undefined : { ...properties, size: minimum };
    },
});

/** Each box has a lid that refers to it. */
export const covered: Rule = stackRule({
    ...text,
    name: "covered",
    description: "Every box has a lid",
    types: ["test:index:Box"],
    check(stack, report) {
        const lids = stack.ofType("test:index:Lid");
        stack.each(stack.ofType("test:index:Box"), (box) => {
            if (!lids.some((lid) => stack.refers(lid, "boxId", box))) report(box, "has no lid");
        });
    },
});

export function box(name: string, properties: Properties): Resource {
    return resource("test:index:Box", name, properties);
}

export function lid(name: string, properties: Properties, of?: Resource): Resource {
    return resource("test:index:Lid", name, properties, of ? { boxId: [of.urn] } : {});
}

function resource(
    type: string,
    name: string,
    properties: Properties,
    propertyDependencies: Record<string, string[]> = {},
): Resource {
    return resourceOf({
        urn: `urn:pulumi:s::p::${type}::${name}`,
        type,
        name,
        protect: false,
        propertyDependencies,
        properties,
    });
}
