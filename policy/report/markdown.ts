import type { Outcome } from "../engine/evaluate";
import { type PolicyReport, summaryOf, violationsOf } from "./report";

/** Comments on a pull request end at 65,536 characters (GitHub's API); the plan shares them. */
const MOST_ROWS = 100;

/** The report for a pull request. */
export function policyMarkdown(report: PolicyReport): string {
    const violations = violationsOf(report);
    const lines = [
        `### Policy: ${report.subject} ${report.passed ? "✅" : "❌"}`,
        "",
        `${summaryOf(report)}. Configured by \`${report.configuration}\`.`,
    ];
    if (violations.length > 0) {
        lines.push(
            "",
            "| Rule | Severity | Resource | What is wrong | What to do |",
            "| --- | --- | --- | --- | --- |",
        );
        for (const { outcome, resource, message, mandatory } of violations.slice(0, MOST_ROWS)) {
            const { rule } = outcome;
            const cells = [
                `[${rule.name}](${rule.url})`,
                `${rule.severity}${mandatory ? "" : ", advisory"}`,
                resource ? `\`${resource.name}\`` : "the stack",
                message,
                rule.remediation,
            ];
            lines.push(`| ${cells.map(cell).join(" | ")} |`);
        }
        if (violations.length > MOST_ROWS) lines.push("", `And ${violations.length - MOST_ROWS} more.`);
    }
    const details = (title: string, of: (outcome: Outcome) => string[]) => {
        const found = report.outcomes.flatMap((outcome) =>
            of(outcome).map((text) => `- ${outcome.rule.name}: ${text}`),
        );
        if (found.length === 0) return;
        const shown = found.slice(0, MOST_ROWS);
        const more = found.length > MOST_ROWS ? [`- and ${found.length - MOST_ROWS} more`] : [];
        lines.push(
            "",
            `<details><summary>${title} (${found.length})</summary>`,
            "",
            ...shown,
            ...more,
            "",
            "</details>",
        );
    };
    details("Undecided: values that are known only after they are made", (outcome) =>
        outcome.undecided.map(({ resource, message }) => `\`${resource?.name ?? "the stack"}\`: ${message}`),
    );
    details("Excepted", (outcome) =>
        outcome.excepted.map(
            ({ resource, message, exception }) =>
                `\`${resource?.name ?? ""}\` ${message}; until ${exception.until}: ${exception.reason}`,
        ),
    );
    return `${lines.join("\n")}\n`;
}

/** Text in a cell of a table: no break, no bar, and nothing that Markdown would take for HTML. */
function cell(text: string): string {
    return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
