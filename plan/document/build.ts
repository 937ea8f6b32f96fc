import { policyJson } from "../../policy/report/json";
import { isMandatoryLevel, type PolicyReport } from "../../policy/report/report";
import { capacityOf } from "../capacity/capacity";
import { costOf } from "../cost/cost";
import type { Graph } from "../graph";
import { promises } from "../promises";
import { failuresOf, worstOf } from "../resilience/analyse";
import { inventoryOf } from "../resilience/inventory";
import { tiersOf } from "../tree";
import { formerUrns } from "./aliases";
import { FORMAT } from "./format";
import { redact } from "./redact";
import { type DocumentResource, type Failure, type PlanDocument, type Promised } from "./schema";
import { topologyOf } from "./topology";

/** The plan as data: the graph, what its policies say, and all that follows from it. */
export function documentOf(graph: Graph, policies: PolicyReport): PlanDocument {
    const { project, stack, settings, outputs } = graph;
    const classes = Object.entries(settings.fleet.classes);
    const inventory = inventoryOf(graph);
    const failures = failuresOf(inventory);
    const cost = costOf(graph);
    return {
        format: FORMAT,
        project,
        stack,
        offline: true,
        region: settings.region,
        account: settings.account,
        protect: settings.protect,
        agents: classes.reduce((sum, [, { agents }]) => sum + agents, 0),
        topology: topologyOf(graph, inventory),
        fleet: classes.map(([name, each]) => ({
            name,
            agents: each.agents,
            cpuRequest: each.cpu.request,
            cpuLimit: each.cpu.limit,
            memory: each.memory,
            ingress: each.bandwidth.ingress,
            egress: each.bandwidth.egress,
            state: each.stateSize,
            model: each.model,
            councils: each.councils,
            skills: each.skills,
            allowedDomains: each.allowedDomains,
        })),
        promises: promises(graph).map((promise) => judged(promise, policies, failures)),
        failures,
        capacity: capacityOf(graph),
        ...(cost && { cost }),
        policies: policyJson(policies),
        outputs: { ...outputs },
        resources: resourcesOf(graph),
    };
}

/** A promise is as good as the worst of its policies and of what the loss of any one part does to it. */
function judged(
    { number, title, values }: Pick<Promised, "number" | "title" | "values">,
    { outcomes }: PolicyReport,
    failures: readonly Failure[],
): Promised {
    const rules = outcomes.filter(({ rule }) => rule.references.includes(`openclaw promise ${number}`));
    const base = { number, title, values, rules: rules.length };
    const broken = rules.find(({ level, violations }) => isMandatoryLevel(level) && violations.length > 0);
    if (broken) {
        return { ...base, verdict: "broken", because: `${broken.rule.name}: ${broken.violations[0]?.message ?? ""}` };
    }
    const worst = worstOf(failures).find(({ promise }) => promise === number);
    const kept = `${rules.length} policies hold`;
    if (worst === undefined) return { ...base, verdict: "kept", because: kept };
    const { failure, effect } = worst;
    const because = `${failure.title}: ${effect.because}`;
    switch (effect.verdict) {
        case "breaks":
            return { ...base, verdict: "broken", because };
        case "degrades":
            return { ...base, verdict: "degrades", because };
        case "holds":
            return {
                ...base,
                verdict: "kept",
                because: `${kept}, and the loss of any one of ${failures.length} parts leaves it whole`,
            };
    }
}

function resourcesOf({ resources }: Graph): DocumentResource[] {
    const places = new Map(
        tiersOf(resources).flatMap(({ name, components }) =>
            components.flatMap((component) =>
                component.resources.map(({ urn }) => [urn, { tier: name, component: component.name }] as const),
            ),
        ),
    );
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    return resources.flatMap((resource) => {
        const place = places.get(resource.urn);
        if (place === undefined) return [];
        const { urn, type, name, parent, dependencies, protect, retainOnDelete, ignoreChanges } = resource;
        return [
            {
                urn,
                type,
                name,
                ...(parent !== undefined && { parent }),
                ...place,
                id: String(resource.outputs["id"] ?? ""),
                inputs: redact(resource.inputs, resource.secrets),
                dependencies,
                protect,
                retainOnDelete,
                ignoreChanges,
                aliases: formerUrns(resource, byUrn),
            },
        ];
    });
}
