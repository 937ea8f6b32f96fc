import type { Properties, Value } from "../../../plan/offline-engine";
import { change, type Mutation, set, unknown, unset } from "./mutations";

/** Pulumi types of the objects that tests change: several objects of a class share its name. */
export const TYPE = {
    statefulSet: "kubernetes:apps/v1:StatefulSet",
    deployment: "kubernetes:apps/v1:Deployment",
    job: "kubernetes:batch/v1:Job",
    service: "kubernetes:core/v1:Service",
    serviceAccount: "kubernetes:core/v1:ServiceAccount",
    configMap: "kubernetes:core/v1:ConfigMap",
    budget: "kubernetes:policy/v1:PodDisruptionBudget",
    role: "kubernetes:rbac.authorization.k8s.io/v1:Role",
    roleBinding: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
} as const;

export const POD = "spec.template.spec";
/** The gateway of an agent. */
export const GATEWAY = `${POD}.containers.0`;
/** The first container of an agent, which runs before the others. */
export const PREPARE = `${POD}.initContainers.0`;

/** Mutations of one object, by paths in it. */
export function of(name: string, type: string, below = "") {
    const at = (path: string) => [below, path].filter(Boolean).join(".");
    return {
        set: (path: string, value: Value): Mutation => set(name, at(path), value, type),
        unset: (path: string): Mutation => unset(name, at(path), type),
        unknown: (path: string): Mutation => unknown(name, at(path), type),
        /** Below a key that has dots in it, as labels and annotations have; without a value it is taken away. */
        entry: (path: string, key: string, value?: Value): Mutation =>
            change(name, (inputs) => setEntry(inputs, at(path), key, value), type),
        change: (edit: Parameters<typeof change>[1]): Mutation => change(name, edit, type),
    };
}

/** The class of analysts. */
export const agent = of("fleet-analyst", TYPE.statefulSet);
export const gateway = of("fleet-analyst", TYPE.statefulSet, GATEWAY);
export const prepare = of("fleet-analyst", TYPE.statefulSet, PREPARE);
export const agentPod = of("fleet-analyst", TYPE.statefulSet, POD);
export const job = of("fleet-analyst-mint-key", TYPE.job, POD);
export const collector = of("telemetry-collector", TYPE.deployment, POD);

/** Nothing changes. */
export const asItIs: Mutation = (resources) => [...resources];

function setEntry(inputs: Properties, path: string, key: string, value: Value | undefined): void {
    const holder = path.split(".").reduce<Value | undefined>((found, step) => (found as Properties)[step], inputs);
    if (value === undefined) Reflect.deleteProperty(holder as Properties, key);
    else (holder as Record<string, Value>)[key] = value;
}
