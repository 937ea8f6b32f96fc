import { CLASS_KEY, GATEWAY_SECRET } from "../../../components/compute/agents/mint-key/job";
import { CLASS_LABEL, namespaceOf, TIER_LABEL, AGENT_TIER } from "../../../components/compute/agents/spec";
import { nothingWrong, PATIENCE_SECONDS, type Report, seconds, until } from "../../components/report";
import type { Cluster } from "../cluster";
import { deploy } from "../deployment";
import type { Rendered } from "../manifests";
import { ZONE_LABEL } from "../nodes";
import { keyOf, type KubernetesObject, type PersistentVolume, type PersistentVolumeClaim } from "../objects";

/** How long it took until agents had their nodes, and until they served. */
export interface Arrival {
    readonly agents: number;
    readonly nodes: number;
    readonly scheduledMs: number;
    readonly readyMs: number;
}

/** All objects of the stack are taken, and every agent of it comes to its node and serves. */
export async function arrive(report: Report, cluster: Cluster, rendered: Rendered): Promise<Arrival | undefined> {
    const { fleet } = cluster;
    let started = 0;
    const accepted = await report.prove("every object is accepted", async () => {
        const { accepted: count, agentsAt } = await deploy(cluster.plane, rendered, true);
        started = agentsAt;
        nothingWrong(count === rendered.manifests.length ? [] : [`${count} of ${rendered.manifests.length}`]);
        return `${count} objects of ${kinds(rendered).length} kinds (${kinds(rendered).join(", ")})`;
    });
    if (!accepted) return undefined;

    let scheduledMs = 0;
    const arrived = await report.prove(`all ${fleet.agents} agents are scheduled and serve`, async () => {
        await until("all agents serve", PATIENCE_SECONDS + fleet.agents, () => {
            if (scheduledMs === 0 && fleet.scheduled() === fleet.agents) scheduledMs = performance.now() - started;
            const [lost] = fleet.unschedulable();
            return [fleet.missing(), lost && `${keyOf(lost)} finds no node`].filter(Boolean).join("; ");
        });
        return `scheduled after ${seconds(scheduledMs)}, on ${agentNodes(cluster)} nodes`;
    });
    const readyMs = performance.now() - started;
    return arrived ? { agents: fleet.agents, nodes: agentNodes(cluster), scheduledMs, readyMs } : undefined;
}

/** Zones are even, volumes hold agents in their zone, each class has its key. */
export async function lookAround(report: Report, cluster: Cluster): Promise<void> {
    const { fleet, plane } = cluster;
    const { api } = plane;
    await report.prove("the zones of each class differ by one agent at most", () => {
        nothingWrong(unevenZones(cluster));
        const counts = fleet.classes.map(({ name }) => `${name} ${[...fleet.byZone(name).values()].join("/")}`);
        return Promise.resolve(counts.join(", "));
    });
    await report.prove("every agent has a volume of its own, in its zone", async () => {
        const misplaced = await volumesElsewhere(cluster);
        nothingWrong(misplaced);
        return `${fleet.agents} volumes`;
    });
    await report.prove("no node has more volumes than can be attached to it", async () => {
        const drivers = await api.list<KubernetesObject & { spec: { drivers: [{ allocatable: { count: number } }] } }>(
            "/apis/storage.k8s.io/v1/csinodes",
        );
        const used = (node: string) => fleet.pods().filter(({ spec }) => spec.nodeName === node).length;
        const most = Math.max(...drivers.map(({ metadata }) => used(metadata.name)));
        nothingWrong(
            drivers
                .filter(({ metadata, spec }) => used(metadata.name) > spec.drivers[0].allocatable.count)
                .map(({ metadata }) => `${metadata.name}: ${used(metadata.name)}`),
        );
        return `${most} at most, of ${drivers[0]?.spec.drivers[0].allocatable.count}`;
    });
    await report.prove("the job of each class has made its key, 32 bytes that no other class has", async () => {
        const keys = new Map<string, string>();
        for (const { name } of fleet.classes) {
            const path = `/api/v1/namespaces/${namespaceOf(name)}/secrets/${GATEWAY_SECRET}`;
            const { data } = await api.get<KubernetesObject & { data: Record<string, string> }>(path);
            keys.set(name, data[CLASS_KEY] ?? "");
        }
        // Which encoding is between the two is the job's affair.
        const short = [...keys].filter(([, key]) => Buffer.from(key, "base64").length < 32);
        nothingWrong(short.map(([name]) => `${name}: too short`));
        nothingWrong(new Set(keys.values()).size === keys.size ? [] : ["two classes have the same key"]);
        return `${keys.size} keys`;
    });
    report.note(`nodes launched beyond those that the plan foresees: ${cluster.launcher.launchedForAgents}`);
}

/** Classes whose zones differ by more than one agent. */
export function unevenZones({ fleet }: Cluster): string[] {
    return fleet.classes.flatMap(({ name }) => {
        const counts = [...fleet.byZone(name).values()];
        return Math.max(...counts) - Math.min(...counts) > 1 ? [`${name}: ${counts.join(" and ")}`] : [];
    });
}

/** Agents whose volume is missing, or in another zone than they are. */
export async function volumesElsewhere({ fleet, nodes, plane: { api } }: Cluster): Promise<string[]> {
    const selector = encodeURIComponent(`${TIER_LABEL}=${AGENT_TIER}`);
    const claims = await api.list<PersistentVolumeClaim>(`/api/v1/persistentvolumeclaims?labelSelector=${selector}`);
    const volumes = await api.list<PersistentVolume>("/api/v1/persistentvolumes");
    const zones = new Map(volumes.map(({ metadata, spec }) => [metadata.name, zoneOf(spec)]));
    const byClaim = new Map(claims.map((claim) => [keyOf(claim), claim]));
    return fleet.pods().flatMap((pod) => {
        const claimName = pod.spec.volumes?.find((volume) => volume.persistentVolumeClaim)?.persistentVolumeClaim
            ?.claimName;
        const claim = byClaim.get(`${pod.metadata.namespace}/${claimName}`);
        const zone = nodes.zoneOf(pod.spec.nodeName ?? "");
        const volumeZone = zones.get(claim?.spec.volumeName ?? "");
        if (claim?.metadata.labels?.[CLASS_LABEL] !== pod.metadata.labels?.[CLASS_LABEL])
            return [`${keyOf(pod)}: no claim`];
        return volumeZone === zone ? [] : [`${keyOf(pod)} is in ${zone}, its volume in ${volumeZone ?? "no zone"}`];
    });
}

/** The zone that a volume is pinned to. */
export function zoneOf({ nodeAffinity }: PersistentVolume["spec"]): string | undefined {
    const terms = nodeAffinity?.required.nodeSelectorTerms.flatMap(({ matchExpressions }) => matchExpressions) ?? [];
    return terms.find(({ key }) => key === ZONE_LABEL)?.values[0];
}

function agentNodes({ fleet }: Cluster): number {
    return new Set(fleet.pods().map(({ spec }) => spec.nodeName)).size;
}

function kinds({ manifests }: Rendered): string[] {
    return [...new Set(manifests.map(({ object }) => object.kind))];
}
