import type { Failure, PlanDocument, Promised, Verdict } from "../document/schema";
import { span } from "../document/figures";
import type { Style } from "./style";
import { wrap } from "./wrap";

/** The promises, each with its verdict, what decided it, and the values that carry it. */
export function renderPromises({ promises }: PlanDocument, style: Style): string[] {
    const { width } = style;
    return promises.flatMap((promise) => [
        "",
        ...wrap(`${promise.number}  ${promise.title}`, width, 3).map(style.bold),
        ...wrap(`   ${promise.verdict.toUpperCase()}: ${promise.because}`, width, 5).map(coloured(promise, style)),
        ...promise.values.flatMap((value) => wrap(`   ${value}`, width, 5)),
    ]);
}

function coloured({ verdict }: Promised, style: Style) {
    return { kept: style.good, degrades: style.warn, broken: style.bad }[verdict];
}

const MARKS: Readonly<Record<Verdict, string>> = { holds: "=", degrades: "~", breaks: "X" };

/** A row for each part that may be lost, a column for each promise; below it what does not hold, and for how long. */
export function renderFailures({ failures }: PlanDocument, style: Style): string[] {
    const numbers = [1, 2, 3, 4, 5, 6, 7];
    const marksWidth = numbers.length * 3;
    const longest = Math.max(20, ...failures.map(({ title }) => title.length));
    const width = Math.min(longest, style.width - marksWidth);
    const colour = { holds: style.good, degrades: style.warn, breaks: style.bad };
    const row = ({ title, effects }: Failure): string[] => {
        const [first = "", ...rest] = wrap(title, width, 2);
        const marks = numbers
            .map((number) => effects.find(({ promise }) => promise === number)?.verdict ?? "breaks")
            .map((verdict) => colour[verdict](MARKS[verdict]));
        return [`${first.padEnd(width)}  ${marks.join("  ")}`, ...rest];
    };
    return [
        "",
        ...wrap(
            "= the promise holds, ~ it degrades for a time, X it breaks. Promises by their numbers above.",
            style.width,
        ),
        "",
        `${"One part is lost".padEnd(width)}  ${numbers.join("  ")}`,
        ...failures.flatMap(row),
        ...failures
            .filter(({ verdict }) => style.full || verdict !== "holds")
            .flatMap((failure) => details(failure, style)),
    ];
}

function details({ title, removes, effects }: Failure, style: Style): string[] {
    const told = effects.filter(({ verdict }) => style.full || verdict !== "holds");
    return [
        "",
        ...wrap(`${title}: ${removes.join(", ")}`, style.width, 2).map(style.bold),
        ...told.flatMap(({ promise, verdict, because, seconds, lossSeconds }) => {
            const time = seconds === undefined ? "" : `, ${span(seconds)} at most`;
            const loss = lossSeconds === undefined ? "" : `, the last ${span(lossSeconds)} may be lost`;
            return wrap(`  ${promise} ${verdict}${time}${loss}: ${because}`, style.width, 4);
        }),
    ];
}
