import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A cluster of agents that answers as the Kubernetes API does, with controllers that take one step a look at the pods. */

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
}

interface FakeClaim {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    volume?: string;
    leaving: boolean;
}

interface FakeVolume {
    readonly name: string;
    readonly zone: string;
    reclaim: string;
    labels: Record<string, string>;
}

type Json = Record<string, unknown>;

interface Answer {
    readonly status: number;
    readonly body: Json | string;
    readonly headers?: Record<string, string>;
}

export class FakeCluster {
    readonly nodes: FakeNode[] = [];
    readonly sets: FakeSet[] = [];
    pods: FakePod[] = [];
    claims: FakeClaim[] = [];
    readonly volumes: FakeVolume[] = [];
    /** Pods for which this holds never become Ready. */
    broken: (pod: FakePod) => boolean = () => false;
    /** Pods for which this holds are Ready at every second look and have restarted once more at each other one. */
    flapping: (pod: FakePod) => boolean = () => false;
    /** Called before each request; what it returns is answered instead. */
    intercept: (method: string, path: string) => Answer | undefined = () => undefined;
    /** Called after each step. */
    afterStep: () => void = () => undefined;
    /** Looks at the pods until a pod has ended. */
    grace = 1;
    /** Looks at the pods until a scheduled pod is Ready. */
    start = 1;
    /** Changes, in order: `METHOD path`. */
    readonly changes: string[] = [];
    mostAway = 0;
    url = "";
    private server: Server | undefined;
    private counter = 0;
    private nextStep: ReturnType<typeof setTimeout> | undefined;

    async listen(): Promise<this> {
        this.server = createServer((request, response) => void this.serve(request, response));
        await new Promise<void>((resolve) => this.server?.listen(0, "127.0.0.1", resolve));
        const address = this.server.address();
        if (address !== null && typeof address === "object") this.url = `http://127.0.0.1:${address.port}`;
        return this;
    }

