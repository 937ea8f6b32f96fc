/**
 * Planning figures that neither configuration nor graph says: what AWS meters, and nobody knows before it runs. Each is meant to be
 * rather too high, stands in docs/cost.md, and is to be replaced by what the first bill says.
 */

/** What text comes to when CloudWatch or the archive has compressed it. Unit: share. */
export const COMPRESSED = 1 / 5;

/** Logs that do not follow the load. Unit: GB a month. */
export const LOGS = {
    /** Of the control plane, at rest: the audit log is most of it. */
    controlPlane: 15,
    /** Of the control plane for each node: leases and states that its daemons renew. */
    controlPlaneOfNode: 1,
    /** Of each node itself and of what runs on it beside agents. */
    node: 0.5,
    broker: 1,
    databaseInstance: 1,
    proxy: 1,
    /** Events of an agent's metrics and of its bridge's, three a minute of these (components/compute/telemetry.ts). */
    agent: 0.12,
} as const;

/** Lines of the flow log in each interval, from all its interfaces. Unit: lines; and bytes of a line as CloudWatch counts them. */
export const FLOWS = { agent: 60, node: 200, lineBytes: 130 } as const;

/** What Container Insights reports each minute. Unit: observations. */
export const OBSERVATIONS = { node: 40, pod: 25, container: 15 } as const;

/** CloudWatch metrics of MSK beyond the free level: of a broker, of a topic on a broker, of a partition. Unit: metrics. */
export const BROKER_METRICS = { broker: 40, topic: 10, partition: 2 } as const;

/** Images that a new node pulls through NAT. Unit: GB. */
export const IMAGES_OF_NODE = 3;

/** I/O requests for a row: its pages and those of its indexes, written, and as many read again. Unit: requests. */
export const ROW_IO = { decision: 4, audit: 2, memory: 20 } as const;

/** Rows a second that an Aurora capacity unit takes: a quarter of a processor with 250 rows a second, as in plan/capacity. */
export const ROWS_OF_ACU = 62.5;

/**
 * Lists that Litestream asks of S3 at each look at a level: measured 47 a minute for three databases at rest with its own intervals
 * (levels of 30 s, 5 min and 1 h, a look at the lowest every 15 s), which are 18.65 looks.
 */
export const LISTS_OF_LOOK = 2.5;

/** Share of an agent's volume that its databases and archived files take, compressed: what each daily snapshot uploads again. */
export const SNAPSHOT_OF_VOLUME = 0.05;

/** A line of S3's access log. Unit: bytes. */
export const ACCESS_LOG_LINE = 600;
