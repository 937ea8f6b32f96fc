import { CLASS_LABEL, TIER_LABEL, AGENT_TIER } from "../../components/compute/agents/spec";
import { maxAway } from "../../components/model/disruption";
import type { Settings } from "../../settings/schema";
import type { Api } from "./api";
import type { Nodes } from "./nodes";
import { isReady, isUnschedulable, keyOf, type Pod } from "./objects";

export interface AgentClass {
    readonly name: string;
    readonly agents: number;
    /** How many may be away at once. */
    readonly budget: number;
}

/** Watches all agents without a break: what is said of the most that were away at once leaves no gap. */
export class Fleet {
    readonly classes: readonly AgentClass[];
    readonly #pods = new Map<string, Map<string, Pod>>();
    readonly #mostAway = new Map<string, number>();

    constructor(
        { fleet }: Settings,
        private readonly api: Api,
        private readonly nodes: Nodes,
    ) {
        this.classes = Object.entries(fleet.classes).map(([name, { agents, rollout }]) => ({
            name,
            agents,
            budget: maxAway(rollout.awayPercent, agents),
        }));
        for (const { name } of this.classes) this.#pods.set(name, new Map());
    }

    start(): void {
        const update = (change: (pods: Map<string, Pod>, uid: string, pod: Pod) => void) => (pod: Pod) => {
            const name = pod.metadata.labels?.[CLASS_LABEL] ?? "";
            const pods = this.#pods.get(name);
            if (pods === undefined) return;
            change(pods, pod.metadata.uid ?? "", pod);
            this.#mostAway.set(name, Math.max(this.#mostAway.get(name) ?? 0, this.away(name)));
        };
        this.api.watch<Pod>(`/api/v1/pods?labelSelector=${encodeURIComponent(`${TIER_LABEL}=${AGENT_TIER}`)}`, {
            seen: update((pods, uid, pod) => pods.set(uid, pod)),
            gone: update((pods, uid) => pods.delete(uid)),
        });
    }

    get agents(): number {
        return this.classes.reduce((sum, { agents }) => sum + agents, 0);
    }

    pods(className?: string): Pod[] {
        return [...this.#pods].filter(([name]) => className === undefined || name === className).flatMap(podsOf);
    }

    /** Agents of the class that serve nobody: missing, on their way, not Ready, leaving. */
    away(className: string): number {
        const agents = this.classes.find(({ name }) => name === className)?.agents ?? 0;
        return agents - this.pods(className).filter(isReady).length;
    }

    ready(): number {
        return this.pods().filter(isReady).length;
    }

    scheduled(): number {
        return this.pods().filter(({ spec }) => spec.nodeName !== undefined).length;
    }

    unschedulable(): Pod[] {
        return this.pods().filter(isUnschedulable);
    }

    /** What is missing for all agents to serve; nothing where they do. */
    missing(): string {
        const waiting = this.classes.filter(({ name }) => this.away(name) > 0);
        return waiting.map(({ name, agents }) => `${name}: ${agents - this.away(name)} of ${agents} Ready`).join(", ");
    }

    /** Forgets how many were away; from here on it is counted anew. */
    beginCount(): void {
        this.#mostAway.clear();
        for (const { name } of this.classes) this.#mostAway.set(name, this.away(name));
    }

    /** The most agents of a class that were away at once since the count began. */
    mostAway(className: string): number {
        return this.#mostAway.get(className) ?? 0;
    }

    /** The classes of which more were away than their budget allows. */
    overBudget(): string[] {
        return this.classes
            .filter(({ name, budget }) => this.mostAway(name) > budget)
            .map(({ name, agents, budget }) => `${name}: ${this.mostAway(name)} of ${agents} away, budget ${budget}`);
    }

    /** The most away of each class, of its budget. */
    count(): string {
        return this.classes.map(({ name, budget }) => `${name} ${this.mostAway(name)}/${budget}`).join(", ");
    }

    /** How many agents of a class each zone has. */
    byZone(className: string): Map<string, number> {
        const zones = new Map(this.nodes.zones.map((zone) => [zone, 0]));
        for (const { spec } of this.pods(className)) {
            const zone = this.nodes.zoneOf(spec.nodeName ?? "");
            if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? 0) + 1);
        }
        return zones;
    }

    /** Agents on nodes of the zone. */
    inZone(zone: string): Pod[] {
        return this.pods().filter(({ spec }) => this.nodes.zoneOf(spec.nodeName ?? "") === zone);
    }

    /** Agents by name, each with the identity of its pod. */
    identities(className?: string): Map<string, string> {
        return new Map(this.pods(className).map((pod) => [keyOf(pod), pod.metadata.uid ?? ""]));
    }
}

function podsOf([, pods]: [string, Map<string, Pod>]): Pod[] {
    return [...pods.values()];
}
