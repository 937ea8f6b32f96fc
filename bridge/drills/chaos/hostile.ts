import { randomBytes } from "node:crypto";
import { murmur2, ProduceAcks, Producer } from "@platformatic/kafka";
import { placeOf } from "./evidence";
import { mark, STRANGER } from "./plan";

interface Odd {
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
 * Writes odd records, one by one.
 *
 * @returns the places of those that are against the contract
 */
export async function sendOdd(bootstrap: string, records: readonly Odd[]): Promise<Set<string>> {
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
        clientId: "stranger",
        bootstrapBrokers: bootstrap.split(","),
        acks: ProduceAcks.ALL,
        retries: 10,
        retryDelay: 500,
        autocreateTopics: false,
        // Where Kafka's own clients would put it.
        partitioner: (_message, key) => (key === undefined ? 0 : murmur2(key) & 0x7fffffff),
    });
    const broken = new Set<string>();
    try {
        for (const { topic, key, value, isBroken } of records) {
            const { offsets = [] } = await producer.send({ messages: [{ topic, key: Buffer.from(key), value }] });
            const [at] = offsets;
            if (at === undefined) throw new Error("the brokers did not say where a record is");
            if (isBroken) broken.add(placeOf({ topic, partition: at.partition, offset: Number(at.offset) }));
        }
    } finally {
        await producer.close(true);
    }
    return broken;
}
