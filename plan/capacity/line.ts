import type { CapacityLine } from "../document/schema";

/** Below this share of the limit that is left, a line is tight. */
const TIGHT = 0.2;

/** A line without its verdict, which follows from the figures. */
export type Figures = Omit<CapacityLine, "verdict">;

/** What is needed against what there is: the larger need decides, that of a lost zone included. */
export function line(figures: Figures, tight = TIGHT): CapacityLine {
    const need = Math.max(figures.need, figures.needZoneLost ?? 0);
    const verdict = need > figures.limit ? "exceeded" : need > figures.limit * (1 - tight) ? "tight" : "fits";
    return { ...figures, verdict };
}
