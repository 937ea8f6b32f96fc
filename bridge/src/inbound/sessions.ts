import { contributionOf } from "../council/answers";
import { Council } from "../council/council";
import { decisionId, decisionOf } from "../council/decision";
import { messagePrompt, outcomePrompt, promptFor } from "../council/prompts";
import type { EnvelopeOf } from "../contract/envelope";
import { derivedId, eventId } from "../contract/ids";
import { TOPICS } from "../contract/names";
import { readEnvelope } from "../contract/read";
import type { Change, Followed, Logged, LogReader, LogRecord, OutboxEntry, Place, Store } from "../ports";
import { deadLetter } from "./caretaking";
import { type Draft, entryOf, LONGEST_ANSWER } from "./compose";
import { dutyOf } from "./duties";
import { fit } from "./fit";
import type { Lanes } from "./lanes";
import { persist } from "./persist";
import type { Turns } from "./turns";

/** How often duties that depend on time are looked for. Unit: ms. */
const LOOK_EVERY = 250;

export interface SessionsOptions {
    readonly agent: string;
    /** Model of this agent's class, as its contributions name it. */
    readonly model: string;
    readonly store: Store;
    readonly reader: LogReader;
    readonly turns: Turns;
    readonly lanes: Lanes;
    /** Tells the outbox. */
    readonly tell: () => void;
    /** A message arrived this long after it was produced. Unit: ms. */
    readonly onArrival?: (milliseconds: number, envelope: EnvelopeOf<"message"> | { readonly kind: string }) => void;
    readonly onDeadLetter?: (record: LogRecord, reason: string) => void;
    readonly onDuplicate?: () => void;
    readonly onFault?: (error: unknown, session: string) => void;
}

/** A session as this agent follows it. */
export interface Session {
    readonly followed: Followed;
    readonly place: Place;
    /** Undefined until its opening was read. */
    council: Council | undefined;
    /** Offset after the last record that was taken in. */
    next: bigint;
    /** Before this offset is what was there when the agent began to follow: it may have been handled before. */
    readonly catchUpTo: bigint;
    caughtUp: boolean;
    /** What was begun, so that it is not begun twice. */
    readonly begun: Set<string>;
    /** Messages of this agent in this session. */
    sent: number;
    /** When the outcome was seen here, by this machine's clock. */
    outcomeAt: number | undefined;
}

/** A message for this agent. */
interface Message {
    readonly session: Session;
    readonly logged: Logged<EnvelopeOf<"message">>;
    readonly bytes: number;
}

/**
 * The council sessions that this agent sits in or has opened. Their state comes from the log, from the opening on; what this
 * agent has done in them is in the database. So a restart reads the log again, and does what is not done yet.
 */
export class Sessions {
    readonly #options: SessionsOptions;
    readonly #sessions = new Map<string, Session>();
    /** Places that are read, by their names. */
    readonly #places = new Map<string, Place>();
    #timer: NodeJS.Timeout | undefined;

    constructor(options: SessionsOptions) {
        this.#options = options;
    }

    get size(): number {
        return this.#sessions.size;
    }

    get(session: string): Session | undefined {
        return this.#sessions.get(session);
    }

    /** All that are followed now. */
    all(): IterableIterator<Session> {
        return this.#sessions.values();
    }

