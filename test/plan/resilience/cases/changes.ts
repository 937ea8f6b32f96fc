import type { FailureKind, Verdict } from "../../../../plan/document/schema";
import type { Changes } from "../../../support/stacks";
import { type Change, remove, set } from "../support";

/* What a case of a verdict is, and the changes that several verdicts turn on. */

export interface Case {
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

export const STATEFUL_SET = "kubernetes:apps/v1:StatefulSet";
export const POOL = "kubernetes:karpenter.sh/v1:NodePool";
export const TOPIC = "aws:msk/topic:Topic";
export const CLUSTER = "aws:rds/cluster:Cluster";
export const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";
export const RULE = "aws:cloudwatch/eventRule:EventRule";
export const LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";
export const RELEASE = "kubernetes:helm.sh/v3:Release";
export const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
export const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

export const pod = ["spec", "template", "spec"];
export const spread = [...pod, "topologySpreadConstraints", 0];
export const zoneOfPool = ["spec", "template", "spec", "requirements", 0, "values"];
export const limit = (cpu: string): Change => set(POOL, ["spec", "limits", "cpu"], cpu);
export const noPlaceholders = remove("kubernetes:apps/v1:Deployment", /headroom-[a-z]$/);
export const noRepair = set(RELEASE, ["values", "settings", "featureGates"], { nodeRepair: false }, /karpenter$/);
export const factor = (copies: number): Change => set(TOPIC, ["replicationFactor"], copies);
export const configs = (minimum: number, unclean = false): Change =>
    set(
        TOPIC,
        ["configs"],
        JSON.stringify({ "min.insync.replicas": String(minimum), "unclean.leader.election.enable": String(unclean) }),
    );
export const governance = set(LOCK, ["rule", "defaultRetention", "mode"], "GOVERNANCE");
export const shortLock = set(LOCK, ["rule", "defaultRetention", "days"], 300);
export const noVolumes = set(STATEFUL_SET, ["spec", "volumeClaimTemplates"], []);
export const oneRegion = remove("aws:backup/vault:Vault", /copy/);
export const unencrypted = set(CLUSTER, ["storageEncrypted"], false);
export const noHealth = set(RULE, ["state"], "DISABLED", /health/);
/** With protection on, the configuration refuses what these cases are about. */
export const unprotected: Changes = { "openclaw:protect": false };
/** A third zone in which nodes stand, but no agents. */
export const thirdZone: Changes = { "openclaw:network.zones": ["us-east-1a", "us-east-1b", "us-east-1c"] };
export const twoForAgents = set(POOL, zoneOfPool, ["us-east-1a", "us-east-1b"]);
export const noSystemInC = remove("aws:eks/nodeGroup:NodeGroup", /-c$/);
export const ownImages = [
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

export const zone = ["zone", "us-east-1a"] as const;
export const writer = ["database-instance", "a-1"] as const;
export const archive = ["backup", "decision archive"] as const;
