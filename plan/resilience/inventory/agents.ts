import { parse } from "yaml";
import { SYSTEM_VOLUMES, allocatable } from "../../../components/model/capacity";
import { INSTANCE_TYPES, type InstanceType } from "../../../components/model/instance-types";
import { parseMemory } from "../../../components/model/quantities";
import type { PlannedResource, Value } from "../../offline-engine";
import { at, distinct, flagAt, listAt, numberAt, objectAt, type Shelf, textAt, textsAt } from "../read";
import { environmentOf, imagesOf, quantity, requestOf, type Size, type Spread, spreadOf, startsWith } from "./pods";

/** The copy of an agent's state outside its volume. */
export interface Replica {
    /** Seconds between two uploads of a database that changed: the longest of all databases. */
    readonly syncSeconds: number;
    /** Seconds between two looks at the agent's files, which are copied into a database first. 0: not copied. */
    readonly filesSeconds: number;
    /** Id of the bucket. */
    readonly bucket: string;
    readonly versioned: boolean;
    readonly encrypted: boolean;
}

export interface AgentClass {
    readonly name: string;
    readonly agents?: number;
    /** What one pod asks of its node. */
    readonly request?: Size;
    /** Whether each agent has a volume of its own that outlives its pod and its node. */
    readonly volume: boolean;
    readonly spread?: Spread;
    /** Agents that the cluster itself may take away at once, e.g. when nodes expire: the disruption budget of the class. */
    readonly mayBeAway?: number;
    readonly replica?: Replica;
    readonly images: readonly string[];
    /** Name of the proxy through which the class reaches domains outside AWS; absent where it may reach none. */
    readonly proxy?: string;
}

/** Nodes of the agents, as Karpenter may launch them. */
export interface AgentNodes {
    /** Zones that nodes may be launched in. */
    readonly zones: readonly string[];
    /** Room for agents on the smallest of the allowed types. */
    readonly node?: Size;
    readonly type?: string;
    /** Nodes of the largest allowed type that the pool's limit lets stand at once. */
    readonly atMost?: number;
    /** By zone: nodes that stand empty and give way to agents. */
    readonly spare: Readonly<Record<string, number>>;
    /** Whether a zonal shift keeps new nodes out of a zone. */
    readonly zonalShift: boolean;
    /** Whether Karpenter replaces a node that falls silent: its chart has that off (1.15.0), and budgets may forbid it. */
    readonly repaired: boolean;
    /** Registries outside AWS, and public ones of AWS, from which a new node pulls something. */
    readonly registries: readonly string[];
}

const POOL = "kubernetes:karpenter.sh/v1:NodePool";
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const ZONE = "topology.kubernetes.io/zone";

export function agentClassesOf(shelf: Shelf): AgentClass[] {
    const intervals: Intervals = new Map();
    return shelf.all(STATEFUL_SET).map(({ inputs }) => {
        const spec = at(inputs, "spec");
        const pod = at(spec, "template.spec");
        const volumes = listAt(spec, "volumeClaimTemplates").length;
        return {
            name: textAt(inputs, "metadata.name") ?? "?",
            agents: numberAt(spec, "replicas"),
            request: requestOf(pod, volumes),
            volume: volumes > 0,
            spread: spreadOf(pod, ZONE),
            mayBeAway: budgetOf(shelf, inputs),
            replica: replicaOf(shelf, textAt(inputs, "metadata.namespace"), pod, intervals),
            images: distinct(imagesOf(pod)),
            proxy: environmentOf(pod, "HTTPS_PROXY")?.replace(/^https?:\/\/([^.:/]+).*$/, "$1"),
        };
    });
}

/** `maxUnavailable` of the budget that selects the pods of a workload. */
function budgetOf(shelf: Shelf, workload: Value): number | undefined {
    const labels = at(workload, "spec.template.metadata.labels");
    const budget = shelf.all("kubernetes:policy/v1:PodDisruptionBudget").find(({ inputs }) => {
        const selector = Object.entries(objectAt(inputs, "spec.selector.matchLabels") ?? {});
        return (
            textAt(inputs, "metadata.namespace") === textAt(workload, "metadata.namespace") &&
            selector.length > 0 &&
            selector.every(([key, value]) => at(labels, [key]) === value)
        );
    });
    return numberAt(budget?.inputs, "spec.maxUnavailable");
}