    /** Places that are read now. */
    places(): Place[] {
        return [...this.#places.values()];
    }

    /** Takes up what was followed before. */
    async start(): Promise<void> {
        for (const followed of await this.#options.store.followed()) await this.follow(followed);
        this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY);
    }

    stop(): void {
        clearInterval(this.#timer);
    }

    /** Begins to follow a session; that it does is in the database already. */
    async follow(followed: Followed): Promise<void> {
        if (this.#sessions.has(followed.session)) return;
        const place = { topic: TOPICS.council, partition: followed.partition };
        const session: Session = {
            followed,
            place,
            council: undefined,
            next: followed.start,
            catchUpTo: await this.#options.reader.endOf(place),
            caughtUp: false,
            begun: new Set(),
            sent: 0,
            outcomeAt: undefined,
        };
        if (this.#sessions.has(followed.session)) return;
        this.#sessions.set(followed.session, session);
        this.#places.set(keyOf(place), place);
        this.#options.reader.follow(place, followed.start);
        this.#catchUp(session, followed.start);
    }

    /** Records of one partition, in order. What other sessions say is passed over. */
    async onRecords(records: readonly LogRecord[]): Promise<void> {
        const last = records.at(-1);
        if (last === undefined) return;
        const touched = new Set<Session>();
        const messages: Message[] = [];
        for (const record of records) {
            const session = this.#sessions.get(record.key);
            if (session === undefined || session.place.partition !== record.partition || record.offset < session.next)
                continue;
            session.next = record.offset + 1n;
            const message = this.#take(session, record);
            if (message !== undefined) messages.push(message);
            touched.add(session);
        }
        await this.#queue(messages);
        for (const session of this.#sessions.values()) {
            if (!session.caughtUp && session.place.partition === last.partition) {
                this.#catchUp(session, last.offset + 1n);
            }
        }
        for (const session of touched) this.#act(session, Date.now());
    }

    /**
     * Says something in a session in this agent's name, once: the id of what it says follows from what it is.
     *
     * @returns false where it was said before
     */
    async say(session: Session, draft: Draft, change: Change = {}): Promise<boolean> {
        const { agent, store, tell } = this.#options;
        const { council } = session;
        const entry = entryOf(agent, { ...draft, traceparent: draft.traceparent ?? council?.traceparent });
        const handled = [{ eventId: draft.id, session: draft.session }, ...(change.handled ?? [])];
        const isNew = await store.commit({ ...change, handled, outbox: [entry, ...(change.outbox ?? [])] });
        if (isNew) {
            session.sent += 1;
            tell();
        } else this.#options.onDuplicate?.();
        return isNew;
    }

    /** Id of what an agent says in the round that goes on. */
    contributionId(council: Council): string {
        return derivedId(council.roundCause, `${council.kind} ${council.round} ${this.#options.agent}`);
    }

    /** @returns the message that it is, where it is one for this agent */
    #take(session: Session, record: LogRecord): Message | undefined {
        const reading = readEnvelope(record.value, record.timestamp);
        // What cannot be read is the caretaker's.
        if (!reading.ok || reading.envelope.session !== record.key) return undefined;
        const { envelope } = reading;
        const { agent, onArrival, onDuplicate } = this.#options;
        if (session.caughtUp) onArrival?.(Date.now() - envelope.sentAt, envelope);
        if (envelope.sender === agent) session.sent = Math.max(session.sent, envelope.sequence + 1);
        const logged = { envelope, offset: record.offset, timestamp: record.timestamp };
        if (session.council === undefined) {
            if (envelope.kind !== "open" || envelope.council === undefined) return undefined;
            session.council = new Council({ ...logged, envelope });
            return undefined;
        }
        const { council } = session;
        const changed = council.apply(logged);
        if (!changed && council.ignored.at(-1)?.id !== envelope.id) onDuplicate?.();
        if (council.outcome !== undefined) session.outcomeAt ??= Date.now();
        if (envelope.kind !== "message" || !changed || !isFor(envelope, agent, council)) return undefined;
        return { session, logged: { ...logged, envelope }, bytes: record.value?.length ?? 0 };
    }

    /** Acts once all is read that was there at the beginning: until then it would do again what was done. */
    #catchUp(session: Session, next: bigint): void {
        if (session.caughtUp || next < session.catchUpTo) return;
        session.caughtUp = true;
        this.#act(session, Date.now());
    }

    #look(): void {
        const now = Date.now();
        for (const session of this.#sessions.values()) this.#act(session, now);
    }

    #act(session: Session, now: number): void {
        const { council } = session;
        if (council === undefined || !session.caughtUp) return;
        for (let duty = this.#duty(session, now); duty !== undefined; duty = this.#duty(session, now)) {
            session.begun.add(duty.name);
            const { run } = duty;
            const name = session.followed.session;
            this.#options.lanes.add(duty.aside ? `${name} aside` : name, () => this.#persist(name, run));
        }
    }

    #duty(session: Session, now: number) {
        const { council } = session;
        if (council === undefined) return undefined;
        const duty = dutyOf(session, council, this.#options.agent, now);
        if (duty === undefined || session.begun.has(duty.name)) return undefined;
        const doing = {
            contribute: () => this.#contribute(session, council),
            deadline: () => this.#tellDeadline(session, council),
            announce: () => this.#announce(session, council),
            settle: () => this.#settle(session, council),
        };
        return { name: duty.name, run: doing[duty.what], aside: duty.what === "deadline" || duty.what === "announce" };
    }

    async #queue(messages: readonly Message[]): Promise<void> {
        const { lanes, store } = this.#options;
        // Only what was there before this agent followed the session can have been handled: the council knows the others.
        const old = messages.filter(({ session }) => !session.caughtUp).map(({ logged }) => logged.envelope.id);
        const handled = old.length === 0 ? new Set() : await this.#persist("", () => store.handledOf(old));
        for (const { session, logged, bytes } of messages) {
            if (handled.has(logged.envelope.id)) continue;
            const name = session.followed.session;
            lanes.add(name, () => this.#persist(name, () => this.#answer(session, logged)), bytes);
        }
    }

    #persist<T>(session: string, work: () => Promise<T>): Promise<T> {
        return persist(work, (error) => this.#options.onFault?.(error, session));
    }

    /** A message of another member, in a turn of its own. */
    async #answer(session: Session, { envelope, offset, timestamp }: Logged<EnvelopeOf<"message">>): Promise<void> {
        const { turns, store } = this.#options;
        const ended = await turns.turn(envelope.session, messagePrompt(envelope));
        if (ended.how === "abandoned") return;
        const handled = [{ eventId: envelope.id, session: envelope.session }];
        if (ended.how === "poison") {
            await this.#bury(session, { envelope, offset, timestamp }, ended.reason, handled);
        } else if (envelope.payload.expectsReply && ended.text.trim() !== "") {
            const reply: Draft<"message"> = {
                id: derivedId(envelope.id, `reply ${this.#options.agent}`),
                kind: "message",
                session: envelope.session,
                council: envelope.council,
                round: envelope.round,
                sequence: session.sent,
                recipients: [envelope.sender],
                causation: envelope.id,
                traceparent: envelope.traceparent,
                payload: { text: fit(ended.text, LONGEST_ANSWER), expectsReply: false },
            };
            await this.say(session, reply, { handled });
        } else if (!(await store.commit({ handled }))) this.#options.onDuplicate?.();
    }

