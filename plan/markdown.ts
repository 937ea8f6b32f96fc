import { type PolicyReport } from "../policy/report/report";
import { policyMarkdown } from "../policy/report/markdown";
import { alike, type AlikeChanges, labelOf } from "./compare/alike";
import { withoutPrices } from "./cost/cost";
import type { Change, Comparison, PlanDocument } from "./document/schema";
import { count, percent, span, usd } from "./document/figures";
import { against, toKnow } from "./document/verdicts";
import { short, signed, summary } from "./text/comparison";

/** GitHub refuses comments above 65,536 characters, and two stacks share one. */
const MOST_CHARACTERS = 30_000;
const MOST_CHANGES = 80;
const FEW_PROPERTIES = 5;

/** The plan for a pull request: what differs first, then what a reviewer decides by. */
export function planMarkdown(document: PlanDocument, policies: PolicyReport): string {
    const { stack, comparison } = document;
    const objections = against(document);
    const head = [
        `## Plan of ${stack} ${objections.length === 0 ? "✅" : "❌"}`,
        "",
        ...(objections.length === 0
            ? ["Nothing stands against it."]
            : objections.map((text) => `- ❌ ${inline(text)}`)),
        ...toKnow(document).map((text) => `- ⚠️ ${inline(text)}`),
    ];
    const sections = [
        head.join("\n"),
        ...(comparison ? [comparisonMarkdown(comparison)] : []),
        promisesMarkdown(document),
        failuresMarkdown(document),
        capacityMarkdown(document),
        costMarkdown(document),
    ];
    const policy = policyMarkdown(policies);
    const fitting = sections.filter(
        (_, index) => lengthOf(sections.slice(0, index + 1)) + policy.length < MOST_CHARACTERS,
    );
    const left = sections.length - fitting.length;
    const note =
        left === 0
            ? []
            : [`${left} sections are left out here, as GitHub takes no longer comment; see the plan itself.`];
    return `${[...fitting, ...note, policy].join("\n\n").trimEnd()}\n`;
}

function lengthOf(sections: readonly string[]): number {
    return sections.reduce((sum, section) => sum + section.length, 0);
}

function comparisonMarkdown({ base, changes, promises, capacity, cost }: Comparison): string {
    const shown = alike(changes.filter(({ kind }) => kind !== "add")).slice(0, MOST_CHANGES);
    const added = changes.filter(({ kind }) => kind === "add");
    const lines = [`### Compared with \`${base}\``, "", summary(changes)];
    if (promises.lost.length > 0) {
        lines.push(
            "",
            "**Promises lost**",
            "",
            ...promises.lost.map(
                ({ promise, what, before, after, because }) =>
                    `- ❌ ${promise}, ${inline(what)}: ${before} → **${after}**. ${inline(because)}`,
            ),
        );
    }
    if (promises.gained.length > 0) {
        const items = promises.gained.map(
            ({ promise, what, before, after }) => `- ${promise}, ${inline(what)}: ${before} → **${after}**`,
        );
        lines.push("", "**Promises gained**", "", ...items);
    }
    if (shown.length > 0) lines.push("", ...tableOf(["", "Resource", "What", "Properties"], shown.map(changeRow)));
    if (added.length > 0) {
        const names = added.slice(0, MOST_CHANGES).map(({ name, type }) => `- \`${name}\` ${type}`);
        const more = added.length > MOST_CHANGES ? [`- and ${added.length - MOST_CHANGES} more`] : [];
        lines.push("", ...folded(`Added (${added.length})`, [...names, ...more]));
    }
    if (cost) {
        const total = signed(cost.after.expected - cost.before.expected);
        lines.push(
            "",
            `**Cost**: ${usd(cost.before.expected)} → ${usd(cost.after.expected)} a month at the expected load (${total}); ` +
                `an agent ${usd(cost.perAgent.before.expected)} → ${usd(cost.perAgent.after.expected)}.`,
        );
        if (cost.lines.length > 0) {
            const rows = cost.lines.map(({ item, before, after }) => [
                item,
                usd(before),
                usd(after),
                signed(after - before),
            ]);
            lines.push("", ...folded("Cost by item", tableOf(["Item", "Before", "After", "Difference"], rows)));
        }
    }
    if (capacity.length > 0) {
        const rows = capacity.map(({ name, unit, before, after, verdict }) => [
            `${name}, ${unit}`,
            before === undefined ? "" : count(before),
            after === undefined ? "" : count(after),
            verdict.before === verdict.after
                ? (verdict.after ?? "")
                : `${verdict.before ?? "none"} → ${verdict.after ?? "none"}`,
        ]);
        lines.push("", ...folded("Capacity that differs", tableOf(["What", "Before", "After", "Verdict"], rows)));
    }
    return lines.join("\n");
}