    close(): void {
        clearTimeout(this.nextStep);
        this.server?.closeAllConnections();
        this.server?.close();
    }

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
        };
        this.sets.push(set);
        this.settle();
        return set;
    }

    /** Lets the controllers work until nothing changes any more. */
    settle(): void {
        for (let step = 0; step < 10; step++) this.step();
        this.mostAway = 0;
        this.changes.length = 0;
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
    private step(): void {
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
            if (existing === undefined) this.claims.push({ namespace, name: claim, uid: this.uid(), leaving: false });
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

    private healthy(set: FakeSet): number {
        return this.agents(set).filter(({ ready, leaving }) => ready && leaving === undefined).length;
    }

    private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        let text = "";
        for await (const chunk of request) text += String(chunk);
        const url = new URL(request.url ?? "/", this.url);
        const method = request.method ?? "GET";
        const answer =
            this.intercept(method, url.pathname) ??
            this.answer(method, url, text === "" ? {} : fields(JSON.parse(text)));
        response.writeHead(answer.status, answer.headers);
        response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
    }

    private answer(method: string, url: URL, body: Json): Answer {
        const path = url.pathname;
        if (method !== "GET") this.changes.push(`${method} ${path}`);
        const [, namespace, kind = "", name, sub] =
            /^\/(?:api\/v1|apis\/[a-z]+\/v1)(?:\/namespaces\/([^/]+)(?=\/))?\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(
                path,
            ) ?? [];
        if (method === "GET" && name === undefined) return this.list(kind, namespace, url.searchParams);
        if (method === "GET" && kind === "statefulsets") {
            const set = this.sets.find((one) => one.namespace === namespace && one.name === name);
            return set === undefined ? status(404, "NotFound") : { status: 200, body: this.setJson(set) };
        }
        if (method === "PATCH") return this.patch(kind, name ?? "", body);
        const options = sub === "eviction" ? fields(body["deleteOptions"]) : body;
        const uid = fields(options["preconditions"])["uid"];
        if (kind === "persistentvolumeclaims") {
            const claim = this.claims.find((one) => one.namespace === namespace && one.name === name);
            if (claim === undefined) return status(404, "NotFound");
            if (claim.uid !== uid) return status(409, "Conflict");
            claim.leaving = true;
            return status(200, "Success");
        }
        const pod = this.pods.find((one) => one.namespace === namespace && one.name === name);
        if (kind !== "pods" || pod === undefined) return status(404, "NotFound");
        if (pod.uid !== uid) return status(409, "Conflict");
        if (sub === "eviction") return this.evict(pod);
        if (options["gracePeriodSeconds"] === 0 || pod.node === undefined) {
            this.pods = this.pods.filter((one) => one !== pod);
        } else pod.leaving ??= this.grace;
        return status(200, "Success");
    }

    private evict(pod: FakePod): Answer {
        const set = this.sets.find((one) => one.namespace === pod.namespace && one.name === pod.owner);
        const allowed =
            set?.maxUnavailable === undefined || set.replicas - this.healthy(set) < set.maxUnavailable || !pod.ready;
        if (!allowed) {
            const message = "Cannot evict pod as it would violate the pod's disruption budget.";
            const details = { causes: [{ reason: "DisruptionBudget", message }] };
            return { status: 429, body: { kind: "Status", reason: "TooManyRequests", message, details } };
        }
        pod.leaving ??= this.grace;
        return status(201, "Success");
    }

    private patch(kind: string, name: string, body: Json): Answer {
        const spec = fields(body["spec"]);
        const metadata = fields(body["metadata"]);
        if (kind === "nodes") {
            const node = this.nodes.find((one) => one.name === name);
            if (node === undefined) return status(404, "NotFound");
            const version = metadata["resourceVersion"];
            if (version !== undefined && version !== String(node.version)) return status(409, "Conflict");
            if ("unschedulable" in spec) node.unschedulable = spec["unschedulable"] === true;
            if ("taints" in spec) node.taints = toTaints(spec["taints"]);
            node.version++;
            return status(200, "Success");
        }
        if (kind === "statefulsets") {
            const set = this.sets.find((one) => one.name === name);
            if (set === undefined) return status(404, "NotFound");
            set.asleep = false;
            return status(200, "Success");
        }
        const volume = this.volumes.find((one) => one.name === name);
        if (volume === undefined) return status(404, "NotFound");
        volume.reclaim = String(spec["persistentVolumeReclaimPolicy"] ?? volume.reclaim);
        Object.assign(volume.labels, metadata["labels"]);
        return status(200, "Success");
    }

    private list(kind: string, namespace: string | undefined, query: URLSearchParams): Answer {
        if (kind === "pods") this.step();
        const here = <T extends { namespace: string }>(all: readonly T[]) =>
            all.filter((one) => namespace === undefined || one.namespace === namespace);
        const kinds: Record<string, () => Json[]> = {
            namespaces: () =>
                [...new Set(this.sets.map((set) => set.namespace))].map((name) => ({ metadata: { name, uid: name } })),
            nodes: () => this.nodes.map(nodeJson),
            pods: () => here(this.pods).map((pod) => this.podJson(pod)),
            statefulsets: () => here(this.sets).map((set) => this.setJson(set)),
            persistentvolumeclaims: () => here(this.claims).map(claimJson),
            persistentvolumes: () => this.volumes.map(volumeJson),
            poddisruptionbudgets: () =>
                here(this.sets)
                    .filter(({ maxUnavailable }) => maxUnavailable !== undefined)
                    .map(({ name }) => ({ metadata: { name }, spec: { selector: { matchLabels: { class: name } } } })),
            events: () =>
                here(this.sets)
                    .filter(({ refusal }) => refusal !== undefined)
                    .map(({ refusal }) => ({ metadata: {}, type: "Warning", message: refusal })),
        };
        const items = kinds[kind]?.();
        if (items === undefined) return status(404, "NotFound");
        // Small pages, so that every test goes through several.
        const limit = Math.min(Number(query.get("limit") ?? Infinity), 7);
        const from = Number(query.get("continue") ?? 0);
        const next = from + limit < items.length ? { continue: String(from + limit) } : {};
        if (kind !== "pods") return { status: 200, body: { items: items.slice(from, from + limit), metadata: next } };
        return { status: 200, body: { items, metadata: {} } };
    }

    private podJson(pod: FakePod): Json {
        const set = this.sets.find((one) => one.name === pod.owner && one.namespace === pod.namespace);
        const waiting = { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } };
        return {
            metadata: {
                namespace: pod.namespace,
                name: pod.name,
                uid: pod.uid,
                labels: { class: pod.owner, "controller-revision-hash": pod.revision },
                ...(pod.leaving === undefined ? {} : { deletionTimestamp: "now", deletionGracePeriodSeconds: 0.01 }),
                ...(set === undefined
                    ? {}
                    : { ownerReferences: [{ kind: "StatefulSet", name: set.name, uid: `set-${set.name}` }] }),
            },
            spec: {
                nodeName: pod.node,
                containers: [{ name: "gateway", resources: { requests: { cpu: "500m", memory: "1Gi" } } }],
                volumes: pod.claim === undefined ? [] : [{ persistentVolumeClaim: { claimName: pod.claim } }],
            },
            status: {
                phase: pod.ready ? "Running" : "Pending",
                conditions: [
                    { type: "Ready", status: pod.ready ? "True" : "False" },
                    ...(pod.node === undefined
                        ? [{ type: "PodScheduled", status: "False", message: "0 nodes are available" }]
                        : []),
                ],
                containerStatuses: [
                    {
                        name: "gateway",
                        ready: pod.ready,
                        restartCount: pod.restarts,
                        state: pod.ready || !this.broken(pod) ? {} : waiting,
                        lastState: this.broken(pod) ? { terminated: { exitCode: 137, reason: "OOMKilled" } } : {},
                    },
                ],
            },
        };
    }

    private setJson(set: FakeSet): Json {
        const { namespace, name } = set;
        const spec = { containers: [{ resources: { requests: { cpu: "500m", memory: "1Gi" } } }] };
        return {
            metadata: { namespace, name, uid: `set-${name}`, generation: 2 },
            spec: {
                replicas: set.replicas,
                selector: { matchLabels: { class: name } },
                template: { metadata: { labels: { class: name } }, spec },
                volumeClaimTemplates: [{ metadata: { name: "state" } }],
            },
            status: { observedGeneration: set.observed ? 2 : 1, updateRevision: set.revision },
        };
    }
}

