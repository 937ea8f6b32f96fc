/** Memory of one Aurora capacity unit, in GiB. */
const GIB_PER_ACU = 2;

/** Memory of the Aurora classes r7g and r8g by size, in GiB. */
const GIB_BY_SIZE: Readonly<Record<string, number>> = {
    large: 16,
    xlarge: 32,
    "2xlarge": 64,
    "4xlarge": 128,
    "8xlarge": 256,
    "12xlarge": 384,
    "16xlarge": 512,
    "24xlarge": 768,
};

/** How large a database instance is: a class such as `db.r8g.xlarge`, or at most so many capacity units. */
export type DatabaseSize = { readonly instanceClass: string } | { readonly maxAcu: number };

/**
 * Connections that one Aurora PostgreSQL instance takes: LEAST(memory in bytes / 9,531,392, 5000), the default of its
 * parameter `max_connections`. Nominal memory, so an upper bound: the engine sees a little less.
 *
 * @throws RangeError for a class whose memory is not known.
 */
export function maxConnections(size: DatabaseSize): number {
    const gib = "maxAcu" in size ? size.maxAcu * GIB_PER_ACU : memoryGiB(size.instanceClass);
    return Math.min(5000, Math.floor((gib * 2 ** 30) / 9_531_392));
}

/** Memory of an instance class, in GiB. */
export function memoryGiB(instanceClass: string): number {
    const gib = GIB_BY_SIZE[instanceClass.split(".")[2] ?? ""];
    if (gib === undefined) {
        throw new RangeError(`unknown size of "${instanceClass}": known are ${Object.keys(GIB_BY_SIZE).join(", ")}`);
    }
    return gib;
}
