/**
 * What a choice of brokers, replication factor and `min.insync.replicas` survives. Pure arithmetic: config refuses with
 * it, the plan reports with it, and a simulation in the tests checks it.
 */

/** Brokers spread over zones, and how often each message is kept. */
export interface Replication {
    /** The zones that brokers stand in. */
    readonly zones: readonly string[];
    /** Brokers in all zones together. */
    readonly brokers: number;
    /** Copies of each partition, each on a broker of its own. */
    readonly replicationFactor: number;
    /** Copies that must have a message before a producer with `acks=all` is told that it is kept. */
    readonly minInSyncReplicas: number;
}

export interface Broker {
    readonly id: number;
    readonly zone: string;
}

/** The brokers as MSK makes them: numbered from 1, one zone after the other. */
export function brokersIn(zones: readonly string[], count: number): Broker[] {
    return Array.from({ length: count }, (_, index) => ({ id: index + 1, zone: zones[index % zones.length] ?? "" }));
}

/** Gives a whole number from 0 up to, not including, `below`. */
export type Random = (below: number) => number;

/**
 * The replicas of each partition, leader first, as Kafka's controller places them in KRaft mode (StripedReplicaPlacer):
 * zones in turn, brokers of a zone in turn, the start one further for each partition, shuffled when as many partitions
 * are placed as there are brokers. Kafka draws starts and shuffles by chance; the default here draws none, and no
 * draw changes how many replicas of a partition a zone gets when its zones are of one size.
 */
export function place(
    brokers: readonly Broker[],
    replicationFactor: number,
    partitions: number,
    random: Random = () => 0,
): number[][] {
    if (replicationFactor < 1 || replicationFactor > brokers.length) {
        throw new RangeError(`${replicationFactor} replicas cannot be placed on ${brokers.length} brokers`);
    }
    const zones = [...new Set(brokers.map((broker) => broker.zone))].sort();
    const stripes = zones.map((zone) => {
        const ids = brokers.filter((broker) => broker.zone === zone).map((broker) => broker.id);
        return new Stripe(
            ids.sort((a, b) => a - b),
            random,
        );
    });
    let first = random(stripes.length);
    let round = 0;
    return Array.from({ length: partitions }, () => {
        if (round === brokers.length && brokers.length > 1) {
            shuffle(stripes, random);
            for (const stripe of stripes) stripe.shuffle();
            round = 0;
        }
        const replicas: number[] = [];
        for (let turn = first; replicas.length < replicationFactor; turn++) {
            const id = stripes[turn % stripes.length]?.next(round);
            if (id !== undefined) replicas.push(id);
        }
        round++;
        first = (first + 1) % stripes.length;
        return replicas;
    });
}

/** The brokers of one zone, given out in turn; each partition starts one further. */
class Stripe {
    private given = 0;
    private round = 0;
    private start: number;

    constructor(
        private readonly ids: number[],
        private readonly random: Random,
    ) {
        this.start = random(ids.length);
    }

    next(round: number): number | undefined {
        if (this.round !== round) {
            this.round = round;
            this.given = 0;
            this.start = (this.start + 1) % this.ids.length;
        }
        return this.given < this.ids.length ? this.ids[(this.start + this.given++) % this.ids.length] : undefined;
    }

    shuffle(): void {
        shuffle(this.ids, this.random);
    }
}

function shuffle(items: unknown[], random: Random): void {
    for (let last = items.length - 1; last > 0; last--) {
        const other = random(last + 1);
        [items[last], items[other]] = [items[other], items[last]];
    }
}

/** What remains when one broker or one zone is away. Counts of partitions, of `partitions` in all. */
export interface Loss {
    readonly part: "broker" | "zone";
    /** The broker's number or the zone's name. */
    readonly name: string;
    readonly partitions: number;
    /** Partitions that go on accepting writes with `acks=all`, if all replicas were in step when the part was lost. */
    readonly writable: number;
    /** Partitions that go on being read, if all replicas were in step when the part was lost. */
    readonly readable: number;
    /**
     * Partitions of which an acknowledged message may have all its copies within the lost part: the replicas elsewhere
     * had fallen out of step before, and `minInSyncReplicas` still found enough in this part. As unclean election is
     * off, such a partition stops instead of going on without the messages, and continues when the part returns
     * with its volumes. What the part had not yet written to disk, or does not bring back, is lost.
     */
    readonly exposed: number;
}

/**
 * How far an acknowledgement reaches, in the worst case of replicas out of step:
 * - `beyond-a-zone`: a copy is surely outside any one zone, so a zone may go for ever.
 * - `beyond-a-broker`: a copy is surely outside any one broker. A zone may go for ever if replicas elsewhere were in step,
 *   which they are but for moments; else its partitions wait for it, and nothing is lost in silence.
 * - `one-broker`: the only copy may be on one broker. Its unclean restart loses acknowledged messages.
 */
export type AcknowledgementReach = "beyond-a-zone" | "beyond-a-broker" | "one-broker";

export interface Assessment {
    readonly brokers: readonly Loss[];
    readonly zones: readonly Loss[];
    readonly acknowledgement: AcknowledgementReach;
}

