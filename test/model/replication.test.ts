import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import {
    type Broker,
    type Loss,
    type Random,
    type Replication,
    assess,
    brokersIn,
    place,
    recommend,
    validateReplication,
} from "../../components/model/replication";

const ZONES = ["a", "b", "c"] as const;

function replication(
    zones: number,
    brokers: number,
    replicationFactor: number,
    minInSyncReplicas: number,
): Replication {
    return { zones: ZONES.slice(0, zones), brokers, replicationFactor, minInSyncReplicas };
}

/** Chance that can be repeated: a linear congruential generator. */
function seeded(seed: number): Random {
    let state = seed >>> 0;
    return (below) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
    };
}

/**
 * One partition as Kafka runs it, told in messages and not in counts: who is in step, who leads, what each replica has.
 * It knows nothing of the arithmetic under test.
 */
class Partition {
    private readonly logs = new Map<number, number[]>();
    private inStep: Set<number>;
    private readonly alive: Set<number>;
    readonly acknowledged: number[] = [];
    private next = 0;

    constructor(
        replicas: readonly number[],
        private readonly minInSyncReplicas: number,
    ) {
        for (const id of replicas) this.logs.set(id, []);
        this.inStep = new Set(replicas);
        this.alive = new Set(replicas);
    }

    /** A replica that lives but no longer keeps up. The last one in step stays, as it leads. */
    fallBehind(id: number): void {
        if (this.inStep.size > 1) this.inStep.delete(id);
    }

    /** A producer with `acks=all`. */
    write(): boolean {
        if (this.leader() === undefined || this.inStep.size < this.minInSyncReplicas) return false;
        const message = this.next++;
        for (const id of this.inStep) this.logs.get(id)?.push(message);
        this.acknowledged.push(message);
        return true;
    }

    /** The loss of brokers, all at once. Those in step that remain go on; if none remains, no other may lead. */
    lose(brokers: ReadonlySet<number>): void {
        for (const id of brokers) this.alive.delete(id);
        const remaining = [...this.inStep].filter((id) => this.alive.has(id));
        if (remaining.length > 0) this.inStep = new Set(remaining);
    }

    /** Clean election: only a living replica in step. */
    leader(): number | undefined {
        return [...this.inStep].find((id) => this.alive.has(id));
    }

    read(): readonly number[] | undefined {
        const leader = this.leader();
        return leader === undefined ? undefined : this.logs.get(leader);
    }

    /** Acknowledged messages of which no living replica has a copy. */
    goneWithTheLost(): number {
        const kept = new Set([...this.logs].filter(([id]) => this.alive.has(id)).flatMap(([, log]) => log));
        return this.acknowledged.filter((message) => !kept.has(message)).length;
    }
}

function subsets<T>(items: readonly T[]): T[][] {
    return items.reduce<T[][]>((all, item) => [...all, ...all.map((subset) => [...subset, item])], [[]]);
}

/** What the loss does, found by living through it: once with all in step, then with every set of stragglers. */
function live(
    choice: Replication,
    placement: readonly number[][],
    lost: ReadonlySet<number>,
): Omit<Loss, "part" | "name"> {
    let writable = 0;
    let readable = 0;
    let exposed = 0;
    for (const replicas of placement) {
        const steady = new Partition(replicas, choice.minInSyncReplicas);
        assert.ok(steady.write(), "a partition with all its replicas in step takes writes");
        steady.lose(lost);
        if (steady.read()?.includes(0)) readable++;
        if (steady.write()) writable++;

        const lossIsPossible = subsets(replicas).some((stragglers) => {
            const partition = new Partition(replicas, choice.minInSyncReplicas);
            for (const id of stragglers) partition.fallBehind(id);
            if (!partition.write()) return false;
            partition.lose(lost);
            // Clean election: who answers at all answers with everything that was acknowledged.
            const answer = partition.read();
            if (answer) assert.deepEqual(answer, partition.acknowledged, "no silent loss");
            return partition.goneWithTheLost() > 0;
        });
        if (lossIsPossible) exposed++;
    }
    return { partitions: placement.length, writable, readable, exposed };
}

