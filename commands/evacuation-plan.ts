/** What an evacuation decides. No access to a cluster: what is read comes in, what is to be done goes out. */
import {
    agentsOf,
    Look,
    some,
    type AgentSet,
    type Claim,
    type ClusterState,
    type Node,
    type Pod,
} from "./cluster-view";

export type Action =
    | { readonly kind: "cordon"; readonly node: string; readonly outOfService: boolean }
    | { readonly kind: "reopen"; readonly node: string }
    /** `from`: the zone of the volume, by which it is found later. */
    | { readonly kind: "keep-volume"; readonly volume: string; readonly from: string }
    | { readonly kind: "delete-claim"; readonly namespace: string; readonly name: string; readonly uid: string }
    | { readonly kind: "evict"; readonly namespace: string; readonly name: string; readonly uid: string }
    | {
          readonly kind: "delete-pod";
          readonly namespace: string;
          readonly name: string;
          readonly uid: string;
          /** Without waiting for a kubelet that does not answer. */
          readonly force: boolean;
      };

/** What happens to one agent, in this order. */
export interface Move {
    readonly namespace: string;
    readonly agent: string;
    readonly from: string;
    readonly actions: readonly Action[];
}

export interface MovePlan {
    /** Come before all moves. */
    readonly nodes: readonly Action[];
    readonly moves: readonly Move[];
    /** Agents that are not Ready, with the reason. */
    readonly waiting: readonly { readonly agent: string; readonly why: string }[];
    readonly total: number;
    /** What is odd and left alone. */
    readonly remarks: readonly string[];
}

/** What must be done now. Planned anew after each step: a plan for an evacuated zone is empty. */
export function planEvacuation(state: ClusterState, zone: string): MovePlan {
    const look = new Look(state);
    const moves: Move[] = [];
    const remarks: string[] = [];

    for (const set of state.sets.filter(({ namespace }) => look.isOurs(namespace))) {
        for (const agent of agentsOf(set)) {
            const pod = look.pod(set, agent);
            const { actions, from, remark } = moveOf(look, set, agent, pod, zone);
            if (actions.length > 0) moves.push({ namespace: set.namespace, agent, from, actions });
            if (remark !== undefined) remarks.push(remark);
        }
    }
    return { nodes: nodeActions(look, state, zone), moves, remarks, ...readiness(look, state) };
}

/** How many agents there should be, and which of them are not Ready. */
export function readiness(look: Look, state: ClusterState): Pick<MovePlan, "total" | "waiting"> {
    const all = state.sets
        .filter(({ namespace }) => look.isOurs(namespace))
        .flatMap((set) => agentsOf(set).map((agent) => ({ set, agent, pod: look.pod(set, agent) })));
    const waiting = all
        .filter(({ pod }) => pod?.ready !== true || pod.leaving)
        .map(({ set, agent, pod }) => ({
            agent: `${set.namespace}/${agent}`,
            why: pod?.why ?? "its pod is not there yet",
        }));
    return { total: all.length, waiting };
}

interface Decision {
    readonly actions: readonly Action[];
    readonly from: string;
    readonly remark?: string;
}

function moveOf(look: Look, set: AgentSet, agent: string, pod: Pod | undefined, zone: string): Decision {
    const none: Decision = { actions: [], from: "" };
    const node = pod?.node === undefined ? undefined : look.node(pod.node);
    const claims = look.claims(set, agent, pod);
    const bound = claims.filter((claim) => look.isIn(claim, zone));

    if (node !== undefined && node.zone !== zone) {
        const where = `${set.namespace}/${agent} runs in ${node.zone || "no zone"} on ${node.name}`;
        return bound.length === 0 ? none : { ...none, remark: `${where} but has a claim in ${zone}; it is left alone` };
    }
    if (node === undefined && claims.some((claim) => look.isElsewhere(claim, zone))) {
        if (bound.length === 0) return none;
        return { ...none, remark: `${set.namespace}/${agent} has claims in ${zone} and elsewhere; it is left alone` };
    }
    if (pod !== undefined && node !== undefined && node.state !== "lost") {
        // It can still end in order: its turn drained, its last changes replicated. Claims follow once it has ended.
        if (pod.leaving) return none;
        const how: Action =
            node.state === "ready"
                ? { kind: "evict", namespace: pod.namespace, name: pod.name, uid: pod.uid }
                : { kind: "delete-pod", namespace: pod.namespace, name: pod.name, uid: pod.uid, force: false };
        return { actions: [how], from: node.name };
    }

    // Nobody runs it: on a lost node, on one that is gone, or nowhere because its volume is in the zone.
    const lost = node !== undefined;
    if (!lost && bound.length === 0) return none;
    const actions = bound.flatMap((claim) => claimActions(look, claim, zone));
    if (pod !== undefined && !(pod.leaving && pod.node === undefined)) {
        // An unscheduled pod goes at once even without force, and one scheduled in this very moment ends in order.
        const force = pod.node !== undefined;
        actions.push({ kind: "delete-pod", namespace: pod.namespace, name: pod.name, uid: pod.uid, force });
    }
    const from = node?.name ?? pod?.node ?? `volume ${bound[0]?.volume ?? "in the making"}`;
    return { actions, from };
}