function nodeJson({ name, zone, ready, unschedulable, pool, taints, version }: FakeNode): Json {
    return {
        metadata: {
            name,
            uid: name,
            resourceVersion: String(version),
            labels: { "topology.kubernetes.io/zone": zone, "openclaw/pool": pool },
        },
        spec: { unschedulable, taints },
        status: {
            allocatable: { cpu: "7910m", memory: "32386392Ki", pods: "60" },
            conditions: [{ type: "Ready", status: ready }],
        },
    };
}

function claimJson({ namespace, name, uid, volume, leaving }: FakeClaim): Json {
    const deleted = leaving ? { deletionTimestamp: "now" } : {};
    return { metadata: { namespace, name, uid, ...deleted }, spec: { volumeName: volume } };
}

function volumeJson({ name, zone, reclaim, labels }: FakeVolume): Json {
    const matchExpressions = [{ key: "topology.ebs.csi.aws.com/zone", operator: "In", values: [zone] }];
    return {
        metadata: { name, uid: name, labels },
        spec: {
            persistentVolumeReclaimPolicy: reclaim,
            nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
        },
    };
}

function fields(value: unknown): Json {
    return typeof value === "object" && value !== null ? { ...value } : {};
}

function toTaints(value: unknown): FakeNode["taints"] {
    if (!Array.isArray(value)) return [];
    return value.map(fields).map(({ key, value: text, effect }) => ({
        key: String(key),
        ...(text === undefined ? {} : { value: String(text) }),
        effect: String(effect),
    }));
}

function status(code: number, reason: string): Answer {
    return { status: code, body: { kind: "Status", reason, message: reason } };
}
