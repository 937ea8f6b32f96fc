import { policyJson } from "../policy/report/json";
import type { PolicyReport } from "../policy/report/report";
import type { Graph } from "./graph";

const REDACTED = "[secret]";

/** The plan as JSON text, stable from run to run, with secret inputs redacted. */
export function toJson(graph: Graph, policies: PolicyReport): string {
    const { project, stack, outputs, resources } = graph;
    const document = {
        format: "openclaw-plan/1",
        project,
        stack,
        offline: true,
        outputs,
        policies: policyJson(policies),
        resources: resources.map((resource) => ({
            ...resource,
            inputs: redact(resource.inputs, resource.secrets),
            // Made up offline; what a stack exports stands above.
            outputs: undefined,
        })),
    };
    return `${JSON.stringify(document, null, 2)}\n`;
}

function redact(inputs: object, secrets: readonly string[]): unknown {
    if (secrets.length === 0) return inputs;
    const walk = (value: unknown, path: string): unknown => {
        if (secrets.includes(path)) return REDACTED;
        if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}[${index}]`));
        if (typeof value !== "object" || value === null) return value;
        return Object.fromEntries(
            Object.entries(value).map(([key, item]) => [key, walk(item, path ? `${path}.${key}` : key)]),
        );
    };
    return walk(inputs, "");
}