/** The volume first: with a reclaim policy other than Retain it would be deleted with its claim. */
export function claimActions(look: Look, claim: Claim, zone: string): Action[] {
    const volume = claim.volume === undefined ? undefined : look.volume(claim.volume);
    const keep = volume !== undefined && !(volume.retained && volume.evacuatedFrom === zone);
    return [
        ...(keep ? [{ kind: "keep-volume" as const, volume: volume.name, from: zone }] : []),
        ...(claim.leaving
            ? []
            : [{ kind: "delete-claim" as const, namespace: claim.namespace, name: claim.name, uid: claim.uid }]),
    ];
}

/**
 * Only nodes that agents use: they alone count for the spread of agents over zones, and other pods have other keepers.
 * A cordoned node is no domain of the spread any more. Out of service means that nothing can run there: then Kubernetes
 * lets go of pods and volumes that wait for the kubelet's word.
 */
function nodeActions(look: Look, state: ClusterState, zone: string): Action[] {
    const hosts = new Set(state.pods.filter((pod) => look.isOurs(pod.namespace)).map(({ node }) => node));
    return state.nodes
        .filter((node) => node.zone === zone && (node.agents || hosts.has(node.name)))
        .map((node) => ({ ...node, leave: node.state === "lost" && !node.outOfService }))
        .filter(({ cordoned, leave }) => !cordoned || leave)
        .map(({ name, leave }): Action => ({ kind: "cordon", node: name, outOfService: leave }));
}

/** Why the zone must not be evacuated now, or `undefined`. */
export function refusal(state: ClusterState, zone: string, force: boolean): string | undefined {
    const zones = [...new Set([...state.nodes.map((node) => node.zone), ...state.volumes.flatMap((v) => v.zones)])];
    if (!zones.includes(zone)) {
        const known = zones.filter((name) => name !== "").sort();
        return `the cluster has no node and no volume in ${zone}. It knows ${known.join(", ") || "no zone at all"}.`;
    }
    const alive = readyNodes(state, zone);
    if (alive.length > 0 && !force) {
        return (
            `${zone} is alive: ${some(alive)} ${alive.length === 1 ? "is" : "are"} Ready. ` +
            "With --force its agents are drained one budget after the other instead."
        );
    }
    const others = targets(state, zone);
    if (others.length === 0) {
        return `no other zone has a node for agents that is Ready and open: agents would have nowhere to go.`;
    }
    const silent = others.filter(({ free }) => free === undefined);
    if (silent.length > 0) {
        return `the room for agents is unknown: ${some(silent.map(({ name }) => name))} report no allocatable resources.`;
    }
    const unsaid = state.sets.filter(({ request, replicas }) => request === undefined && replicas > 0);
    if (unsaid.length > 0) {
        return `the room for agents is unknown: ${some(unsaid.map(({ name }) => name))} ask for no processor or memory.`;
    }
    return undefined;
}

/** Ready nodes of any kind show that the zone is alive. */
export function readyNodes(state: ClusterState, zone: string): string[] {
    return state.nodes.filter((node) => node.zone === zone && node.state === "ready").map(({ name }) => name);
}

/** How many of the agents to move find room on the nodes that are there now, placed first fit. */
export function roomFor(state: ClusterState, zone: string, moves: readonly Move[]): number {
    const left = targets(state, zone).flatMap(({ free }) => (free === undefined ? [] : [{ ...free }]));
    const requests = new Map(state.sets.map((set) => [set.namespace, set.request]));
    let placed = 0;
    for (const { namespace } of moves) {
        const wanted = requests.get(namespace);
        const node = left.find(
            ({ cpu, memory, pods }) =>
                wanted !== undefined && cpu >= wanted.cpu && memory >= wanted.memory && pods >= 1,
        );
        if (wanted === undefined || node === undefined) continue;
        node.cpu -= wanted.cpu;
        node.memory -= wanted.memory;
        node.pods -= 1;
        placed++;
    }
    return placed;
}

function targets(state: ClusterState, zone: string): Node[] {
    return state.nodes.filter(
        (node) =>
            node.agents &&
            node.zone !== zone &&
            node.zone !== "" &&
            node.state === "ready" &&
            !node.cordoned &&
            !node.closed,
    );
}