const anyReplication: fc.Arbitrary<Replication> = fc
    .record({ zones: fc.integer({ min: 1, max: 3 }), perZone: fc.integer({ min: 1, max: 3 }) })
    .chain(({ zones, perZone }) =>
        fc
            .integer({ min: 1, max: Math.min(zones * perZone, 6) })
            .chain((factor) =>
                fc
                    .integer({ min: 1, max: factor })
                    .map((minimum) => replication(zones, zones * perZone, factor, minimum)),
            ),
    );

const idsOf = (brokers: readonly Broker[], zone: string): Set<number> =>
    new Set(brokers.filter((broker) => broker.zone === zone).map(({ id }) => id));

describe("place", () => {
    const nine = [..."AAABBBCCC"].map((zone, index) => ({ id: index, zone }));

    it("stripes over zones and brokers as Kafka's controller does", () => {
        // The example in the documentation of Kafka's StripedReplicaPlacer: A0 B0 C0, B1 C1 A1, C2 A2 B2.
        assert.deepEqual(place(nine, 3, 3), [
            [0, 3, 6],
            [4, 7, 1],
            [8, 2, 5],
        ]);
    });

    it("fills what a small zone cannot take from the others", () => {
        const uneven = [
            { id: 1, zone: "a" },
            { id: 2, zone: "b" },
            { id: 3, zone: "b" },
        ];
        for (const replicas of place(uneven, 3, 10)) assert.deepEqual([...replicas].sort(), [1, 2, 3]);
    });

    it("refuses more replicas than brokers, and none", () => {
        assert.throws(() => place(nine, 10, 1), /10 replicas cannot be placed on 9 brokers/);
        assert.throws(() => place(nine, 0, 1), RangeError);
    });

    it("gives each partition distinct brokers and each zone its share, whatever chance draws", () => {
        fc.assert(
            fc.property(anyReplication, fc.nat(), fc.integer({ min: 1, max: 30 }), (choice, seed, partitions) => {
                const brokers = brokersIn(choice.zones, choice.brokers);
                const placement = place(brokers, choice.replicationFactor, partitions, seeded(seed));
                assert.equal(placement.length, partitions);
                for (const replicas of placement) {
                    assert.equal(replicas.length, choice.replicationFactor);
                    assert.equal(new Set(replicas).size, choice.replicationFactor);
                    const shares = choice.zones.map(
                        (zone) => replicas.filter((id) => idsOf(brokers, zone).has(id)).length,
                    );
                    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `uneven: ${shares.join()}`);
                }
            }),
        );
    });

    it("spreads leaders evenly over zones", () => {
        fc.assert(
            fc.property(anyReplication, fc.nat(), fc.integer({ min: 1, max: 8 }), (choice, seed, rounds) => {
                const brokers = brokersIn(choice.zones, choice.brokers);
                // Up to the shuffle, which starts the count of turns anew.
                const partitions = Math.min(rounds * choice.zones.length, choice.brokers);
                const placement = place(brokers, choice.replicationFactor, partitions, seeded(seed));
                const leaders = choice.zones.map(
                    (zone) => placement.filter(([leader = 0]) => idsOf(brokers, zone).has(leader)).length,
                );
                assert.ok(Math.max(...leaders) - Math.min(...leaders) <= 1, `uneven: ${leaders.join()}`);
            }),
        );
    });

    it("pairs the brokers of two zones in many ways, so that a lost one burdens all others", () => {
        const six = brokersIn(["a", "b"], 6);
        const sets = new Set(place(six, 2, 60, seeded(1)).map((replicas) => [...replicas].sort().join()));
        // Striping alone would keep three pairs for ever; of the nine there are, all come up.
        assert.equal(sets.size, 9);
    });

    it("is the same at every run", () => {
        assert.deepEqual(place(nine, 3, 40), place(nine, 3, 40));
    });
});

