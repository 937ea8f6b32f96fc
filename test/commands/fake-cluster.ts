import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
    type FakeClaim,
    FakeControllers,
    type FakeNode,
    type FakePod,
    type FakeSet,
    type FakeVolume,
} from "./fake-controllers";

type Json = Record<string, unknown>;

interface Answer {
    readonly status: number;
    readonly body: Json | string;
    readonly headers?: Record<string, string>;
}

/** A cluster of agents that answers as the Kubernetes API does. Its controllers take one step at each look at the pods. */
export class FakeCluster extends FakeControllers {
    /** Called before each request; what it returns is answered instead. */
    intercept: (method: string, path: string) => Answer | undefined = () => undefined;
    /** Changes, in order: `METHOD path`. */
    readonly changes: string[] = [];
    url = "";
    private server: Server | undefined;

    async listen(): Promise<this> {
        this.server = createServer((request, response) => void this.serve(request, response));
        await new Promise<void>((resolve) => this.server?.listen(0, "127.0.0.1", resolve));
        const address = this.server.address();
        if (address !== null && typeof address === "object") this.url = `http://127.0.0.1:${address.port}`;
        return this;
    }

    close(): void {
        this.server?.closeAllConnections();
        this.server?.close();
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
        if (method === "PATCH" && kind === "persistentvolumeclaims") return this.resize(namespace, name, body);
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

    private resize(namespace: string | undefined, name: string | undefined, body: Json): Answer {
        const claim = this.claims.find((one) => one.namespace === namespace && one.name === name);
        if (claim === undefined) return status(404, "NotFound");
        if (fields(body["metadata"])["resourceVersion"] !== String(claim.version)) return status(409, "Conflict");
        if (claim.volume === undefined) return status(422, "Invalid");
        claim.size = String(fields(fields(fields(body["spec"])["resources"])["requests"])["storage"]);
        claim.version++;
        return status(200, "Success");
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
        if (kind === "persistentvolumeclaims") this.growVolumes();
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
                [
                    ...here(this.sets).map(({ refusal }) => refusal),
                    ...here(this.claims).map((claim) => this.stuck(claim)),
                ]
                    .filter((message) => message !== undefined)
                    .map((message) => ({ metadata: {}, type: "Warning", message })),
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
                volumeClaimTemplates: [
                    { metadata: { name: "state" }, spec: { resources: { requests: { storage: set.stateSize } } } },
                ],
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

function claimJson({ namespace, name, uid, volume, leaving, size, capacity, version }: FakeClaim): Json {
    const deleted = leaving ? { deletionTimestamp: "now" } : {};
    return {
        metadata: { namespace, name, uid, resourceVersion: String(version), ...deleted },
        spec: { volumeName: volume, resources: { requests: { storage: size } } },
        status: volume === undefined ? { phase: "Pending" } : { phase: "Bound", capacity: { storage: capacity } },
    };
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
