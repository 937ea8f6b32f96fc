export interface FakeNode {
    readonly name: string;
    readonly zone: string;
    ready: "True" | "False" | "Unknown";
    unschedulable: boolean;
    pool: string;
    taints: { key: string; effect: string; value?: string }[];
    version: number;
}

export interface FakePod {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly owner?: string;
    readonly revision: string;
    readonly claim?: string;
    node?: string;
    ready: boolean;
    age: number;
    restarts: number;
    /** Steps until it is gone, once it has been told to end. */
    leaving?: number;
}

export interface FakeSet {
    readonly namespace: string;
    readonly name: string;
    replicas: number;
    revision: string;
    observed: boolean;
    /** Agents that may be away at once; `undefined`: there is no budget. */
    maxUnavailable?: number;
    /** Why its pods cannot be created, if they cannot. */
    refusal?: string;
    /** Its controller has failed so often that it looks again only when the set changes. */
    asleep?: boolean;
    /** Size of the volumes that it asks for. */
    stateSize: string;
}

export interface FakeClaim {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    volume?: string;
    leaving: boolean;
    /** What is asked for, and what its volume has. */
    size: string;
    capacity: string;
    version: number;
}

export interface FakeVolume {
    readonly name: string;
    readonly zone: string;
    reclaim: string;
    labels: Record<string, string>;
}

/** A cluster of agents whose controllers, scheduler and kubelets take one step at a time. */
export class FakeControllers {
    readonly nodes: FakeNode[] = [];
    readonly sets: FakeSet[] = [];
    pods: FakePod[] = [];
    claims: FakeClaim[] = [];
    readonly volumes: FakeVolume[] = [];
    /** Pods for which this holds never become Ready. */
    broken: (pod: FakePod) => boolean = () => false;
    /** Pods for which this holds are Ready at every second look and have restarted once more at each other one. */
    flapping: (pod: FakePod) => boolean = () => false;
    /** Claims for which this holds keep the volume that they have, and this is why. */
    stuck: (claim: FakeClaim) => string | undefined = () => undefined;
    /** Called after each step. */
    afterStep: () => void = () => undefined;
    /** Looks at the pods until a pod has ended. */
    grace = 1;
    /** Looks at the pods until a scheduled pod is Ready. */
    start = 1;
    mostAway = 0;
    private counter = 0;

    addNodes(zone: string, count: number, pool = "agents"): void {
        for (let index = 0; index < count; index++) {
            const name = `${pool}-${zone}-${index}`;
            this.nodes.push({ name, zone, ready: "True", unschedulable: false, pool, taints: [], version: 1 });
        }
    }

    /** A class whose agents run and are Ready, spread over the zones. */
    addClass(name: string, replicas: number, maxUnavailable?: number): FakeSet {
        const set: FakeSet = {
            namespace: `agents-${name}`,
            name,
            replicas,
            revision: `${name}-v1`,
            observed: true,
            maxUnavailable,
            stateSize: "10Gi",
        };
        this.sets.push(set);
        this.settle();
        return set;
    }

    /** Lets the controllers work until nothing changes any more. */
    settle(): void {
        for (let step = 0; step < 10; step++) this.step();
        this.mostAway = 0;
    }

    loseZone(zone: string): void {
        for (const node of this.nodes) if (node.zone === zone) node.ready = "Unknown";
        for (const pod of this.pods) if (this.zoneOf(pod) === zone) pod.ready = false;
    }

    zoneOf(pod: FakePod): string | undefined {
        return this.nodes.find(({ name }) => name === pod.node)?.zone;
    }

    agents(set: FakeSet): FakePod[] {
        return this.pods.filter((pod) => pod.namespace === set.namespace && pod.owner === set.name);
    }

    private uid(): string {
        return `uid-${++this.counter}`;
    }

    private volumeOf(pod: FakePod): FakeVolume | undefined {
        const claim = this.claims.find(({ namespace, name }) => namespace === pod.namespace && name === pod.claim);
        return this.volumes.find(({ name }) => name === claim?.volume);
    }

