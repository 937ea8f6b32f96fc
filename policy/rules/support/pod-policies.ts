import type { Stack } from "../../engine/resource";
import type { Reader } from "../../engine/value";
import { type KubernetesObject, nameOf, namespaceOf, objectsOf, remembered, rememberedOf, those } from "./kubernetes";
import { includes, type Labels, labelsAt, selects } from "./labels";
import { containersOf, type Pod, podLabels, podsOf } from "./pods";

/** Kinds of policy over the network of pods: Kubernetes' own, and Cilium's. */
export const POLICIES = ["NetworkPolicy", "CiliumNetworkPolicy"];

export type Direction = "ingress" | "egress";
export const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** A policy over the network of pods. */
export interface PodPolicy extends KubernetesObject {
    readonly cilium: boolean;
    /** Pods of the stack that it is about. */
    readonly pods: readonly Pod[];
}

/** Cilium's keys may say where a label is from. */
function plain(key: string): string {
    return key.replace(/^(k8s|any):/, "");
}

export const policiesOf = rememberedOf((stack: Stack): readonly PodPolicy[] => {
    const pods = podsOf(stack);
    return objectsOf(stack, ...POLICIES).map((object) => {
        const cilium = object.kind === "CiliumNetworkPolicy";
        const selector = object.props.get(cilium ? "spec.endpointSelector" : "spec.podSelector");
        const namespace = stack.decide(object.resource, () => namespaceOf(object), undefined);
        const ours = those(
            stack,
            pods,
            (pod) =>
                namespaceOf(pod) === namespace &&
                stack.decide(object.resource, () => selects(selector, podLabels(pod), plain), true),
        );
        return { ...object, cilium, pods: ours };
    });
});

/** What one rule of a policy allows. */
export interface Allowed {
    readonly rule: Reader;
    /** Pods, as selectors of Cilium or of Kubernetes. */
    readonly endpoints: readonly Reader[];
    readonly entities: readonly string[];
    readonly ranges: readonly Range[];
    /** Names of hosts, which only Cilium knows. */
    readonly names: readonly Reader[];
    /** Ports with protocol, e.g. `443/TCP`. None: all of them. */
    readonly ports: readonly string[];
    /** What it says of the content, which only Cilium knows. */
    readonly content: boolean;
}

export interface Range {
    readonly cidr: string;
    readonly except: readonly string[];
}

/** The rules of a policy that allow something: Cilium's empty rule allows nothing, that of Kubernetes everything. */
export function allowedBy({ props, cilium }: PodPolicy, direction: Direction): Allowed[] {
    const rules = props.list(`spec.${direction}`);
    return cilium
        ? rules.filter((rule) => rule.keys().length > 0).map((rule) => byCilium(rule, direction))
        : rules.map((rule) => byKubernetes(rule, direction));
}

function byCilium(rule: Reader, direction: Direction): Allowed {
    const peer = direction === "ingress" ? "from" : "to";
    const toPorts = rule.list("toPorts");
    return {
        rule,
        endpoints: rule.list(`${peer}Endpoints`),
        entities: rule.texts(`${peer}Entities`),
        ranges: [
            ...rule.texts(`${peer}CIDR`).map((cidr) => ({ cidr, except: [] })),
            ...rule
                .list(`${peer}CIDRSet`)
                .map((set) => ({ cidr: set.text("cidr") ?? "", except: set.texts("except") })),
        ],
        names: rule.list("toFQDNs"),
        // Without a protocol Cilium means all of them.
        ports: toPorts.flatMap((each) => each.list("ports").map((port) => portOf(port, "ANY"))),
        content: toPorts.some((each) => each.has("rules")),
    };
}

function byKubernetes(rule: Reader, direction: Direction): Allowed {
    const peers = rule.list(direction === "ingress" ? "from" : "to");
    return {
        rule,
        endpoints: peers.filter((peer) => peer.has("podSelector") || peer.has("namespaceSelector")),
        entities: [],
        ranges: peers
            .filter((peer) => peer.has("ipBlock"))
            .map((peer) => ({ cidr: peer.text("ipBlock.cidr") ?? "", except: peer.texts("ipBlock.except") })),
        names: [],
        ports: rule.list("ports").map((port) => portOf(port, "TCP")),
        content: false,
    };
}

function portOf(port: Reader, otherwise: string): string {
    return `${String(port.raw("port") ?? "*")}/${port.text("protocol") ?? otherwise}`;
}

/** The labels by which Cilium knows each pod: its own, and those of its namespace. */
export function endpointLabels(stack: Stack): (pod: Pod) => Labels {
    const namespaces = new Map(
        objectsOf(stack, "Namespace").map((each) =>
            stack.decide(each.resource, () => [nameOf(each), labelsAt(each.props, "metadata.labels")] as const, [
                undefined,
                new Map<string, string>(),
            ]),
        ),
    );
    return (pod) => {
        const name = namespaceOf(pod);
        const theirs = [...(namespaces.get(name) ?? [])];
        return new Map([
            ...podLabels(pod),
            ...theirs.map(([key, value]) => [`io.cilium.k8s.namespace.labels.${key}`, value] as const),
            ["io.kubernetes.pod.namespace", name],
        ]);
    };
}

/** Whether a selector of Cilium's, or one of Kubernetes within a namespace, is about these labels. */
export function selectsEndpoint(selector: Reader, labels: Labels, home: string): boolean {
    if (selector.has("podSelector") || selector.has("namespaceSelector")) {
        const prefix = "io.cilium.k8s.namespace.labels.";
        const theirs = new Map(
            [...labels]
                .filter(([key]) => key.startsWith(prefix))
                .map(([key, value]) => [key.slice(prefix.length), value]),
        );
        theirs.set("kubernetes.io/metadata.name", labels.get("io.kubernetes.pod.namespace") ?? "");
        const there = selector.has("namespaceSelector")
            ? selects(selector.get("namespaceSelector"), theirs)
            : labels.get("io.kubernetes.pod.namespace") === home;
        return there && selects(selector.get("podSelector"), labels);
    }
    const elsewhere = [
        ...selector.keys("matchLabels"),
        ...selector.list("matchExpressions").map((each) => each.text("key") ?? ""),
    ]
        .map(plain)
        .some(
            (key) => key.startsWith("io.kubernetes.pod.namespace") || key.startsWith("io.cilium.k8s.namespace.labels"),
        );
    const there = elsewhere || labels.get("io.kubernetes.pod.namespace") === home;
    return there && selects(selector, labels, plain);
}

/** Whether a selector of Cilium's names all of these labels, and so means no more pods than have them. */
export function namesAll(selector: Reader, labels: Labels): boolean {
    const named = new Map([...labelsAt(selector, "matchLabels")].map(([key, value]) => [plain(key), value]));
    return includes(named, labels);
}

/** The ports at which a pod listens, by number and by name. */
export const listensAt = remembered(
    (pod: Pod): ReadonlySet<string> =>
        new Set(
            containersOf(pod)
                .flatMap(({ props }) => props.list("ports"))
                .flatMap((port) => {
                    const protocol = port.text("protocol") ?? "TCP";
                    const number = port.number("containerPort");
                    return [
                        ...(number === undefined ? [] : [`${number}/${protocol}`]),
                        `${port.text("name") ?? ""}/${protocol}`,
                    ];
                }),
        ),
);
