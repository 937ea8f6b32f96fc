import { z } from "zod";

/* Shapes that the plan and its comparison share. */

export const count = z.number().int().min(0);
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

/** What becomes of a promise when a part is lost. */
export const verdict = z.enum(["holds", "degrades", "breaks"]);
export type Verdict = z.infer<typeof verdict>;

/** A figure for a quiet day, the expected one, and a busy one. */
export const byLoad = z.object({ low: z.number(), expected: z.number(), high: z.number() });
export type ByLoad = z.infer<typeof byLoad>;
export type LoadName = keyof ByLoad;
