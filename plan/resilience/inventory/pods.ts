import { parseCpu, parseMemory } from "../../../components/model/quantities";
import type { Value } from "../../offline-engine";
import { at, listAt, numberAt, textAt } from "../read";

/** What a node has for pods, or a pod asks of it: MiB, millicores, attached volumes, pods, MiB of scratch space. */
export interface Size {
    readonly memory: number;
    readonly cpu: number;
    readonly volumes: number;
    readonly pods: number;
    readonly scratch: number;
}

export const DIMENSIONS = ["memory", "cpu", "volumes", "pods", "scratch"] as const;

/** How pods of a kind are kept apart over zones. */
export interface Spread {
    /** `hard`: a pod waits rather than break it. `soft`: kept to where there is room. */
    readonly kind: "hard" | "soft";
    readonly maxSkew: number;
    /** Whether a zone whose nodes are gone or tainted stops counting. */
    readonly forgetsDeadZones: boolean;
}

/** Requests of a pod as the scheduler counts them; undefined where a container names none. */
export function requestOf(pod: Value | undefined, volumes: number): Size | undefined {
    const main = listAt(pod, "containers").map(requests);
    // A native sidecar runs on beside all that start after it; another init container runs alone with those before it.
    const starting: (Requests | undefined)[] = [];
    const beside: (Requests | undefined)[] = [];
    for (const each of listAt(pod, "initContainers")) {
        if (textAt(each, "restartPolicy") === "Always") beside.push(requests(each));
        else starting.push(sum([...beside, requests(each)]));
    }
    const running = sum([...main, ...beside]);
    if (main.length === 0 || running === undefined) return undefined;
    let most = running;
    for (const start of starting) {
        if (start === undefined) return undefined;
        most = {
            memory: Math.max(most.memory, start.memory),
            cpu: Math.max(most.cpu, start.cpu),
            scratch: Math.max(most.scratch, start.scratch),
        };
    }
    return { ...most, volumes, pods: 1 };
}

type Requests = Pick<Size, "memory" | "cpu" | "scratch">;

function requests(container: Value): Requests | undefined {
    const asked = at(container, "resources.requests");
    const cpu = quantity(parseCpu, at(asked, "cpu"));
    const memory = quantity(parseMemory, at(asked, "memory"));
    if (cpu === undefined || memory === undefined) return undefined;
    return { cpu, memory, scratch: quantity(parseMemory, at(asked, "ephemeral-storage")) ?? 0 };
}

/** A quantity as Kubernetes writes it; undefined where it is none that can be read. */
export function quantity(parse: (text: string) => number, value: Value | undefined): number | undefined {
    try {
        return typeof value === "string" || typeof value === "number" ? parse(String(value)) : undefined;
    } catch {
        return undefined;
    }
}

function sum(all: readonly (Requests | undefined)[]): Requests | undefined {
    const total = { memory: 0, cpu: 0, scratch: 0 };
    for (const each of all) {
        if (each === undefined) return undefined;
        total.memory += each.memory;
        total.cpu += each.cpu;
        total.scratch += each.scratch;
    }
    return total;
}

/** The rule that spreads pods over zones, or over nodes; undefined where there is none. */
export function spreadOf(pod: Value | undefined, topologyKey: string): Spread | undefined {
    const rules = listAt(pod, "topologySpreadConstraints").filter(
        (rule) => textAt(rule, "topologyKey") === topologyKey,
    );
    const hard = rules.find((rule) => textAt(rule, "whenUnsatisfiable") === "DoNotSchedule");
    const rule = hard ?? rules[0];
    const maxSkew = numberAt(rule, "maxSkew");
    if (rule === undefined || maxSkew === undefined) return undefined;
    return {
        kind: hard ? "hard" : "soft",
        maxSkew,
        // By default taints do not count, and a dead zone stays in the sum (Kubernetes, topology spread constraints).
        forgetsDeadZones:
            textAt(rule, "nodeTaintsPolicy") === "Honor" &&
            textAt(rule, "nodeAffinityPolicy") !== "Ignore" &&
            (numberAt(rule, "minDomains") ?? 1) <= 1,
    };
}

/** Images of all containers of a pod. */
export function imagesOf(pod: Value | undefined): string[] {
    return [...listAt(pod, "initContainers"), ...listAt(pod, "containers")].map((each) => textAt(each, "image") ?? "?");
}

/** Value of a variable of the environment in any container of the pod. */
export function environmentOf(pod: Value | undefined, name: string): string | undefined {
    for (const container of [...listAt(pod, "containers"), ...listAt(pod, "initContainers")]) {
        const variable = listAt(container, "env").find((each) => textAt(each, "name") === name);
        if (variable !== undefined) return textAt(variable, "value");
    }
    return undefined;
}

/** Whether a native sidecar, or an init container that ends, runs an image. */
export function startsWith(pod: Value | undefined, image: string, sidecar: boolean): boolean {
    return listAt(pod, "initContainers").some(
        (each) =>
            (textAt(each, "image") ?? "").includes(image) && (textAt(each, "restartPolicy") === "Always") === sidecar,
    );
}

/** Whether pods of the deployment can never share a node. */
export function apartByNode(affinity: Value | undefined): boolean {
    return listAt(affinity, "podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution").some(
        (term) => textAt(term, "topologyKey") === "kubernetes.io/hostname",
    );
}
