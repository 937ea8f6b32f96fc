import type { Effect, Failure, PlanDocument, Promised } from "../../document/schema";
import { count, plural, span } from "../../document/figures";
import { type Child, type Html, markup } from "../html";
import { mark, type Section, section } from "../parts";
import { LOSS, PROMISE_NAMES, tally } from "../../document/verdicts";

const COLUMNS = [1, 2, 3, 4, 5, 6, 7] as const;

/** The loss of each part against each promise. */
export function failures({ failures: all, promises }: PlanDocument): Section {
    const [holds, degrades, breaks] = [tally(all, "holds"), tally(all, "degrades"), tally(all, "breaks")];
    return section(
        "failures",
        "Failures",
        "What happens when a part is lost",
        `One part is taken away at a time, and each promise is decided from what remains. Of ${plural(all.length, "failure")}, ${count(holds)} change nothing, ${count(degrades)} degrade something for a time and ${count(breaks)} break a promise.`,
        markup`
            <table role="table" class="matrix">
                <caption>Failures and promises. Each row unfolds to the reasons.</caption>
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">Lost</th>
                        ${COLUMNS.map(
                            (number) =>
                                markup`<th role="columnheader" scope="col" class="promise"><span class="ordinal">${number}</span> ${PROMISE_NAMES[number]}</th>`,
                        )}
                    </tr>
                </thead>
                ${all.map((failure) => row(failure, promises))}
            </table>
        `,
    );
}

function row(failure: Failure, promises: readonly Promised[]): Html {
    const effects = new Map(failure.effects.map((effect) => [effect.promise, effect]));
    return markup`
        <tbody role="rowgroup" class="${failure.verdict}">
            <tr role="row" class="cells">
                <th role="rowheader" scope="row">${failure.title}</th>
                ${COLUMNS.map((number) => cell(effects.get(number), number))}
            </tr>
            <tr role="row" class="why">
                <td role="cell" colspan="8">
                    <details>
                        <summary>${failure.removes.length > 0 ? `Takes away ${failure.removes.join("; ")}` : "Why"}<span class="hidden-words">: reasons for ${failure.title}</span></summary>
                        <ul class="effects">
                            ${failure.effects.map((effect) =>
                                reason(
                                    effect,
                                    promises.find(({ number }) => number === effect.promise),
                                ),
                            )}
                        </ul>
                    </details>
                </td>
            </tr>
        </tbody>
    `;
}

function cell(effect: Effect | undefined, number: number): Html {
    const label = `${number} ${PROMISE_NAMES[number] ?? ""}`;
    if (effect === undefined) return markup`<td role="cell" data-label="${label}">${mark("idle", "Not asked")}</td>`;
    const [state, word] = LOSS[effect.verdict];
    return markup`
        <td role="cell" class="${effect.verdict}" data-label="${label}">
            ${mark(state, word)}
            ${effect.seconds !== undefined && effect.verdict !== "holds" && markup`<span class="time">${span(effect.seconds)}</span>`}
            ${effect.lossSeconds !== undefined && effect.lossSeconds > 0 && markup`<span class="time">loses ${span(effect.lossSeconds)}</span>`}
        </td>
    `;
}

function reason(effect: Effect, promise: Promised | undefined): Html {
    const { verdict, because, seconds, action, lossSeconds, promise: number } = effect;
    return markup`
        <li>
            ${mark(...LOSS[verdict])}
            <div>
                <b>${number}. ${promise?.title ?? PROMISE_NAMES[number] ?? ""}</b>
                <p>${because}</p>
                ${verdict !== "holds" && mended(seconds, action)}
                ${lossSeconds !== undefined && markup`<p class="small">${lossSeconds === 0 ? "Nothing acknowledged is lost." : `Of the last ${span(lossSeconds)}, something acknowledged may be lost.`}</p>`}
            </div>
        </li>
    `;
}

/** How it becomes whole again: by itself, or after what somebody has to do. */
function mended(seconds: number | undefined, action: string | undefined): Child {
    if (action !== undefined) {
        const after = seconds === undefined ? "" : `; whole again at most ${span(seconds)} later`;
        return markup`<p class="small">To do: ${action}${after}.</p>`;
    }
    return seconds !== undefined && markup`<p class="small">Whole again by itself after at most ${span(seconds)}.</p>`;
}
