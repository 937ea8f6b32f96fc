/** How agents come back to a zone that was evacuated. No access to a cluster, as in evacuation-plan.ts. */
import { agentsOf, Look, type AgentSet, type ClusterState, type Node } from "./cluster-view";
import { claimActions, readiness, type Action, type Move, type MovePlan } from "./evacuation-plan";

/**
 * Opens the zone's nodes and moves as many agents of each class there as make the zones even. This must follow at once:
 * with an open node the zone counts for the spread again, and an agent that restarts in the crowded zone would find its
 * volume there and its place here, and stay Pending.
 */
export function planReturn(state: ClusterState, zone: string): MovePlan {
    const look = new Look(state);
    const nodes = state.nodes
        .filter((node) => node.zone === zone && node.agents && node.state === "ready")
        .filter((node) => node.cordoned || node.outOfService)
        .map((node): Action => ({ kind: "reopen", node: node.name }));
    const zones = new Set(state.nodes.filter(canHost).map((node) => node.zone));
    const moves = zones.has(zone)
        ? state.sets
              .filter(({ namespace }) => look.isOurs(namespace))
              .flatMap((set) => movesOf(look, set, zone, [...zones].sort()))
        : [];
    return { nodes, moves, remarks: [], ...readiness(look, state) };

    function canHost(node: Node): boolean {
        const open = node.zone === zone || !(node.cordoned || node.outOfService);
        return node.agents && node.state === "ready" && !node.closed && open && node.zone !== "";
    }
}

/** Why agents cannot come back to the zone now, or `undefined`. */
export function returnRefusal(state: ClusterState, zone: string): string | undefined {
    const nodes = state.nodes.filter(
        (node) => node.zone === zone && node.agents && node.state === "ready" && !node.closed,
    );
    if (nodes.length > 0) return undefined;
    return (
        `${zone} has no node for agents that is Ready. Without one the zone does not count for the spread, ` +
        "so agents may stay where they are."
    );
}

function movesOf(look: Look, set: AgentSet, zone: string, zones: readonly string[]): Move[] {
    const agents = agentsOf(set).map((agent) => ({ agent, pod: look.pod(set, agent), zone: look.zoneOf(set, agent) }));
    // Agents bound to nothing are on their way to where the fewest are: here.
    const unbound = agents.filter((agent) => agent.zone === undefined).length;
    const count = new Map(zones.map((name) => [name, agents.filter((agent) => agent.zone === name).length]));
    let missing = Math.floor(set.replicas / zones.length) - (count.get(zone) ?? 0) - unbound;

    // Those that run nowhere first: evicted by this plan, or stuck between volume and spread. Then from the end.
    const idle = agents.filter(({ pod }) => pod?.node === undefined);
    const running = agents.filter(({ pod }) => pod?.node !== undefined && !pod.leaving).reverse();
    missing -= agents.filter(({ pod, zone: at }) => pod?.leaving === true && at !== zone).length;
    const moves: Move[] = [];
    for (const { agent, pod, zone: from } of [...idle, ...running]) {
        if (missing <= 0 || from === undefined || from === zone || !isCrowded(from)) continue;
        const actions: Action[] = [];
        if (pod?.node !== undefined) {
            actions.push({ kind: "evict", namespace: pod.namespace, name: pod.name, uid: pod.uid });
        } else {
            const claims = look.claims(set, agent, pod).filter((claim) => look.isIn(claim, from));
            actions.push(...claims.flatMap((claim) => claimActions(look, claim, from)));
            if (pod !== undefined && !pod.leaving) {
                actions.push({
                    kind: "delete-pod",
                    namespace: pod.namespace,
                    name: pod.name,
                    uid: pod.uid,
                    force: false,
                });
            }
        }
        if (actions.length === 0) continue;
        moves.push({ namespace: set.namespace, agent, from, actions });
        count.set(from, (count.get(from) ?? 0) - 1);
        missing--;
    }
    return moves;

    function isCrowded(name: string): boolean {
        return (count.get(name) ?? Infinity) > Math.floor(set.replicas / zones.length);
    }
}
