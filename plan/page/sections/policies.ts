import type { PlanDocument, Policies } from "../../document/schema";
import { count, plural } from "../../document/figures";
import { type Child, type Html, markup } from "../html";
import { mark, type Section, section, smallTable } from "../parts";
import { isMandatory, PROMISE_NAMES, type State } from "../../document/verdicts";

type Rule = Policies["rules"][number];
type Finding = Rule["violations"][number];

const SEVERITIES = ["critical", "high", "medium", "low"];

/** What the policies say: findings first, then every rule. */
export function policies({ policies: report }: PlanDocument, anchors: ReadonlyMap<string, string>): Section {
    const { rules, resources, configuration, disabled, passed } = report;
    const violated = rules.filter(({ violations }) => violations.length > 0);
    const undecided = rules.filter((rule) => rule.undecided.length > 0);
    const excepted = rules.filter((rule) => rule.excepted.length > 0);
    return section(
        "policies",
        "Policies",
        "What the policies say",
        `${plural(rules.length, "rule")} over ${plural(resources, "resource")}, with the settings of ${configuration}: ${violated.length === 0 ? "no violation" : `${plural(violated.length, "rule")} violated, ${passed ? "none of which must hold" : "among them such as must hold"}`}.`,
        markup`
            ${findings("Violations", violated, (rule) => rule.violations, anchors)}
            ${findings("Undecided: known only when the resources exist", undecided, (rule) => rule.undecided, anchors)}
            ${findings("Excepted, with a reason and a last day", excepted, (rule) => rule.excepted, anchors)}
            ${disabled.length > 0 && markup`<p>Turned off by the configuration: ${disabled.join(", ")}.</p>`}
            <div class="columns">
                ${summary(
                    "By severity",
                    "Severity",
                    SEVERITIES.map(
                        (severity) => [severity, rules.filter((rule) => rule.severity === severity)] as const,
                    ),
                )}
                ${summary(
                    "By promise",
                    "Promise",
                    byReference(rules, (reference) => {
                        const number = /^openclaw promise (\d)$/.exec(reference)?.[1];
                        return number && `${number} ${PROMISE_NAMES[Number(number)] ?? ""}`;
                    }),
                )}
                ${summary("By framework", "Framework", byReference(rules, framework))}
            </div>
            <h3>Every rule</h3>
            <p class="search needs-script">
                <label for="rule-search">Search the rules</label>
                <input id="rule-search" type="search" autocomplete="off" spellcheck="false" aria-describedby="rule-count"/>
                <span id="rule-count" role="status" aria-live="polite">${plural(rules.length, "rule")}</span>
            </p>
            <ul class="rules" id="rules">${[...rules].sort(bySeverity).map(ruleItem)}</ul>
        `,
    );
}

function findings(
    title: string,
    rules: readonly Rule[],
    pick: (rule: Rule) => readonly Finding[],
    anchors: ReadonlyMap<string, string>,
): Child {
    if (rules.length === 0) return undefined;
    return markup`
        <h3>${title}</h3>
        <ul class="findings">
            ${[...rules].sort(bySeverity).map(
                (rule) => markup`
                    <li>
                        <p>${mark(stateOf(rule, pick), rule.severity)} <b>${rule.name}</b> <span class="muted">${isMandatory(rule) ? "must hold" : "advisory"}</span></p>
                        <p>${rule.description}</p>
                        <ul class="plain">${pick(rule).map((finding) => markup`<li>${whereOf(finding, anchors)}${finding.message}</li>`)}</ul>
                        <p class="small">${rule.remediation}</p>
                    </li>
                `,
            )}
        </ul>
    `;
}

function whereOf({ resource, urn }: Finding, anchors: ReadonlyMap<string, string>): Child {
    if (resource === undefined) return undefined;
    const anchor = urn === undefined ? undefined : anchors.get(urn);
    return anchor === undefined
        ? markup`<code>${resource}</code>: `
        : markup`<a href="#${anchor}"><code>${resource}</code></a>: `;
}

function stateOf(rule: Rule, pick: (rule: Rule) => readonly Finding[]): State {
    if (pick(rule) === rule.violations) return isMandatory(rule) ? "bad" : "warn";
    return "idle";
}

function summary(caption: string, head: string, groups: readonly (readonly [string, readonly Rule[]])[]): Html {
    const found = (rules: readonly Rule[], pick: (rule: Rule) => readonly Finding[]) =>
        count(rules.filter((rule) => pick(rule).length > 0).length);
    return smallTable(
        caption,
        [
            { head },
            { head: "Rules", number: true },
            { head: "Violated", number: true },
            { head: "Undecided", number: true },
        ],
        groups
            .filter(([, rules]) => rules.length > 0)
            .map(([name, rules]) => [
                name,
                count(rules.length),
                found(rules, (rule) => rule.violations),
                found(rules, (rule) => rule.undecided),
            ]),
    );
}

function byReference(
    rules: readonly Rule[],
    nameOf: (reference: string) => string | undefined,
): (readonly [string, readonly Rule[]])[] {
    const groups = new Map<string, Set<Rule>>();
    for (const rule of rules) {
        for (const reference of rule.references) {
            const name = nameOf(reference);
            if (name === undefined) continue;
            const group = groups.get(name) ?? new Set();
            groups.set(name, group.add(rule));
        }
    }
    return [...groups].map(([name, own]) => [name, [...own]] as const).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The catalogue that a reference is from: its leading words in capitals, or its first word. */
function framework(reference: string): string | undefined {
    if (reference.startsWith("openclaw ")) return undefined;
    return /^(AWS FSBP|CIS [A-Za-z]+|NSA\/CISA|\S+)/.exec(reference)?.[1];
}

function bySeverity(one: Rule, other: Rule): number {
    return SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity);
}

function ruleItem(rule: Rule): Html {
    const { name, severity, level, description, remediation, references, url, looked, violations, undecided } = rule;
    const [state, word]: [State, string] =
        violations.length > 0
            ? [isMandatory(rule) ? "bad" : "warn", "Violated"]
            : undecided.length > 0
              ? ["idle", "Undecided"]
              : looked === 0
                ? ["idle", "Nothing to judge"]
                : ["good", "Holds"];
    return markup`
        <li>
            <details>
                <summary>${mark(state, word)}<span class="rule"><code>${name}</code> ${description}</span><span class="muted">${severity}</span></summary>
                <p>${remediation}</p>
                <p class="small">${plural(looked, "resource")} judged; ${level}. ${references.join(", ")}${/^https:\/\//.test(url) && markup`. <a href="${url}" rel="noreferrer">${url.split("/")[2]}</a>`}</p>
            </details>
        </li>
    `;
}
