import { setTimeout as sleep } from "node:timers/promises";
import { CORDON_TAINT, EVACUATED_LABEL, observe, OUT_OF_SERVICE, type Observation } from "./cluster-state";
import { planEvacuation, readyNodes, refusal, roomFor, type Action, type MovePlan, type Move } from "./evacuation-plan";
import { agentsOf, Look } from "./cluster-view";
import type { Kube, Outcome } from "./kube";
import { planReturn, returnRefusal } from "./return-plan";

export interface EvacuationOptions {
    readonly zone: string;
    readonly dryRun: boolean;
    /** Go on though the zone is alive. */
    readonly force: boolean;
    /** The way back: open the zone and move agents there until the zones are even. */
    readonly back: boolean;
    readonly waitMs: number;
    readonly pollMs?: number;
}

type Print = (line: string) => void;

/** Agents that are moved at the same time. */
const PARALLEL = 10;
/** A line at least this often, so that a person sees that it lives. */
const HEARTBEAT_MS = 30_000;
const RUNBOOK = "docs/runbooks.md#zone-evacuation";

/** Moves the agents and waits until all agents are Ready; `false`: refused or not all are. */
export async function evacuate(kube: Kube, options: EvacuationOptions, print: Print): Promise<boolean> {
    const { zone, force, back, dryRun, waitMs, pollMs = 2000 } = options;
    const planFor = back ? planReturn : planEvacuation;
    let state = await observe(kube);
    const objection = back ? returnRefusal(state, zone) : refusal(state, zone, force);
    if (objection !== undefined) {
        print(`Refused: ${objection}`);
        return false;
    }
    let plan = planFor(state, zone);
    announce(state, plan, options, print);
    if (dryRun) {
        print("\nDry run: nothing was changed.");
        return true;
    }

    const journal = new Journal(print);
    // Planned anew in each round, so that whatever happens meanwhile, and whatever an earlier run did, is taken in.
    for (;;) {
        const alive = readyNodes(state, zone);
        if (alive.length > 0 && !force && !back && plan.moves.length > 0) {
            print(
                `\nStopped: ${zone} came back, ${alive[0]} is Ready. ${plan.moves.length} agents have not been moved.`,
            );
            print("Run again with --force to move them in order, or with --return to open the zone and make it even.");
            return false;
        }
        await execute(kube, state, plan, journal);
        await wake(kube, state);
        journal.progress(plan);
        if (plan.nodes.length === 0 && plan.moves.length === 0 && plan.waiting.length === 0) break;
        if (journal.elapsed() > waitMs) {
            print(`\nNot all agents are Ready after ${duration(waitMs)}:`);
            for (const { agent, why } of plan.waiting.slice(0, 10)) print(`  ${agent}: ${why}`);
            if (plan.waiting.length > 10) print(`  and ${plan.waiting.length - 10} more`);
            print(`Run the command again to go on. Agents that find no node: see ${RUNBOOK}.`);
            return false;
        }
        await sleep(pollMs);
        state = await observe(kube);
        plan = planFor(state, zone);
    }
    print(`\nDone in ${duration(journal.elapsed())}: ${journal.summary()}. All agents are Ready.`);
    tellTheRest(state, options, print);
    return true;
}

