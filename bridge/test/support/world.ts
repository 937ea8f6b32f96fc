import { Bridge, type Events } from "../../src/bridge";
import { TOPICS, type Topic } from "../../src/contract/names";
import type {
    Change,
    Decision,
    Followed,
    Gateway,
    LogReader,
    LogRecord,
    LogWriter,
    OnRecords,
    OutboxEntry,
    OutgoingRecord,
    Place,
    Store,
} from "../../src/ports";

const PARTITIONS = 4;

/** Brokers, database and gateways in memory: what they promise, and nothing that they do not. */
export class World {
    readonly #log = new Map<string, LogRecord[]>();
    readonly #tables = new Map<string, Tables>();
    readonly #bridges = new Map<string, { bridge: Bridge; life: { over: boolean } }>();
    /** The ledger, by the id of the decision, and how often each was announced. */
    readonly decisions = new Map<string, Decision>();
    readonly deadLetters: string[] = [];
    /** Every turn that any gateway was asked for. */
    readonly turns: { readonly agent: string; readonly session: string; readonly input: string }[] = [];
    answer: (agent: string, session: string, input: string) => Promise<string> = async () => "VOTE: yes\nfine";
    /** How likely a message is sent again although it was acknowledged. */
    duplication = 0;

    partition(key: string): number {
        let hash = 0;
        for (const character of key) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
        return hash % PARTITIONS;
    }

