import type { z } from "zod";
import type { Resource, Stack } from "../../engine/resource";
import { resourceRule, type Rule } from "../../engine/rule";
import type { Reader } from "../../engine/value";
import { each, type KubernetesObject, kinds, objectsIn, remembered } from "./kubernetes";
import { type Labels, labelsAt } from "./labels";

/** Where each kind that makes pods keeps their metadata and spec. */
const TEMPLATES: Readonly<Record<string, string>> = {
    Pod: "",
    PodTemplate: "template",
    Deployment: "spec.template",
    StatefulSet: "spec.template",
    DaemonSet: "spec.template",
    ReplicaSet: "spec.template",
    ReplicationController: "spec.template",
    Job: "spec.template",
    CronJob: "spec.jobTemplate.spec.template",
};

/** Kinds that make pods. */
export const WORKLOADS = Object.keys(TEMPLATES);
/** Those whose pods are there for good. */
export const LASTING = WORKLOADS.filter((kind) => !/Job$/.test(kind));

/** A pod as a resource describes it. */
export interface Pod extends KubernetesObject {
    /** Metadata and spec. */
    readonly template: Reader;
    readonly spec: Reader;
}

export interface Container {
    readonly pod: Pod;
    readonly props: Reader;
    /** Runs before the others, or beside them as a sidecar. */
    readonly init: boolean;
    /** As messages name it. */
    readonly title: string;
}

/** The pods that a resource describes: one, but for lists. */
export const podsIn = remembered((resource: Resource): Pod[] =>
    objectsIn(resource).map((object) => {
        const template = object.props.get(TEMPLATES[object.kind] ?? "");
        return { ...object, template, spec: template.get("spec") };
    }),
);

/** The pods of a stack. */
export function podsOf(stack: Stack, names: readonly string[] = WORKLOADS): Pod[] {
    return stack.matching(kinds(...names)).flatMap((resource) => stack.decide(resource, () => podsIn(resource), []));
}

export const containersOf = remembered((pod: Pod): Container[] => {
    const read = (path: string, init: boolean) =>
        pod.spec.list(path).map((props, index) => ({ pod, props, init, title: `container ${titleOf(props, index)}` }));
    return [...read("initContainers", true), ...read("containers", false)];
});

function titleOf(props: Reader, index: number): string {
    const name = props.has("name") ? props.raw("name") : undefined;
    return typeof name === "string" ? name : `${index}`;
}

/** A native sidecar: an init container that stays. */
export function isSidecar({ init, props }: Container): boolean {
    return init && props.text("restartPolicy") === "Always";
}

export const podLabels = remembered((pod: Pod): Labels => labelsAt(pod.template, "metadata.labels"));

/** The value of an environment variable where it is written down. */
export function environmentOf({ props }: Container, name: string): string | undefined {
    return props
        .list("env")
        .find((each) => each.text("name") === name)
        ?.text("value");
}

/** A volume claim of a pod: one for all replicas, or made for each from a template. */
export function claimTemplatesOf({ kind, props }: Pod): Reader[] {
    return kind === "StatefulSet" ? props.list("spec.volumeClaimTemplates") : [];
}

/** Says what is wrong; what is missing is nothing wrong in a patch. */
export interface Say {
    readonly wrong: (message: string) => void;
    readonly missing: (message: string) => void;
}

type Shape = Readonly<Record<string, z.ZodType>>;
type Definition<S extends Shape> = Parameters<typeof resourceRule<S>>[0];
type SettingsOf<S extends Shape> = Parameters<Definition<S>["check"]>[2];

type Over<T, S extends Shape> = Omit<Definition<S>, "types" | "check" | "remediate"> & {
    /** Default: every kind that makes pods. */
    readonly kinds?: readonly string[];
    readonly check: (item: T, say: Say, settings: SettingsOf<S>) => void;
};

/** A rule over every pod that a resource describes. */
export function podRule<S extends Shape = Record<never, never>>(definition: Over<Pod, S>): Rule {
    const { kinds: names = WORKLOADS, check, ...text } = definition;
    return resourceRule<S>({
        ...text,
        types: kinds(...names),
        check: (resource, report, settings) =>
            each(podsIn(resource), (pod) =>
                check(pod, { wrong: report, missing: pod.partial ? () => undefined : report }, settings),
            ),
    } as Definition<S>);
}

/** A rule over every container of every pod, those that run before the others included. */
export function containerRule<S extends Shape = Record<never, never>>(definition: Over<Container, S>): Rule {
    const { check, ...text } = definition;
    return podRule<S>({
        ...text,
        check: (pod, say, settings) =>
            each(containersOf(pod), (container) => {
                const titled = (report: (message: string) => void) => (message: string) =>
                    report(`${container.title} ${message}`);
                check(container, { wrong: titled(say.wrong), missing: titled(say.missing) }, settings);
            }),
    } as Over<Pod, S>);
}