    async #contribute(session: Session, council: Council): Promise<void> {
        const { agent, store, turns } = this.#options;
        const { kind, round, roundCause } = council;
        const id = this.contributionId(council);
        const wanted = () => council.roundCause === roundCause && council.isAskedFor(agent);
        if (!wanted() || (await store.handledOf([id])).has(id)) return;
        const ended = await turns.turn(council.session, promptFor(council, agent), wanted);
        // Posted by a tool during the turn, or too late.
        if (ended.how === "abandoned" || !wanted() || (await store.handledOf([id])).has(id)) return;
        const text = ended.how === "answered" ? ended.text.trim() : "";
        const silent = ended.how === "poison" ? `(no answer: ${ended.reason.slice(0, 500)})` : "(no answer)";
        const about = {
            id,
            session: council.session,
            council: council.name,
            round,
            sequence: session.sent,
            causation: roundCause,
        };
        await this.say(session, contributionOf(kind, about, council, text, silent, this.#options.model));
    }

    async #tellDeadline(session: Session, council: Council): Promise<void> {
        if (council.outcome !== undefined) return;
        await this.say(session, {
            id: eventId(),
            kind: "deadline",
            session: council.session,
            council: council.name,
            round: council.round,
            sequence: session.sent,
            causation: council.roundCause,
            payload: {},
        });
    }

    /** Tells the verdict that everybody can work out, for those who only read the log. The first one counts. */
    async #announce(session: Session, council: Council): Promise<void> {
        const { outcome } = council;
        if (outcome === undefined || council.verdictId !== undefined) return;
        await this.say(session, {
            id: derivedId(outcome.cause, `verdict ${council.session}`),
            kind: "verdict",
            session: council.session,
            council: council.name,
            round: council.round,
            sequence: session.sent,
            causation: outcome.cause,
            payload: {
                verdict: outcome.verdict,
                rationale: fit(outcome.rationale, LONGEST_ANSWER / 2),
                dissent: [],
                model: this.#options.model,
            },
        });
    }

    /** Sees to it that the decision is in the log of decisions, tells the opener, and leaves the session. */
    async #settle(session: Session, council: Council): Promise<void> {
        const { agent, store, turns, tell } = this.#options;
        const { outcome } = council;
        if (outcome === undefined) return;
        const isRecorded = council.isMember(agent) && (await store.isDecided(decisionId(council)));
        if (!isRecorded) {
            await store.commit({ decisions: [decisionOf(council)] });
            tell();
        }
        if (agent === council.opener && council.rules.notify) {
            const id = derivedId(outcome.cause, `notice ${council.session}`);
            if (!(await store.handledOf([id])).has(id)) {
                const ended = await turns.turn(council.session, outcomePrompt(council));
                if (ended.how === "abandoned") return;
                await store.commit({ handled: [{ eventId: id, session: council.session }] });
            }
        }
        await store.commit({ unfollow: [council.session] });
        this.#leave(session);
    }

    #leave(session: Session): void {
        this.#sessions.delete(session.followed.session);
        for (const each of this.#sessions.values()) if (keyOf(each.place) === keyOf(session.place)) return;
        this.#places.delete(keyOf(session.place));
        this.#options.reader.unfollow(session.place);
    }

    async #bury(
        session: Session,
        { envelope, offset, timestamp }: Logged,
        reason: string,
        handled: Change["handled"],
    ): Promise<void> {
        const record: LogRecord = {
            ...session.place,
            offset,
            timestamp,
            key: envelope.session,
            value: Buffer.from(JSON.stringify(envelope)),
        };
        const entry: OutboxEntry = deadLetter(record, `${this.#options.agent}: ${reason}`);
        if (!(await this.#options.store.commit({ handled, outbox: [entry] }))) return;
        this.#options.onDeadLetter?.(record, reason);
        this.#options.tell();
    }
}

function isFor({ sender, recipients }: EnvelopeOf<"message">, agent: string, council: Council): boolean {
    if (sender === agent) return false;
    return recipients.length === 0 ? council.isMember(agent) : recipients.includes(agent);
}

function keyOf({ topic, partition }: Place): string {
    return `${topic} ${partition}`;
}
