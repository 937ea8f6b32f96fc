import type { Rule } from "../engine/rule";
import { logRules } from "./logs";

/** Rules that belong together, for the catalogue. */
export interface Concern {
    readonly title: string;
    readonly rules: readonly Rule[];
}

/** Every rule of the pack, by concern. */
export const CONCERNS: readonly Concern[] = [{ title: "Logs", rules: logRules }];

/** Every rule of the pack. */
export const RULES: readonly Rule[] = CONCERNS.flatMap(({ rules }) => rules);