async function execute(kube: Kube, state: Observation, plan: MovePlan, journal: Journal) {
    for (const action of plan.nodes) {
        const outcome = await apply(kube, state, action);
        if (outcome === "done") journal.did(action);
        // The node has changed since it was read. Nobody moves before it is closed, so: look again.
        if (outcome === "refused") return;
    }
    // A budget that has refused once refuses the rest of its class as well in this round.
    const exhausted = new Set<string>();
    const queue = [...plan.moves];
    const worker = async () => {
        for (let move = queue.shift(); move !== undefined; move = queue.shift()) {
            await applyMove(kube, state, move, exhausted, journal);
        }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
}

/** On StatefulSets that were told to look again: when. */
const WOKEN_ANNOTATION = "openclaw/woken-at";

/**
 * Tells StatefulSets whose pods are missing to look again. As long as an old claim is on its way out, or the quota still
 * counts the old pod, the controller fails, and waits longer each time, up to 16 minutes; a change of the object ends the
 * wait. In a drill with 320 agents dozens were away for minutes without it, though nothing stood in their way any more.
 */
async function wake(kube: Kube, state: Observation): Promise<void> {
    const look = new Look(state);
    for (const set of state.sets.filter(({ namespace }) => look.isOurs(namespace))) {
        if (agentsOf(set).every((agent) => look.pod(set, agent) !== undefined)) continue;
        await kube.patch(`/apis/apps/v1/namespaces/${set.namespace}/statefulsets/${set.name}`, {
            metadata: { annotations: { [WOKEN_ANNOTATION]: new Date().toISOString() } },
        });
    }
}

async function applyMove(
    kube: Kube,
    state: Observation,
    move: Move,
    exhausted: Set<string>,
    journal: Journal,
): Promise<void> {
    for (const action of move.actions) {
        if (action.kind === "evict" && exhausted.has(move.namespace)) return;
        const outcome = await apply(kube, state, action);
        if (outcome === "refused") {
            exhausted.add(move.namespace);
            return;
        }
        // A volume that is not kept may not lose its claim: the next round looks again.
        if (outcome === "gone" && action.kind === "keep-volume") return;
        if (outcome === "done") journal.did(action);
    }
    journal.moved(move);
}

function apply(kube: Kube, state: Observation, action: Action): Promise<Outcome> {
    switch (action.kind) {
        case "cordon": {
            if (!action.outOfService) return kube.patch(nodePath(action.node), { spec: { unschedulable: true } });
            // Taints are one list: the version guards those that others set meanwhile.
            const { resourceVersion, taints = [] } = state.taints.get(action.node) ?? {};
            const spec = { unschedulable: true, taints: [...taints, OUT_OF_SERVICE] };
            return kube.patch(nodePath(action.node), { metadata: { resourceVersion }, spec });
        }
        case "reopen": {
            const { resourceVersion, taints = [] } = state.taints.get(action.node) ?? {};
            const others = taints.filter(({ key }) => key !== OUT_OF_SERVICE.key && key !== CORDON_TAINT);
            const change = { metadata: { resourceVersion }, spec: { unschedulable: null, taints: others } };
            return kube.patch(nodePath(action.node), change);
        }
        case "keep-volume":
            return kube.patch(`/api/v1/persistentvolumes/${action.volume}`, {
                metadata: { labels: { [EVACUATED_LABEL]: action.from } },
                spec: { persistentVolumeReclaimPolicy: "Retain" },
            });
        case "delete-claim":
            return kube.delete(
                `/api/v1/namespaces/${action.namespace}/persistentvolumeclaims/${action.name}`,
                action.uid,
            );
        case "evict":
            return kube.evict(action);
        case "delete-pod": {
            const path = `/api/v1/namespaces/${action.namespace}/pods/${action.name}`;
            return kube.delete(path, action.uid, action.force ? 0 : undefined);
        }
    }
}

function nodePath(name: string): string {
    return `/api/v1/nodes/${name}`;
}

function announce(state: Observation, plan: MovePlan, options: EvacuationOptions, print: Print): void {
    const { zone, back } = options;
    const alive = readyNodes(state, zone).length;
    const drained = alive > 0 ? `is alive with ${alive} Ready nodes; its agents are drained (--force)` : "is dead";
    print(`${zone} ${back ? "is opened, and agents come back to it" : drained}.`);
    const claims = new Map(state.claims.map((claim) => [claim.uid, claim]));
    for (const action of plan.nodes) print(`  ${describe(action, claims)}`);
    for (const { namespace, agent, from, actions } of plan.moves) {
        const steps = actions.map((action) => describe(action, claims)).join(", ");
        print(`  move ${namespace}/${agent} from ${from}: ${steps}`);
    }
    for (const remark of plan.remarks) print(`  note: ${remark}`);
    const { length } = plan.moves;
    if (length === 0) {
        print(`No agent of ${plan.total} has to move; ${plan.waiting.length} are not Ready yet.`);
        return;
    }
    print(`${length} of ${plan.total} agents move.`);
    if (!back) {
        const room = roomFor(state, zone, plan.moves);
        print(`Nodes of other zones have room for ${room} of them now.`);
        if (room < length) print(`The other ${length - room} wait until Karpenter has added nodes.`);
    }
    print(
        back || alive > 0
            ? "Agents that end in order lose nothing. Their old volumes are kept."
            : "Lost is what an agent wrote after its last replication, usually the last second (Litestream's sync-interval), " +
                  "and the turn it was in. The old volumes are kept, so nothing is gone for good.",
    );
}

function describe(action: Action, claims: ReadonlyMap<string, { volume?: string }>): string {
    switch (action.kind) {
        case "cordon":
            return `cordon node ${action.node}${action.outOfService ? " and put it out of service" : ""}`;
        case "reopen":
            return `open node ${action.node}`;
        case "keep-volume":
            return `keep volume ${action.volume}`;
        case "delete-claim":
            return `give up claim ${action.name} on ${claims.get(action.uid)?.volume ?? "no volume yet"}`;
        case "evict":
            return "drain, then give up its claim";
        case "delete-pod":
            return action.force ? "remove its pod" : "end its pod";
    }
}

function tellTheRest(state: Observation, { zone, back }: EvacuationOptions, print: Print): void {
    const zones = new Set(state.volumes.flatMap(({ evacuatedFrom }) => evacuatedFrom ?? []));
    if (!back) {
        print(`\nWhen ${zone} is back and its old instances were stopped or replaced, open it and even the zones out:`);
        print(`  npm run evacuate -- --zone ${zone} --return`);
    }
    if (zones.size > 0) {
        print("\nOld volumes cost money. When every agent has its state, list and delete them:");
        const selector = `kubectl get pv -l ${EVACUATED_LABEL}`;
        const handles = `-o jsonpath='{range .items[*]}{.spec.csi.volumeHandle}{"\\n"}{end}'`;
        print(`  ${selector} ${handles} | xargs -n1 aws ec2 delete-volume --volume-id`);
        print(`  kubectl delete pv -l ${EVACUATED_LABEL}`);
    }
    print(`\n${RUNBOOK}`);
}

/** What was done and when, for the progress and the summary. */
class Journal {
    private readonly started = Date.now();
    private readonly startOf = new Map<string, number>();
    private readonly readyAfter = new Map<string, number>();
    private line = "";
    private lineAt = 0;

    constructor(private readonly print: Print) {}

    elapsed(): number {
        return Date.now() - this.started;
    }

    did(action: Action): void {
        if (action.kind === "cordon") {
            this.say(`node ${action.node} cordoned${action.outOfService ? " and put out of service" : ""}`);
        }
        if (action.kind === "reopen") this.say(`node ${action.node} open`);
    }

    moved({ namespace, agent }: Move): void {
        const name = `${namespace}/${agent}`;
        if (!this.startOf.has(name)) this.startOf.set(name, Date.now());
    }

    progress({ moves, waiting, total }: MovePlan): void {
        const unfinished = new Set([
            ...waiting.map(({ agent }) => agent),
            ...moves.map((m) => `${m.namespace}/${m.agent}`),
        ]);
        for (const [agent, start] of this.startOf) {
            if (!unfinished.has(agent)) this.readyAfter.set(agent, this.readyAfter.get(agent) ?? Date.now() - start);
        }
        const line = `${moves.length} to move, ${total - waiting.length} of ${total} Ready`;
        if (line === this.line && Date.now() - this.lineAt < HEARTBEAT_MS) return;
        this.line = line;
        this.lineAt = Date.now();
        this.say(line);
    }

    summary(): string {
        const times = [...this.readyAfter.values()].sort((a, b) => a - b);
        const [median, last] = [times[Math.floor(times.length / 2)], times.at(-1)];
        if (median === undefined || last === undefined) return "no agent had to move";
        return `${times.length} agents moved; away for ${duration(median)} in the middle, ${duration(last)} at most`;
    }

    private say(text: string): void {
        const passed = Math.floor(this.elapsed() / 1000);
        const clock = [Math.floor(passed / 60), passed % 60].map((part) => String(part).padStart(2, "0")).join(":");
        this.print(`[${clock}] ${text}`);
    }
}

function duration(milliseconds: number): string {
    const seconds = Math.round(milliseconds / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
