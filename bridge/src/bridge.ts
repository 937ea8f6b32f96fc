import { type ReadTopic, TOPICS, type Topic } from "./contract/names";
import { caretaker } from "./inbound/caretaking";
import { Inbox } from "./inbound/inbox";
import { Lanes } from "./inbound/lanes";
import { persist } from "./inbound/persist";
import { Pressure } from "./inbound/pressure";
import { Sessions } from "./inbound/sessions";
import { Turns } from "./inbound/turns";
import { Dispatcher } from "./outbound/dispatcher";
import type { Gateway, LogReader, LogRecord, LogWriter, OnRecords, Store } from "./ports";

/** What happens, for whoever counts and logs it. */
export interface Events {
    read(topic: Topic, latencyMs: number): void;
    turn(result: "answered" | "refused" | "failed" | "unavailable", milliseconds: number): void;
    retry(reason: string, waitMs: number): void;
    deadLetter(record: LogRecord, reason: string): void;
    duplicate(topic: Topic): void;
    outbox(ageMs: number, waiting: number): void;
    /** Something failed that is tried again. */
    fault(where: string, error: unknown): void;
}

/** Reads all of a topic for all, in a group. */
export interface GroupReader {
    close(): Promise<void>;
}

/** What the bridge is made of. */
export interface Parts {
    readonly agent: string;
    readonly model: string;
    /** Councils that the agent may sit in. */
    readonly councils: readonly string[];
    readonly turnsAtOnce: number;
    readonly store: Store;
    /** Whether there is such an agent. */
    readonly isAgent: (name: string) => Promise<boolean>;
    readonly gateway: Gateway;
    readonly writer: LogWriter;
    readonly reader: (onRecords: OnRecords) => LogReader;
    /** Joins the caretakers of a topic; absent: this agent takes no care. */
    readonly caretakers?: (topic: ReadTopic, onRecords: OnRecords) => GroupReader;
    readonly events: Events;
}

/** An agent's bridge: what comes in, what goes out, and the councils between. */
export class Bridge {
    readonly sessions: Sessions;
    readonly dispatcher: Dispatcher;
    readonly reader: LogReader;
    readonly lanes: Lanes;
    readonly #parts: Parts;
    readonly #inbox: Inbox;
    readonly #turns: Turns;
    readonly #groups: GroupReader[] = [];
    #started = false;
    #draining = false;

    constructor(parts: Parts) {
        const { agent, model, store, gateway, turnsAtOnce, events } = parts;
        this.#parts = parts;
        this.dispatcher = new Dispatcher({
            store,
            writer: parts.writer,
            onLook: events.outbox,
            onFailure: (error) => events.fault("outbox", error),
        });
        this.#turns = new Turns({ gateway, atOnce: turnsAtOnce, onTurn: events.turn, onRetry: events.retry });
        this.reader = parts.reader((records) => this.#onRecords(records));
        const pressure = new Pressure(this.reader, () => [
            ...this.sessions.places(),
            ...(this.#inbox.place === undefined ? [] : [this.#inbox.place]),
        ]);
        this.lanes = new Lanes((tasks, bytes) => pressure.report(tasks, bytes));
        const common = {
            agent,
            store,
            reader: this.reader,
            turns: this.#turns,
            lanes: this.lanes,
            tell: () => this.dispatcher.tell(),
            onDeadLetter: events.deadLetter,
        };
        this.sessions = new Sessions({
            ...common,
            model,
            onArrival: (latency) => events.read(TOPICS.council, latency),
            onDuplicate: () => events.duplicate(TOPICS.council),
            onFault: (error, session) => events.fault(session, error),
        });
        this.#inbox = new Inbox({
            ...common,
            councils: parts.councils,
            follow: (followed) => this.sessions.follow(followed),
            onArrival: (latency) => events.read(TOPICS.messages, latency),
            onDuplicate: () => events.duplicate(TOPICS.messages),
            onFault: (error) => events.fault("inbox", error),
        });
    }

    /** Whether it has found brokers and database, and reads. */
    get isStarted(): boolean {
        return this.#started;
    }

    /** Starts, as soon as brokers and database are there. */
    async start(): Promise<void> {
        const { caretakers, store, isAgent, events } = this.#parts;
        const patiently = (work: () => Promise<void>) => persist(work, (error) => events.fault("start", error));
        this.dispatcher.start();
        await patiently(() => this.sessions.start());
        await patiently(() => this.#inbox.start());
        const care = caretaker({
            store,
            isAgent,
            tell: () => this.dispatcher.tell(),
            onDeadLetter: events.deadLetter,
        });
        if (!this.#draining && caretakers !== undefined) {
            for (const topic of [TOPICS.council, TOPICS.messages] as const) this.#groups.push(caretakers(topic, care));
        }
        this.#started = true;
    }

    /** Begins no more turns; resolves when those that run are over and what they said is sent. */
    async drain(): Promise<void> {
        this.#draining = true;
        await this.#turns.drain();
        this.dispatcher.tell();
    }

    /** Ends. What is not done by now is done at the next start. */
    async stop(): Promise<void> {
        this.#draining = true;
        this.#turns.stop();
        this.sessions.stop();
        await Promise.allSettled([
            this.#inbox.stop(),
            this.reader.close(),
            ...this.#groups.map((group) => group.close()),
        ]);
        await this.dispatcher.stop();
        await Promise.allSettled([this.#parts.writer.close(), this.#parts.store.close()]);
    }

    /** Records that are not read yet, by topic. */
    async lag(): Promise<[Topic, number][]> {
        const { place, next } = this.#inbox;
        if (place === undefined) return [];
        const behind = (await this.reader.endOf(place)) - next;
        return [[TOPICS.messages, Math.max(0, Number(behind))]];
    }

    #onRecords(records: readonly LogRecord[]): Promise<void> {
        return records[0]?.topic === TOPICS.messages
            ? this.#inbox.onRecords(records)
            : this.sessions.onRecords(records);
    }
}
