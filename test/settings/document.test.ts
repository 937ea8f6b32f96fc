import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { configurationReference } from "../../settings/document";
import { schema } from "../../settings/schema";

const root = join(__dirname, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("documentation of the configuration", () => {
    it("is the schema's (npm run docs)", () => {
        assert.equal(read("docs/configuration.md"), configurationReference());
    });

    it("declares each section in Pulumi.yaml with a description, and no other", () => {
        const { config } = parse(read("Pulumi.yaml")) as { config: Record<string, { description: string }> };
        assert.deepEqual(
            Object.keys(config).sort(),
            Object.keys(schema.shape)
                .filter((key) => key !== "region")
                .sort(),
        );
        for (const [key, { description }] of Object.entries(config)) assert.ok(description.length > 20, key);
    });
});
