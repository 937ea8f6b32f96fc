import type { Capacity, CapacityLine, PlanDocument } from "../../document/schema";
import { bar, columns } from "../bar";
import { count, plural } from "../../document/figures";
import { type Child, type Html, markup } from "../html";
import { mark, type Section, section, table } from "../parts";
import { CAPACITY, tally } from "../../document/verdicts";

const GROUPS: Readonly<Record<CapacityLine["group"], string>> = {
    agents: "Agents",
    nodes: "Nodes",
    network: "Network",
    brokers: "Brokers",
    database: "Database",
    storage: "Storage",
};

/** Need against limit, what AWS must be asked for first, and how the stores grow. */
export function capacity({ capacity: all }: PlanDocument): Section {
    const { lines, quotas, growth } = all;
    const groups = Object.entries(GROUPS)
        .map(([group, name]) => ({ name, lines: lines.filter((line) => line.group === group) }))
        .filter((group) => group.lines.length > 0);
    return section(
        "capacity",
        "Capacity",
        "Whether it fits",
        `Needs at the high load, against their limits. Of ${plural(lines.length, "limit")}, ${count(tally(lines, "tight"))} leave less than a fifth and ${count(tally(lines, "exceeded"))} are exceeded. The line in a bar is the need in each zone that is left when one is lost.`,
        markup`
            <div class="capacities">${groups.map(({ name, lines: own }) => markup`<h3>${name}</h3><ul>${own.map(line)}</ul>`)}</div>
            ${quotas.length > 0 && quotasOf(quotas)}
            ${growth.length > 0 && growthOf(growth)}
        `,
    );
}

function line({ name, need, needZoneLost, limit, unit, verdict, key, note }: CapacityLine): Html {
    const worst = Math.max(need, needZoneLost ?? 0);
    const left = limit - worst;
    return markup`
        <li class="${verdict}">
            <p class="name">${name}</p>
            <p class="said">${mark(...CAPACITY[verdict])}</p>
            ${bar({ need, limit, worse: needZoneLost, state: CAPACITY[verdict][0] })}
            <p class="figures">
                <b>${count(need)}</b> of ${count(limit)} ${unit}${needZoneLost !== undefined && `; with a zone lost ${count(needZoneLost)}`};
                ${left >= 0 ? `${count(left)} left` : `${count(-left)} too many`}
            </p>
            <p class="key"><code>${key}</code>${note !== undefined && markup` <span>${note}</span>`}</p>
        </li>
    `;
}

function quotasOf(quotas: Capacity["quotas"]): Child {
    const raise = quotas.filter((quota) => quota.raise);
    return markup`
        <h3>Quotas of AWS</h3>
        <p>${raise.length === 0 ? "A new account's quotas suffice." : `${plural(raise.length, "quota")} of a new account must be raised before the first deployment; AWS may take days.`}</p>
        ${table(
            "Quotas of the account",
            [
                { head: "Quota", wide: true },
                { head: "Code" },
                { head: "Needed", number: true },
                { head: "New account has", number: true },
                { head: "Unit" },
                { head: "To do" },
            ],
            [...raise, ...quotas.filter((quota) => !quota.raise)].map(
                ({ name, service, code, need, standard, unit, raise: must, note }) => [
                    markup`${name}${note !== undefined && markup`<span class="note">${note}</span>`}`,
                    markup`<code>${service}</code> <code>${code}</code>`,
                    count(need),
                    count(standard),
                    unit,
                    must ? mark("warn", "Raise") : mark("good", "Suffices"),
                ],
            ),
        )}
    `;
}

function growthOf(growth: Capacity["growth"]): Child {
    const months = [
        ...new Set(growth.flatMap(({ gibAfterMonths }) => gibAfterMonths.map((point) => point.months))),
    ].sort((one, other) => one - other);
    return markup`
        <h3>How the stores grow</h3>
        ${table(
            "GiB in each store after so many months at the expected load",
            [
                { head: "Store" },
                { head: "Growth" },
                ...months.map((month) => ({ head: plural(month, "month"), number: true })),
                { head: "Bounded by" },
            ],
            growth.map(({ store, key, gibAfterMonths }) => [
                store,
                columns(gibAfterMonths.map(({ gib }) => gib)),
                ...months.map((month) => {
                    const gib = gibAfterMonths.find((point) => point.months === month)?.gib;
                    return gib === undefined ? "" : count(gib);
                }),
                markup`<code>${key}</code>`,
            ]),
        )}
    `;
}
