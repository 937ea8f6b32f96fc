import { z } from "zod";
import { byLoad, list } from "./shapes";

/** What a difference between two plans does to a resource. */
export const changeKind = z.enum(["add", "remove", "change", "replace", "rename", "refused"]);
export type ChangeKind = z.infer<typeof changeKind>;

const property = z.object({
    path: z.string().describe("E.g. spec.replicas, or policy.Statement[0].Action inside a document"),
    before: z.unknown().optional().describe("Absent where the property is new"),
    after: z.unknown().optional().describe("Absent where the property is gone"),
    replaces: z.boolean().describe("Whether AWS or Kubernetes cannot change it in place"),
});
export type PropertyChange = z.infer<typeof property>;

const change = z.object({
    kind: changeKind.describe("refused: Pulumi will not remove or replace it, because it is protected"),
    name: z.string(),
    type: z.string(),
    urn: z.string(),
    tier: z.string(),
    component: z.string(),
    was: z.string().optional().describe("The name before, of a renamed resource"),
    why: z.string().describe("One sentence"),
    properties: list(property),
});
export type Change = z.infer<typeof change>;

/** A thing that a promise hangs on, before and after. */
const kept = z.object({
    promise: z.number().int().min(1).max(8),
    what: z.string().describe("E.g. Zone us-east-1a is lost, or the name of a policy"),
    before: z.string(),
    after: z.string(),
    because: z.string(),
});
export type PromiseChange = z.infer<typeof kept>;

const figure = z.object({
    name: z.string(),
    unit: z.string(),
    before: z.number().optional(),
    after: z.number().optional(),
    verdict: z.object({ before: z.string().optional(), after: z.string().optional() }),
});
export type FigureChange = z.infer<typeof figure>;

const cost = z.object({
    item: z.string(),
    tier: z.string(),
    before: z.number().describe("US dollars a month at the expected load"),
    after: z.number(),
});
export type CostChange = z.infer<typeof cost>;

export const comparison = z.object({
    base: z.string().describe("What the plan is compared with"),
    changes: list(change),
    promises: z.object({ lost: list(kept), gained: list(kept) }),
    capacity: list(figure).describe("Lines and quotas whose need, limit or verdict differ"),
    cost: z
        .object({
            before: byLoad,
            after: byLoad,
            perAgent: z.object({ before: byLoad, after: byLoad }),
            lines: list(cost),
        })
        .optional()
        .describe("Absent where one of the plans has no cost"),
});
/** What differs between two plans. */
export type Comparison = z.infer<typeof comparison>;
