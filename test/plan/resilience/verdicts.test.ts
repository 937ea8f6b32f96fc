import { strict as assert } from "node:assert";
import type { FailureKind, Verdict } from "../../../plan/document/schema";
import type { Changes } from "../../support/stacks";
import { asCommitted, type Change, effectOf, failuresOf, inventory, remove, set } from "./support";

/*
 * Each verdict by the value that decides it: one change, and the verdict is another. Changes are made in the configuration
 * where it accepts them, else in what is built from it.
 */

interface Case {
    /** What is lost, and a part of its name. */
    readonly loss: readonly [FailureKind, string?];
    readonly promise: number;
    readonly config?: Changes;
    readonly change?: readonly Change[];
    readonly what: string;
    /** The verdict of prod as it is, and of the changed one. */
    readonly from: Verdict;
    readonly to: Verdict;
    readonly because?: RegExp;
    readonly seconds?: number;
    readonly lossSeconds?: number;
    /** The change makes no difference by itself. */
    readonly same?: boolean;
}

const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
const POOL = "kubernetes:karpenter.sh/v1:NodePool";
const TOPIC = "aws:msk/topic:Topic";
const CLUSTER = "aws:rds/cluster:Cluster";
const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
const RULE = "aws:cloudwatch/eventRule:EventRule";
const LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

const pod = ["spec", "template", "spec"];
const spread = [...pod, "topologySpreadConstraints", 0];
const zoneOfPool = ["spec", "template", "spec", "requirements", 0, "values"];
const limit = (cpu: string): Change => set(POOL, ["spec", "limits", "cpu"], cpu);
const noPlaceholders = remove("kubernetes:apps/v1:Deployment", /headroom-[a-z]$/);
const repair = set(RELEASE, ["values", "settings", "featureGates"], { nodeRepair: true }, /karpenter$/);
const factor = (copies: number): Change => set(TOPIC, ["replicationFactor"], copies);
const configs = (minimum: number, unclean = false): Change =>
    set(
        TOPIC,
        ["configs"],
        JSON.stringify({ "min.insync.replicas": String(minimum), "unclean.leader.election.enable": String(unclean) }),
    );
const governance = set(LOCK, ["rule", "defaultRetention", "mode"], "GOVERNANCE");
const shortLock = set(LOCK, ["rule", "defaultRetention", "days"], 300);
const noVolumes = set(STATEFUL_SET, ["spec", "volumeClaimTemplates"], []);
const oneRegion = remove("aws:backup/vault:Vault", /copy/);
const unencrypted = set(CLUSTER, ["storageEncrypted"], false);
const noHealth = set(RULE, ["state"], "DISABLED", /health/);
/** With protection on, the configuration refuses what these cases are about. */
const unprotected: Changes = { "openclaw:protect": false };
/** A third zone in which nodes stand, but no agents. */
const thirdZone: Changes = { "openclaw:network.zones": ["us-east-1a", "us-east-1b", "us-east-1c"] };
const twoForAgents = set(POOL, zoneOfPool, ["us-east-1a", "us-east-1b"]);
const noSystemInC = remove("aws:eks/nodeGroup:NodeGroup", /-c$/);
const ownImages = [
    set(STATEFUL_SET, [...pod, "containers", 0, "image"], "111122223333.dkr.ecr.us-east-1.amazonaws.com/openclaw:1"),
    ...[0, 1, 2, 3, 4].map((index) =>
        set(
            STATEFUL_SET,
            [...pod, "initContainers", index, "image"],
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/litestream:1",
        ),
    ),
    set(RELEASE, ["values", "image"], { repository: "111122223333.dkr.ecr.us-east-1.amazonaws.com/cilium" }, /cilium/),
];

const zone = ["zone", "us-east-1a"] as const;
const writer = ["database-instance", "a-1"] as const;
const archive = ["backup", "decision archive"] as const;

