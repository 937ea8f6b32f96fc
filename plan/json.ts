import type { PlanDocument } from "./document/schema";

/** The plan as JSON text, the same from run to run. */
export function toJson(document: PlanDocument): string {
    return `${JSON.stringify(document, null, 2)}\n`;
}
