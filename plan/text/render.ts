import type { PolicyReport } from "../../policy/report/report";
import { renderPolicies } from "../../policy/report/text";
import type { PlanDocument } from "../document/schema";
import type { Graph } from "../graph";
import { against, toKnow } from "../document/verdicts";
import { renderCapacity } from "./capacity";
import { renderComparison } from "./comparison";
import { renderCost } from "./cost";
import { renderFailures, renderPromises } from "./promises";
import { renderResources } from "./resources";
import { styleFor } from "./style";
import { wrap } from "./wrap";

export interface TextOptions {
    /** Columns of the terminal. */
    readonly width: number;
    readonly color: boolean;
    /** Everything, not only what decides: every resource, every line of cost, every effect of a loss. */
    readonly full: boolean;
    readonly seconds: number;
}

/** The plan for a person at a terminal. */
export function renderText(document: PlanDocument, graph: Graph, policies: PolicyReport, options: TextOptions): string {
    const style = styleFor(options);
    const { bold, width } = style;
    const { stack, region, account, resources, comparison } = document;
    const section = (title: string, lines: readonly string[]) => ["", bold(title), ...lines];
    const lines = [
        bold(`openclaw ${stack}: offline plan`),
        `${region}, account ${account}, ${resources.length} resources, ${options.seconds.toFixed(1)} s`,
        "",
        ...wrap(
            "What the program would ask AWS for. No account was read: ids are made up, and what only AWS can refuse (quotas, " +
                "names already taken, permissions) shows in the real preview:",
            width,
        ),
        `  npm run preview -- --stack ${stack}`,
        ...section("IN SHORT", ["", ...inShort(document, style)]),
        ...(comparison ? section(`COMPARED WITH ${comparison.base}`, renderComparison(comparison, style)) : []),
        ...section("PROMISES, and the values that carry them", renderPromises(document, style)),
        ...section("RESILIENCE: what each promise becomes when one part is lost", renderFailures(document, style)),
        ...section("CAPACITY: need against limit", renderCapacity(document, style)),
        ...section("COST", renderCost(document, style)),
        ...section("POLICIES", ["", ...renderPolicies(policies, { width, color: options.color })]),
        ...section("RESOURCES", renderResources(graph.resources, style)),
    ];
    return `${lines.join("\n")}\n`;
}

/** What stands against signing; where nothing does, what a signer should know. */
function inShort(document: PlanDocument, style: ReturnType<typeof styleFor>): string[] {
    const objections = against(document);
    return [
        ...(objections.length === 0
            ? [style.good("Nothing stands against this plan.")]
            : objections.flatMap((text) => wrap(`✗ ${text}`, style.width, 2)).map(style.bad)),
        ...toKnow(document).flatMap((text) => wrap(`! ${text}`, style.width, 2)),
    ];
}
