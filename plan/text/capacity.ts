import type { CapacityLine, PlanDocument } from "../document/schema";
import { count } from "../document/figures";
import type { Style } from "./style";
import { table } from "./table";
import { wrap } from "./wrap";

/** Whether it fits: need against limit for a busy day, the quotas to raise, and how the stores grow. */
export function renderCapacity({ capacity }: PlanDocument, style: Style): string[] {
    const { lines, quotas, growth } = capacity;
    const raise = quotas.filter(({ raise: must }) => style.full || must);
    const months = growth[0]?.gibAfterMonths.map(({ months }) => months) ?? [];
    return [
        "",
        ...table(
            [
                { head: "On a busy day", wraps: true },
                { head: "need", right: true },
                { head: "zone lost", right: true },
                { head: "limit", right: true },
                { head: "verdict" },
            ],
            lines.map((line) => [
                `${line.name}, ${line.unit}`,
                count(line.need),
                line.needZoneLost === undefined ? "" : count(line.needZoneLost),
                count(line.limit),
                line.verdict,
            ]),
            style.width,
        ),
        ...lines.filter(({ verdict }) => verdict !== "fits").flatMap((line) => advice(line, style)),
        ...(style.full ? lines.flatMap((line) => note(line, style.width)) : []),
        "",
        ...(raise.length === 0
            ? wrap("AWS quotas: those of a new account suffice, if nothing else runs in it.", style.width)
            : table(
                  [
                      { head: "AWS quota to raise before `up`", wraps: true },
                      { head: "code" },
                      { head: "need", right: true },
                      { head: "new account", right: true },
                  ],
                  raise.map((quota) => [
                      `${quota.name}, ${quota.unit} (${quota.service})`,
                      quota.code,
                      count(quota.need),
                      count(quota.standard),
                  ]),
                  style.width,
              )),
        "",
        ...table(
            [
                { head: "GiB after months, at the expected load", wraps: true },
                ...months.map((month) => ({ head: String(month), right: true })),
            ],
            growth.map(({ store, gibAfterMonths }) => [store, ...gibAfterMonths.map(({ gib }) => count(gib))]),
            style.width,
        ),
    ];
}

function advice(line: CapacityLine, { width, warn, bad }: Style): string[] {
    const text = `${line.verdict.toUpperCase()}: ${line.name}: change ${line.key}${line.note === undefined ? "" : `; ${line.note}`}`;
    return wrap(text, width, 2).map(line.verdict === "exceeded" ? bad : warn);
}

function note({ name, note: text }: CapacityLine, width: number): string[] {
    return text === undefined ? [] : wrap(`${name}: ${text}`, width, 2);
}
