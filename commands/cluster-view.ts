/** The cluster as the commands that move agents see it. */

/** `lost`: its kubelet is silent. `unready`: the kubelet answers and says that something is wrong. */
export type NodeState = "ready" | "unready" | "lost";

export interface Node {
    readonly name: string;
    readonly zone: string;
    readonly state: NodeState;
    /** Belongs to the pool of agents. */
    readonly agents: boolean;
    readonly cordoned: boolean;
    readonly outOfService: boolean;
    /** Takes no further agents for another reason, e.g. it starts or is about to go. */
    readonly closed: boolean;
    /** What is left for agents; headroom counts as free. `undefined`: the node does not say. */
    readonly free?: Room;
}

export interface Room {
    /** Unit: cores. */
    readonly cpu: number;
    /** Unit: bytes. */
    readonly memory: number;
    readonly pods: number;
}

export interface Pod {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    /** Node that it is bound to, which may be gone. */
    readonly node?: string;
    /** The StatefulSet that it belongs to. */
    readonly set?: string;
    readonly ready: boolean;
    /** It has been told to end. */
    readonly leaving: boolean;
    /** Names of its claims. */
    readonly claims: readonly string[];
    /** Why it is not Ready, as far as it says. */
    readonly why: string;
}

export interface Claim {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly volume?: string;
    /** Node for which a volume is being made. */
    readonly selectedNode?: string;
    readonly leaving: boolean;
}

export interface Volume {
    readonly name: string;
    /** Zones from which it can be reached. */
    readonly zones: readonly string[];
    /** It outlives its claim. */
    readonly retained: boolean;
    /** Zone from which it was evacuated, as its label says. */
    readonly evacuatedFrom?: string;
}

/** A class: its agents are `<name>-<first>` and on. */
export interface AgentSet {
    readonly namespace: string;
    readonly name: string;
    readonly first: number;
    readonly replicas: number;
    /** Names of its claim templates. */
    readonly claimTemplates: readonly string[];
    /** What one agent asks for. `undefined`: it does not say. */
    readonly request?: Room;
}

export interface ClusterState {
    /** Namespaces of agents. Nothing in any other one is touched. */
    readonly namespaces: readonly string[];
    readonly nodes: readonly Node[];
    readonly sets: readonly AgentSet[];
    readonly pods: readonly Pod[];
    readonly claims: readonly Claim[];
    readonly volumes: readonly Volume[];
}

export function agentsOf({ name, first, replicas }: AgentSet): string[] {
    return Array.from({ length: replicas }, (_, index) => `${name}-${first + index}`);
}

/** The state by name, and where things are. */
export class Look {
    private readonly namespaces: ReadonlySet<string>;
    private readonly nodes: ReadonlyMap<string, Node>;
    private readonly pods: ReadonlyMap<string, Pod>;
    private readonly claimsByName: ReadonlyMap<string, Claim>;
    private readonly volumes: ReadonlyMap<string, Volume>;

    constructor(state: ClusterState) {
        this.namespaces = new Set(state.namespaces);
        this.nodes = new Map(state.nodes.map((node) => [node.name, node]));
        this.pods = new Map(state.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
        this.claimsByName = new Map(state.claims.map((claim) => [`${claim.namespace}/${claim.name}`, claim]));
        this.volumes = new Map(state.volumes.map((volume) => [volume.name, volume]));
    }

    isOurs(namespace: string): boolean {
        return this.namespaces.has(namespace);
    }

    node(name: string): Node | undefined {
        return this.nodes.get(name);
    }

    volume(name: string): Volume | undefined {
        return this.volumes.get(name);
    }

    pod(set: AgentSet, agent: string): Pod | undefined {
        const pod = this.pods.get(`${set.namespace}/${agent}`);
        return pod?.set === set.name ? pod : undefined;
    }

    /** The claims of an agent: those its set makes for it, as far as its pod, if there is one, uses them. */
    claims(set: AgentSet, agent: string, pod: Pod | undefined): Claim[] {
        return set.claimTemplates
            .map((template) => `${template}-${agent}`)
            .filter((name) => pod === undefined || pod.claims.includes(name))
            .flatMap((name) => this.claimsByName.get(`${set.namespace}/${name}`) ?? []);
    }

    isIn(claim: Claim, zone: string): boolean {
        const zones = this.zonesOf(claim);
        return zones.length > 0 && zones.every((name) => name === zone);
    }

    isElsewhere(claim: Claim, zone: string): boolean {
        return this.zonesOf(claim).some((name) => name !== zone);
    }

    /** Zone that an agent runs in or, if it runs nowhere, is bound to by its volume. */
    zoneOf(set: AgentSet, agent: string): string | undefined {
        const pod = this.pod(set, agent);
        const node = pod?.node === undefined ? undefined : this.nodes.get(pod.node);
        if (node !== undefined) return node.zone;
        const zones = this.claims(set, agent, pod).flatMap((claim) => (claim.leaving ? [] : this.zonesOf(claim)));
        return zones[0];
    }

    private zonesOf({ volume, selectedNode }: Claim): readonly string[] {
        if (volume !== undefined) return this.volumes.get(volume)?.zones ?? [];
        const node = selectedNode === undefined ? undefined : this.nodes.get(selectedNode);
        return node === undefined ? [] : [node.zone];
    }
}

/** A few names and how many more there are. */
export function some(names: readonly string[]): string {
    const shown = names.slice(0, 3).join(", ");
    return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