    /** One turn of every controller, scheduler and kubelet. */
    protected step(): void {
        this.pods = this.pods.filter((pod) => {
            if (pod.leaving === undefined) return true;
            const node = this.nodes.find(({ name }) => name === pod.node);
            if (node?.ready === "Unknown") return true;
            return pod.leaving-- > 0;
        });
        const inUse = new Set(this.pods.filter(({ node }) => node).map((pod) => `${pod.namespace}/${pod.claim}`));
        this.claims = this.claims.filter((claim) => !claim.leaving || inUse.has(`${claim.namespace}/${claim.name}`));
        for (const set of this.sets) this.createPods(set);
        for (const pod of this.pods) if (pod.node === undefined && pod.claim !== undefined) this.schedule(pod);
        for (const pod of this.pods) this.run(pod);
        for (const set of this.sets) this.mostAway = Math.max(this.mostAway, set.replicas - this.healthy(set));
        this.afterStep();
    }

    private createPods(set: FakeSet): void {
        for (let ordinal = 0; ordinal < set.replicas; ordinal++) {
            const name = `${set.name}-${ordinal}`;
            const { namespace } = set;
            if (this.pods.some((pod) => pod.namespace === namespace && pod.name === name)) continue;
            const claim = `state-${name}`;
            const existing = this.claims.find((one) => one.namespace === namespace && one.name === claim);
            if (existing?.leaving === true || set.refusal !== undefined || set.asleep === true) continue;
            if (existing === undefined) this.addClaim(set, claim);
            this.pods.push({
                namespace,
                name,
                uid: this.uid(),
                owner: set.name,
                revision: set.revision,
                claim,
                ready: false,
                age: 0,
                restarts: 0,
            });
        }
    }

    private addClaim({ namespace, stateSize: size }: FakeSet, name: string): void {
        this.claims.push({ namespace, name, uid: this.uid(), leaving: false, size, capacity: size, version: 1 });
    }

    /** One turn of the driver of volumes. */
    protected growVolumes(): void {
        for (const claim of this.claims) if (this.stuck(claim) === undefined) claim.capacity = claim.size;
    }

    /** Where its volume is, or where the fewest of its class are; never more than one apart. */
    private schedule(pod: FakePod): void {
        if (pod.leaving !== undefined) return;
        const open = this.nodes.filter((n) => n.ready === "True" && !n.unschedulable && n.taints.length === 0);
        const hosts = open.filter(({ pool }) => pool === "agents");
        const count = new Map(hosts.map(({ zone }) => [zone, 0]));
        for (const other of this.pods) {
            const zone = other.owner === pod.owner && other.leaving === undefined ? this.zoneOf(other) : undefined;
            if (zone !== undefined && count.has(zone)) count.set(zone, (count.get(zone) ?? 0) + 1);
        }
        const fewest = Math.min(...count.values());
        const volume = this.volumeOf(pod);
        const node = hosts
            .filter(({ zone }) => (volume === undefined || volume.zone === zone) && count.get(zone) === fewest)
            .at(0);
        const claim = this.claims.find((one) => one.namespace === pod.namespace && one.name === pod.claim);
        if (node === undefined || claim === undefined || claim.leaving) return;
        pod.node = node.name;
        if (volume !== undefined) return;
        claim.volume = `volume-${this.uid()}`;
        this.volumes.push({ name: claim.volume, zone: node.zone, reclaim: "Retain", labels: {} });
    }

    private run(pod: FakePod): void {
        const node = this.nodes.find(({ name }) => name === pod.node);
        if (node?.ready !== "True" || pod.leaving !== undefined) pod.ready = false;
        else if (this.flapping(pod)) {
            pod.ready = !pod.ready;
            if (!pod.ready) pod.restarts++;
        } else if (!pod.ready) pod.ready = ++pod.age >= this.start && !this.broken(pod);
    }

    protected healthy(set: FakeSet): number {
        return this.agents(set).filter(({ ready, leaving }) => ready && leaving === undefined).length;
    }
}
