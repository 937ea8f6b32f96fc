import type { Value } from "../../offline-engine";
import { at, json, numberAt, type Shelf, textAt, textsAt } from "../read";
import { zonesOf } from "./network";
import { apartByNode, type Spread, spreadOf } from "./pods";

/** Nodes of the platform's own pods, as AWS keeps them. */
export interface SystemGroup {
    readonly name: string;
    readonly zones: readonly string[];
    readonly minNodes?: number;
    readonly maxNodes?: number;
}

export type Role = "launches nodes" | "gives pods addresses" | "answers names" | "collects metrics" | "leads out";

/** Pods of the platform itself, alike among themselves. */
export interface Service {
    readonly name: string;
    readonly role: Role;
    readonly replicas?: number;
    /** Whether no two of them can share a node. */
    readonly apartByNode: boolean;
    readonly spread?: Spread;
}

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";

export function systemGroupsOf(shelf: Shelf): SystemGroup[] {
    return shelf.all("aws:eks/nodeGroup:NodeGroup").map(({ name, inputs }) => ({
        name,
        zones: zonesOf(shelf, textsAt(inputs, "subnetIds")),
        minNodes: numberAt(inputs, "scalingConfig.minSize"),
        maxNodes: numberAt(inputs, "scalingConfig.maxSize"),
    }));
}

/**
 * Deployments on system nodes, what the values of the charts say, and the configuration of the add-ons. Of what the
 * values do not say, the charts' own defaults are taken where they are named here.
 */
export function servicesOf(shelf: Shelf): Service[] {
    const proxies = new Set(
        shelf
            .all("kubernetes:policy/v1:PodDisruptionBudget")
            .map(({ inputs }) => textAt(inputs, ["spec", "selector", "matchLabels", "openclaw/proxy"])),
    );
    const deployed = shelf
        .all("kubernetes:apps/v1:Deployment")
        .filter(({ inputs }) => at(inputs, ["spec", "template", "spec", "nodeSelector", "openclaw/pool"]) === "system")
        .map(({ inputs }): Service => {
            const pod = at(inputs, "spec.template.spec");
            const name = textAt(inputs, "metadata.name") ?? "?";
            const proxyOf = textAt(inputs, ["metadata", "labels", "openclaw/proxy"]);
            return {
                name,
                role: proxyOf !== undefined || proxies.has(name) ? "leads out" : "collects metrics",
                replicas: numberAt(inputs, "spec.replicas"),
                apartByNode: apartByNode(at(pod, "affinity")) || spreadOf(pod, HOST)?.kind === "hard",
                spread: spreadOf(pod, ZONE),
            };
        });
    return [...deployed, operator(shelf), karpenter(shelf), names(shelf)].filter((each) => each !== undefined);
}

function chart(shelf: Shelf, name: string): Value | undefined {
    const release = shelf.all("kubernetes:helm.sh/v3:Release").find(({ inputs }) => textAt(inputs, "name") === name);
    return release === undefined ? undefined : (at(release.inputs, "values") ?? {});
}

/** Cilium's operator. Its chart keeps replicas off a shared node (cilium, install/kubernetes: operator.affinity). */
function operator(shelf: Shelf): Service | undefined {
    const values = chart(shelf, "cilium");
    if (values === undefined) return undefined;
    const own = at(values, "operator");
    return {
        name: "cilium-operator",
        role: "gives pods addresses",
        replicas: numberAt(own, "replicas"),
        apartByNode: at(own, "affinity") === undefined || apartByNode(at(own, "affinity")),
        spread: spreadOf(own, ZONE),
    };
}

/**
 * Karpenter. Its chart keeps replicas off a shared node and spreads them over zones (karpenter-provider-aws 1.15.0, charts/karpenter/values.yaml).
 */
function karpenter(shelf: Shelf): Service | undefined {
    const values = chart(shelf, "karpenter");
    if (values === undefined) return undefined;
    const own = at(values, "affinity");
    return {
        name: "karpenter",
        role: "launches nodes",
        replicas: numberAt(values, "replicas"),
        apartByNode: own === undefined || apartByNode(own),
        spread:
            at(values, "topologySpreadConstraints") === undefined
                ? { kind: "hard", maxSkew: 1, forgetsDeadZones: false }
                : spreadOf(values, ZONE),
    };
}

/** CoreDNS, AWS's add-on: it prefers nodes and zones of its own for each replica. */
function names(shelf: Shelf): Service | undefined {
    const addon = shelf.all("aws:eks/addon:Addon").find(({ inputs }) => inputs["addonName"] === "coredns");
    if (addon === undefined) return undefined;
    const values = json(textAt(addon.inputs, "configurationValues"));
    return {
        name: "coredns",
        role: "answers names",
        replicas: numberAt(values, "autoScaling.minReplicas") ?? numberAt(values, "replicaCount"),
        apartByNode: false,
        spread: { kind: "soft", maxSkew: 1, forgetsDeadZones: true },
    };
}
