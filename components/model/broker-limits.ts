/** What an MSK Standard broker carries, by its size. Sources: MSK developer guide, "Right-size your cluster" and "Quotas". */

interface BrokerLimits {
    /** Replicas that MSK recommends at most; above half as many again it refuses updates. */
    readonly replicas: number;
    /** Throughput of a broker's volume: what all replicas on it write together. Unit: MiB a second. */
    readonly diskMibps: number;
}

/** By the multiple of xlarge; `large` is half. */
const BY_SIZE: readonly (readonly [atLeast: number, limits: BrokerLimits])[] = [
    // Larger ones write faster; no figure of AWS is at hand, so they count as the next smaller one.
    [4, { replicas: 4000, diskMibps: 312.5 }],
    [2, { replicas: 2000, diskMibps: 312.5 }],
    [1, { replicas: 1000, diskMibps: 156.25 }],
    [0, { replicas: 1000, diskMibps: 78.75 }],
];

/** Connections with IAM that a broker takes, and how many new ones a second. */
export const BROKER_CONNECTIONS = { atOnce: 3000, newPerSecond: 100 } as const;

/** What one agent's bridge holds at a broker at most: the request that is held, what has to be known at once, and writing. */
export const CONNECTIONS_OF_AN_AGENT = 3;

/** Part of a broker's storage that may fill before the alarm. */
export const STORAGE_SHARE = 0.85;

export function brokerLimits(instanceType: string): BrokerLimits {
    const [, size = ""] = /\.(large|\d*xlarge)$/.exec(instanceType) ?? [];
    const multiple = size === "large" ? 0 : Number(size.replace("xlarge", "") || "1");
    const found = BY_SIZE.find(([atLeast]) => multiple >= atLeast);
    if (size === "" || found === undefined) throw new RangeError(`"${instanceType}" is not an MSK broker type`);
    return found[1];
}
