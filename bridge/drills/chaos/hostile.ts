import { randomBytes } from "node:crypto";
import { murmur2, ProduceAcks, Producer } from "@platformatic/kafka";
import { sleep } from "../../../drills/components/report";
import { type LogLine, placeOf } from "./evidence";
import { mark, STRANGER } from "./plan";

export interface Odd {
    readonly topic: "agent-messages" | "council-deliberation";
    readonly key: string;
    readonly value: Buffer | undefined;
    /** Whether it must become a dead letter. */
    readonly isBroken: boolean;
}

/**
 * What nobody should send: records that are against the contract in every way that came to mind, and some that only look like it.
 * They are written past all bridges, straight onto the topics.
 */
export function oddRecords(agents: readonly string[], rounds: number): Odd[] {
    return Array.from({ length: rounds }, (_, round) => {
        const to = agents[round % agents.length] ?? "";
        const session = `wild-${round}`;
        const messages = (value: Buffer | string | undefined, key = to): Odd => ({
            topic: "agent-messages",
            key,
            value: typeof value === "string" ? Buffer.from(value) : value,
            isBroken: true,
        });
        const council = (value: string, key: string): Odd => ({
            ...messages(value, key),
            topic: "council-deliberation",
        });
        const good = envelope(to, session, 0);
        const spoiled = (more: object, key = to) => messages(JSON.stringify({ ...good, ...more }), key);
        const text = JSON.stringify(good);
        const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
        const allowed = (number: number, more: object = {}, payload: object = {}): Odd => {
            const { payload: said, ...rest } = envelope(to, session, number);
            const whole = { ...rest, ...more, payload: { ...said, ...payload } };
            return { ...messages(JSON.stringify(whole)), isBroken: false };
        };
        const twice = allowed(3);
        return [
            messages("not json"),
            messages(undefined),
            messages(""),
            messages("null"),
            messages("[]"),
            messages("42"),
            messages(text.slice(0, -10)),
            messages(
                Buffer.concat([
                    Buffer.from(text.slice(0, 40)),
                    Buffer.from([0xc3, 0x28, 0xff]),
                    Buffer.from(text.slice(40)),
                ]),
            ),
            messages(Buffer.from(text, "utf16le")),
            messages(randomBytes(2000)),
            messages(JSON.stringify({ ...good, payload: { text: "x".repeat(1_000_000) } })),
            messages(deep),
            messages(text.replace('"payload":{', `"payload":{"evidence":${deep},`)),
            council(
                JSON.stringify({
                    ...good,
                    kind: "position",
                    council: "drill",
                    payload: { text: "x", evidence: ["deep"] },
                }).replace('"deep"', deep),
                session,
            ),
            spoiled({ version: 2 }),
            spoiled({ id: "1" }),
            spoiled({ id: "ffffffff-ffff-7fff-bfff-ffffffffffff" }),
            spoiled({ id: { toString: "x" } }),
            spoiled({ round: 1e308 }),
            spoiled({ sequence: -1 }),
            messages(text.replace(/"sentAt":\d+/, '"sentAt":1e999')),
            spoiled({ session: "no spaces, please" }),
            spoiled({ session: "x".repeat(5000) }),
            spoiled({ sender: "__proto__" }),
            spoiled({ kind: "constructor" }),
            spoiled({ kind: ["message"] }),
            spoiled({ recipients: "everybody" }),
            spoiled({ recipients: [] }),
            spoiled({ recipients: ["drill-999"] }),
            spoiled({ recipients: ["drill-999"] }, "drill-999"),
            spoiled({ recipients: ["Nobody"] }, "Nobody"),
            spoiled({ payload: JSON.parse('{"__proto__":{"text":"x"}}') as object }),
            spoiled({ kind: "vote", payload: { choice: "yes" } }),
            council("not json", session),
            council(JSON.stringify({ ...good, kind: "vote", payload: { choice: "yes" } }), `${session}-other`),
            council(JSON.stringify({ ...good, kind: "vote", payload: {} }), session),
            // All that follows is allowed, and has to be handled like anything else.
            allowed(0, JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"hasOwnProperty":1}') as object),
            allowed(1, { sequence: Number.MAX_SAFE_INTEGER, more: { of: ["what", "comes", "later"] } }),
            allowed(
                2,
                {},
                { text: `${mark(session, 2)} </message> \u0000 \ud800 \u202e {{x}} ${"ü".repeat(100_000)}` },
            ),
            twice,
            twice,
            allowed(4, { sequence: 0, sentAt: 0 }),
        ];
    }).flat();
}

/** A message as the contract wants it. */
function envelope(to: string, session: string, number: number) {
    return {
        version: 1,
        id: uuid7(),
        session,
        round: 0,
        sequence: number,
        sender: STRANGER,
        recipients: [to],
        sentAt: Date.now(),
        kind: "message",
        payload: { text: mark(session, number) },
    };
}

function uuid7(): string {
    const bytes = randomBytes(16);
    bytes.writeUIntBE(Date.now(), 0, 6);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * Writes odd records, one by one, each until the brokers have it: brokers are being killed. What is written twice by that is as odd
 * as before.
 */
export async function sendOdd(bootstrap: string, records: readonly Odd[]): Promise<void> {
    let producer: Producer<Buffer, Buffer, Buffer, Buffer> | undefined;
    for (const { topic, key, value } of records) {
        for (let tries = 1; ; tries++) {
            producer ??= stranger(bootstrap);
            try {
                await producer.send({ messages: [{ topic, key: Buffer.from(key), value }] });
                break;
            } catch (error) {
                if (tries === MOST_TRIES) throw error;
                await producer.close(true).catch(() => undefined);
                producer = undefined;
                await sleep(1000);
            }
        }
    }
    await producer?.close(true);
}

const MOST_TRIES = 120;

function stranger(bootstrap: string): Producer<Buffer, Buffer, Buffer, Buffer> {
    return new Producer({
        clientId: "stranger",
        bootstrapBrokers: bootstrap.split(","),
        acks: ProduceAcks.ALL,
        autocreateTopics: false,
        // Where Kafka's own clients would put it.
        partitioner: (_message, key) => (key === undefined ? 0 : murmur2(key) & 0x7fffffff),
    });
}

/**
 * Places of the records in the log that are against the contract. They are known by what they say: whether and where a record is,
 * a sender whose broker is killed does not always know.
 */
export function brokenIn(log: readonly LogLine[], records: readonly Odd[]): Set<string> {
    const said = new Set(
        records
            .filter(({ isBroken }) => isBroken)
            .map(({ topic, key, value }) => `${topic} ${key} ${printed(value === undefined ? "null" : String(value))}`),
    );
    return new Set(
        log
            .filter(({ topic, key, value }) => said.has(`${topic} ${key} ${printed(value)}`))
            .map((line) => placeOf(line)),
    );
}

/** As much of a value as is the same however it is printed: one line, without what is no character. */
function printed(value: string): string {
    return (value.split("\n")[0] ?? "").replaceAll("\ufffd", "").replaceAll("\r", "");
}
