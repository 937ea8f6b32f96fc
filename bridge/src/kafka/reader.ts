import { type ClusterMetadata, Consumer, type RecordsBatch } from "@platformatic/kafka";
import type { Topic } from "../contract/names";
import { TOPICS } from "../contract/names";
import type { LogReader, LogRecord, OnRecords, Place } from "../ports";
import type { KafkaSettings } from "../settings";
import { connection, partitioner } from "./connection";
import { Late, within } from "./within";

/** How long a broker holds a request that it has nothing for. It answers at once when something comes. Unit: ms. */
const HOLD_MS = 500;
/** Most bytes of one answer, and of one partition in it: what is fetched waits in memory. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_BYTES_OF_PARTITION = 1024 * 1024;
/** Longest time of a request, beyond all limits of the client's own. Unit: ms. */
const ANSWER_WITHIN_MS = 16_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;

/** Kafka's error codes that a reader answers by itself. */
const OFFSET_OUT_OF_RANGE = 1;
const LOG_APPEND_TIME = 8;
const CONTROL = 32;

type FetchResponse = Awaited<ReturnType<Consumer["fetch"]>>;

interface Followed {
    readonly place: Place;
    next: bigint;
    paused: boolean;
}

export interface ReaderOptions {
    /** Something failed that is tried again. */
    readonly onFault?: (error: unknown) => void;
    /** Offsets that were to be read are gone: by expiry, or because brokers lost them. */
    readonly onGap?: (place: Place, wanted: bigint, got: bigint) => void;
}

/**
 * Reads partitions from their leaders, without a group. One request at a time is open at each broker, for all partitions that it
 * leads. Followers are not asked, however near they are: they learn late what is acknowledged.
 */
export class KafkaReader implements LogReader {
    readonly #create: () => Consumer;
    #consumer: Consumer;
    readonly #places = new Map<string, Followed>();
    readonly #asking = new Set<number>();
    readonly #onRecords: OnRecords;
    readonly #options: ReaderOptions;
    #metadata: ClusterMetadata | undefined;
    #refreshing: Promise<ClusterMetadata> | undefined;
    #wait = FIRST_WAIT_MS;
    #closed = false;

