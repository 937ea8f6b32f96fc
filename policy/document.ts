import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LEVELS } from "./engine/configuration";
import type { Rule } from "./engine/rule";
import { CONCERNS } from "./rules";

const INTRODUCTION = `# Policies

What must hold for every stack, as rules (\`policy/rules/\`; \`npm run docs\` writes this page, a test compares them). They are
evaluated three times from the same source: by \`npm run plan\` and \`npm run policy\` offline, over an exported state of any stack
(\`npm run policy -- --state FILE\`), and by Pulumi itself (\`pulumi preview --policy-pack policy --policy-pack-config
policy/config/STACK.json\`).

A missing value breaks a rule. A value that is not known before a resource is made leaves it undecided, which the report
says; it never passes in silence. Settings by environment are in \`policy/config/\`, in Pulumi's own format; their JSON schema
is \`policy/config/schema.json\`. Every rule takes \`enforcementLevel\` (${LEVELS.join(", ")}) and \`exceptions\`: resources that may
break it, each with a reason and its last day, after which the rule fails.

`;

/** The catalogue of rules as Markdown. */
export function policyReference(): string {
    const cell = (text: string) => text.replaceAll("|", "\\|");
    const row = (...cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
    const sections = CONCERNS.map(({ title, rules }) => {
        const rows = rules.map((rule) => {
            const level = rule.level === "mandatory" ? "" : `, ${rule.level}`;
            const marks = [
                ...(rule.kind === "stack" ? ["whole stack"] : []),
                ...(rule.remediates ? ["can remediate"] : []),
            ];
            return row(
                `[\`${rule.name}\`](${rule.url})`,
                `${rule.description}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}`,
                `${rule.severity}${level}`,
                settingsOf(rule),
                rule.references.join(", "),
            );
        });
        const head = [
            row("Rule", "What holds", "Severity", "Settings and defaults", "Same concern"),
            "| --- | --- | --- | --- | --- |",
        ];
        return [`## ${title}`, "", ...head, ...rows, ""].join("\n");
    });
    return `${INTRODUCTION}${sections.join("\n")}`;
}

/** JSON schema of the configuration files. */
export function configurationSchema(): object {
    const levels = { enum: LEVELS };
    const entries = CONCERNS.flatMap(({ rules }) => rules).map((rule) => {
        const { properties } = z.toJSONSchema(rule.settings, { io: "input" });
        const settings = {
            type: "object",
            properties: { enforcementLevel: levels, ...properties },
            additionalProperties: false,
        };
        return [rule.name, { description: rule.description, anyOf: [levels, settings] }];
    });
    return {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: "Configuration of the policy pack for one environment",
        type: "object",
        properties: {
            all: { description: "Level of every rule that has none of its own", ...levels },
            ...Object.fromEntries(entries),
        },
        additionalProperties: false,
    };
}

function settingsOf({ settings }: Rule): string {
    const defaults = settings.parse({});
    return Object.keys(settings.shape)
        .filter((key) => key !== "exceptions")
        .map((key) => `\`${key}\`: ${JSON.stringify(defaults[key])}`)
        .join("; ");
}

if (require.main === module) {
    writeFileSync(join(__dirname, "..", "docs", "policies.md"), policyReference());
    writeFileSync(join(__dirname, "config", "schema.json"), `${JSON.stringify(configurationSchema(), null, 2)}\n`);
}
