import { strict as assert } from "node:assert";
import type { FailureKind } from "../../../plan/document/schema";
import type { Inventory } from "../../../plan/resilience/inventory";
import { asCommitted, type Change, effectOf, failuresOf, inventory, remove, set } from "./support";

/*
 * What the plan does not say is taken for the worst: a value that is missing never makes a promise hold, and one that a verdict
 * rests on breaks it.
 */

const pod = ["spec", "template", "spec"];
const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const POOL = "kubernetes:karpenter.sh/v1:NodePool";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const requirements = ["spec", "template", "spec", "requirements"];

/** A property that is not there, and what breaks without it. */
const needed: readonly (readonly [string, FailureKind, number, ...Change[]])[] = [
    ["replicas of agents", "zone", 2, set(STATEFUL_SET, ["spec", "replicas"], undefined, /analyst/)],
    ["requests of agents", "zone", 2, set(STATEFUL_SET, [...pod, "containers", 0, "resources"], undefined, /analyst/)],
    ["requests of a sidecar", "zone", 2, set(STATEFUL_SET, [...pod, "initContainers", 3, "resources"], undefined)],
    ["claim templates", "agent-node", 1, set(STATEFUL_SET, ["spec", "volumeClaimTemplates"], undefined)],
    [
        "taints in the rule of spread",
        "zone",
        2,
        set(STATEFUL_SET, [...pod, "topologySpreadConstraints", 0, "nodeTaintsPolicy"], undefined),
    ],
    ["files of agents", "zone", 1, remove("kubernetes:core/v1:ConfigMap", /analyst-files/)],
    [
        "Litestream's interval",
        "zone",
        1,
        set("kubernetes:core/v1:ConfigMap", ["data", "litestream.yml"], "dbs: [{ path: /a }]", /analyst-files/),
    ],
    ["the replica's bucket", "zone", 1, remove("aws:s3/bucket:Bucket", /^state/)],
    [
        "the replica's key",
        "zone",
        1,
        remove("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", /^state/),
    ],
    ["zones of the node pool", "zone", 2, set(POOL, [...requirements, 0, "values"], undefined)],
    ["zones of the node pool", "zone", 1, set(POOL, [...requirements, 0, "values"], undefined)],
    ["types of the node pool", "zone", 2, set(POOL, [...requirements, 1, "values"], undefined)],
    ["limit of the node pool", "zone", 2, set(POOL, ["spec", "limits"], undefined)],
    ["limit of the node pool", "agent-node", 2, set(POOL, ["spec", "limits"], undefined)],
    [
        "pods on a node",
        "agent-node",
        2,
        set("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", ["spec", "kubelet"], undefined),
    ],
    [
        "disks of a node",
        "agent-node",
        2,
        set("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", ["spec", "blockDeviceMappings"], undefined),
    ],
    ["zones of subnets", "zone", 2, set("aws:ec2/subnet:Subnet", ["availabilityZone"], undefined, /nodes/)],
    ["endpoints", "zone", 6, remove("aws:ec2/vpcEndpoint:VpcEndpoint", /bedrock/)],
    ["subnets of endpoints", "zone", 6, set("aws:ec2/vpcEndpoint:VpcEndpoint", ["subnetIds"], undefined, /bedrock/)],
    ["the cluster", "zone", 6, remove("aws:eks/cluster:Cluster")],
    ["subnets of the control plane", "zone", 6, set("aws:eks/cluster:Cluster", ["vpcConfig", "subnetIds"], undefined)],
    ["size of a node group", "system-node", 6, set("aws:eks/nodeGroup:NodeGroup", ["scalingConfig"], undefined)],
    ["subnets of a node group", "system-node", 6, set("aws:eks/nodeGroup:NodeGroup", ["subnetIds"], undefined)],
    [
        "replicas of Cilium's operator",
        "system-node",
        6,
        set("kubernetes:helm.sh/v3:Release", ["values", "operator"], undefined, /cilium/),
    ],
    [
        "replicas of CoreDNS",
        "system-node",
        6,
        set("aws:eks/addon:Addon", ["configurationValues"], undefined, /coredns/),
    ],
    [
        "replicas of the collector",
        "system-node",
        6,
        set("kubernetes:apps/v1:Deployment", ["spec", "replicas"], undefined, /collector/),
    ],
    ["Karpenter", "system-node", 6, remove("kubernetes:helm.sh/v3:Release", /karpenter$/)],
    ["number of brokers", "zone", 3, set("aws:msk/cluster:Cluster", ["numberOfBrokerNodes"], undefined)],
    [
        "subnets of brokers",
        "broker",
        3,
        set("aws:msk/cluster:Cluster", ["brokerNodeGroupInfo", "clientSubnets"], undefined),
    ],
    ["copies of a topic", "broker", 3, set("aws:msk/topic:Topic", ["replicationFactor"], undefined, /decisions/)],
    ["settings of the brokers", "broker", 3, remove("aws:msk/configuration:Configuration")],
    [
        "zone of an instance",
        "database-instance",
        4,
        set("aws:rds/clusterInstance:ClusterInstance", ["availabilityZone"], undefined),
    ],
    ["zone of an instance", "zone", 6, set("aws:rds/clusterInstance:ClusterInstance", ["availabilityZone"], undefined)],
    ["encryption", "database-instance", 4, set("aws:rds/cluster:Cluster", ["storageEncrypted"], undefined)],
    ["the database's key", "database-instance", 4, set("aws:rds/cluster:Cluster", ["kmsKeyId"], undefined)],
    [
        "the database's parameters",
        "database-instance",
        4,
        set("aws:rds/cluster:Cluster", ["dbClusterParameterGroupName"], undefined),
    ],
    ["subnets of the pool", "zone", 4, set("aws:rds/proxy:Proxy", ["vpcSubnetIds"], undefined)],
    ["what is backed up", "backup", 4, remove("aws:backup/selection:Selection")],
    ["schedules", "backup", 4, set("aws:backup/plan:Plan", ["rules"], undefined)],
    [
        "the lock's days",
        "zone",
        5,
        set("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", ["rule"], undefined),
    ],
    ["the lock", "zone", 5, remove("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")],
    ["versions of the archive", "broker", 5, remove("aws:s3/bucketVersioning:BucketVersioning", /^archive-versioning/)],
    ["delivery to the archive", "broker", 5, remove("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream")],
    ["thresholds", "broker", 7, set(ALARM, ["threshold"], undefined)],
    ["actions of alarms", "system-node", 7, set(ALARM, ["alarmActions"], undefined)],
    ["periods of alarms", "system-node", 7, set(ALARM, ["evaluationPeriods"], undefined)],
    ["the topic for alarms", "broker", 7, remove("aws:sns/topic:Topic")],
];