/** Litestream: who uploads, who restores, how often, and where to. Without any of them there is no replica. */
function replicaOf(
    shelf: Shelf,
    namespace: string | undefined,
    pod: Value | undefined,
    intervals: Intervals,
): Replica | undefined {
    if (!startsWith(pod, "litestream", true) || !startsWith(pod, "litestream", false)) return undefined;
    const mounted = listAt(pod, "volumes").map((volume) => textAt(volume, "configMap.name"));
    const file = shelf
        .all("kubernetes:core/v1:ConfigMap")
        .filter(
            ({ inputs }) =>
                textAt(inputs, "metadata.namespace") === namespace && mounted.includes(textAt(inputs, "metadata.name")),
        )
        .map(({ inputs }) => textAt(inputs, ["data", "litestream.yml"]))
        .find((text) => text !== undefined);
    const syncSeconds = file === undefined ? undefined : syncSecondsOf(file, intervals);
    const bucket = environmentOf(pod, "STATE_BUCKET");
    if (syncSeconds === undefined || bucket === undefined || !shelf.byId("aws:s3/bucket:Bucket", bucket))
        return undefined;
    return {
        syncSeconds,
        filesSeconds: Number(environmentOf(pod, "ARCHIVE_SECONDS") ?? 0),
        bucket,
        versioned: isVersioned(shelf, bucket),
        encrypted: isEncrypted(shelf, bucket),
    };
}

/** By configuration: classes have the same but for where their replicas lie, and to read YAML takes a millisecond. */
type Intervals = Map<string, number | undefined>;

/** The longest interval of all databases; undefined where one has no replica. */
function syncSecondsOf(litestream: string, intervals: Intervals): number | undefined {
    const alike = litestream.replace(/^ +path: .*$/gm, "");
    if (!intervals.has(alike)) intervals.set(alike, longestInterval(alike));
    return intervals.get(alike);
}

function longestInterval(litestream: string): number | undefined {
    const config: Value = parse(litestream);
    const intervals = listAt(config, "dbs").map((database) => {
        const [, number, unit] = /^(\d+)(s|m)$/.exec(textAt(database, "replica.sync-interval") ?? "") ?? [];
        return number === undefined ? NaN : Number(number) * (unit === "m" ? 60 : 1);
    });
    const longest = Math.max(...intervals);
    return Number.isFinite(longest) ? longest : undefined;
}

export function isVersioned(shelf: Shelf, bucket: string): boolean {
    return shelf
        .all("aws:s3/bucketVersioning:BucketVersioning")
        .some(
            ({ inputs }) =>
                inputs["bucket"] === bucket && textAt(inputs, "versioningConfiguration.status") === "Enabled",
        );
}

