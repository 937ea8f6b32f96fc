import { stringify } from "yaml";

/** Where an agent's databases are replicated to. `${NAME}` stands for a variable of the container's environment. */
export interface ReplicaTarget {
    readonly bucket: string;
    readonly region: string;
    /** S3 through the VPC's interface endpoint. */
    readonly endpoint: string;
    /** Below which the agent's replicas lie. */
    readonly prefix: string;
}

/**
 * Time between two uploads of a database that changes: what the loss of a volume costs. Each is one PUT for each database
 * that changed ($0.005 per 1,000 in us-east-1), so a database that never rests costs about $2.60 a month at 5 s.
 */
export const SYNC_SECONDS = 5;

/**
 * Configuration of Litestream 0.5. The databases are named one by one: it can watch a directory as well, but restores
 * only what it knows by name, and what is not restored need not be replicated. Objects are encrypted with the bucket's
 * own key by default, so none is named here.
 *
 * @param databases path of each database, by the name of its replica
 */
export function litestreamConfig(databases: Readonly<Record<string, string>>, target: ReplicaTarget): string {
    const { bucket, region, endpoint, prefix } = target;
    return stringify({
        logging: { level: "warn", type: "json" },
        // Below the pod's grace period, so that what was written last is uploaded before the pod ends.
        "shutdown-sync-timeout": "30s",
        // Joins what was uploaded into larger files. By default it looks for something to join 47 times a minute for three
        // databases at rest (measured): $10 of requests for each agent and month. So it is less than $1, and a restore reads
        // up to five minutes of small files.
        levels: [{ interval: "5m" }, { interval: "1h" }, { interval: "6h" }],
        "l0-retention": "15m",
        "l0-retention-check-interval": "5m",
        // A way back to any moment of the last days; older versions are kept by the bucket.
        snapshot: { interval: "24h", retention: "72h" },
        dbs: Object.entries(databases).map(([name, path]) => ({
            path,
            replica: {
                type: "s3",
                bucket,
                path: `${prefix}/${name}`,
                region,
                endpoint,
                // The endpoint's certificate covers its own name; the bucket goes into the path.
                "force-path-style": true,
                "sync-interval": `${SYNC_SECONDS}s`,
            },
        })),
    });
}