/** What remains after the loss of every single broker and every single zone. */
export function assess(replication: Replication, partitions?: number): Assessment {
    const { zones, replicationFactor, minInSyncReplicas } = replication;
    const brokers = brokersIn(zones, replication.brokers);
    // Enough partitions for every zone and every broker of it to have led one.
    const placement = place(brokers, replicationFactor, partitions ?? replication.brokers * zones.length);
    const without = (part: Loss["part"], name: string, away: ReadonlySet<number>): Loss => {
        const gone = placement.map((replicas) => replicas.filter((id) => away.has(id)).length);
        const count = (matches: (gone: number) => boolean): number => gone.filter(matches).length;
        return {
            part,
            name,
            partitions: placement.length,
            writable: count((lost) => replicationFactor - lost >= minInSyncReplicas),
            readable: count((lost) => replicationFactor - lost >= 1),
            exposed: count((lost) => lost >= minInSyncReplicas),
        };
    };
    const byBroker = brokers.map(({ id }) => without("broker", String(id), new Set([id])));
    const byZone = zones.map((zone) =>
        without("zone", zone, new Set(brokers.filter((broker) => broker.zone === zone).map(({ id }) => id))),
    );
    const exposed = (losses: readonly Loss[]): boolean => losses.some((loss) => loss.exposed > 0);
    return {
        brokers: byBroker,
        zones: byZone,
        acknowledgement: exposed(byBroker) ? "one-broker" : exposed(byZone) ? "beyond-a-broker" : "beyond-a-zone",
    };
}

export type ReplicationRule =
    | "whole-numbers"
    | "two-zones"
    | "brokers-even-over-zones"
    | "factor-within-brokers"
    | "room-for-a-restart"
    | "replicas-even-over-zones"
    | "writes-survive-a-zone"
    | "acknowledged-survives-a-broker";

export interface ReplicationProblem {
    readonly rule: ReplicationRule;
    /** The value to change first. */
    readonly field: keyof Replication;
    /** The rule and how it is broken, with the numbers. */
    readonly sentence: string;
    /** Values that would do, together. */
    readonly suggestion: string;
}

/**
 * Everything that is wrong with a replication, for a person to read; an empty list when it is sound.
 *
 * `durable`: acknowledged messages must survive the loss of any broker. An environment that may lose messages
 * (staging) leaves it off, and may then run two brokers with factor 2 and minimum 1.
 */
export function validateReplication(replication: Replication, durable: boolean): ReplicationProblem[] {
    const { zones, brokers, replicationFactor: factor, minInSyncReplicas: minimum } = replication;
    const problem = (rule: ReplicationRule, field: keyof Replication, sentence: string): ReplicationProblem => ({
        rule,
        field,
        sentence,
        suggestion: suggestion(zones.length, brokers, durable),
    });

    for (const field of ["brokers", "replicationFactor", "minInSyncReplicas"] as const) {
        const value = replication[field];
        if (!Number.isInteger(value) || value < 1) {
            return [problem("whole-numbers", field, `${field} must be a whole number from 1, not ${value}`)];
        }
    }
    const count = zones.length;
    if (count < 2) {
        return [problem("two-zones", "zones", `brokers must stand in at least two zones, not ${count}`)];
    }

    const problems: ReplicationProblem[] = [];
    const refuse = (...args: Parameters<typeof problem>): void => void problems.push(problem(...args));
    if (brokers % count !== 0) {
        refuse(
            "brokers-even-over-zones",
            "brokers",
            `the number of brokers must be a multiple of the zones (MSK refuses others): ${brokers} over ${count} zones`,
        );
    }
    if (factor > brokers) {
        refuse(
            "factor-within-brokers",
            "replicationFactor",
            `each replica needs a broker of its own: ${factor} replicas on ${brokers} brokers`,
        );
    }
    if (minimum > factor - 1) {
        refuse(
            "room-for-a-restart",
            "minInSyncReplicas",
            `minInSyncReplicas must be less than replicationFactor, or writes stop whenever a broker restarts: ` +
                `${minimum} of ${factor}`,
        );
    }
    if (factor % count !== 0) {
        refuse(
            "replicas-even-over-zones",
            "replicationFactor",
            `replicationFactor must be a multiple of the zones, or some partitions lean on one zone: ` +
                `${factor} over ${count} zones`,
        );
    }
    const fullest = Math.ceil(factor / count);
    if (factor - fullest < minimum) {
        refuse(
            "writes-survive-a-zone",
            "minInSyncReplicas",
            `when a zone is lost with ${fullest} of ${factor} replicas, ${factor - fullest} are left, ` +
                `fewer than minInSyncReplicas ${minimum}: writes stop`,
        );
    }
    if (durable && minimum < 2) {
        refuse(
            "acknowledged-survives-a-broker",
            "minInSyncReplicas",
            `with minInSyncReplicas ${minimum} an acknowledged message may be on one broker alone, and be lost with it`,
        );
    }
    return problems;
}

/** The smallest sound replication with at least that many brokers. Needs two zones or more. */
export function recommend(zones: number, brokers: number, durable: boolean): Omit<Replication, "zones"> {
    // What a lost zone leaves must still be the minimum: 2 where messages must outlive a broker, else 1.
    const minInSyncReplicas = durable ? 2 : 1;
    const perZone = Math.ceil(minInSyncReplicas / (zones - 1));
    const replicationFactor = zones * perZone;
    const even = Math.ceil((Number.isFinite(brokers) ? brokers : 0) / zones) * zones;
    return { brokers: Math.max(even, replicationFactor), replicationFactor, minInSyncReplicas };
}

function suggestion(zones: number, brokers: number, durable: boolean): string {
    const sound = recommend(Math.max(zones, 2), brokers, durable);
    const inZones = zones < 2 ? " in 2 zones" : "";
    return (
        `${sound.brokers} brokers${inZones} with replicationFactor ${sound.replicationFactor} ` +
        `and minInSyncReplicas ${sound.minInSyncReplicas}`
    );
}