const cases: readonly Case[] = [
    // Zone
    {
        loss: zone,
        promise: 1,
        what: "no replica of agents' state",
        change: [remove("aws:s3/bucket:Bucket", /^state/)],
        from: "degrades",
        to: "breaks",
        because: /has no replica elsewhere/,
    },
    {
        loss: zone,
        promise: 1,
        what: "a replica without versions",
        change: [remove("aws:s3/bucketVersioning:BucketVersioning", /^state/)],
        from: "degrades",
        to: "breaks",
        because: /without versions/,
    },
    {
        loss: ["zone", "us-east-1c"],
        promise: 1,
        what: "a zone without agents",
        config: thirdZone,
        change: [twoForAgents],
        from: "degrades",
        to: "holds",
    },
    {
        loss: zone,
        promise: 2,
        what: "a limit that the other zone's nodes exceed",
        change: [limit("320")],
        from: "degrades",
        to: "breaks",
        because: /limit of 40 nodes/,
    },
    {
        loss: zone,
        promise: 2,
        what: "a spread for which a dead zone counts",
        change: [set(STATEFUL_SET, [...spread, "nodeTaintsPolicy"], "Ignore", /analyst/)],
        from: "degrades",
        to: "breaks",
        because: /class analyst is spread so/i,
    },
    {
        loss: zone,
        promise: 2,
        what: "nodes in one zone alone",
        change: [set(POOL, zoneOfPool, ["us-east-1a"])],
        from: "degrades",
        to: "breaks",
        because: /in us-east-1a alone/,
    },
    {
        loss: zone,
        promise: 2,
        what: "no rule that spreads agents over zones",
        change: [set(STATEFUL_SET, [...pod, "topologySpreadConstraints"], [])],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: zone,
        promise: 2,
        what: "images behind the lost zone's NAT gateway",
        config: { ...unprotected, "openclaw:network.natGateways": "single" },
        from: "degrades",
        to: "breaks",
        because: /ghcr\.io.* leads through the NAT gateway in us-east-1a/,
    },
    {
        loss: ["zone", "us-east-1c"],
        promise: 2,
        what: "a zone without agents",
        config: thirdZone,
        change: [twoForAgents],
        from: "degrades",
        to: "holds",
    },
    {
        loss: zone,
        promise: 3,
        what: "three copies over two zones",
        change: [factor(3)],
        from: "degrades",
        to: "breaks",
        because: /50 % of the partitions/,
    },
    {
        loss: zone,
        promise: 3,
        what: "copies that take over without messages",
        change: [configs(2, true)],
        from: "degrades",
        to: "breaks",
        because: /may take over/,
    },
    {
        loss: zone,
        promise: 3,
        what: "one copy that acknowledges",
        change: [configs(1)],
        from: "degrades",
        to: "degrades",
        lossSeconds: 30,
    },
    {
        loss: ["zone", "us-east-1c"],
        promise: 3,
        what: "a zone without brokers and agents",
        config: thirdZone,
        change: [twoForAgents],
        from: "degrades",
        to: "holds",
    },
    {
        loss: zone,
        promise: 4,
        what: "a database with one instance",
        config: { ...unprotected, "openclaw:database.instances": 1 },
        from: "degrades",
        to: "breaks",
        because: /only instance stands in us-east-1a/,
    },
    {
        loss: zone,
        promise: 4,
        what: "a pool of connections in the lost zone alone",
        change: [set("aws:rds/proxy:Proxy", ["vpcSubnetIds"], ["subnet-b583fe31b7f2e7660"])],
        from: "degrades",
        to: "breaks",
        because: /pool of connections stands in us-east-1a alone/,
    },
    {
        loss: ["zone", "us-east-1c"],
        promise: 4,
        what: "a zone without database and agents",
        config: thirdZone,
        change: [twoForAgents],
        from: "degrades",
        to: "holds",
    },
    { loss: zone, promise: 5, what: "a lock that can be lifted", change: [governance], from: "holds", to: "degrades" },
    {
        loss: zone,
        promise: 5,
        what: "one copy of each decision on its way",
        change: [factor(1), configs(1)],
        from: "holds",
        to: "degrades",
    },
    { loss: zone, promise: 5, what: "a lock of 300 days", change: [shortLock], from: "holds", to: "breaks" },
    {
        loss: zone,
        promise: 6,
        what: "an endpoint in the lost zone alone",
        change: [set(ENDPOINT, ["subnetIds"], ["subnet-a0689ae050f326b90"], /bedrock/)],
        from: "degrades",
        to: "breaks",
        because: /bedrock-runtime can be reached through us-east-1a alone/,
    },
    {
        loss: zone,
        promise: 6,
        what: "a control plane in the lost zone alone",
        change: [set("aws:eks/cluster:Cluster", ["vpcConfig", "subnetIds"], ["subnet-5c150bb170f72e987"])],
        from: "degrades",
        to: "breaks",
        because: /through us-east-1a alone/,
    },
    {
        loss: zone,
        promise: 6,
        what: "system nodes in the lost zone alone",
        change: [remove("aws:eks/nodeGroup:NodeGroup", /-b$/)],
        from: "degrades",
        to: "breaks",
        because: /no system node is left/i,
    },
    {
        loss: zone,
        promise: 6,
        what: "the only NAT gateway in the lost zone",
        config: { ...unprotected, "openclaw:network.natGateways": "single" },
        change: ownImages,
        from: "degrades",
        to: "breaks",
        because: /class engineer reach none of their allowed domains/,
    },
    {
        loss: zone,
        promise: 6,
        what: "a database with one instance",
        config: { ...unprotected, "openclaw:database.instances": 1 },
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["zone", "us-east-1c"],
        promise: 6,
        what: "a zone with none of it",
        config: thirdZone,
        change: [twoForAgents, noSystemInC],
        from: "degrades",
        to: "holds",
    },
    {
        loss: zone,
        promise: 7,
        what: "no alarm at all",
        change: [remove(ALARM)],
        from: "holds",
        to: "degrades",
        because: /only if AWS reports it/,
    },
    { loss: zone, promise: 7, what: "no subscriber", change: [remove(SUBSCRIPTION)], from: "holds", to: "breaks" },
    // Node of agents
    {
        loss: ["agent-node"],
        promise: 1,
        what: "agents without volumes",
        change: [noVolumes],
        from: "holds",
        to: "breaks",
    },
    {
        loss: ["agent-node"],
        promise: 2,
        what: "no empty node, and a limit that allows none",
        change: [noPlaceholders, limit("176")],
        from: "degrades",
        to: "breaks",
        because: /no node of the zone stands empty/i,
    },
    {
        loss: ["agent-node"],
        promise: 2,
        what: "no empty node",
        config: { "openclaw:fleet.nodes.headroom": "on-demand" },
        from: "degrades",
        to: "degrades",
        seconds: 980,
        because: /EC2 has to give first/,
    },
    {
        loss: ["agent-node"],
        promise: 2,
        what: "node repair",
        change: [repair],
        from: "degrades",
        to: "degrades",
        seconds: 2850,
        because: /Karpenter replaces a silent node/,
    },
    {
        loss: ["agent-node"],
        promise: 3,
        what: "brokers without copies",
        change: [factor(9)],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["agent-node"],
        promise: 6,
        what: "no empty node, and a limit that allows none",
        change: [noPlaceholders, limit("176")],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["agent-node"],
        promise: 7,
        what: "no alarm on nodes",
        change: [remove(ALARM, /failed-nodes/)],
        from: "holds",
        to: "breaks",
    },
    {
        loss: ["agent-node"],
        promise: 6,
        what: "no disruption budget of a class",
        change: [remove("kubernetes:policy/v1:PodDisruptionBudget", /analyst/)],
        from: "degrades",
        to: "breaks",
        because: /would take all agents of class analyst at once/,
    },
    {
        loss: ["agent-node"],
        promise: 2,
        what: "node repair that the pool's budget forbids",
        change: [repair, set(POOL, ["spec", "disruption", "budgets"], [{ nodes: "0" }])],
        from: "degrades",
        to: "degrades",
        because: /until somebody deletes it/,
        same: true,
    },
    // Node of the platform
    {
        loss: ["system-node"],
        promise: 2,
        what: "a limit below what all agents need",
        change: [limit("160")],
        from: "holds",
        to: "breaks",
    },
    {
        loss: ["system-node"],
        promise: 6,
        what: "one pod of Karpenter",
        change: [set(RELEASE, ["values", "replicas"], 1, /karpenter$/)],
        from: "holds",
        to: "degrades",
        seconds: 410,
        because: /only pod of karpenter.*nothing launches nodes/,
    },
    {
        loss: ["system-node"],
        promise: 6,
        what: "one pod that answers names",
        change: [set("aws:eks/addon:Addon", ["configurationValues"], '{"replicaCount":1}', /coredns/)],
        from: "holds",
        to: "degrades",
        seconds: 410,
    },
    {
        loss: ["system-node"],
        promise: 6,
        what: "no chart of Cilium",
        change: [remove(RELEASE, /cilium/)],
        from: "holds",
        to: "breaks",
        because: /gives pods addresses/,
    },
    {
        loss: ["system-node"],
        promise: 7,
        what: "an alarm that calls nobody",
        change: [set(ALARM, ["alarmActions"], [], /failed-nodes/)],
        from: "holds",
        to: "breaks",
    },
    // Broker
    {
        loss: ["broker", "1"],
        promise: 3,
        what: "all copies must acknowledge",
        change: [configs(4)],
        from: "degrades",
        to: "breaks",
        because: /100 % of the partitions/,
    },
    {
        loss: ["broker", "1"],
        promise: 3,
        what: "one copy that acknowledges",
        change: [configs(1)],
        from: "degrades",
        to: "degrades",
        lossSeconds: 30,
    },
    {
        loss: ["broker", "1"],
        promise: 3,
        what: "copies that take over without messages",
        change: [configs(1, true)],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["broker", "1"],
        promise: 5,
        what: "decisions acknowledged by one broker",
        change: [configs(1)],
        from: "holds",
        to: "degrades",
        lossSeconds: 30,
    },
    {
        loss: ["broker", "1"],
        promise: 6,
        what: "all copies must acknowledge",
        change: [configs(4)],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["broker", "1"],
        promise: 7,
        what: "no alarm on lagging copies",
        change: [remove(ALARM, /under-replicated/)],
        from: "holds",
        to: "breaks",
    },
    // Database
    {
        loss: writer,
        promise: 4,
        what: "no reader",
        config: { ...unprotected, "openclaw:database.instances": 1 },
        from: "degrades",
        to: "degrades",
        seconds: 600,
        because: /has one instance/,
    },
    {
        loss: writer,
        promise: 4,
        what: "an instance in no known zone",
        change: [set("aws:rds/clusterInstance:ClusterInstance", ["availabilityZone"], undefined, /b-1$/)],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: writer,
        promise: 4,
        what: "another order of taking over: the reader goes",
        change: [set("aws:rds/clusterInstance:ClusterInstance", ["promotionTier"], 5, /a-1$/)],
        from: "degrades",
        to: "holds",
    },
    {
        loss: writer,
        promise: 6,
        what: "no reader",
        config: { ...unprotected, "openclaw:database.instances": 1 },
        from: "degrades",
        to: "degrades",
        seconds: 600,
    },
    {
        loss: writer,
        promise: 6,
        what: "another order of taking over: the reader goes",
        change: [set("aws:rds/clusterInstance:ClusterInstance", ["promotionTier"], 5, /a-1$/)],
        from: "degrades",
        to: "holds",
    },
    {
        loss: writer,
        promise: 6,
        what: "an instance in no known zone",
        change: [set("aws:rds/clusterInstance:ClusterInstance", ["availabilityZone"], undefined, /b-1$/)],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: writer,
        promise: 7,
        what: "no alarm, but messages of RDS",
        change: [remove(ALARM)],
        from: "holds",
        to: "holds",
        because: /AWS's own message/,
    },
    {
        loss: writer,
        promise: 7,
        what: "neither alarm nor message",
        change: [remove(ALARM), remove("aws:rds/eventSubscription:EventSubscription")],
        from: "holds",
        to: "breaks",
    },
    // NAT gateway
    {
        loss: ["nat-gateway"],
        promise: 2,
        what: "a single gateway",
        config: { ...unprotected, "openclaw:network.natGateways": "single" },
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["nat-gateway"],
        promise: 2,
        what: "all images in the account's own registry",
        change: ownImages,
        from: "degrades",
        to: "holds",
    },
    {
        loss: ["nat-gateway"],
        promise: 6,
        what: "a single gateway",
        config: { ...unprotected, "openclaw:network.natGateways": "single" },
        from: "degrades",
        to: "breaks",
        because: /class engineer reach none/,
    },
    {
        loss: ["nat-gateway"],
        promise: 6,
        what: "no allowed domains and own images",
        config: { "openclaw:fleet.classes.engineer.allowedDomains": [] },
        change: ownImages,
        from: "degrades",
        to: "holds",
    },
    {
        loss: ["nat-gateway"],
        promise: 7,
        what: "no alarm on its silence",
        change: [remove(ALARM, /nat-silent/)],
        from: "holds",
        to: "degrades",
        because: /only if AWS reports it/,
    },
    {
        loss: ["nat-gateway"],
        promise: 7,
        what: "neither alarm nor message of AWS Health",
        change: [remove(ALARM, /nat-silent/), noHealth],
        from: "holds",
        to: "breaks",
    },
    {
        loss: ["nat-gateway"],
        promise: 7,
        what: "an alarm that takes silence for health",
        change: [set(ALARM, ["treatMissingData"], "notBreaching", /nat-silent/)],
        from: "holds",
        to: "degrades",
    },
    {
        loss: ["backup", "point-in-time"],
        promise: 7,
        what: "no message about changes of the database",
        change: [remove("aws:rds/eventSubscription:EventSubscription", /cluster/)],
        from: "holds",
        to: "breaks",
    },
    {
        loss: ["backup", "state replica"],
        promise: 7,
        what: "no alarm on replication",
        change: [remove(ALARM, /agents-replication/)],
        from: "holds",
        to: "breaks",
    },
    // Backups
    {
        loss: ["backup", "state replica"],
        promise: 1,
        what: "agents without volumes",
        change: [noVolumes],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["backup", "point-in-time"],
        promise: 4,
        what: "snapshots every hour",
        change: [set("aws:backup/plan:Plan", ["rules", 0, "schedule"], "cron(0 * * * ? *)")],
        from: "degrades",
        to: "degrades",
        lossSeconds: 7200,
    },
    {
        loss: ["backup", "point-in-time"],
        promise: 4,
        what: "no snapshots",
        change: [remove("aws:backup/plan:Plan")],
        from: "degrades",
        to: "breaks",
    },
    {
        loss: ["backup", "daily"],
        promise: 4,
        what: "no other vault",
        change: [oneRegion, remove("aws:backup/vault:Vault", /monthly/)],
        from: "holds",
        to: "degrades",
        because: /whoever deletes the database/,
    },
    {
        loss: ["backup", "monthly"],
        promise: 4,
        what: "no second region",
        change: [oneRegion],
        from: "holds",
        to: "degrades",
        because: /further than 35 days; it was 400/,
    },
    {
        loss: ["backup", "daily"],
        promise: 4,
        what: "a vault without a key",
        change: [set("aws:backup/vault:Vault", ["kmsKeyArn"], undefined)],
        from: "holds",
        to: "breaks",
    },
    {
        loss: archive,
        promise: 5,
        what: "vaults that are not locked",
        config: { ...unprotected, "openclaw:recovery.vaultLock": false },
        from: "degrades",
        to: "breaks",
    },
    {
        loss: archive,
        promise: 5,
        what: "monthly snapshots alone",
        change: [
            set("aws:backup/plan:Plan", ["rules", 0, "lifecycle", "deleteAfter"], 7),
            set("aws:backup/plan:Plan", ["rules", 0, "copyActions"], []),
        ],
        from: "degrades",
        to: "degrades",
        lossSeconds: 2_682_000,
    },
    {
        loss: ["backup", "daily"],
        promise: 7,
        what: "no alarm and no message",
        change: [remove(ALARM, /recovery/), remove(RULE, /backups|vaults/)],
        from: "holds",
        to: "breaks",
    },
    {
        loss: ["backup", "daily in us-west-2"],
        promise: 7,
        what: "no message about copies",
        change: [remove(RULE, /copies/)],
        from: "holds",
        to: "breaks",
    },
    {
        loss: archive,
        promise: 7,
        what: "no alarm on the delivery",
        change: [remove(ALARM, /archive/)],
        from: "holds",
        to: "breaks",
    },
];

