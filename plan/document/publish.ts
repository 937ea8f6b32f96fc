import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { planDocument } from "./schema";

/** The shape of what `--json` writes, as JSON Schema. */
export function planSchema(): object {
    return {
        ...z.toJSONSchema(planDocument, {
            // Zod marks what a program may not change; of a file that says nothing.
            override: ({ jsonSchema }) => void delete jsonSchema.readOnly,
        }),
        title: "Plan of an openclaw environment",
        description: "What `npm run plan -- STACK --json FILE` writes and `--compare FILE` reads.",
    };
}

if (require.main === module) {
    writeFileSync(
        join(__dirname, "..", "..", "docs", "plan.schema.json"),
        `${JSON.stringify(planSchema(), null, 2)}\n`,
    );
}
