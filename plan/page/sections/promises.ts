import type { PlanDocument } from "../../document/schema";
import { plural } from "../../document/figures";
import { markup } from "../html";
import { mark, type Section, section } from "../parts";
import { PROMISE, PROMISE_NAMES } from "../../document/verdicts";

/** The promises with their verdicts, what decided them and the values that carry them. */
export function promises({ promises: all }: PlanDocument): Section {
    return section(
        "promises",
        "Promises",
        "What is promised, and whether it is kept",
        "Each verdict is the worst of two: what the policies say of the plan, and what the loss of any one part does to the promise.",
        markup`
            <ol class="promises">
                ${all.map(
                    ({ number, title, verdict, because, values, rules }) => markup`
                        <li class="${verdict}">
                            <p class="head"><span class="ordinal">${PROMISE_NAMES[number] ?? ""}</span>${mark(...PROMISE[verdict])}</p>
                            <h3><span class="hidden-words">Promise </span>${number}. ${title}</h3>
                            <p>${because}</p>
                            <details>
                                <summary>The values that carry it<span class="hidden-words">: promise ${number}</span></summary>
                                <ul class="plain">
                                    ${values.map((value) => markup`<li>${value}</li>`)}
                                    <li>${rules === 0 ? "No policy of its own enforces it" : `${plural(rules, "policy", "policies")} ${rules === 1 ? "enforces" : "enforce"} it`}</li>
                                </ul>
                            </details>
                        </li>
                    `,
                )}
            </ol>
        `,
    );
}