export function isEncrypted(shelf: Shelf, bucket: string): boolean {
    return shelf
        .all("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
        .some(
            ({ inputs }) =>
                inputs["bucket"] === bucket &&
                listAt(inputs, "rules").some(
                    (rule) => textAt(rule, "applyServerSideEncryptionByDefault.sseAlgorithm") === "aws:kms",
                ),
        );
}

export function agentNodesOf(shelf: Shelf): AgentNodes {
    const pool = shelf.all(POOL)[0]?.inputs;
    const nodeClass = shelf.all("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")[0]?.inputs;
    const types = required(pool, "node.kubernetes.io/instance-type").map((name) => INSTANCE_TYPES.get(name));
    // A type that is not known may be of any size, so nothing can be said about the pool.
    const known = types.filter((type) => type !== undefined);
    const usable = known.length === types.length ? [...known].sort((a, b) => a.memoryMiB - b.memoryMiB) : [];
    const [smallest] = usable;
    const node = smallest && roomOn(smallest, nodeClass);
    const vCpus = Math.max(...usable.map((type) => type.vCpus));
    const limit = quantity(Number, at(pool, "spec.limits.cpu"));
    return {
        zones: required(pool, ZONE),
        node,
        type: smallest?.name,
        atMost: limit === undefined || !Number.isFinite(limit / vCpus) ? undefined : Math.floor(limit / vCpus),
        spare: node ? spareOf(shelf, node) : {},
        zonalShift: takesPartInZonalShift(shelf),
        repaired:
            flagAt(karpenterOf(shelf), "values.settings.featureGates.nodeRepair") === true &&
            mayRepair(at(pool, "spec")),
        registries: registriesOf(shelf),
    };
}

/** Whether the pool's budgets let an unhealthy node go: `0` and `0%` hold all, and a budget without reasons is for any. */
function mayRepair(pool: Value | undefined): boolean {
    return !listAt(pool, "disruption.budgets").some((budget) => {
        const reasons = textsAt(budget, "reasons");
        return /^0%?$/.test(textAt(budget, "nodes") ?? "") && (reasons.length === 0 || reasons.includes("Unhealthy"));
    });
}

/** The values that the pool's requirement on a label allows. */
function required(pool: Value | undefined, key: string): string[] {
    const requirement = listAt(pool, "spec.template.spec.requirements").find(
        (each) => textAt(each, "key") === key && textAt(each, "operator") === "In",
    );
    return textsAt(requirement, "values");
}

function roomOn(type: InstanceType, nodeClass: Value | undefined): Size | undefined {
    const maxPods = numberAt(nodeClass, "spec.kubelet.maxPods");
    const disks = listAt(nodeClass, "spec.blockDeviceMappings");
    const data = disks.find((disk) => textAt(disk, "deviceName") === "/dev/xvdb");
    const disk = quantity(parseMemory, at(data, "ebs.volumeSize"));
    if (maxPods === undefined || disk === undefined || disks.length !== SYSTEM_VOLUMES) return undefined;
    // The kubelet evicts below a tenth of the disk, and Bottlerocket keeps 1 GiB for the system.
    return { ...allocatable(type, maxPods), scratch: Math.floor(disk * 0.9) - 1024 };
}

/** Placeholders that take more than half a node, so that each has one of its own, and that agents push aside. */
function spareOf(shelf: Shelf, node: Size): Record<string, number> {
    const rank = new Map(
        shelf
            .all("kubernetes:scheduling.k8s.io/v1:PriorityClass")
            .map(({ inputs }) => [textAt(inputs, "metadata.name"), numberAt(inputs, "value") ?? 0]),
    );
    const rankOf = (resource: PlannedResource): number =>
        rank.get(textAt(resource.inputs, "spec.template.spec.priorityClassName")) ?? 0;
    const lowestAgent = Math.min(...shelf.all(STATEFUL_SET).map(rankOf));
    const spare: Record<string, number> = {};
    for (const resource of shelf.all("kubernetes:apps/v1:Deployment")) {
        const pod = at(resource.inputs, "spec.template.spec");
        const zone = textAt(pod, ["nodeSelector", ZONE]);
        const request = requestOf(pod, 0);
        if (zone === undefined || request === undefined || rankOf(resource) >= lowestAgent) continue;
        const fits = request.memory <= node.memory && request.cpu <= node.cpu;
        const alone = request.memory * 2 > node.memory || request.cpu * 2 > node.cpu;
        if (fits && alone) spare[zone] = (spare[zone] ?? 0) + (numberAt(resource.inputs, "spec.replicas") ?? 0);
    }
    return spare;
}

function karpenterOf(shelf: Shelf): Value | undefined {
    return shelf.all("kubernetes:helm.sh/v3:Release").find(({ inputs }) => textAt(inputs, "name") === "karpenter")
        ?.inputs;
}

/** Both have to: the cluster is what a shift is started for, and Karpenter what heeds it. */
function takesPartInZonalShift(shelf: Shelf): boolean {
    return (
        flagAt(shelf.all("aws:eks/cluster:Cluster")[0]?.inputs, "zonalShiftConfig.enabled") === true &&
        flagAt(karpenterOf(shelf), "values.settings.enableZonalShift") === true
    );
}

/** A private registry in the region is reached through endpoints; every other one through NAT. */
function registriesOf(shelf: Shelf): string[] {
    const cilium = shelf
        .all("kubernetes:helm.sh/v3:Release")
        .find(({ inputs }) => textAt(inputs, "name") === "cilium")?.inputs;
    const own = cilium && (textAt(cilium, "values.image.repository") ?? "quay.io/cilium/cilium");
    const pods = shelf.all(STATEFUL_SET).flatMap(({ inputs }) => imagesOf(at(inputs, "spec.template.spec")));
    const hosts = [...pods, ...(own === undefined ? [] : [own])].map((image) => image.split("/")[0] ?? image);
    return distinct(hosts).filter((host) => !/^\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(host));
}
