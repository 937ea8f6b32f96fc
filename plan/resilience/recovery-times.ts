/*
 * How long things take to come back, in seconds, and where the figures are from. They are upper ends of what is usual, not
 * promises of AWS.
 */

export const DAY_SECONDS = 86_400;

/** A node that falls silent counts as lost (kube-controller-manager, node-monitor-grace-period, Kubernetes 1.32 and later). */
export const NODE_SILENT = 50;

/** Its pods are then given up (default toleration of node.kubernetes.io/unreachable, admission DefaultTolerationSeconds). */
export const POD_GIVEN_UP = 300;

/** Its volumes are taken from it by force (aws-ebs-csi-driver, docs/faq.md: six minutes after an unclean loss). */
export const VOLUME_DETACHED = 360;

/** Karpenter replaces a silent node after half an hour and gives it ten minutes more (provider 1.15.0, RepairPolicies). */
export const NODE_REPAIRED = 2400;

/** A new agent node: EC2, Bottlerocket, Cilium, EBS driver, images. Usual with Karpenter; 15 min is what creation waits for. */
export const NODE_LAUNCHED = 180;

/** An agent starts: 16 s on idle processors (measured), 162 s seen at worst (openclaw issue 73276); restore of small state. */
export const AGENT_STARTED = 90;

/** What the command for evacuation needs for itself: it takes nodes, claims and pods in turn. */
export const EVACUATED = 120;

/** A pod of the platform starts on another node, its image pulled. */
export const POD_STARTED = 60;

/** Partitions get new leaders, and connections go elsewhere (MSK guide on maintenance: p99 up to 2 s for at most 2 min). */
export const BROKER_TAKEN_OVER = 120;

/** A follower may be so far behind before it no longer counts as in step (Kafka, replica.lag.time.max.ms). */
export const FOLLOWER_MAY_LAG = 30;

/** A reader becomes the writer (Aurora guide, High Availability: typically less than 60 s, often less than 30 s). */
export const DATABASE_FAILED_OVER = 60;

/** Without a reader the instance is made again in its own zone (Aurora guide, High Availability: typically less than 10 min). */
export const DATABASE_RECREATED = 600;

/** How far the latest restorable second may lie behind (Aurora guide, Backing up: typically within the last five minutes). */
export const POINT_IN_TIME_BEHIND = 300;

/** Brokers and consumers beside it: another leader of a pair takes over (Kubernetes leases of 15 s, tried every 2 s). */
export const LEADER_TAKEN_OVER = 17;

/** Decisions are kept at least so many days: a year. */
export const DECISION_DAYS = 365;