describe("assess", () => {
    it("says of every single broker and zone what a simulation lives through, for any choice and any placement", () => {
        fc.assert(
            fc.property(anyReplication, (choice) => {
                const brokers = brokersIn(choice.zones, choice.brokers);
                const placement = place(brokers, choice.replicationFactor, choice.brokers * choice.zones.length);
                const assessment = assess(choice);
                assert.equal(assessment.brokers.length, choice.brokers);
                assert.equal(assessment.zones.length, choice.zones.length);
                for (const { part, name, ...loss } of [...assessment.brokers, ...assessment.zones]) {
                    const lost = part === "zone" ? idsOf(brokers, name) : new Set([Number(name)]);
                    assert.deepEqual(loss, live(choice, placement, lost), `loss of ${part} ${name}`);
                }
            }),
            { numRuns: 60 },
        );
    });

    it("does not depend on Kafka's draws where replicas spread evenly", () => {
        fc.assert(
            fc.property(anyReplication, fc.nat(), (choice, seed) => {
                fc.pre(choice.replicationFactor % choice.zones.length === 0);
                const brokers = brokersIn(choice.zones, choice.brokers);
                const drawn = place(
                    brokers,
                    choice.replicationFactor,
                    choice.brokers * choice.zones.length,
                    seeded(seed),
                );
                for (const { part, name, ...loss } of assess(choice).zones) {
                    assert.deepEqual(loss, live(choice, drawn, idsOf(brokers, name)), `loss of ${part} ${name}`);
                }
            }),
            { numRuns: 40 },
        );
    });

    it("counts the partitions it is asked about", () => {
        for (const loss of assess(replication(2, 4, 4, 2), 248).zones) assert.equal(loss.partitions, 248);
    });

    /** Two zones, four brokers: what a restart and a lost zone do, and how far an acknowledgement reaches. */
    const table = [
        { factor: 2, minimum: 1, restart: "goes on", zone: "goes on", reach: "one-broker" },
        { factor: 2, minimum: 2, restart: "stops", zone: "stops", reach: "beyond-a-zone" },
        { factor: 3, minimum: 2, restart: "goes on", zone: "stops in part", reach: "beyond-a-broker" },
        { factor: 4, minimum: 2, restart: "goes on", zone: "goes on", reach: "beyond-a-broker" },
        { factor: 4, minimum: 3, restart: "goes on", zone: "stops", reach: "beyond-a-zone" },
    ];
    for (const row of table) {
        it(`over two zones, factor ${row.factor} with minimum ${row.minimum}: restart ${row.restart}, zone ${row.zone}`, () => {
            const { brokers, zones, acknowledgement } = assess(replication(2, 4, row.factor, row.minimum));
            const [restart, zone] = [brokers, zones].map((losses) => {
                const touched = losses.map(({ writable, partitions }) => writable / partitions);
                if (touched.every((share) => share === 1)) return "goes on";
                // Factor 2 leaves the partitions alone that a broker has no part in.
                return losses === zones && touched.every((share) => share > 0) ? "stops in part" : "stops";
            });
            assert.deepEqual(
                { restart, zone, reach: acknowledgement },
                {
                    restart: row.restart,
                    zone: row.zone,
                    reach: row.reach,
                },
            );
            assert.ok([...brokers, ...zones].every((loss) => loss.readable === loss.partitions));
        });
    }

    it("over three zones, factor 3 with minimum 2 keeps writing and keeps every acknowledged message", () => {
        const { brokers, zones, acknowledgement } = assess(replication(3, 3, 3, 2));
        assert.ok([...brokers, ...zones].every((loss) => loss.writable === loss.partitions && loss.exposed === 0));
        assert.equal(acknowledgement, "beyond-a-zone");
    });
});