/** What breaks a promise whatever is lost: its ground is missing. */
const grounds: readonly { readonly promise: number; readonly what: string; readonly change: Change }[] = [
    { promise: 1, what: "agents without volumes", change: noVolumes },
    {
        promise: 2,
        what: "nodes of an unknown size",
        change: set(POOL, ["spec", "template", "spec", "requirements", 1, "values"], ["x9z.mega"]),
    },
    { promise: 3, what: "no topics", change: remove(TOPIC) },
    { promise: 4, what: "a database that is not encrypted", change: unencrypted },
    {
        promise: 4,
        what: "connections without TLS",
        change: remove("aws:rds/clusterParameterGroup:ClusterParameterGroup"),
    },
    { promise: 7, what: "no subscriber", change: remove(SUBSCRIPTION) },
];

describe("each verdict changes with the value that decides it", () => {
    for (const {
        loss,
        promise,
        config,
        change = [],
        what,
        from,
        to,
        because,
        seconds,
        lossSeconds,
        same = false,
    } of cases) {
        const [kind, name] = loss;
        it(`${kind} ${name ?? ""}, promise ${promise}: ${from} -> ${to} with ${what}`, async () => {
            const before = effectOf(await asCommitted(), kind, promise, name === "us-east-1c" ? "" : name);
            const after = effectOf(failuresOf(await inventory("prod", config, ...change)), kind, promise, name);
            assert.equal(before.verdict, from, before.because);
            assert.equal(after.verdict, to, after.because);
            if (because) assert.match(after.because, because);
            if (seconds !== undefined) assert.equal(after.seconds, seconds, after.because);
            if (lossSeconds !== undefined) assert.equal(after.lossSeconds, lossSeconds, after.because);
            if (from === to) assert[same ? "deepEqual" : "notDeepEqual"](after, before);
        });
    }

    for (const { promise, what, change } of grounds) {
        it(`all losses, promise ${promise}: breaks with ${what}`, async () => {
            for (const { title, effects } of failuresOf(await inventory("prod", {}, change))) {
                const effect = effects.find((each) => each.promise === promise);
                assert.equal(effect?.verdict, "breaks", `${title}: ${effect?.because ?? ""}`);
            }
        });
    }

    it("all losses but its own, promise 5: breaks with a lock of 300 days, degrades with one that can be lifted", async () => {
        for (const [change, verdict] of [
            [shortLock, "breaks"],
            [governance, "degrades"],
        ] as const) {
            for (const { title, name, effects } of failuresOf(await inventory("prod", {}, change))) {
                const effect = effects.find((each) => each.promise === 5);
                if (name !== "decision archive") assert.equal(effect?.verdict, verdict, title);
            }
        }
    });
});
