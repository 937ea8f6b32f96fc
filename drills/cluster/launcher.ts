import { AGENT_POOL, AGENT_TIER, POOL_LABEL, TIER_LABEL } from "../../components/compute/agents/spec";
import { sleep } from "../components/report";
import type { Api } from "./api";
import { type NodeKind, type Nodes, ZONE_LABEL } from "./nodes";
import { isUnschedulable, type Pod } from "./objects";

/**
 * Stands in for Karpenter: where agents, or what holds room for them, have found no node for some seconds, it adds one in
 * the zone they need or, where any would do, in each living zone; up to the limit of the node pool.
 */
export class Launcher {
    /** Nodes that were launched because an agent had found none. */
    launchedForAgents = 0;
    readonly #waiting = new Map<string, Pod>();
    #stopped = false;

    constructor(
        private readonly api: Api,
        private readonly nodes: Nodes,
        private readonly kind: NodeKind,
        /** Nodes of agents at most, in all zones together. */
        private readonly most: number,
    ) {}

    start(): void {
        this.api.watch<Pod>("/api/v1/pods?fieldSelector=spec.nodeName%3D", {
            seen: (pod) => {
                const ours = pod.spec.nodeSelector?.[POOL_LABEL] === AGENT_POOL;
                // A pod for which another one makes way has its node already.
                if (ours && isUnschedulable(pod) && pod.status?.nominatedNodeName === undefined)
                    this.#waiting.set(pod.metadata.uid ?? "", pod);
                else this.#waiting.delete(pod.metadata.uid ?? "");
            },
            // It has a node, or is gone.
            gone: ({ metadata }) => this.#waiting.delete(metadata.uid ?? ""),
        });
        void this.#launch();
    }

    stop(): void {
        this.#stopped = true;
    }

    async #launch(): Promise<void> {
        let before = new Set<string>();
        while (!this.#stopped) {
            await sleep(3000);
            // Some only wait for the claim of their predecessor to go.
            const lasting = [...this.#waiting].filter(([uid]) => before.has(uid)).map(([, pod]) => pod);
            before = new Set(this.#waiting.keys());
            for (const zone of this.nodes.livingZones) {
                const here = lasting.filter(({ spec }) => (spec.nodeSelector?.[ZONE_LABEL] ?? zone) === zone);
                if (here.length === 0 || this.nodes.count(AGENT_POOL) >= this.most) continue;
                if (here.some(({ metadata }) => metadata.labels?.[TIER_LABEL] === AGENT_TIER))
                    this.launchedForAgents += 1;
                await this.nodes.add(zone, 1, this.kind).catch(() => undefined);
            }
        }
    }
}
