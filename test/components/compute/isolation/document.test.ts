import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MODEL_PERMISSION, PERMISSIONS } from "../../../../components/compute/isolation/class-identity";
import { isolationReference, renderIsolationTable } from "../../../../components/compute/isolation/document";
import { FLOWS } from "../../../../components/compute/isolation/flows";
import { GUARDRAILS } from "../../../../components/compute/isolation/guardrails";

describe("docs/isolation.md", () => {
    const page = readFileSync(join(__dirname, "../../../../docs/isolation.md"), "utf8");

    it("is what the policies are made from: run `npm run docs` after a change", () => {
        assert.equal(page, isolationReference());
    });

    it("has one line in one table for each thing that is allowed", () => {
        const rows = renderIsolationTable().split("\n").slice(2);
        assert.equal(rows.length, Object.values(FLOWS).flat().length + PERMISSIONS.length + 1);
        assert.equal(new Set(rows).size, rows.length);
        for (const { name } of PERMISSIONS)
            assert.ok(
                rows.some((row) => row.includes(`\`${name}\``)),
                name,
            );
        assert.ok(rows.some((row) => row.startsWith("| Gateway") && row.includes(MODEL_PERMISSION.what)));
    });

    it("names every rule that the cluster enforces, with what to do", () => {
        for (const { refuses, message } of GUARDRAILS.flatMap(({ rules }) => rules)) {
            assert.ok(page.includes(`| ${refuses} | ${message} |`), refuses);
        }
    });
});
