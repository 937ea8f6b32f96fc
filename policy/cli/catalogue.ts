import { wrap } from "../../plan/text/wrap";
import type { Rule } from "../engine/rule";
import { plural } from "../report/report";

/** The rules as a table for a terminal: name, severity and level, then what holds and whose rules look at the same. */
export function renderCatalogue(rules: readonly Rule[], columns: number): string[] {
    const width = Math.max(60, Math.min(columns, 120));
    const name = Math.max(...rules.map((rule) => rule.name.length));
    const lines = rules.flatMap((rule) => [
        `${rule.name.padEnd(name)}  ${grade(rule)}`,
        ...wrap(`  ${rule.description}`, width, 2),
        ...wrap(`  ${rule.references.join(", ")}`, width, 2),
    ]);
    const whole = rules.filter(({ kind }) => kind === "stack").length;
    return [...lines, "", `${plural(rules.length, "rule")}, ${whole} of them over the whole stack`];
}

function grade({ severity, level, kind }: Rule): string {
    return [severity, ...(level === "mandatory" ? [] : [level]), ...(kind === "stack" ? ["whole stack"] : [])].join(
        ", ",
    );
}
