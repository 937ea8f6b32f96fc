import type { Change, LogRecord, OutboxEntry } from "../../src/ports";
import { TOPICS } from "../../src/contract/names";
import { readEnvelope } from "../../src/contract/read";
import { KafkaReader } from "../../src/kafka/reader";
import { KafkaWriter } from "../../src/kafka/writer";
import { Dispatcher } from "../../src/outbound/dispatcher";
import type { DatabaseSettings } from "../../src/settings";
import { connect } from "../../src/store/pool";
import { PgStore } from "../../src/store/store";
import { platformatic } from "../clients/platformatic";
import { Queue } from "../clients/queue";
import { MEMBERS, type Said, type World } from "./load";

/**
 * How a message goes: `bridge` by the bridge's writer and reader; `outbox` the same, through the outbox in the database; `bare` by
 * the same library's own producer and group consumption, as its documentation shows them, and unchecked.
 */
export const WAYS = ["bridge", "outbox", "bare"] as const;
export type Way = (typeof WAYS)[number];

/** What sends and hears for one agent, until its process ends. */
export interface Agent {
    send(said: Said): void;
}

export interface AgentOptions {
    readonly name: string;
    readonly brokers: readonly string[];
    readonly database: DatabaseSettings;
    readonly world: World;
    /** A message has come: what it says, and its id. */
    readonly onHeard: (text: string, id: string) => void;
    readonly onFault: (error: unknown) => void;
}

export async function agentOf(way: Way, options: AgentOptions): Promise<Agent> {
    return way === "bare" ? bare(options) : bridge(options, way === "outbox");
}

/** As inbox and sessions do: what is for others is passed over, the rest is checked by the contract. */
async function bridge(options: AgentOptions, withOutbox: boolean): Promise<Agent> {
    const { name, brokers, database, world, onHeard, onFault } = options;
    const settings = { brokers, auth: "none" as const, region: undefined };
    const mine = new Set(world.sessions.filter(({ members }) => members.includes(name)).map((session) => session.name));
    const onRecord = ({ topic, key, value, timestamp }: LogRecord) => {
        if (topic === TOPICS.messages ? key !== name : !mine.has(key)) return;
        const reading = readEnvelope(value, timestamp);
        if (!reading.ok) throw new Error(reading.reason);
        const { payload, id } = reading.envelope;
        onHeard("text" in payload ? payload.text : "", id);
    };
    const reader = new KafkaReader(settings, name, (records) => records.forEach(onRecord), { onFault });
    const inbox = [TOPICS.messages, name] as const;
    for (const [topic, key] of [inbox, ...[...mine].map((session) => [TOPICS.council, session] as const)]) {
        const place = { topic, partition: await reader.partitionOf(topic, key) };
        reader.follow(place, await reader.endOf(place));
    }
    const store = withOutbox ? new PgStore(connect({ ...database, user: name })) : new MemoryOutbox();
    const dispatcher = new Dispatcher({ store, writer: new KafkaWriter(settings, name), onFailure: onFault });
    dispatcher.start();
    return {
        send: ({ record }) => void store.commit({ outbox: [record] }).then(() => dispatcher.tell(), onFault),
    };
}

/** An outbox without a database: what it costs to send is measured alone. */
class MemoryOutbox {
    readonly #waiting = new Map<bigint, OutboxEntry>();
    #last = 0n;

    async commit({ outbox = [] }: Pick<Change, "outbox">): Promise<void> {
        for (const entry of outbox) this.#waiting.set((this.#last += 1n), entry);
    }

    async outbox(most: number) {
        return [...this.#waiting].slice(0, most).map(([id, entry]) => ({ ...entry, id, createdAt: new Date() }));
    }

    async sent(ids: readonly bigint[]): Promise<void> {
        for (const id of ids) this.#waiting.delete(id);
    }
}

/** Each record of a council has several hearers: as many groups share the agents among them, so that it is delivered as often. */
async function bare({ name, brokers, world, onHeard, onFault }: AgentOptions): Promise<Agent> {
    const client = await platformatic({ brokers, clientId: name, onFault });
    const onMessage = (value: string) => {
        const { id, payload } = JSON.parse(value) as { id: string; payload: { text: string } };
        onHeard(payload.text, id);
    };
    await client.subscribe([TOPICS.messages], "messages", onMessage);
    await client.subscribe([TOPICS.council], `council-${world.agents.indexOf(name) % MEMBERS}`, onMessage);
    const queue = new Queue((records) => client.send(records), onFault);
    return { send: ({ record }) => queue.add(record) };
}
