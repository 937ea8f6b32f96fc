import { strict as assert } from "node:assert";
import { TOPICS, type Topic } from "../../src/contract/names";
import { caretaker } from "../../src/inbound/caretaking";
import type { Change, LogRecord } from "../../src/ports";
import { Log } from "../support/envelopes";

const log = new Log("s-1");

function record(topic: Topic, key: string, value: unknown, offset = 7n): LogRecord {
    const bytes = value === null ? null : Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
    return { topic, partition: 3, offset, timestamp: log.now, key, value: bytes };
}

describe("caretaking", () => {
    const changes: Change[] = [];
    let known = new Set<string>();
    const look = caretaker({
        store: {
            async commit(change) {
                const id = change.handled?.[0]?.eventId ?? "";
                if (known.has(id)) return false;
                known.add(id);
                changes.push(change);
                return true;
            },
        },
        isAgent: async (name) => name === "analyst-0",
        tell: () => undefined,
    });
    beforeEach(() => {
        changes.length = 0;
        known = new Set();
    });
    const letters = () =>
        changes.flatMap(({ outbox = [] }) =>
            outbox.map(({ value }) => JSON.parse(value) as { reason: string; value: string | null }),
        );

    const position = log.add("position", "analyst-0", {}).envelope;
    const message = { ...log.add("message", "analyst-1", {}).envelope, recipients: ["analyst-0"] };
    const open = log.add("open", "analyst-1", {}).envelope;

    it("lets pass what is in order", async () => {
        await look([
            record(TOPICS.council, "s-1", position),
            record(TOPICS.council, "s-1", open),
            record(TOPICS.messages, "analyst-0", message),
            record(TOPICS.messages, "analyst-0", open),
        ]);
        assert.deepEqual(changes, []);
    });

    for (const [what, topic, key, value, reason] of [
        ["what cannot be read", TOPICS.council, "s-1", "{", /not JSON/],
        ["what is empty", TOPICS.council, "s-1", null, /empty/],
        ["what stands under another session's key", TOPICS.council, "s-2", position, /its key is not its session, s-1/],
        ["a session of no council", TOPICS.council, "s-1", { ...open, council: undefined }, /no council/],
        ["a vote in an inbox", TOPICS.messages, "analyst-0", position, /belongs into a council/],
        ["a message under another's key", TOPICS.messages, "analyst-1", message, /not for analyst-1/],
        ["a key that is no agent", TOPICS.messages, "someone", message, /key is no agent/],
        [
            "a message for nobody",
            TOPICS.messages,
            "analyst-9",
            { ...message, recipients: ["analyst-9"] },
            /no agent analyst-9/,
        ],
    ] as const) {
        it(`buries ${what}, with the reason and its bytes`, async () => {
            await look([record(topic, key, value)]);
            assert.match(letters()[0]?.reason ?? "", reason);
            const bytes = letters()[0]?.value;
            const expected = value === null ? null : typeof value === "string" ? value : JSON.stringify(value);
            assert.equal(
                bytes === null || bytes === undefined ? null : Buffer.from(bytes, "base64").toString(),
                expected,
            );
        });
    }

    it("says of a place what it has to say once", async () => {
        await look([record(TOPICS.council, "s-1", "{")]);
        await look([record(TOPICS.council, "s-1", "{"), record(TOPICS.council, "s-1", "{", 8n)]);
        assert.equal(letters().length, 2);
    });
});
