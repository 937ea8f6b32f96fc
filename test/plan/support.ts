import { join } from "node:path";
import { documentOf } from "../../plan/document/build";
import type { PlanDocument } from "../../plan/document/schema";
import type { Graph } from "../../plan/graph";
import { loadRules } from "../../policy/cli/load-configuration";
import { planned } from "../../policy/engine/planned";
import { reportOn } from "../../policy/report/report";
import { type Changes, graphOf } from "../support/stacks";

const root = join(__dirname, "..", "..");

/** The plan of a committed stack with changes, as `npm run plan` makes it. */
export async function planOf(stack: "staging" | "prod", changes: Changes = {}): Promise<PlanDocument> {
    return planFrom(await graphOf(stack, changes));
}

/** The plan of a graph, which a test may have changed. */
export function planFrom(graph: Graph): PlanDocument {
    const { rules, file } = loadRules(root, graph.stack);
    const policies = reportOn(graph.stack, graph.resources.map(planned), rules, file, "2026-11-22");
    return documentOf(graph, policies);
}