    records(topic: Topic): LogRecord[] {
        return Array.from({ length: PARTITIONS }, (_, partition) => this.#partition({ topic, partition })).flat();
    }

    append({ topic, key, value }: OutgoingRecord): void {
        const partition = this.partition(key);
        const log = this.#partition({ topic, partition });
        const offset = BigInt(log.length);
        log.push({ topic, partition, offset, timestamp: Date.now(), key, value: Buffer.from(value) });
    }

    handledBy(agent: string): ReadonlySet<string> {
        return this.#tablesOf(agent).handled;
    }

    async start(agent: string): Promise<Bridge> {
        const life = { over: false };
        const bridge = new Bridge({
            agent,
            model: `model of ${agent}`,
            councils: ["strategy"],
            turnsAtOnce: 4,
            store: mortal(life, this.#store(agent)),
            isAgent: async () => true,
            gateway: mortal(life, this.#gateway(agent)),
            writer: mortal(life, this.#writer()),
            reader: (onRecords) => this.#reader(life, onRecords),
            events: SILENT,
        });
        this.#bridges.set(agent, { bridge, life });
        await bridge.start();
        return bridge;
    }

    /** Ends a bridge in the middle of whatever it does. */
    kill(agent: string): void {
        const running = this.#bridges.get(agent);
        if (running === undefined) return;
        running.life.over = true;
        this.#bridges.delete(agent);
        // Its timers end with it; nothing that it still says is heard.
        void running.bridge.stop();
    }

    async stop(): Promise<void> {
        await Promise.all([...this.#bridges.values()].map(({ bridge }) => bridge.stop()));
        this.#bridges.clear();
    }

    #partition({ topic, partition }: Place): LogRecord[] {
        const key = `${topic} ${partition}`;
        const log = this.#log.get(key) ?? [];
        this.#log.set(key, log);
        return log;
    }

    #tablesOf(agent: string): Tables {
        const tables = this.#tables.get(agent) ?? new Tables();
        this.#tables.set(agent, tables);
        return tables;
    }

    #gateway(agent: string): Gateway {
        return {
            turn: async (session, input) => {
                this.turns.push({ agent, session, input });
                return { ok: true, text: await this.answer(agent, session, input) };
            },
        };
    }

    #writer(): LogWriter {
        return {
            lanesOf: async (records) => records.map(({ topic, key }) => `${topic} ${this.partition(key)}`),
            send: async (records) => {
                await soon();
                for (const record of records) {
                    if (record.topic === TOPICS.deadLetters) this.deadLetters.push(record.value);
                    this.append(record);
                    if (Math.random() < this.duplication) this.append(record);
                }
            },
            close: async () => undefined,
        };
    }

    #reader(life: { over: boolean }, onRecords: OnRecords): LogReader {
        const cursors = new Map<string, { place: Place; next: bigint }>();
        const pausedPlaces = new Set<string>();
        let closed = false;
        const keyOf = ({ topic, partition }: Place) => `${topic} ${partition}`;
        const pump = async () => {
            while (!closed && !life.over) {
                for (const cursor of [...cursors.values()]) {
                    const log = this.#partition(cursor.place);
                    if (pausedPlaces.has(keyOf(cursor.place)) || cursor.next >= BigInt(log.length)) continue;
                    const portion = log.slice(Number(cursor.next), Number(cursor.next) + 7);
                    cursor.next += BigInt(portion.length);
                    await onRecords(portion);
                }
                await soon();
            }
        };
        void pump();
        return {
            partitionOf: async (_topic, key) => this.partition(key),
            offsetAt: async (place, timestamp) => {
                const found = this.#partition(place).find((record) => record.timestamp >= timestamp);
                return found?.offset ?? BigInt(this.#partition(place).length);
            },
            endOf: async (place) => BigInt(this.#partition(place).length),
            follow: (place, from) => {
                const known = cursors.get(keyOf(place));
                if (known === undefined) cursors.set(keyOf(place), { place, next: from });
                else if (from < known.next) known.next = from;
            },
            unfollow: (place) => void cursors.delete(keyOf(place)),
            pause: (place) => void pausedPlaces.add(keyOf(place)),
            resume: (place) => void pausedPlaces.delete(keyOf(place)),
            close: async () => void (closed = true),
        };
    }

    #store(agent: string): Store {
        const tables = this.#tablesOf(agent);
        const announced: OutboxEntry[] = [];
        return {
            commit: async (change: Change) => {
                await soon();
                if (change.handled?.some(({ eventId }) => tables.handled.has(eventId))) return false;
                for (const { eventId } of change.handled ?? []) tables.handled.add(eventId);
                if (change.position !== undefined) tables.position = max(tables.position, change.position.next);
                for (const followed of change.follow ?? []) tables.followed.set(followed.session, followed);
                for (const session of change.unfollow ?? []) tables.followed.delete(session);
                for (const decision of change.decisions ?? []) {
                    if (this.decisions.has(decision.event_id)) continue;
                    this.decisions.set(decision.event_id, decision);
                    announced.push({
                        eventId: decision.event_id,
                        topic: TOPICS.decisions,
                        key: decision.session_id,
                        value: JSON.stringify(decision),
                    });
                }
                for (const entry of [...(change.outbox ?? []), ...announced.splice(0)]) {
                    tables.outbox.push({ ...entry, id: BigInt((tables.lastId += 1)), createdAt: new Date() });
                }
                return true;
            },
            handledOf: async (ids) => new Set(ids.filter((id) => tables.handled.has(id))),
            position: async () => tables.position,
            followed: async () => [...tables.followed.values()],
            outbox: async (most) => tables.outbox.slice(0, most),
            sent: async (ids) => {
                const gone = new Set(ids);
                tables.outbox = tables.outbox.filter(({ id }) => !gone.has(id));
            },
            isDecided: async (id) => this.decisions.has(id),
            close: async () => undefined,
        };
    }
}

class Tables {
    readonly handled = new Set<string>();
    readonly followed = new Map<string, Followed>();
    outbox: (OutboxEntry & { id: bigint; createdAt: Date })[] = [];
    position: bigint | undefined;
    lastId = 0;
}

const SILENT: Events = {
    read: () => undefined,
    turn: () => undefined,
    retry: () => undefined,
    deadLetter: () => undefined,
    duplicate: () => undefined,
    outbox: () => undefined,
    fault: () => undefined,
};

/** Whoever is dead does nothing and hears nothing more: before a call as after it. */
function mortal<T extends object>(life: { readonly over: boolean }, parts: T): T {
    const never = new Promise<never>(() => undefined);
    return new Proxy(parts, {
        get(target, name) {
            const found: unknown = Reflect.get(target, name);
            if (typeof found !== "function") return found;
            return async (...args: unknown[]) => {
                if (life.over) return never;
                await soon();
                if (life.over) return never;
                const result: unknown = await found.apply(target, args);
                return life.over ? never : result;
            };
        },
    });
}

function soon(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
}

function max(a: bigint | undefined, b: bigint): bigint {
    return a === undefined || b > a ? b : a;
}
