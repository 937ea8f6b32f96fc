import { RULES } from "../settings/rules";

/**
 * Takes the rules between values out of the way: ten thousand agents have neither addresses nor connections enough in one
 * environment, and how a plan's time grows is asked all the same.
 */
export function withoutCeilings(): void {
    RULES.length = 0;
}