const RANK = { holds: 0, degrades: 1, breaks: 2 } as const;

/**
 * Whose absence means that there is nothing to lose or to compare with: a class that may reach no domain outside AWS, agents
 * that connect without a pool, a vault that nothing is put into, a zone in which no agent stands.
 */
const OPTIONAL =
    /\.proxy$|proxyZones|\.(days|everySeconds|copyOf|arn|region)$|\.registries|^alarms|^notices|^region$|\.name$|^vaults|^nodes\.zones|endpoints\.\d+\.zones$/;

describe("values that are missing", () => {
    for (const [what, kind, promise, ...changes] of needed) {
        it(`without ${what} the loss of a ${kind} breaks promise ${promise}`, async () => {
            const before = effectOf(await asCommitted(), kind, promise);
            assert.notEqual(before.verdict, "breaks");
            const after = effectOf(failuresOf(await inventory("prod", {}, ...changes)), kind, promise);
            assert.equal(after.verdict, "breaks", after.because);
        });
    }

    it("never make a verdict better, whichever of all the values that the analysis reads", async () => {
        const whole = await inventory("prod");
        const verdicts = (of: Inventory): Map<string, number> =>
            new Map(
                failuresOf(of).flatMap(({ kind, name, effects }) =>
                    effects.map(
                        ({ promise, verdict }) => [`${kind} ${name}, promise ${promise}`, RANK[verdict]] as const,
                    ),
                ),
            );
        const before = verdicts(whole);
        const paths = pathsOf(whole).filter((path) => !OPTIONAL.test(path.join(".")));
        assert.ok(paths.length > 100, `${paths.length} values`);
        const better: string[] = [];
        for (const path of paths) {
            for (const [effect, rank] of verdicts(without(whole, path))) {
                if (rank < (before.get(effect) ?? 0)) better.push(`${effect} is better without ${path.join(".")}`);
            }
        }
        assert.deepEqual(better, []);
    });

    it("break what is judged where nothing at all is planned", () => {
        const nothing: Inventory = {
            region: "us-east-1",
            network: {
                zones: [],
                nodeSubnets: [],
                gateways: [],
                endpoints: [],
                controlPlaneZones: [],
                controlPlane: false,
            },
            classes: [],
            nodes: { zones: [], spare: {}, zonalShift: false, repaired: false, registries: [] },
            systemGroups: [],
            services: [],
            vaults: [],
            alarms: [],
            notices: [],
        };
        for (const { kind, effects } of failuresOf(nothing)) {
            for (const { promise, verdict, because } of effects) {
                // No agent node is there whose loss could touch the platform's own pods, and the other way round.
                assert.equal(verdict, "breaks", `${kind}, promise ${promise}: ${because}`);
            }
        }
    });
});

type Path = readonly (string | number)[];

/** Paths of all single values, those in lists and objects too. */
function pathsOf(value: unknown, path: Path = []): Path[] {
    if (Array.isArray(value)) return value.flatMap((item, index) => pathsOf(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value === undefined || value === false ? [] : [path];
    return Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]));
}

/** A copy without the value: an item of a list goes, a flag is off, everything else is undefined. */
function without(whole: Inventory, path: Path): Inventory {
    const copy = structuredClone(whole);
    let target: object = copy;
    for (const key of path.slice(0, -1)) {
        const next: unknown = Reflect.get(target, key);
        assert.ok(typeof next === "object" && next !== null);
        target = next;
    }
    const last = path.at(-1) ?? "";
    if (Array.isArray(target)) target.splice(Number(last), 1);
    else Reflect.set(target, last, Reflect.get(target, last) === true ? false : undefined);
    return copy;
}
