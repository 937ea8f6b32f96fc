import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configurationSchema, policyReference } from "../../policy/document";
import { RULES } from "../../policy/rules";

const root = join(__dirname, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("policy: documentation", () => {
    it("is the rules' (npm run docs)", () => {
        assert.equal(read("docs/policies.md"), policyReference());
        assert.deepEqual(JSON.parse(read("policy/config/schema.json")), configurationSchema());
    });

    it("names every rule once, in the field's style", () => {
        const names = RULES.map(({ name }) => name);
        assert.deepEqual(names, [...new Set(names)]);
        for (const { name, description, remediation, url } of RULES) {
            assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/);
            assert.match(description, /^[A-Z][^.]*$/, `${name}: one sentence without a full stop`);
            assert.match(remediation, /[.]$/, `${name}: whole sentences`);
            assert.match(url, /^https:\/\//, name);
        }
    });
});
