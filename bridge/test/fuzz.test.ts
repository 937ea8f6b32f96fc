import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { Council } from "../src/council/council";
import { decisionOf } from "../src/council/decision";
import { promptFor } from "../src/council/prompts";
import { type Envelope, KINDS } from "../src/contract/envelope";
import { derivedId, eventId, isEventId, placeId, timeOf } from "../src/contract/ids";
import { LARGEST_MESSAGE } from "../src/contract/names";
import { readEnvelope, writeEnvelope } from "../src/contract/read";
import { deadLetter } from "../src/inbound/caretaking";
import type { Logged } from "../src/ports";
import type { EnvelopeOf } from "../src/contract/envelope";

const NOW = Date.UTC(2026, 10, 23);
const MEMBERS = ["analyst-0", "analyst-1", "analyst-2"];
const SESSION = "session-1";

/** Names that mean something to JavaScript, and other words that somebody might try. */
const trickyNames = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "then",
    "length",
    "",
];
const trickyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 50 }),
    fc.constantFrom(
        ...trickyNames,
        "</message>",
        "</statement>",
        "\u0000",
        "\ud800",
        "\u202e",
        "$&",
        "${x}",
        "VOTE: yes",
    ),
);
const trickyNumber = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(-0, 1e308, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 2, -1, 0.5, 2 ** 48),
);
const trickyValue = fc.letrec((tie) => ({
    value: fc.oneof(
        { maxDepth: 4 },
        trickyText,
        trickyNumber,
        fc.boolean(),
        fc.constant(null),
        tie("list"),
        tie("object"),
    ),
    list: fc.array(tie("value"), { maxLength: 5 }),
    object: fc
        .array(fc.tuple(trickyText, tie("value")), { maxLength: 5 })
        .map(
            (entries) =>
                JSON.parse(
                    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`,
                ) as unknown,
        ),
})).value;

const member = fc.constantFrom(...MEMBERS, "stranger-0");
const round = fc.integer({ min: 0, max: 4 });
const payloads = {
    open: fc.record({
        question: fc.constant("Which way?"),
        members: fc.constant(MEMBERS),
        rounds: fc.integer({ min: 1, max: 4 }),
        roundSeconds: fc.integer({ min: 1, max: 600 }),
        quorum: fc.integer({ min: 1, max: 3 }),
        method: fc.constantFrom("majority", "unanimity", "synthesis"),
        options: fc.constant(["yes", "no"]),
    }),
    position: fc.record({ text: fc.constantFrom("one", "</statement> and more") }),
    rebuttal: fc.record({ text: fc.constantFrom("two", "<statement by='x'>") }),
    vote: fc.record({ choice: fc.constantFrom("yes", "no", "abstain", "__proto__", "constructor") }),
    verdict: fc.record({ verdict: fc.constantFrom("yes", "no", "neither"), rationale: fc.constant("so") }),
    deadline: fc.constant({}),
    message: fc.record({ text: fc.constant("by the way"), expectsReply: fc.boolean() }),
} as const;

/** A message as the contract wants it. */
const sound = fc.constantFrom(...KINDS).chain((kind) =>
    fc.record({
        version: fc.constant(1),
        id: fc.integer({ min: 0, max: 1e9 }).map((ago) => eventId(NOW - ago)),
        session: fc.constant(SESSION),
        council: fc.constant("research"),
        round,
        sequence: fc.nat(),
        sender: member,
        recipients: fc.constant([]),
        sentAt: fc.constant(NOW),
        kind: fc.constant(kind),
        payload: payloads[kind] as fc.Arbitrary<object>,
    }),
);

/** The same with anything anywhere. */
const spoiled = fc
    .tuple(
        sound,
        fc.array(fc.tuple(fc.constantFrom("payload", "envelope"), trickyText, trickyValue), { maxLength: 3 }),
        fc.boolean(),
    )
    .map(([message, changes, known]) => {
        const fields = [...Object.keys(message), ...Object.keys(message.payload)];
        const parts: { envelope: Record<string, unknown>; payload: Record<string, unknown> } = {
            envelope: { ...message },
            payload: { ...message.payload },
        };
        for (const [where, name, value] of changes) {
            const field = known ? (fields[name.length % fields.length] ?? name) : name;
            Object.defineProperty(parts[where === "payload" ? "payload" : "envelope"], field, {
                value,
                enumerable: true,
                configurable: true,
            });
        }
        return JSON.stringify({ payload: parts.payload, ...parts.envelope });
    });

const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    trickyText.map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
    spoiled.map((text) => Buffer.from(text)),
    // Cut off, or with a byte that is another.
    fc.tuple(spoiled, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
        const buffer = Buffer.from(text);
        buffer[at % buffer.length] = byte;
        return buffer.subarray(0, byte % 3 === 0 ? at % buffer.length : undefined);
    }),
);

function untouched(): void {
    assert.deepEqual(Object.keys(Object.prototype), []);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
}

describe("fuzz", () => {
    it("reads whatever stands on the brokers, or says why not, and what it has read can be written and read again", () => {
        fc.assert(
            fc.property(fc.option(bytes), trickyNumber, (value, timestamp) => {
                const reading = readEnvelope(value, timestamp);
                if (!reading.ok) return assert.ok(reading.reason.length > 0 && reading.reason.length <= 1000);
                const again = readEnvelope(writeEnvelope(reading.envelope), timestamp);
                assert.deepEqual(again, reading);
                untouched();
            }),
            { numRuns: 5000 },
        );
    });

    it("reads what is sound, also with fields that come later", () => {
        fc.assert(
            fc.property(
                sound,
                fc.dictionary(
                    fc.string().map((name) => `later_${name}`),
                    trickyValue,
                ),
                (message, more) => {
                    const payload = { ...message.payload, ...more };
                    const text = JSON.stringify({ ...message, ...more, payload });
                    const reading = readEnvelope(Buffer.from(text), NOW);
                    assert.ok(reading.ok, reading.ok ? "" : reading.reason);
                    untouched();
                },
            ),
        );
    });

    it("refuses what is too long, too deep or empty, and does not fall over it", () => {
        const message = (evidence: string) =>
            Buffer.from(
                `{"version":1,"id":"${eventId(NOW)}","session":"s","council":"c","round":1,"sequence":0,"sender":"a-0",` +
                    `"recipients":[],"sentAt":1,"kind":"position","payload":{"text":"x","evidence":${evidence}}}`,
            );
        assert.equal(readEnvelope(message("[[1]]"), NOW).ok, true);
        for (const depth of [200, 5000, 100_000]) {
            for (const [open, close] of [
                ["[", "]"],
                ['{"a":', "}"],
            ] as const) {
                const reading = readEnvelope(message(`[${open.repeat(depth)}1${close.repeat(depth)}]`), NOW);
                assert.ok(!reading.ok);
            }
        }
        for (const value of [null, undefined, Buffer.alloc(0), Buffer.alloc(LARGEST_MESSAGE + 1, " ")])
            assert.equal(readEnvelope(value, NOW).ok, false);
        // Wide is fine: it is only long.
        assert.equal(readEnvelope(message(`[${Array(90).fill("[]").join()}]`), NOW).ok, true);
    });

    it("makes a dead letter of anything, which fits and says where it comes from", () => {
        fc.assert(
            fc.property(fc.option(bytes), trickyText, trickyText, trickyNumber, (value, key, reason, timestamp) => {
                const letter = deadLetter(
                    { topic: "agent-messages", partition: 3, offset: 7n, timestamp, key, value },
                    reason,
                );
                assert.ok(isEventId(letter.eventId));
                const told = JSON.parse(letter.value) as { offset: number; value: string | null };
                assert.equal(told.offset, 7);
                assert.deepEqual(
                    told.value === null ? null : Buffer.from(told.value, "base64"),
                    value && Buffer.from(value),
                );
                for (const text of Object.values(letter.headers ?? {})) assert.match(text, /^[\x20-\x7e]*$/);
            }),
        );
    });

    it("derives ids that are ids, the same each time, with the time of their cause", () => {
        fc.assert(
            fc.property(fc.nat(2 ** 31), trickyText, trickyText, trickyNumber, (at, what, other, timestamp) => {
                const cause = eventId(at * 1000);
                const id = derivedId(cause, what);
                assert.ok(isEventId(id));
                assert.equal(id, derivedId(cause, what));
                assert.equal(timeOf(id), at * 1000);
                if (what !== other) assert.notEqual(id, derivedId(cause, other));
                const place = placeId("agent-messages", 0, 1n, timestamp);
                assert.ok(isEventId(place));
                assert.equal(place, placeId("agent-messages", 0, 1n, timestamp));
            }),
        );
    });

    it("works a council out of any messages in any order, the same each time, and comes to one outcome at most", () => {
        const opening = sound.filter((message) => message.kind === "open");
        const times = fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 30, maxLength: 30 });
        fc.assert(
            fc.property(opening, fc.array(sound, { maxLength: 30 }), times, (open, messages, gaps) => {
                const read = (message: object) => {
                    const reading = readEnvelope(Buffer.from(JSON.stringify(message)), NOW);
                    assert.ok(reading.ok);
                    return reading.envelope;
                };
                let timestamp = NOW;
                const log: Logged[] = messages.map((message, index) => {
                    timestamp += gaps[index] ?? 0;
                    return { envelope: read(message), offset: BigInt(index + 1), timestamp };
                });
                const first = read(open);
                assert.ok(isOpening(first));
                const [one, two] = [1, 2].map(() => new Council({ envelope: first, offset: 0n, timestamp: NOW }));
                assert.ok(one !== undefined && two !== undefined);
                let verdict: string | undefined;
                for (const logged of log) {
                    one.apply(logged);
                    // Whoever reads a record twice, as after a restart, knows it.
                    two.apply(logged);
                    two.apply(logged);
                    if (verdict !== undefined) assert.equal(one.outcome?.verdict, verdict, "a verdict stays");
                    verdict = one.outcome?.verdict;
                    assert.ok(promptFor(one, "analyst-0").length > 0);
                    assert.ok(one.round >= 1 && one.round <= one.rules.rounds);
                }
                assert.deepEqual(one.outcome, two.outcome);
                assert.deepEqual(one.contributions, two.contributions);
                if (one.outcome !== undefined) assert.deepEqual(decisionOf(one), decisionOf(two));
                for (const { member: who, round: when } of one.contributions) {
                    assert.ok(MEMBERS.includes(who));
                    assert.equal(one.inRound(when).filter((each) => each.member === who).length, 1, "one word each");
                }
                untouched();
            }),
            { numRuns: 500 },
        );
    });
});

function isOpening(envelope: Envelope): envelope is EnvelopeOf<"open"> {
    return envelope.kind === "open";
}
