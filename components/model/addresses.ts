/** Address ranges of one zone, as CIDR blocks. All lie in `block`; what they leave of it is spare. */
export interface ZoneSubnets {
    /** The zone's quarter of the VPC. */
    readonly block: string;
    /** NAT gateways and nothing else. */
    readonly public: string;
    /** Nodes and their pods: half of the zone, since every agent takes an address here. */
    readonly nodes: string;
    readonly brokers: string;
    readonly database: string;
    /** Interface endpoints of AWS services. */
    readonly endpoints: string;
}

/** The VPC is cut in four, so that zones can be appended up to four and none ever moves. */
const ZONES_PER_VPC = 4;
/** Half a zone's block in eighths: four are taken, four are spare. */
const EIGHTHS = 8;

/** The sizes that leave room for the nodes in every zone (/20: 507 addresses) and that AWS accepts (at most /16). */
export const VPC_PREFIX = { widest: 16, narrowest: 20 } as const;

/** AWS keeps the first four addresses and the last of every subnet. */
const RESERVED_BY_AWS = 5;

/** RFC 1918, and the shared range of RFC 6598 that AWS allows as well. */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** A range of IPv4 addresses: the first as a number, and how many. */
export interface Range {
    readonly first: number;
    readonly size: number;
    readonly prefix: number;
}

/**
 * Where the subnets of each zone lie. A zone's addresses follow from its position in the list alone, so appending a
 * zone renumbers nothing; changing the order of zones that are in use would.
 */
export function allocate(cidr: string, zones: readonly string[]): Record<string, ZoneSubnets> {
    const vpc = parseCidr(cidr);
    if (vpc.prefix < VPC_PREFIX.widest || vpc.prefix > VPC_PREFIX.narrowest) {
        throw new RangeError(`${cidr} must be from /${VPC_PREFIX.widest} to /${VPC_PREFIX.narrowest}`);
    }
    if (zones.length > ZONES_PER_VPC || new Set(zones).size !== zones.length) {
        throw new RangeError(`zones must be at most ${ZONES_PER_VPC} and distinct, got ${zones.join(", ")}`);
    }
    return Object.fromEntries(zones.map((zone, position) => [zone, divide(part(vpc, ZONES_PER_VPC, position))]));
}

function divide(block: Range): ZoneSubnets {
    const nodes = part(block, 2, 0);
    const services = part(block, 2, 1);
    const eighth = (position: number) => formatCidr(part(services, EIGHTHS, position));
    return {
        block: formatCidr(block),
        nodes: formatCidr(nodes),
        public: eighth(0),
        brokers: eighth(1),
        database: eighth(2),
        endpoints: eighth(3),
    };
}

/** One of `count` equal parts of a range; `count` is a power of two. */
function part(range: Range, count: number, position: number): Range {
    const size = range.size / count;
    return { first: range.first + position * size, size, prefix: range.prefix + Math.log2(count) };
}

/** Reads a range such as `10.64.0.0/16`; throws where it is malformed or does not start at its own boundary. */
export function parseCidr(cidr: string): Range {
    const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
    const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = (match ?? []).slice(1).map(Number);
    if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) {
        throw new RangeError(`${cidr} is not an IPv4 range such as 10.64.0.0/16`);
    }
    const first = ((a * 256 + b) * 256 + c) * 256 + d;
    const size = 2 ** (32 - prefix);
    const offset = first % size;
    if (offset !== 0) {
        const boundary = formatCidr({ first: first - offset, size, prefix });
        throw new RangeError(`${cidr} does not start at its own boundary: ${boundary} does`);
    }
    return { first, size, prefix };
}

function formatCidr({ first, prefix }: Range): string {
    const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
    return `${octets.join(".")}/${prefix}`;
}

/** Whether every address of `inner` is in `outer`. */
export function contains(outer: string, inner: string): boolean {
    const [a, b] = [parseCidr(outer), parseCidr(inner)];
    return a.first <= b.first && b.first + b.size <= a.first + a.size;
}

/** Whether two ranges share an address. Ranges on their boundaries do when one contains the other. */
export function overlaps(one: string, other: string): boolean {
    return contains(one, other) || contains(other, one);
}

/** Addresses of a subnet that hosts can have: AWS keeps five. */
export function hostCount(cidr: string): number {
    return Math.max(0, parseCidr(cidr).size - RESERVED_BY_AWS);
}

/** Whether a range is private: RFC 1918 or RFC 6598. */
export function isPrivate(cidr: string): boolean {
    return PRIVATE_RANGES.some((range) => contains(range, cidr));
}

/** `a` for `us-east-1a`: what child names carry, so that they say where something stands. */
export function zoneLetter(zone: string): string {
    return zone.slice(-1);
}
