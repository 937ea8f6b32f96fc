/*
 * What really happens to copies of messages and to pods when something is lost, played out one by one. It shares no code
 * and no arithmetic with what it checks: no formula here knows how many copies a zone holds or how many pods fit.
 */

/** Gives a whole number from 0 up to, not including, `below`. */
export type Dice = (below: number) => number;

/** The same throws for the same seed (mulberry32). */
export function dice(seed: number): Dice {
    let state = seed >>> 0;
    return (below) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
    };
}

export function shuffled<T>(items: readonly T[], throws: Dice): T[] {
    const result: T[] = [];
    const rest = [...items];
    while (rest.length > 0) result.push(...rest.splice(throws(rest.length), 1));
    return result;
}

// Copies of messages

export interface Kafka {
    readonly zones: readonly string[];
    readonly brokersPerZone: number;
    readonly factor: number;
    readonly minInSync: number;
    readonly unclean: boolean;
}

export interface KafkaLoss {
    /** Some partition takes no messages any more. */
    readonly stopped: boolean;
    /** A message that was acknowledged is on no broker that is left, and another copy takes over without it. */
    readonly vanished: boolean;
    /** A message that was acknowledged was on a single broker. */
    readonly onOneBroker: boolean;
}

/**
 * Places partitions by chance as Kafka does: a zone is not used twice before each has been, nor a broker at all. Then
 * lets copies fall behind until just enough are in step, acknowledges a message, and takes brokers away.
 */
export function loseBrokers(kafka: Kafka, isLost: (broker: number, zone: string) => boolean, throws: Dice): KafkaLoss {
    const outcome = { stopped: false, vanished: false, onOneBroker: false };
    for (let partition = 0; partition < 80; partition++) {
        const copies = placeCopies(kafka, throws);
        const alive = copies.filter(({ broker, zone }) => !isLost(broker, zone));
        if (alive.length < kafka.minInSync) outcome.stopped = true;
        if (copies.length < kafka.minInSync) continue;
        // The zones have lost sight of each other: copies of one of them stay in step, the others as far as they must.
        for (const together of kafka.zones) {
            const near = shuffled(copies, throws).sort((one, other) => rank(other, together) - rank(one, together));
            const inStep = near.slice(0, kafka.minInSync);
            if (inStep.length === 1) outcome.onOneBroker = true;
            const left = inStep.filter(({ broker, zone }) => !isLost(broker, zone));
            if (left.length === 0 && alive.length > 0 && kafka.unclean) outcome.vanished = true;
        }
    }
    return outcome;
}

function rank({ zone }: Copy, together: string): number {
    return zone === together ? 1 : 0;
}

interface Copy {
    readonly broker: number;
    readonly zone: string;
}

function placeCopies({ zones, brokersPerZone, factor }: Kafka, throws: Dice): Copy[] {
    const racks = shuffled(
        // Broker n stands in zone n, counted round and round from 1.
        zones.map((zone, index) =>
            shuffled(
                Array.from({ length: brokersPerZone }, (_, row) => ({ broker: row * zones.length + index + 1, zone })),
                throws,
            ),
        ),
        throws,
    );
    const copies: Copy[] = [];
    while (copies.length < factor) {
        for (const rack of racks) {
            const next = copies.length < factor ? rack.pop() : undefined;
            if (next) copies.push(next);
        }
    }
    return copies;
}

// Pods

export interface Room {
    readonly memory: number;
    readonly cpu: number;
    readonly volumes: number;
    readonly pods: number;
    readonly scratch: number;
}

export interface Cluster {
    readonly zones: readonly string[];
    readonly classes: readonly {
        readonly name: string;
        readonly agents: number;
        readonly pod: Room;
        readonly maxSkew: number;
    }[];
    readonly node: Room;
    /** Empty nodes in each zone. */
    readonly spare: number;
    /** Nodes at once, those of a lost zone included. */
    readonly atMost: number;
}

export interface Outcome {
    /** Pods that found no room and empty nodes that the limit did not allow; and pods that found none after the loss. */
    readonly stuckAtStart: number;
    readonly stuckAfter: number;
    /** Nodes that had to be launched after the loss. */
    readonly launched: number;
    /** The most nodes with pods in any zone at the start. */
    readonly nodesAtStart: number;
    /** The most pods on any node at the start. */
    readonly fullest: number;
}

