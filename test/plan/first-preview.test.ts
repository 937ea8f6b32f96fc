import { strict as assert } from "node:assert";
import { firstPreview } from "../../plan/first-preview";
import type { PlannedResource, Value } from "../../plan/offline-engine";
import { isUnknown } from "../../policy/engine/value";
import { configOf, graphOf } from "../support/stacks";

describe("the first preview of a stack", () => {
    let preview: readonly PlannedResource[];
    let planned: readonly PlannedResource[];
    before(async () => {
        ({ resources: planned } = await graphOf("staging"));
        preview = await firstPreview("staging", configOf("staging"));
    });

    it("asks for the resources of the plan, with the same options", () => {
        const facts = ({ urn, protect, parent, propertyDependencies }: PlannedResource) => ({
            urn,
            protect,
            parent,
            depending: Object.keys(propertyDependencies).sort(),
        });
        const sorted = (resources: readonly PlannedResource[]) =>
            resources.map(facts).sort((a, b) => (a.urn < b.urn ? -1 : 1));
        assert.deepEqual(sorted(preview), sorted(planned));
    });

    it("knows what the configuration says, and nothing that AWS or the cluster will say", () => {
        const inputs = (urn: string, of: readonly PlannedResource[]) =>
            of.find((each) => each.urn === urn)?.inputs ?? {};
        let unknown = 0;
        for (const { urn } of planned) {
            const known = inputs(urn, planned);
            for (const [key, value] of Object.entries(inputs(urn, preview))) {
                if (holdsUnknown(value)) unknown++;
                else assert.deepEqual(value, known[key], `${urn} ${key}`);
            }
        }
        assert.ok(unknown > 0);
        const provider = preview.find(({ type }) => type === "pulumi:providers:kubernetes");
        assert.ok(provider && holdsUnknown(provider.inputs), "the provider of Kubernetes waits for its cluster");
    });
});

function holdsUnknown(value: Value): boolean {
    if (typeof value === "object" && value !== null) return Object.values(value).some(holdsUnknown);
    return isUnknown(value);
}
