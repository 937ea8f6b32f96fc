import type { PlanDocument } from "../../document/schema";
import { count, percent, plural, usd } from "../../document/figures";
import { type Child, type Html, markup } from "../html";
import { type Bar, bar } from "../bar";
import { sign } from "../parts";
import { against, BUDGET, survived, tally, toKnow, type State } from "../../document/verdicts";

/** What this is, and the verdict in one glance. */
export function summary(document: PlanDocument): Html {
    const { project, stack, region, account, agents, resources, topology } = document;
    const objections = against(document);
    const remarks = toKnow(document);
    const zones = plural(topology.zones.length, "zone");
    const verdict =
        objections.length === 0
            ? "Nothing stands against this plan"
            : `${plural(objections.length, "thing stands", "things stand")} against this plan`;
    return markup`
        <div class="opening">
            <div class="what">
                <p class="eyebrow">${project}, plan to sign</p>
                <h1>${stack}: ${plural(agents, "agent")} in ${zones} of ${region}</h1>
                <p>
                    What would be built in account <span class="nowrap">${account}</span>: a platform on EKS, Kafka and
                    PostgreSQL for agents that confer in councils, ${plural(resources.length, "resource")} in all. Worked out
                    from the program itself; nothing has been created.
                </p>
            </div>
            <div class="verdict ${objections.length === 0 ? "good" : "bad"}">
                <p class="decision">${sign(objections.length === 0 ? "good" : "bad")}${verdict}</p>
                ${objections.length > 0 && markup`<ul>${objections.map((line) => markup`<li>${line}</li>`)}</ul>`}
                ${remarks.length > 0 && markup`<p class="remarks">To know: ${remarks.join("; ")}.</p>`}
            </div>
        </div>
        <ul class="glance" aria-label="The verdict in figures">${cards(document)}</ul>
    `;
}

function cards(document: PlanDocument): Child {
    const { promises, failures, capacity, cost, policies } = document;
    const degraded = tally(promises, "degrades");
    const broken = tally(promises, "broken");
    const exceeded = tally(capacity.lines, "exceeded");
    const tight = tally(capacity.lines, "tight");
    const quotas = capacity.quotas.filter(({ raise }) => raise).length;
    const violated = policies.rules.filter(({ violations }) => violations.length > 0).length;
    const undecided = policies.rules.filter((rule) => rule.undecided.length > 0).length;
    const degrade = tally(failures, "degrades");
    const breaks = tally(failures, "breaks");
    return [
        card("promises", "Promises", worst(broken, degraded), `${promises.length - broken} of ${promises.length}`, [
            broken > 0
                ? `hold; ${broken} broken`
                : degraded > 0
                  ? `hold, ${degraded} of them with a pause when a part is lost`
                  : "hold, whatever part is lost",
        ]),
        card("failures", "Failures", worst(breaks, degrade), `${survived(failures)} of ${failures.length}`, [
            breaks > 0
                ? `survived; ${breaks} would break a promise`
                : degrade > 0
                  ? `survived, ${degrade} of them with a pause`
                  : "survived without a pause",
        ]),
        cost === undefined
            ? card("cost", "Cost a month", "idle", "Not priced", [`no prices for ${document.region}`])
            : card("cost", "Cost a month", BUDGET[cost.budget.verdict][0], usd(cost.total.expected), [
                  `${percent(cost.budget.share.expected)} of the budget of ${usd(cost.budget.usd)}`,
                  bar(
                      budgetBar(
                          cost.budget.share.expected,
                          cost.budget.verdict === "within" ? "good" : cost.budget.verdict === "tight" ? "warn" : "bad",
                      ),
                  ),
              ]),
        card(
            "policies",
            "Policies",
            worst(policies.passed ? 0 : 1, violated),
            `${count(policies.rules.length - violated)} of ${count(policies.rules.length)}`,
            [`without a violation${undecided > 0 ? `; ${undecided} to be decided later` : ""}`],
        ),
        card(
            "capacity",
            "Capacity",
            worst(exceeded, tight),
            `${capacity.lines.length - exceeded} of ${capacity.lines.length}`,
            [
                `fit${tight > 0 ? `, ${tight} of them tightly` : ""}${quotas > 0 ? `; ${plural(quotas, "quota")} to raise` : ""}`,
            ],
        ),
    ];
}

function card(section: string, name: string, state: State, figure: string, words: readonly Child[]): Html {
    return markup`
        <li>
            <a href="#${section}">
                <span class="name">${name}</span>
                <span class="figure">${sign(state)}${figure}</span>
                ${words.map((line) => markup`<span class="words">${line}</span>`)}
            </a>
        </li>
    `;
}

function worst(bad: number, warn: number): State {
    return bad > 0 ? "bad" : warn > 0 ? "warn" : "good";
}

function budgetBar(share: number, state: State): Bar {
    return { need: share, limit: 1, state };
}
