import type { JournalLine } from "./agent";
import { checkCouncils } from "./checker-councils";
import { type Evidence, type Findings, groupBy, type LogLine, placeOf, type Promised } from "./evidence";
import { ANSWER, answerTo, asks, mark, MARK, STRANGER, type Talk } from "./plan";

/** What a message of the drill looks like on the brokers; read without the bridge's own code. */
export interface Said {
    readonly place: string;
    readonly key: string;
    readonly id: string;
    /** As the bridges call it: what is in order. */
    readonly session: string;
    /** As the sender calls it. */
    readonly talk: string;
    readonly sender: string;
    readonly causation: string | undefined;
    /** `[chaos ...]` or `[answer ...]`. */
    readonly mark: string;
}

/** Collects what does not hold. */
export class Problems {
    readonly lists: Record<Promised, string[]> = {
        order: [],
        "none lost": [],
        "exactly once": [],
        "dead letters": [],
        councils: [],
    };
    add(promised: Promised, what: string): void {
        this.lists[promised].push(what);
    }
}

/**
 * Judges a run: by the log, by what the agents wrote down and by the database. It knows what was to be said, and what the platform
 * promises; of the bridge it knows nothing.
 */
export function check(evidence: Evidence): Findings {
    const problems = new Problems();
    const said = evidence.log
        .filter(({ topic }) => topic === "agent-messages")
        .flatMap((line) => (evidence.broken.has(placeOf(line)) ? [] : saidIn(line)));
    const first = firstOf(said);
    checkLog(evidence.log, problems);
    checkOutbound(evidence.talks, first, problems);
    checkAnswers(evidence.talks, first, problems);
    const repeated = checkInbound(first, evidence.journals, problems);
    checkEffects(evidence, first, problems);
    checkDeadLetters(evidence, problems);
    const decided = checkCouncils(evidence, problems);
    return {
        problems: problems.lists,
        figures: {
            records: evidence.log.length,
            messages: first.length,
            conversations: new Set(first.map(({ session }) => session)).size,
            "sent again": said.length - first.length,
            "turns repeated": repeated,
            "asked again": askedAgain(evidence.journals),
            "dead letters": evidence.log.filter(({ topic }) => topic === "dead-letters").length,
            decisions: decided,
        },
    };
}

/** How often a tool had to be called a second time. */
function askedAgain(journals: Evidence["journals"]): number {
    return [...journals.values()].flat().reduce((sum, line) => sum + ("tries" in line ? line.tries - 1 : 0), 0);
}

function saidIn(line: LogLine): Said[] {
    let json: Record<string, unknown>;
    try {
        json = JSON.parse(line.value) as Record<string, unknown>;
    } catch {
        // Dead letters are judged by themselves.
        return [];
    }
    const text = String((json["payload"] as Record<string, unknown> | undefined)?.["text"] ?? "");
    const found = MARK.exec(text) ?? ANSWER.exec(text);
    if (json["kind"] !== "message" || found === null) return [];
    return [
        {
            place: placeOf(line),
            key: line.key,
            id: String(json["id"]),
            session: String(json["session"]),
            talk: found[1] ?? "",
            sender: String(json["sender"]),
            causation: json["causation"] === undefined ? undefined : String(json["causation"]),
            mark: found[0],
        },
    ];
}

/** Messages in the order in which they came into the log first; what was sent again is the same message. */
function firstOf(said: readonly Said[]): Said[] {
    const seen = new Set<string>();
    return said.filter(({ key, id }) => {
        const is = `${key} ${id}`;
        return !seen.has(is) && seen.add(is);
    });
}

/** A key is in one partition, or there is no order at all; and a partition has no gaps. */
function checkLog(log: readonly LogLine[], problems: Problems): void {
    const partitions = new Map<string, number>();
    const next = new Map<string, number>();
    for (const { topic, partition, offset, key } of log) {
        const known = partitions.get(`${topic} ${key}`) ?? partition;
        partitions.set(`${topic} ${key}`, known);
        if (known !== partition)
            problems.add("order", `${topic}: ${key} is in the partitions ${known} and ${partition}`);
        const place = `${topic}/${partition}`;
        const expected = next.get(place) ?? 0;
        if (offset !== expected) problems.add("none lost", `${place}: ${expected} is followed by ${offset}`);
        next.set(place, offset + 1);
    }
}

/** What an agent said, once the tool said yes, is in the log: once, and in the order in which it was said. */
function checkOutbound(talks: readonly Talk[], first: readonly Said[], problems: Problems): void {
    const bySession = groupBy(
        first.filter((each) => MARK.test(each.mark)),
        ({ talk }) => talk,
    );
    for (const { session, from, to, messages } of talks) {
        const found = bySession.get(session) ?? [];
        const sessions = new Set(found.map((each) => each.session));
        if (sessions.size > 1) problems.add("order", `${session} is in the sessions ${[...sessions].join(" and ")}`);
        const numbers = found.map((each) => Number(MARK.exec(each.mark)?.[2]));
        const distinct = new Set(numbers);
        if (numbers.length > distinct.size)
            problems.add(
                "exactly once",
                `${session}: ${numbers.length - distinct.size} messages were told twice, under two ids`,
            );
        for (let number = 0; number < messages; number++)
            if (!distinct.has(number)) problems.add("none lost", `${mark(session, number)} is not in the log`);
        if (numbers.some((number) => number >= messages))
            problems.add("exactly once", `${session}: messages are in the log that nobody said`);
        const wrong = numbers.findIndex((number, i) => i > 0 && number < (numbers[i - 1] ?? 0));
        if (wrong > 0) problems.add("order", `${session}: ${numbers[wrong]} was written after ${numbers[wrong - 1]}`);
        const stray = found.find((each) => each.sender !== from || each.key !== to);
        if (stray !== undefined) problems.add("none lost", `${stray.mark} went from ${stray.sender} to ${stray.key}`);
    }
}

