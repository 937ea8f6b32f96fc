import { join } from "node:path";
import { POOL_LABEL } from "../../components/compute/agents/spec";
import { allocatable } from "../../components/model/capacity";
import { type InstanceType, instanceType } from "../../components/model/instance-types";
import type { Running, Workshop } from "../components/processes";
import type { Api } from "./api";
import { NODE_GRACE_SECONDS } from "./control-plane";

export const ZONE_LABEL = "topology.kubernetes.io/zone";
export const VOLUME_DRIVER = "ebs.csi.aws.com";

/** Nodes of one kind: as the kubelet of that instance type would register them. */
export interface NodeKind {
    readonly pool: string;
    readonly instanceType: string;
    readonly maxPods: number;
    readonly region: string;
    /** Whether only pods of this pool may come. */
    readonly tainted: boolean;
}

/**
 * Simulated nodes over the zones. A process of kwok for each zone keeps the heartbeats of its nodes: when it is killed,
 * the zone falls silent at once, as it does when a real one is lost.
 */
export class Nodes {
    readonly #zones = new Map<string, string>();
    readonly #pools = new Map<string, number>();
    readonly #keepers = new Map<string, Running>();

    constructor(
        readonly zones: readonly string[],
        private readonly api: Api,
        private readonly workshop: Workshop,
    ) {}

    /** Starts the heartbeats of zones that have none. */
    start(kwok: string, kubeconfig: string): void {
        for (const zone of this.zones.filter((each) => !this.#keepers.has(each))) {
            const flags = {
                config: join(__dirname, "kwok-nodes.yaml"),
                kubeconfig,
                "manage-nodes-with-label-selector": `${ZONE_LABEL}=${zone}`,
                "node-lease-duration-seconds": NODE_GRACE_SECONDS,
            };
            const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
            this.#keepers.set(zone, this.workshop.start(`kwok-${zone}`, kwok, args));
        }
    }

    /** Registers nodes, and with each of them how many volumes can be attached to it. */
    async add(zone: string, count: number, kind: NodeKind): Promise<void> {
        const type = instanceType(kind.instanceType);
        for (let index = 0; index < count; index++) {
            const name = `${kind.pool}-${zone}-${this.#zones.size + 1}`;
            this.#zones.set(name, zone);
            this.#pools.set(kind.pool, this.count(kind.pool) + 1);
            await this.api.create("/api/v1/nodes", node(name, zone, type, kind));
            await this.api.create("/apis/storage.k8s.io/v1/csinodes", attachments(name, type, kind));
        }
    }

    zoneOf(node: string): string | undefined {
        return this.#zones.get(node);
    }

    namesIn(zone: string): string[] {
        return [...this.#zones].filter(([, each]) => each === zone).map(([name]) => name);
    }

    /** Nodes of a pool, lost ones included. */
    count(pool: string): number {
        return this.#pools.get(pool) ?? 0;
    }

    get livingZones(): string[] {
        return [...this.#keepers.keys()];
    }

    isAlive(node: string): boolean {
        const zone = this.zoneOf(node);
        return zone !== undefined && this.#keepers.has(zone);
    }

    /** The zone falls silent: nothing on its nodes is heard of any more. */
    lose(zone: string): void {
        this.#keepers.get(zone)?.kill();
        this.#keepers.delete(zone);
    }
}

function node(name: string, zone: string, type: InstanceType, { pool, maxPods, region, tainted }: NodeKind): object {
    const free = allocatable(type, maxPods);
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name,
            labels: {
                [POOL_LABEL]: pool,
                [ZONE_LABEL]: zone,
                "topology.kubernetes.io/region": region,
                "kubernetes.io/arch": type.architecture === "arm64" ? "arm64" : "amd64",
                "kubernetes.io/os": "linux",
                "kubernetes.io/hostname": name,
                "node.kubernetes.io/instance-type": type.name,
                "karpenter.sh/capacity-type": "on-demand",
            },
        },
        spec: {
            providerID: `aws:///${zone}/${name}`,
            taints: tainted ? [{ key: POOL_LABEL, value: pool, effect: "NoSchedule" }] : [],
        },
        status: {
            capacity: resources(type.vCpus * 1000, type.memoryMiB, maxPods),
            // What the plan counts with: daemons, which do not run here, are taken off.
            allocatable: resources(free.cpu, free.memory, free.pods),
        },
    };
}

function resources(cpuMillicores: number, memoryMiB: number, pods: number): Record<string, string> {
    return { cpu: `${cpuMillicores}m`, memory: `${memoryMiB}Mi`, pods: `${pods}`, "ephemeral-storage": "200Gi" };
}

function attachments(name: string, type: InstanceType, { maxPods }: NodeKind): object {
    const { volumes } = allocatable(type, maxPods);
    return {
        apiVersion: "storage.k8s.io/v1",
        kind: "CSINode",
        metadata: { name },
        spec: {
            drivers: [
                { name: VOLUME_DRIVER, nodeID: name, topologyKeys: [ZONE_LABEL], allocatable: { count: volumes } },
            ],
        },
    };
}