const MARKS: Readonly<Record<Change["kind"], string>> = {
    refused: "❌ refused",
    replace: "⚠️ replaced",
    remove: "removed",
    change: "changed",
    rename: "renamed",
    add: "added",
};

function changeRow(group: AlikeChanges): string[] {
    const { kind, type, why, properties } = group.change;
    const shown = properties
        .slice(0, FEW_PROPERTIES)
        .map(
            ({ path, before, after, replaces }) =>
                `\`${path}\`: ${short(before)} → ${short(after)}${replaces ? " (replaces)" : ""}`,
        );
    const more = properties.length > shown.length ? [`and ${properties.length - shown.length} more`] : [];
    return [MARKS[kind], `${labelOf(group)} (${type})`, why, [...shown, ...more].join("; ")];
}

function promisesMarkdown({ promises }: PlanDocument): string {
    const rows = promises.map(({ number, title, verdict, because }) => [String(number), title, verdict, because]);
    return ["### Promises", "", ...tableOf(["", "Promise", "Verdict", "Because"], rows)].join("\n");
}

function failuresMarkdown({ failures }: PlanDocument): string {
    const numbers = [1, 2, 3, 4, 5, 6, 7];
    const rows = failures.map(({ title, effects }) => [
        title,
        ...numbers.map((number) => {
            const effect = effects.find(({ promise }) => promise === number);
            if (effect === undefined) return "";
            const seconds = effect.seconds === undefined ? "" : ` ${span(effect.seconds)}`;
            return { holds: "holds", degrades: `⚠️${seconds}`, breaks: "❌ breaks" }[effect.verdict];
        }),
    ]);
    const body = tableOf(["One part is lost", ...numbers.map(String)], rows);
    return folded("Resilience: what each promise becomes when one part is lost", body).join("\n");
}

function capacityMarkdown({ capacity: { lines, quotas } }: PlanDocument): string {
    const rows = lines.map(({ name, unit, need, needZoneLost, limit, verdict, key }) => [
        `${name}, ${unit}`,
        count(need),
        needZoneLost === undefined ? "" : count(needZoneLost),
        count(limit),
        verdict,
        `\`${key}\``,
    ]);
    const raise = quotas
        .filter((quota) => quota.raise)
        .map(
            ({ name, code, need, standard, unit }) =>
                `- ${name} (\`${code}\`): ${count(need)} ${unit}, a new account has ${count(standard)}`,
        );
    return folded("Capacity", [
        ...tableOf(["On a busy day", "Need", "Zone lost", "Limit", "Verdict", "Key"], rows),
        ...(raise.length === 0 ? [] : ["", "AWS quotas to raise before `up`:", "", ...raise]),
    ]).join("\n");
}

function costMarkdown({ cost, region }: PlanDocument): string {
    if (cost === undefined) return `### Cost\n\n${withoutPrices(region)}`;
    const { total, budget, tiers, perAgent, priced, unpriced } = cost;
    const rows = [
        ...tiers.map(({ tier, usd: sum }) => [tier, usd(sum.low), usd(sum.expected), usd(sum.high)]),
        ["**together**", usd(total.low), usd(total.expected), usd(total.high)],
        ["for each agent", usd(perAgent.low), usd(perAgent.expected), usd(perAgent.high)],
    ];
    return [
        `### Cost: ${usd(total.expected)} a month, ${percent(budget.share.expected)} of the budget`,
        "",
        ...tableOf(["US dollars a month", "Quiet", "Expected", "Busy"], rows),
        "",
        `Prices of ${priced.asOf}. Not in the total: ${unpriced.map(({ item }) => inline(item)).join("; ")}.`,
    ].join("\n");
}

function folded(title: string, body: readonly string[]): string[] {
    return [`<details><summary>${title}</summary>`, "", ...body, "", "</details>"];
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
    const row = (cells: readonly string[]) => `| ${cells.map(inline).join(" | ")} |`;
    return [row(heads), `| ${heads.map(() => "---").join(" | ")} |`, ...rows.map(row)];
}

/** Text on one line: no break, no bar, and nothing that Markdown would take for HTML. */
function inline(text: string): string {
    return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;");
}
