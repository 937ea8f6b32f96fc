/** The version of the plan as data. A field may be added to it; one whose meaning changes makes the next. */
export const FORMAT = "openclaw-plan/2";

/** Where a cost arises, in the order of the house. */
export const TIERS = ["foundation", "compute", "coordination", "data", "operations"] as const;