/** Each message that asks is answered, by one event. */
function checkAnswers(talks: readonly Talk[], first: readonly Said[], problems: Problems): void {
    const byMark = groupBy(first, (each) => each.mark);
    for (const { session, from, to, messages } of talks) {
        for (let number = 0; number < messages; number++) {
            const answers = byMark.get(answerTo(session, number)) ?? [];
            const wanted = asks(number) ? 1 : 0;
            if (answers.length < wanted) problems.add("none lost", `${mark(session, number)} was not answered`);
            if (answers.length > wanted)
                problems.add("exactly once", `${mark(session, number)} was answered ${answers.length} times`);
            const [asked] = byMark.get(mark(session, number)) ?? [];
            for (const { sender, key, causation } of answers)
                if (sender !== to || key !== from || causation !== asked?.id)
                    problems.add("none lost", `the answer to ${mark(session, number)} is not one to it`);
        }
    }
}

/**
 * In each conversation, an agent is given what is in the log in the log's order: a turn does not begin before the one before it
 * has ended, and none begins again after a later one. Until it has ended for good, a turn may be repeated.
 *
 * @returns how often a turn that had ended was repeated
 */
function checkInbound(
    first: readonly Said[],
    journals: ReadonlyMap<string, readonly JournalLine[]>,
    problems: Problems,
): number {
    let repeated = 0;
    for (const [agent, mine] of groupBy(first, ({ key }) => key)) {
        const places = new Map<string, { lane: string; index: number }>();
        const lanes = groupBy(mine, ({ session }) => session);
        for (const [lane, all] of lanes) all.forEach((each, index) => places.set(each.mark, { lane, index }));
        const reached = new Map<string, number>();
        const ended = new Set<string>();
        for (const line of journals.get(agent) ?? []) {
            if (line.what === "yes" || line.what === "opened") continue;
            const place = places.get(line.of);
            if (place === undefined) {
                if (line.what === "begin" && !line.of.startsWith("[other]"))
                    problems.add("exactly once", `${agent} had a turn for ${line.of}, which is not in the log`);
                continue;
            }
            const { lane, index } = place;
            if (line.what === "end") ended.add(line.of);
            if (line.what !== "begin") continue;
            const last = reached.get(lane) ?? -1;
            if (index < last) problems.add("order", `${agent}: ${line.of} began after a later one of ${lane}`);
            else if (index > last + 1)
                problems.add("order", `${agent}: ${line.of} began, ${index - last - 1} before it did not`);
            else if (index > last) {
                const before = lanes.get(lane)?.[last];
                if (before !== undefined && !ended.has(before.mark))
                    problems.add("order", `${agent}: ${line.of} began while ${before.mark} was going on`);
            } else if (ended.has(line.of)) repeated += 1;
            reached.set(lane, Math.max(last, index));
        }
        for (const each of mine)
            if (!ended.has(each.mark)) problems.add("none lost", `${agent} never had a turn for ${each.mark}`);
    }
    return repeated;
}

/** Each message is handled by its receiver, once; and nothing waits any more. */
function checkEffects({ handled, outbox, talks }: Evidence, first: readonly Said[], problems: Problems): void {
    const rows = new Set(handled);
    if (rows.size !== handled.length)
        problems.add("exactly once", `${handled.length - rows.size} events are handled twice in the database`);
    for (const { key, id, mark: what } of first)
        if (!rows.has(`${key} ${id}`)) problems.add("none lost", `${what} is not handled in ${key}'s database`);
    for (const row of outbox) problems.add("none lost", `${row} still waits to be sent`);
    const known = new Set(talks.map(({ session }) => session));
    const strangers = first.filter(({ talk, sender }) => !known.has(talk) && sender !== STRANGER);
    for (const { mark: what } of strangers) problems.add("exactly once", `${what} is in the log, of no conversation`);
}

/** What is against the contract is in dead-letters, with its place and a reason; and nothing else is. */
function checkDeadLetters({ log, broken }: Evidence, problems: Problems): void {
    const told = new Map<string, Set<string>>();
    for (const line of log) {
        if (line.topic !== "dead-letters") continue;
        let letter: { topic: string; partition: number; offset: number; reason: string };
        try {
            letter = JSON.parse(line.value) as typeof letter;
        } catch {
            problems.add("dead letters", `${placeOf(line)} cannot be read`);
            continue;
        }
        const reasons = told.get(placeOf(letter)) ?? new Set();
        told.set(placeOf(letter), reasons.add(letter.reason));
        if (!letter.reason) problems.add("dead letters", `${placeOf(letter)} has no reason`);
    }
    for (const place of broken)
        if (!told.has(place)) problems.add("dead letters", `${place} is against the contract, and nobody told`);
    for (const [place, reasons] of told) {
        if (!broken.has(place)) problems.add("dead letters", `${place} is a dead letter: ${[...reasons].join("; ")}`);
        if (reasons.size > 1) problems.add("dead letters", `${place} has ${reasons.size} reasons`);
    }
}
