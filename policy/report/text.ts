import { wrap } from "../../plan/text/wrap";
import type { Outcome } from "../engine/evaluate";
import { type PolicyReport, summaryOf, violationsOf } from "./report";

interface TextOptions {
    /** Columns of the terminal. */
    readonly width: number;
    readonly color: boolean;
}

/** The report for a person at a terminal: what is broken and what to do, then what could not be decided. */
export function renderPolicies(report: PolicyReport, { width, color }: TextOptions): string[] {
    const style = (code: number) => (text: string) => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
    const [bold, red, yellow, dim] = [style(1), style(31), style(33), style(2)] as const;
    const lines = wrap(`${summaryOf(report)}; configured by ${report.configuration}`, width);

    for (const { outcome, resource, message, mandatory } of violationsOf(report)) {
        const { rule } = outcome;
        const mark = mandatory ? red("✗") : yellow("!");
        lines.push(
            "",
            `${mark} ${bold(rule.name)}  ${dim(`${rule.severity}, ${mandatory ? "mandatory" : "advisory"}`)}`,
        );
        lines.push(...wrap(`  ${resource?.name ?? "the stack"} ${message}`, width, 2));
        lines.push(...wrap(`  ${rule.remediation}`, width, 2).map(dim));
        lines.push(dim(`  ${rule.references.join(", ")}`));
    }
    lines.push(
        ...listed("Undecided: values that are known only after they are made", report, (outcome) =>
            outcome.undecided.map(({ resource, message }) => `${resource?.name ?? "the stack"}: ${message}`),
        ),
    );
    lines.push(
        ...listed("Excepted", report, (outcome) =>
            outcome.excepted.map(
                ({ resource, message, exception }) =>
                    `${resource?.name ?? ""} ${message}; until ${exception.until}: ${exception.reason}`,
            ),
        ),
    );
    lines.push(
        ...listed("Exceptions that nothing needs any more", report, (outcome) =>
            outcome.unused.map(({ resource, until }) => `${resource}, until ${until}`),
        ),
    );
    if (report.disabled.length > 0) {
        lines.push("", ...wrap(`Off here: ${report.disabled.map(({ name }) => name).join(", ")}`, width, 2));
    }
    return lines;

    function listed(title: string, { outcomes }: PolicyReport, of: (outcome: Outcome) => string[]): string[] {
        const found = outcomes.flatMap((outcome) => of(outcome).map((text) => `  ${outcome.rule.name}: ${text}`));
        return found.length === 0 ? [] : ["", title, ...found.flatMap((text) => wrap(text, width, 4))];
    }
}