interface Node {
    readonly zone: string;
    readonly pods: { readonly of: number; readonly size: Room }[];
    readonly free: Record<keyof Room, number>;
    lost: boolean;
}

const KINDS = ["memory", "cpu", "volumes", "pods", "scratch"] as const;

/** One cluster from its first pod to its last, pods coming in any order and going to any node with room. */
class Play {
    readonly nodes: Node[] = [];
    private readonly lostZones = new Set<string>();

    constructor(
        private readonly cluster: Cluster,
        private readonly throws: Dice,
    ) {}

    /** Places a pod; false where no zone that the spread allows has room for it, and no node may be launched there. */
    place(of: number, only?: string): boolean {
        for (const zone of shuffled(only === undefined ? this.allowedZones(of) : [only], this.throws)) {
            const size = this.cluster.classes[of]?.pod;
            if (!size) return false;
            const open = this.nodes.filter((node) => node.zone === zone && !node.lost && fits(size, node.free));
            const node = open[this.throws(open.length)] ?? this.launch(zone, size);
            if (!node) continue;
            node.pods.push({ of, size });
            for (const kind of KINDS) node.free[kind] -= size[kind];
            return true;
        }
        return false;
    }

    /** Zones in which one more pod of the class would not be too many more than in the emptiest. */
    private allowedZones(of: number): string[] {
        const living = this.cluster.zones.filter((zone) => !this.lostZones.has(zone));
        const counts = living.map((zone) =>
            this.nodes
                .filter((node) => node.zone === zone && !node.lost)
                .reduce((sum, node) => sum + node.pods.filter((pod) => pod.of === of).length, 0),
        );
        const least = Math.min(...counts);
        const skew = this.cluster.classes[of]?.maxSkew ?? 1;
        return living.filter((_, index) => (counts[index] ?? 0) + 1 - least <= skew);
    }

    launch(zone: string, forPod?: Room): Node | undefined {
        if (this.nodes.length >= this.cluster.atMost || (forPod && !fits(forPod, this.cluster.node))) return undefined;
        const node = { zone, pods: [], free: { ...this.cluster.node }, lost: false };
        this.nodes.push(node);
        return node;
    }

    /** Takes nodes away; their pods are left over. The nodes go on counting against the limit. */
    lose(isLost: (node: Node) => boolean, zone?: string): { readonly of: number; readonly zone: string }[] {
        if (zone !== undefined) this.lostZones.add(zone);
        const lost = this.nodes.filter((node) => !node.lost && isLost(node));
        for (const node of lost) node.lost = true;
        return shuffled(
            lost.flatMap((node) => node.pods.map(({ of }) => ({ of, zone: node.zone }))),
            this.throws,
        );
    }
}

function fits(size: Room, free: Readonly<Record<keyof Room, number>>): boolean {
    return KINDS.every((kind) => size[kind] <= free[kind]);
}

/** Fills the cluster, then loses a zone, or the fullest node: its pods can start in its zone alone, where their volumes are. */
export function play(cluster: Cluster, what: { readonly zone: string } | "fullest node", throws: Dice): Outcome {
    const all = new Play(cluster, throws);
    const pods = cluster.classes.flatMap(({ agents }, of) => Array.from({ length: agents }, () => of));
    const stuckAtStart = shuffled(pods, throws).filter((of) => !all.place(of)).length;
    const perZone = cluster.zones.map((zone) => all.nodes.filter((node) => node.zone === zone).length);
    const fullest = [...all.nodes].sort((one, other) => other.pods.length - one.pods.length)[0];
    // Launched last, as placeholders give way to agents.
    let spareMissing = 0;
    for (const zone of cluster.zones) {
        for (let count = 0; count < cluster.spare; count++) if (!all.launch(zone)) spareMissing++;
    }
    const before = all.nodes.length;
    const left =
        what === "fullest node"
            ? all.lose((node) => node === fullest)
            : all.lose((node) => node.zone === what.zone, what.zone);
    const stuck = left.filter(({ of, zone }) => !all.place(of, what === "fullest node" ? zone : undefined));
    return {
        stuckAtStart: stuckAtStart + spareMissing,
        stuckAfter: stuck.length,
        launched: all.nodes.length - before,
        nodesAtStart: Math.max(...perZone),
        fullest: fullest?.pods.length ?? 0,
    };
}
