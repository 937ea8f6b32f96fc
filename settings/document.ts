import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { exampleOf, keyOf, show } from "./problem";
import { schema } from "./schema";

const INTRODUCTION = `# Configuration

Every value of a stack, from \`settings/schema.ts\` (\`npm run docs\` writes this page, a test compares them). Values live in
\`Pulumi.<stack>.yaml\`; all of them are checked at once, together with the rules that join them, before anything is
created. The name of the project and that of the stack, with a dash between them, name the cluster: together at most 32
lower-case letters, digits and dashes. The committed \`Pulumi.staging.yaml\` and \`Pulumi.prod.yaml\` set every one.

| Key | Meaning | Rule | Example |
| --- | --- | --- | --- |
`;

/** The reference of all configuration as Markdown. */
export function configurationReference(): string {
    const rows: string[] = [];
    const cell = (text: string) => text.replaceAll("|", "\\|");
    const visit = (path: PropertyKey[], field: z.ZodType, optional: boolean) => {
        if (field instanceof z.ZodOptional) return visit(path, field.unwrap() as z.ZodType, true);
        const { description = "", rule = "" } = (field.meta() ?? {}) as { description?: string; rule?: string };
        if (field instanceof z.ZodObject) {
            rows.push(`| **\`${keyOf(path)}\`** | ${cell(description)}${optional ? " (optional)" : ""} | | |`);
            for (const [key, child] of Object.entries(field.shape as Record<string, z.ZodType>)) {
                visit([...path, key], child, false);
            }
            return;
        }
        if (field instanceof z.ZodRecord) return visit([...path, "<class>"], field.valueType as z.ZodType, false);
        const presence = optional ? "; optional" : "";
        rows.push(
            `| \`${keyOf(path)}\` | ${cell(description)} | ${cell(rule)}${presence} | \`${cell(show(exampleOf(field)))}\` |`,
        );
    };
    for (const [key, field] of Object.entries(schema.shape)) visit([key], field as z.ZodType, false);
    return `${INTRODUCTION}${rows.join("\n")}\n`;
}

if (require.main === module) {
    writeFileSync(join(__dirname, "..", "docs", "configuration.md"), configurationReference());
}