describe("validateReplication", () => {
    const rules = (choice: Replication, durable = true): string[] =>
        validateReplication(choice, durable).map(({ rule }) => rule);

    it("accepts what the environments use", () => {
        assert.deepEqual(rules(replication(2, 4, 4, 2)), []);
        assert.deepEqual(rules(replication(3, 3, 3, 2)), []);
        assert.deepEqual(rules(replication(2, 2, 2, 1), false), []);
    });

    it("refuses two brokers with minimum 1 where messages must be durable", () => {
        assert.deepEqual(validateReplication(replication(2, 2, 2, 1), true), [
            {
                rule: "acknowledged-survives-a-broker",
                field: "minInSyncReplicas",
                sentence:
                    "with minInSyncReplicas 1 an acknowledged message may be on one broker alone, and be lost with it",
                suggestion: "4 brokers with replicationFactor 4 and minInSyncReplicas 2",
            },
        ]);
    });

    it("names each rule that is broken, all at once", () => {
        assert.deepEqual(rules(replication(2, 5, 4, 2)), ["brokers-even-over-zones"]);
        assert.deepEqual(rules(replication(2, 2, 4, 2)), ["factor-within-brokers"]);
        assert.deepEqual(rules(replication(2, 4, 2, 2)), ["room-for-a-restart", "writes-survive-a-zone"]);
        assert.deepEqual(rules(replication(2, 4, 3, 2)), ["replicas-even-over-zones", "writes-survive-a-zone"]);
        assert.deepEqual(rules(replication(2, 4, 4, 3)), ["writes-survive-a-zone"]);
        assert.deepEqual(rules(replication(3, 6, 4, 2)), ["replicas-even-over-zones"]);
        assert.deepEqual(rules(replication(1, 3, 3, 2)), ["two-zones"]);
        assert.deepEqual(rules(replication(2, 3, 5, 5)), [
            "brokers-even-over-zones",
            "factor-within-brokers",
            "room-for-a-restart",
            "replicas-even-over-zones",
            "writes-survive-a-zone",
        ]);
    });

    it("tells the numbers", () => {
        const [problem] = validateReplication(replication(2, 4, 4, 3), true);
        assert.equal(
            problem?.sentence,
            "when a zone is lost with 2 of 4 replicas, 2 are left, fewer than minInSyncReplicas 3: writes stop",
        );
    });

    it("refuses what is no count", () => {
        for (const value of [0, -2, 2.5, Number.NaN, Number.POSITIVE_INFINITY]) {
            assert.deepEqual(rules(replication(2, value, 4, 2)), ["whole-numbers"]);
            assert.deepEqual(rules(replication(2, 4, value, 2)), ["whole-numbers"]);
            assert.deepEqual(rules(replication(2, 4, 4, value)), ["whole-numbers"]);
        }
    });

    it("accepts exactly what survives every restart and every zone in the simulation, and is even", () => {
        fc.assert(
            fc.property(anyReplication, fc.boolean(), (choice, durable) => {
                fc.pre(choice.zones.length > 1);
                const brokers = brokersIn(choice.zones, choice.brokers);
                const placement = place(brokers, choice.replicationFactor, choice.brokers * choice.zones.length);
                const single = brokers.map(({ id }) => live(choice, placement, new Set([id])));
                const zonal = choice.zones.map((zone) => live(choice, placement, idsOf(brokers, zone)));
                const survives = [...single, ...zonal].every((loss) => loss.writable === loss.partitions);
                const safe = !durable || single.every((loss) => loss.exposed === 0);
                const even = choice.replicationFactor % choice.zones.length === 0;
                assert.equal(rules(choice, durable).length === 0, survives && safe && even);
            }),
            { numRuns: 60 },
        );
    });

    it("suggests values that would do", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 2, max: 3 }),
                fc.integer({ min: -3, max: 30 }),
                fc.boolean(),
                (zones, brokers, durable) => {
                    const sound = recommend(zones, brokers, durable);
                    assert.deepEqual(rules({ zones: ZONES.slice(0, zones), ...sound }, durable), []);
                    assert.ok(sound.brokers >= brokers && sound.brokers < Math.max(brokers, 4) + zones);
                },
            ),
        );
        assert.deepEqual(recommend(2, 4, true), { brokers: 4, replicationFactor: 4, minInSyncReplicas: 2 });
        assert.deepEqual(recommend(3, 4, true), { brokers: 6, replicationFactor: 3, minInSyncReplicas: 2 });
        assert.deepEqual(recommend(2, 1, false), { brokers: 2, replicationFactor: 2, minInSyncReplicas: 1 });
        assert.equal(
            validateReplication(replication(1, 3, 3, 2), true)[0]?.suggestion,
            "4 brokers in 2 zones with replicationFactor 4 and minInSyncReplicas 2",
        );
    });
});
