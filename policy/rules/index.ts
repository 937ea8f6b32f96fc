import type { Rule } from "../engine/rule";
import { logRules } from "./logs";

/** Every rule of the pack, by concern. */
export const RULES: readonly Rule[] = [...logRules];
