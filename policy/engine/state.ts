import { z } from "zod";
import { type Resource, resourceOf } from "./resource";
import type { Properties } from "./value";

/** What a rule needs of Pulumi's deployment format, version 3 and later; everything else is left alone. */
const properties = z.record(z.string(), z.json()).default({});
const deployment = z.object({
    version: z.int().min(3),
    deployment: z.object({
        resources: z
            .array(
                z.object({
                    urn: z.string(),
                    type: z.string(),
                    parent: z.string().optional(),
                    protect: z.boolean().default(false),
                    delete: z.boolean().default(false),
                    inputs: properties,
                    propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
                }),
            )
            .default([]),
    }),
});

/**
 * The resources of an exported state (`pulumi stack export`). Rules see the inputs, as in a plan; encrypted values are there
 * and cannot be read.
 *
 * @throws Error where the text is no exported state.
 */
export function resourcesOfState(text: string): Resource[] {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        throw new Error("it is not JSON");
    }
    const parsed = deployment.safeParse(value);
    if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new Error(`it is no exported state: ${issue?.path.join(".")}: ${issue?.message}`);
    }
    return parsed.data.deployment.resources
        .filter((each) => !each.delete)
        .map(({ urn, type, parent, protect, inputs, propertyDependencies }) =>
            resourceOf({
                urn,
                type,
                name: urn.slice(urn.lastIndexOf("::") + 2),
                parent,
                protect,
                propertyDependencies: Object.fromEntries(
                    Object.entries(propertyDependencies ?? {}).map(([key, urns]) => [key, urns ?? []]),
                ),
                properties: inputs satisfies Properties,
            }),
        );
}
