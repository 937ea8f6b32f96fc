import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import {
    type ZoneSubnets,
    allocate,
    contains,
    hostCount,
    isPrivate,
    overlaps,
    parseCidr,
    zoneLetter,
} from "../../components/model/addresses";

const ALL_ZONES = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"];

function format(first: number, prefix: number): string {
    const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
    return `${octets.join(".")}/${prefix}`;
}

/** Any range of these sizes, on its own boundary. */
const range = (widest: number, narrowest: number) =>
    fc
        .tuple(
            fc.integer({ min: widest, max: narrowest }),
            fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        )
        .map(([prefix, where]) => format(Math.floor(where * 2 ** prefix) * 2 ** (32 - prefix), prefix));

/** Every size that a VPC may have. */
const vpc = range(16, 20);
const zones = fc.integer({ min: 1, max: 4 }).map((count) => ALL_ZONES.slice(0, count));

const tiersOf = ({ public: open, nodes, brokers, database, endpoints }: ZoneSubnets) => [
    open,
    nodes,
    brokers,
    database,
    endpoints,
];

describe("addresses", () => {
    describe("allocate", () => {
        it("cuts a /16 as documented", () => {
            assert.deepEqual(allocate("10.64.0.0/16", ["us-east-1a", "us-east-1b"]), {
                "us-east-1a": {
                    block: "10.64.0.0/18",
                    nodes: "10.64.0.0/19",
                    public: "10.64.32.0/22",
                    brokers: "10.64.36.0/22",
                    database: "10.64.40.0/22",
                    endpoints: "10.64.44.0/22",
                },
                "us-east-1b": {
                    block: "10.64.64.0/18",
                    nodes: "10.64.64.0/19",
                    public: "10.64.96.0/22",
                    brokers: "10.64.100.0/22",
                    database: "10.64.104.0/22",
                    endpoints: "10.64.108.0/22",
                },
            });
        });

        it("cuts the smallest VPC into subnets that AWS still takes (at least /28)", () => {
            const zone = allocate("192.168.240.0/20", ["eu-west-1a"])["eu-west-1a"];
            assert.equal(zone?.nodes, "192.168.240.0/23");
            assert.equal(zone?.endpoints, "192.168.242.192/26");
        });

        it("never lets two subnets share an address", () => {
            fc.assert(
                fc.property(vpc, zones, (cidr, in_) => {
                    const subnets = Object.values(allocate(cidr, in_)).flatMap(tiersOf);
                    assert.equal(subnets.length, 5 * in_.length);
                    for (const [index, one] of subnets.entries()) {
                        for (const other of subnets.slice(index + 1))
                            assert.ok(!overlaps(one, other), `${one} ${other}`);
                    }
                }),
            );
        });

        it("keeps every subnet in its zone's block, and every block in the VPC and apart from the others", () => {
            fc.assert(
                fc.property(vpc, zones, (cidr, in_) => {
                    const blocks = Object.values(allocate(cidr, in_));
                    for (const [index, zone] of blocks.entries()) {
                        assert.ok(contains(cidr, zone.block));
                        for (const subnet of tiersOf(zone)) assert.ok(contains(zone.block, subnet));
                        for (const other of blocks.slice(index + 1)) assert.ok(!overlaps(zone.block, other.block));
                    }
                }),
            );
        });

        it("starts every subnet at its own boundary, as AWS demands", () => {
            fc.assert(
                fc.property(vpc, zones, (cidr, in_) => {
                    for (const subnet of Object.values(allocate(cidr, in_)).flatMap(tiersOf)) {
                        const { first, size, prefix } = parseCidr(subnet);
                        assert.equal(first % size, 0);
                        assert.ok(prefix <= 28);
                    }
                }),
            );
        });

        it("moves nothing when a zone is appended, whichever it is", () => {
            fc.assert(
                fc.property(vpc, fc.shuffledSubarray(ALL_ZONES, { minLength: 2 }), (cidr, in_) => {
                    const before = allocate(cidr, in_.slice(0, -1));
                    const after = allocate(cidr, in_);
                    for (const [zone, addresses] of Object.entries(before)) assert.deepEqual(after[zone], addresses);
                }),
            );
        });

        it("gives nodes half of every zone", () => {
            fc.assert(
                fc.property(vpc, zones, (cidr, in_) => {
                    for (const zone of Object.values(allocate(cidr, in_))) {
                        assert.equal(parseCidr(zone.nodes).size * 2, parseCidr(zone.block).size);
                    }
                }),
            );
        });

        it("refuses sizes that leave no room, too many zones, and a zone named twice", () => {
            assert.throws(() => allocate("10.0.0.0/15", ["a"]), /from \/16 to \/20/);
            assert.throws(() => allocate("10.0.0.0/21", ["a"]), /from \/16 to \/20/);
            assert.throws(() => allocate("10.0.0.0/16", ["a", "b", "c", "d", "e"]), /at most 4/);
            assert.throws(() => allocate("10.0.0.0/16", ["a", "a"]), /distinct/);
        });
    });

    it("reads ranges, and says where one would start", () => {
        assert.deepEqual(parseCidr("10.64.0.0/16"), { first: 0x0a400000, size: 65536, prefix: 16 });
        assert.deepEqual(parseCidr("255.255.255.255/32"), { first: 0xffffffff, size: 1, prefix: 32 });
        assert.deepEqual(parseCidr("0.0.0.0/0"), { first: 0, size: 2 ** 32, prefix: 0 });
        assert.throws(() => parseCidr("10.64.1.0/16"), /boundary: 10\.64\.0\.0\/16 does/);
        for (const wrong of [
            "",
            "10.0.0.0",
            "10.0.0/8",
            "256.0.0.0/8",
            "10.0.0.0/33",
            "10.0.0.0/8 ",
            "a.b.c.d/8",
            "::/0",
        ]) {
            assert.throws(() => parseCidr(wrong), /is not an IPv4 range/, wrong);
        }
    });

    it("agrees with itself about what contains and overlaps", () => {
        fc.assert(
            fc.property(range(0, 32), range(0, 32), (one, other) => {
                assert.ok(contains(one, one));
                assert.equal(overlaps(one, other), overlaps(other, one));
                if (contains(one, other) && contains(other, one)) assert.equal(one, other);
                const [a, b] = [parseCidr(one), parseCidr(other)];
                const share = a.first < b.first + b.size && b.first < a.first + a.size;
                assert.equal(overlaps(one, other), share);
            }),
        );
    });

    it("counts the addresses that AWS leaves", () => {
        assert.equal(hostCount("10.64.0.0/19"), 8187);
        assert.equal(hostCount("10.64.0.0/28"), 11);
        assert.equal(hostCount("10.64.0.0/32"), 0);
    });

    it("knows private ranges, to the edge", () => {
        const yes = [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "172.31.0.0/16",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "100.127.0.0/16",
        ];
        const no = [
            "11.0.0.0/16",
            "172.15.0.0/16",
            "172.32.0.0/16",
            "192.169.0.0/16",
            "100.63.0.0/16",
            "100.128.0.0/16",
        ];
        for (const cidr of yes) assert.ok(isPrivate(cidr), cidr);
        for (const cidr of [...no, "10.0.0.0/7", "0.0.0.0/0"]) assert.ok(!isPrivate(cidr), cidr);
    });

    it("names a zone by its letter", () => {
        assert.equal(zoneLetter("us-east-1a"), "a");
        assert.equal(zoneLetter("ap-southeast-2c"), "c");
    });
});
