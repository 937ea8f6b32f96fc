/** Memory of the families that Aurora runs on (r7g, r8g): 8 GiB for each virtual processor. */
const GIB_PER_VCPU = 8;

/** Sizes of those families, the smallest first. */
export const INSTANCE_SIZES = [
    "large",
    "xlarge",
    "2xlarge",
    "4xlarge",
    "8xlarge",
    "12xlarge",
    "16xlarge",
    "24xlarge",
] as const;

/** Memory of an Aurora instance, in GiB. */
export function instanceMemoryGiB(instanceClass: string): number {
    const size = /^db\.r\d+g\.(?:(large)|(\d*)xlarge)$/.exec(instanceClass);
    if (!size) {
        throw new RangeError(
            `no memory is known for "${instanceClass}": expected an Aurora class of r7g or r8g, e.g. db.r8g.xlarge`,
        );
    }
    return size[1] === "large" ? 2 * GIB_PER_VCPU : 4 * Number(size[2] || "1") * GIB_PER_VCPU;
}

/** Connections that an Aurora PostgreSQL instance takes by default: by its memory, at most 5,000 (Aurora guide, max_connections). */
export function maxConnections(memoryGiB: number): number {
    return Math.min(5000, Math.floor((memoryGiB * 1024 ** 3) / 9_531_392));
}

/** Memory of one Aurora capacity unit, in GiB. */
const GIB_PER_ACU = 2;

/**
 * The same of a serverless instance: by its upper end, as it does not change with the load, and no more than 2,000 where the lower
 * end is half a unit (Aurora guide, "Maximum connections for Aurora Serverless v2").
 */
export function serverlessMaxConnections(minAcu: number, maxAcu: number): number {
    const byMemory = maxConnections(maxAcu * GIB_PER_ACU);
    return minAcu <= 0.5 ? Math.min(2000, byMemory) : byMemory;
}
