import type { AgentClass } from "../../../../components/compute/agents/spec";
import type { Places } from "../../../../components/compute/isolation/flows";
import type { Value } from "../../../../plan/offline-engine";
import type { Statement } from "../support";

export const analyst: AgentClass = {
    name: "analyst",
    agents: 120,
    cpu: { request: "250m", limit: "2" },
    memory: "3Gi",
    ephemeralStorage: "4Gi",
    stateSize: "10Gi",
    bandwidth: { ingress: "50M", egress: "20M" },
    model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    skills: [],
    councils: ["strategy"],
    allowedDomains: [],
    rollout: { awayPercent: 10 },
};

export const places: Places = {
    brokers: ["10.64.36.0/22", "10.64.100.0/22"],
    database: ["10.64.40.0/22", "10.64.104.0/22"],
    endpoints: ["10.64.44.0/22", "10.64.108.0/22"],
};

export const sidecars = { cpuMillicores: 80, memoryMiB: 304 };

export const ciliumNetworkPolicy = "kubernetes:cilium.io/v2:CiliumNetworkPolicy";

/** A request as IAM sees it: context keys with their values, the session's tags among them. */
export interface Request {
    readonly action: string;
    readonly resource: string;
    readonly context: Readonly<Record<string, string>>;
}

/** Whether the statements allow a request: wildcards, variables and the condition operators that are used here. */
export function allows(statements: readonly Statement[], { action, resource, context }: Request): boolean {
    const filled = (pattern: string) => pattern.replace(/\$\{([^}]+)\}/g, (_, key: string) => context[key] ?? "\0");
    return statements.some(
        ({ Effect, Action, Resource, Condition }) =>
            Effect === "Allow" &&
            [Action].flat().some((each) => like(each, action)) &&
            [Resource ?? []].flat().some((each) => like(filled(each), resource)) &&
            Object.entries(Condition ?? {}).every(([operator, keys]) =>
                Object.entries(keys).every(([key, values]) => {
                    const actual = context[key];
                    if (actual === undefined) return false;
                    const wanted = [values].flat().map(filled);
                    if (operator === "StringEquals") return wanted.includes(actual);
                    if (operator === "StringLike") return wanted.some((each) => like(each, actual));
                    throw new Error(`the operator ${operator} is not known here`);
                }),
            ),
    );
}

function like(pattern: string, text: string): boolean {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}

/** What is at that path of a resource's inputs. */
export function at(value: Value | undefined, ...path: (string | number)[]): Value | undefined {
    const [key, ...rest] = path;
    if (key === undefined) return value;
    if (Array.isArray(value)) return typeof key === "number" ? at(value[key], ...rest) : undefined;
    return typeof value === "object" && value !== null ? at(value[key], ...rest) : undefined;
}