    constructor(settings: KafkaSettings, clientId: string, onRecords: OnRecords, options: ReaderOptions = {}) {
        this.#onRecords = onRecords;
        this.#options = options;
        this.#create = () => {
            const consumer = new Consumer({
                ...connection(settings, clientId),
                // Asked for by the client's options; nothing here joins it.
                groupId: `${clientId}-reader`,
                retries: 0,
                maxWaitTime: HOLD_MS,
                minBytes: 1,
                maxBytes: MOST_BYTES,
            });
            consumer.topics.trackAll(TOPICS.council, TOPICS.messages);
            return consumer;
        };
        this.#consumer = this.#create();
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
        const found = await this.#within((consumer) =>
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
        const found = await this.#within((consumer) =>
            consumer.listOffsets({ topics: [topic], partitions: { [topic]: [partition] } }),
        );
        const offset = found.get(topic)?.[partition];
        if (offset === undefined) throw new Error(`the brokers tell no end of ${topic} ${partition}`);
        return offset;
    }

    follow(place: Place, from: bigint): void {
        const followed = this.#places.get(keyOf(place));
        if (followed === undefined) this.#places.set(keyOf(place), { place, next: from, paused: false });
        else if (from < followed.next) followed.next = from;
        this.#ask();
    }

    unfollow(place: Place): void {
        this.#places.delete(keyOf(place));
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
        await this.#consumer.close(true);
    }

    /** Asks every broker that leads something and is not being asked. */
    #ask(): void {
        if (this.#closed) return;
        this.#cluster().then(
            (metadata) => {
                for (const [node, places] of this.#byLeader(metadata)) {
                    if (this.#asking.has(node)) continue;
                    this.#asking.add(node);
                    void this.#fetch(node, places, metadata).finally(() => {
                        this.#asking.delete(node);
                        this.#ask();
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
            if (followed.paused) continue;
            if (leader < 0) {
                this.#stale();
                continue;
            }
            const places = nodes.get(leader);
            if (places === undefined) nodes.set(leader, [followed]);
            else places.push(followed);
        }
        return nodes;
    }

    async #fetch(node: number, places: readonly Followed[], { topics }: ClusterMetadata): Promise<void> {
        const ids = new Map<string, Topic>();
        const asked = new Map<string, bigint>();
        const request = new Map<string, { topicId: string; partitions: ReturnType<typeof partitionRequest>[] }>();
        for (const { place, next } of places) {
            const topicId = topics.get(place.topic)?.id ?? "";
            ids.set(topicId, place.topic);
            asked.set(keyOf(place), next);
            const entry = request.get(topicId) ?? { topicId, partitions: [] };
            entry.partitions.push(partitionRequest(place.partition, next));
            request.set(topicId, entry);
        }
        let response: FetchResponse;
        try {
            response = await this.#within((consumer) => consumer.fetch({ node, topics: [...request.values()] }));
            this.#wait = FIRST_WAIT_MS;
        } catch (error) {
            if (this.#closed) return;
            // Some partitions of an answer may be fine where others are not.
            const partial = responseOf(error);
            if (partial === undefined || !(await this.#take(partial, ids, asked))) {
                this.#options.onFault?.(error);
                this.#stale();
                await this.#pause();
            }
            return;
        }
        await this.#take(response, ids, asked);
    }

    /** @returns whether it had an answer for all partitions */
    async #take(
        response: FetchResponse,
        ids: ReadonlyMap<string, Topic>,
        asked: ReadonlyMap<string, bigint>,
    ): Promise<boolean> {
        let complete = response.errorCode === 0;
        for (const { topicId, partitions } of response.responses) {
            const topic = ids.get(topicId);
            if (topic === undefined) continue;
            for (const each of partitions) {
                const followed = this.#places.get(keyOf({ topic, partition: each.partitionIndex }));
                // Where it was set back meanwhile, this answer begins too late: what is before it would be passed over.
                if (followed === undefined || followed.next !== asked.get(keyOf(followed.place))) continue;
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
        this.#refreshing ??= this.#within((consumer) =>
            consumer.metadata({ topics: [TOPICS.council, TOPICS.messages], forceUpdate: true }),
        )
            .then((metadata) => (this.#metadata = metadata))
            .finally(() => (this.#refreshing = undefined));
        return this.#refreshing;
    }

    /** A client that has forgotten a request may go on waiting for it with all that come after: another takes its place. */
    async #within<T>(work: (consumer: Consumer) => Promise<T>): Promise<T> {
        const consumer = this.#consumer;
        try {
            return await within(ANSWER_WITHIN_MS, "reading", work(consumer));
        } catch (error) {
            if (error instanceof Late && consumer === this.#consumer && !this.#closed) {
                this.#consumer = this.#create();
                void consumer.close(true).catch(() => undefined);
            }
            throw error;
        }
    }

    /** Leaders are not where they were. */
    #stale(): void {
        this.#metadata = undefined;
    }

    #later(error: unknown): void {
        if (this.#closed) return;
        this.#options.onFault?.(error);
        void this.#pause().then(() => this.#ask());
    }

    #pause(): Promise<void> {
        const wait = this.#wait;
        this.#wait = Math.min(wait * 2, LONGEST_WAIT_MS);
        return new Promise((resolve) => setTimeout(resolve, wait));
    }
}

function partitionRequest(partition: number, fetchOffset: bigint) {
    return {
        partition,
        fetchOffset,
        partitionMaxBytes: MOST_BYTES_OF_PARTITION,
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1,
    };
}

/** Records of a batch, from an offset on. A broker gives whole batches: the first may begin before what was asked for. */
function recordsOf(place: Place, batch: RecordsBatch, from: bigint): LogRecord[] {
    if ((batch.attributes & CONTROL) !== 0) return [];
    const appended = (batch.attributes & LOG_APPEND_TIME) !== 0;
    return batch.records
        .map(({ offsetDelta, timestampDelta, key, value }) => ({
            ...place,
            offset: batch.firstOffset + BigInt(offsetDelta),
            timestamp: Number(appended ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta),
            key: key === null ? "" : key.toString(),
            value,
        }))
        .filter(({ offset }) => offset >= from);
}

function responseOf(error: unknown): FetchResponse | undefined {
    if (typeof error !== "object" || error === null) return undefined;
    if ("response" in error && isResponse(error.response)) return error.response;
    // The client wraps the errors of its tries.
    const inner = "errors" in error && Array.isArray(error.errors) ? error.errors : [];
    return inner.map(responseOf).find((each) => each !== undefined);
}

function isResponse(value: unknown): value is FetchResponse {
    return typeof value === "object" && value !== null && "responses" in value && "sessionId" in value;
}

function keyOf({ topic, partition }: Place): string {
    return `${topic} ${partition}`;
}
