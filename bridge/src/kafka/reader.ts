import { type ClusterMetadata, Consumer, type RecordsBatch } from "@platformatic/kafka";
import type { Topic } from "../contract/names";
import { TOPICS } from "../contract/names";
import type { LogReader, OnRecords, Place } from "../ports";
import type { KafkaSettings } from "../settings";
import { type FetchResponse, recordsOf, responseOf } from "./batches";
import { connection, partitioner } from "./connection";
import { PatientConsumer } from "./patient";
import { turning } from "./turning";

/** How long a broker holds a request that it has nothing for. It answers at once when something comes. Unit: ms. */
const HOLD_MS = 500;
/** How often a partition is asked for that is not in the request which its broker holds. Unit: ms. */
const ASK_AGAIN_MS = 20;
/** Most bytes of one answer, and of one partition in it: what is fetched waits in memory. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_BYTES_OF_PARTITION = 1024 * 1024;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;

/** Brokers that are asked who leads what, where the first ones have not heard of the last change yet, and the time between. */
const BROKERS_ASKED = 4;
const ASK_NEXT_MS = 20;

/** Kafka's error codes that a reader answers by itself. */
const OFFSET_OUT_OF_RANGE = 1;
const FENCED_LEADER_EPOCH = 74;

interface Followed {
    readonly place: Place;
    next: bigint;
    paused: boolean;
    /** Whether it is being asked for, or what came of it handed on. */
    busy: boolean;
}

/** What was asked for. */
interface Asked {
    readonly followed: Followed;
    readonly from: bigint;
    /** Which leadership of the partition was meant. */
    readonly epoch: number;
}

export interface ReaderOptions {
    /** Something failed that is tried again. */
    readonly onFault?: (error: unknown) => void;
    /** Offsets that were to be read are gone: by expiry, or because brokers lost them. */
    readonly onGap?: (place: Place, wanted: bigint, got: bigint) => void;
    /** How long a broker holds a request that it has nothing for (default: 500). Unit: ms. */
    readonly holdMs?: number;
}

/**
 * Reads partitions from their leaders, without a group. One request at a time is held by each broker, for all partitions that it
 * leads. Followers are not asked, however near they are: they learn late what is acknowledged.
 *
 * A broker answers one request after the other on a connection, so nothing else can be asked where one is held. What has to be
 * known at once goes over another connection: offsets, and partitions that are followed meanwhile. Brokers close it after ten
 * minutes in which it is not needed.
 */
export class KafkaReader implements LogReader {
    readonly #held: PatientConsumer;
    readonly #quick: PatientConsumer;
    readonly #places = new Map<string, Followed>();
    /** Brokers that hold a request, and brokers that are asked for an answer at once. */
    readonly #holding = new Set<number>();
    readonly #hurrying = new Set<number>();
    readonly #onRecords: OnRecords;
    readonly #options: ReaderOptions;
    /** Which leadership of a partition has begun at least: whoever tells of an earlier one is behind. */
    readonly #epochs = new Map<string, number>();
    #metadata: ClusterMetadata | undefined;
    #refreshing: Promise<ClusterMetadata> | undefined;
    #wait = FIRST_WAIT_MS;
    /** Whether it waits to ask again. */
    #waiting = false;
    #closed = false;

    constructor(settings: KafkaSettings, clientId: string, onRecords: OnRecords, options: ReaderOptions = {}) {
        this.#onRecords = onRecords;
        this.#options = options;
        // It tracks no topics: for those that it knows, the client sends a request to whom it takes for the leader, not where it is told.
        const create = () =>
            turning(
                new Consumer({
                    ...connection(settings, clientId),
                    // Asked for by the client's options; nothing here joins it.
                    groupId: `${clientId}-reader`,
                    retries: 0,
                    maxWaitTime: options.holdMs ?? HOLD_MS,
                    minBytes: 1,
                    maxBytes: MOST_BYTES,
                }),
            );
        this.#held = new PatientConsumer(create);
        this.#quick = new PatientConsumer(create);
    }

    async partitionOf(topic: Topic, key: string): Promise<number> {
        const { topics } = await this.#cluster();
        const count = topics.get(topic)?.partitionsCount;
        if (count === undefined) throw new Error(`the brokers have no topic ${topic}`);
        return partitioner(undefined, Buffer.from(key)) % count;
    }

    async offsetAt(place: Place, timestamp: number): Promise<bigint> {
        // Asked first: what comes between the two questions would be before the end, and be passed over.
        const end = await this.endOf(place);
        const found = await this.#quick.within((consumer) =>
            consumer.listOffsetsWithTimestamps({
                topics: [place.topic],
                partitions: { [place.topic]: [place.partition] },
                timestamp: BigInt(Math.max(0, Math.trunc(timestamp))),
            }),
        );
        const offset = found.get(place.topic)?.get(place.partition)?.offset;
        return offset === undefined || offset < 0n ? end : offset;
    }

    async endOf({ topic, partition }: Place): Promise<bigint> {
        const found = await this.#quick.within((consumer) =>
            consumer.listOffsets({ topics: [topic], partitions: { [topic]: [partition] } }),
        );
        const offset = found.get(topic)?.[partition];
        if (offset === undefined) throw new Error(`the brokers tell no end of ${topic} ${partition}`);
        return offset;
    }

    follow(place: Place, from: bigint): void {
        const followed = this.#places.get(keyOf(place));
        if (followed === undefined) this.#places.set(keyOf(place), { place, next: from, paused: false, busy: false });
        else if (from < followed.next) followed.next = from;
        this.#ask();
    }

    unfollow(place: Place): void {
        this.#places.delete(keyOf(place));
        this.#epochs.delete(keyOf(place));
    }

    pause(place: Place): void {
        const followed = this.#places.get(keyOf(place));
        if (followed !== undefined) followed.paused = true;
    }

    resume(place: Place): void {
        const followed = this.#places.get(keyOf(place));
        if (followed === undefined) return;
        followed.paused = false;
        this.#ask();
    }

    async close(): Promise<void> {
        this.#closed = true;
        await Promise.all([this.#held.close(), this.#quick.close()]);
    }

    /** Asks brokers for all that is not asked for: where they hold a request already, for an answer at once. */
    #ask(): void {
        if (this.#closed) return;
        this.#cluster().then(
            (metadata) => {
                for (const [node, places] of this.#byLeader(metadata)) {
                    if (node < 0) {
                        this.#stale();
                        this.#later(new Error("a partition has no leader"));
                        continue;
                    }
                    const isHeld = !this.#holding.has(node);
                    const asking = isHeld ? this.#holding : this.#hurrying;
                    if (asking.has(node)) continue;
                    asking.add(node);
                    for (const place of places) place.busy = true;
                    void this.#fetch(node, places, metadata, isHeld).finally(() => {
                        asking.delete(node);
                        for (const place of places) place.busy = false;
                        if (isHeld) this.#ask();
                        else setTimeout(() => this.#ask(), ASK_AGAIN_MS);
                    });
                }
            },
            (error: unknown) => this.#later(error),
        );
    }

    #byLeader({ topics }: ClusterMetadata): Map<number, Followed[]> {
        const nodes = new Map<number, Followed[]>();
        for (const followed of this.#places.values()) {
            const { topic, partition } = followed.place;
            const leader = topics.get(topic)?.partitions[partition]?.leader ?? -1;
            if (followed.paused || followed.busy) continue;
            const places = nodes.get(leader);
            if (places === undefined) nodes.set(leader, [followed]);
            else places.push(followed);
        }
        return nodes;
    }

    async #fetch(
        node: number,
        places: readonly Followed[],
        { topics }: ClusterMetadata,
        isHeld: boolean,
    ): Promise<void> {
        const asked = new Map<string, Asked>();
        const request = new Map<string, { topicId: string; partitions: ReturnType<typeof partitionRequest>[] }>();
        for (const followed of places) {
            const { topic, partition } = followed.place;
            const topicId = topics.get(topic)?.id ?? "";
            const epoch = epochOf(topics, followed.place);
            asked.set(`${topicId} ${partition}`, { followed, from: followed.next, epoch });
            const entry = request.get(topicId) ?? { topicId, partitions: [] };
            entry.partitions.push(partitionRequest(partition, followed.next, epoch));
            request.set(topicId, entry);
        }
        let response: FetchResponse;
        const asks = { node, topics: [...request.values()], ...(!isHeld && { maxWaitTime: 0 }) };
        try {
            response = await (isHeld ? this.#held : this.#quick).within((consumer) => consumer.fetch(asks));
            this.#wait = FIRST_WAIT_MS;
        } catch (error) {
            if (this.#closed) return;
            // Some partitions of an answer may be fine where others are not.
            const partial = responseOf(error);
            if (partial === undefined || !(await this.#take(partial, asked))) {
                this.#options.onFault?.(error);
                this.#stale();
                await this.#pause();
            }
            return;
        }
        await this.#take(response, asked);
    }

    /** @returns whether it had an answer for all partitions */
    async #take(response: FetchResponse, asked: ReadonlyMap<string, Asked>): Promise<boolean> {
        let complete = response.errorCode === 0;
        for (const { topicId, partitions } of response.responses) {
            for (const each of partitions) {
                const question = asked.get(`${topicId} ${each.partitionIndex}`);
                if (question === undefined) continue;
                const { followed, from, epoch } = question;
                if (each.errorCode === FENCED_LEADER_EPOCH) this.#epochs.set(keyOf(followed.place), epoch + 1);
                // Where it was set back meanwhile, this answer begins too late: what is before it would be passed over.
                if (this.#places.get(keyOf(followed.place)) !== followed || followed.next !== from) continue;
                if (each.errorCode === OFFSET_OUT_OF_RANGE) {
                    const end = await this.endOf(followed.place).catch(() => undefined);
                    if (end === undefined) complete = false;
                    else this.#skip(followed, followed.next > end ? end : each.logStartOffset, end);
                } else if (each.errorCode !== 0) complete = false;
                else if (each.records) await this.#hand(followed, each.records);
            }
        }
        return complete;
    }

    #skip(followed: Followed, to: bigint, end: bigint): void {
        const got = to >= 0n ? to : end;
        this.#options.onGap?.(followed.place, followed.next, got);
        followed.next = got;
    }

    async #hand(followed: Followed, batches: readonly RecordsBatch[]): Promise<void> {
        const from = followed.next;
        const records = batches.flatMap((batch) => recordsOf(followed.place, batch, from));
        const last = batches.at(-1);
        if (last === undefined) return;
        const next = last.firstOffset + BigInt(last.lastOffsetDelta) + 1n;
        if (records.length > 0) {
            try {
                await this.#onRecords(records);
            } catch (error) {
                // Read again: nobody else reads them.
                this.#options.onFault?.(error);
                await this.#pause();
                return;
            }
        }
        // Whoever follows from an earlier place meanwhile has set it back.
        if (followed.next === from && next > from) followed.next = next;
    }

    #cluster(): Promise<ClusterMetadata> {
        if (this.#metadata !== undefined) return Promise.resolve(this.#metadata);
        this.#refreshing ??= this.#refreshed()
            .then((metadata) => (this.#metadata = metadata))
            .finally(() => (this.#refreshing = undefined));
        return this.#refreshing;
    }

    /** Who leads what, by a broker that knows of the latest change that is known here. */
    async #refreshed(): Promise<ClusterMetadata> {
        for (let asked = 1; ; asked += 1) {
            const metadata = await this.#quick.within((consumer) =>
                consumer.metadata({ topics: [TOPICS.council, TOPICS.messages], forceUpdate: true }),
            );
            const followed = [...this.#places].map(
                ([key, { place }]) => [key, epochOf(metadata.topics, place)] as const,
            );
            const isBehind = followed.some(([key, epoch]) => epoch < (this.#epochs.get(key) ?? epoch));
            // A topic that was made anew begins again, so what all of them say is true.
            if (isBehind && asked < BROKERS_ASKED) {
                this.#quick.turn();
                await new Promise((resolve) => setTimeout(resolve, ASK_NEXT_MS));
                continue;
            }
            for (const [key, epoch] of followed) this.#epochs.set(key, epoch);
            return metadata;
        }
    }

    /** Leaders are not where they were. */
    #stale(): void {
        if (this.#metadata === undefined) return;
        this.#metadata = undefined;
        this.#quick.turn();
    }

    #later(error: unknown): void {
        if (this.#closed || this.#waiting) return;
        this.#waiting = true;
        this.#options.onFault?.(error);
        void this.#pause().then(() => {
            this.#waiting = false;
            this.#ask();
        });
    }

    #pause(): Promise<void> {
        const wait = this.#wait;
        this.#wait = Math.min(wait * 2, LONGEST_WAIT_MS);
        return new Promise((resolve) => setTimeout(resolve, wait));
    }
}

/**
 * @param epoch of the leader as it is known here. A broker that does not lead any more refuses it; without, it would answer as a
 * follower, and while it is being ended it learns nothing new for seconds.
 */
function partitionRequest(partition: number, fetchOffset: bigint, epoch: number) {
    return {
        partition,
        fetchOffset,
        partitionMaxBytes: MOST_BYTES_OF_PARTITION,
        currentLeaderEpoch: epoch,
        lastFetchedEpoch: -1,
    };
}

function epochOf(topics: ClusterMetadata["topics"], { topic, partition }: Place): number {
    return topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1;
}

function keyOf({ topic, partition }: Place): string {
    return `${topic} ${partition}`;
}
