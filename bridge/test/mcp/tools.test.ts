import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { readEnvelope } from "../../src/contract/read";
import { timeOf } from "../../src/contract/ids";
import { TOPICS } from "../../src/contract/names";
import type { Councils } from "../../src/mcp/councils";
import { closeClients, Database, SUPERUSER } from "../support/database";
import { AgentWithTools } from "../support/tools";

const NO_COUNCILS: Councils = {
    open: () => assert.fail(),
    say: () => assert.fail(),
    status: () => undefined,
    sessions: () => [],
};

describe("an agent's tools", () => {
    let database: Database;
    let analyst: AgentWithTools;
    let reviewer: AgentWithTools;
    before(async function () {
        this.timeout(120_000);
        database = await Database.migrated();
        analyst = await AgentWithTools.start(database, "analyst-0", NO_COUNCILS);
        reviewer = await AgentWithTools.start(database, "reviewer-0", NO_COUNCILS);
    });
    after(() => Promise.all([closeClients(), analyst.stop(), reviewer.stop()]));
    afterEach(() => assert.deepEqual([...analyst.faults, ...reviewer.faults].splice(0), []));

    const drained = async (of: AgentWithTools) => {
        const waiting = await of.store.outbox(100);
        await of.store.sent(waiting.map(({ id }) => id));
        return waiting;
    };

    it("are listed for a model: what each does, and what it takes", async () => {
        const { tools } = await analyst.client.listTools();
        assert.deepEqual(
            tools.map(({ name }) => name),
            [
                "council_open",
                "council_join",
                "council_leave",
                "council_status",
                "council_post",
                "council_vote",
                "council_close",
                "send_message",
                "memory_write",
                "memory_search",
                "memory_read",
                "decision_record",
                "decision_search",
                "decision_read",
                "skill_list",
                "skill_fetch",
            ],
        );
        for (const { name, description = "", inputSchema, annotations } of tools) {
            assert.ok(description.length > 50, name);
            assert.equal(inputSchema.type, "object");
            assert.equal(inputSchema["additionalProperties"], false, name);
            for (const [field, about] of Object.entries(inputSchema.properties ?? {}))
                assert.ok("description" in about, `${name}.${field} is not described`);
            const reads = /_(status|search|read|list)$/.test(name);
            assert.equal(annotations?.readOnlyHint, reads, name);
        }
    });

    it("say what is wrong with a call, and with a tool that there is not", async () => {
        const wrong = await analyst.call("send_message", { to: "Bob", txt: "hi" });
        assert.equal(wrong.isError, true);
        assert.match(wrong.text, /^send_message was called wrongly\. to: .*; text: .*; Unrecognized key: "txt"$/);
        assert.match((await analyst.call("shell")).text, /There is no tool shell/);
    });

    describe("send_message", () => {
        it("keeps a message until it is sent, by the contract and under the receiver's key", async () => {
            const told = analyst.told;
            const { value } = await analyst.call("send_message", {
                to: "reviewer-0",
                text: "hello",
                expects_reply: true,
            });
            assert.equal(analyst.told, told + 1);
            const [waiting, ...more] = await drained(analyst);
            assert.ok(waiting);
            assert.deepEqual([more, waiting.topic, waiting.key], [[], TOPICS.messages, "reviewer-0"]);
            const reading = readEnvelope(Buffer.from(waiting.value), Date.now());
            assert.ok(reading.ok);
            const { id, session, sender, recipients, payload } = reading.envelope;
            assert.deepEqual(
                { id, session, sender, recipients, payload },
                {
                    id: value["message"],
                    session: "direct:analyst-0:reviewer-0",
                    sender: "analyst-0",
                    recipients: ["reviewer-0"],
                    payload: { text: "hello", expectsReply: true },
                },
            );
            assert.equal(waiting.eventId, id);
        });

        it("sends what is tried again once, and says so", async () => {
            const call = { to: "reviewer-0", text: "once", idempotency_key: "k-1" };
            const answers = await Promise.all(Array.from({ length: 8 }, () => analyst.call("send_message", call)));
            assert.equal(answers.filter(({ value }) => value["was_sent_before"] === false).length, 1);
            assert.equal(new Set(answers.map(({ value }) => value["message"])).size, 1);
            assert.equal((await drained(analyst)).length, 1);
            const other = await analyst.call("send_message", { ...call, text: "something else" });
            assert.match(other.text, /the key "k-1" stands for another call/);
            assert.equal(
                (await analyst.call("memory_write", { ...memory("x"), idempotency_key: "k-1" })).isError,
                false,
            );
            assert.equal((await reviewer.call("send_message", { ...call, to: "analyst-0" })).isError, false);
            await drained(reviewer);
        });

        it("names a conversation alike for both, counts, and keeps the order", async () => {
            for (const text of ["a", "b", "c"])
                await analyst.call("send_message", { to: "reviewer-0", text, conversation: "q3" });
            await reviewer.call("send_message", { to: "analyst-0", text: "d", conversation: "q3" });
            const read = (of: readonly { value: string }[]) =>
                of.map(
                    ({ value }) =>
                        JSON.parse(value) as { session: string; sequence: number; payload: { text: string } },
                );
            const mine = read(await drained(analyst));
            assert.deepEqual(
                mine.map(({ payload, sequence }) => [payload.text, sequence]),
                [
                    ["a", 0],
                    ["b", 1],
                    ["c", 2],
                ],
            );
            const [theirs] = read(await drained(reviewer));
            assert.equal(theirs?.session, mine[0]?.session);
        });

        it("refuses who is no agent, oneself, and what no topic takes", async () => {
            for (const [input, said] of [
                [{ to: "analyst-9", text: "x" }, /There is no agent analyst-9/],
                [{ to: "openclaw-1", text: "x" }, /There is no agent/],
                [{ to: "analyst-0", text: "x" }, /That is you/],
                [
                    { to: "reviewer-0", text: "\u{1F4C8}".repeat(250_000) },
                    /keep the long part in memory \(memory_write\)/,
                ],
                [{ to: "reviewer-0", text: "x", conversation: "a:b" }, /conversation: /],
            ] as const) {
                const { isError, text } = await analyst.call("send_message", input);
                assert.equal(isError, true);
                assert.match(text, said);
            }
            assert.deepEqual(await drained(analyst), []);
        });
    });

    const memory = (key: string, more: object = {}) => ({ namespace: "notes", key, content: `about ${key}`, ...more });

    describe("memory", () => {
        it("is written in versions, found by its words, and read, by its agent alone", async () => {
            await analyst.call(
                "memory_write",
                memory("plan", { content: "ship the walrus", metadata: { from: "jo" } }),
            );
            const second = await analyst.call(
                "memory_write",
                memory("plan", { content: `ship two walruses ${"x".repeat(3000)}` }),
            );
            assert.equal(second.value["version"], 2);
            assert.deepEqual((await analyst.call("memory_search", { words: "walrus" })).value, [], "that was before");
            const [found] = (await analyst.call("memory_search", { words: "two walruses", namespace: "notes" }))
                .value as { key: string; content: string; is_shortened: boolean }[];
            assert.deepEqual([found?.key, found?.content.length, found?.is_shortened], ["plan", 2000, true]);
            const first = await analyst.call("memory_read", { namespace: "notes", key: "plan", version: 1 });
            assert.deepEqual([first.value["content"], first.value["metadata"]], ["ship the walrus", { from: "jo" }]);
            const newest = await analyst.call("memory_read", { namespace: "notes", key: "plan" });
            assert.equal(newest.value["version"], 2);
            assert.match(
                (await reviewer.call("memory_read", { namespace: "notes", key: "plan" })).text,
                /There is no memory plan/,
            );
            assert.deepEqual((await reviewer.call("memory_search", { words: "walruses" })).value, []);
        });

        it("is written once for a key, and over nothing that was not read", async () => {
            const call = memory("once", { idempotency_key: "m-1" });
            assert.equal((await analyst.call("memory_write", call)).value["version"], 1);
            assert.equal((await analyst.call("memory_write", call)).value["version"], 1);
            const late = await analyst.call("memory_write", memory("once", { expected_version: 0 }));
            assert.deepEqual([late.isError, late.text], [true, "memory notes/once is at version 1, not 0"]);
            assert.equal(
                (await analyst.call("memory_write", memory("once", { expected_version: 1 }))).value["version"],
                2,
            );
        });

        it("takes any text, and refuses what is too long", async () => {
            const content = "nul \0 and half \ud83d";
            assert.equal((await analyst.call("memory_write", memory("odd", { content }))).isError, false);
            const { value } = await analyst.call("memory_read", { namespace: "notes", key: "odd" });
            assert.equal(value["content"], "nul \ufffd and half \ufffd");
            const long = await analyst.call("memory_write", memory("long", { content: "é".repeat(200_000) }));
            assert.match(long.text, /content: has more than 262144 bytes/);
        });
    });

    describe("decisions", () => {
        it("are recorded once, by oneself alone, and announced", async () => {
            const call = {
                question: "Which supplier?",
                verdict: "the second",
                rationale: "it is cheaper",
                evidence: ["offer 17"],
                idempotency_key: "d-1",
            };
            const first = await analyst.call("decision_record", call);
            const again = await analyst.call("decision_record", call);
            assert.deepEqual(
                [first.value["decision"], first.value["was_recorded_before"], again.value["was_recorded_before"]],
                [again.value["decision"], false, true],
            );
            const announced = await drained(analyst);
            assert.deepEqual(
                announced.map(({ topic, eventId }) => [topic, eventId]),
                [[TOPICS.decisions, first.value["decision"]]],
            );
            const { value } = await analyst.call("decision_read", { decision: first.value["decision"] });
            assert.deepEqual(
                [value["members"], value["votes"], value["recordedBy"], value["model"], value["evidence"]],
                [["analyst-0"], {}, "analyst-0", "m1", ["offer 17", { question: "Which supplier?" }]],
            );
            assert.match(String(value["digest"]), /^[0-9a-f]{64}$/);
            assert.equal(Date.parse(String(value["decidedAt"])), timeOf(String(value["decision"] ?? value["eventId"])));
        });

        it("are found by words, council and session, by those who took part", async () => {
            const search = async (of: AgentWithTools, input: object) =>
                ((await of.call("decision_search", { ...input })).value as { verdict: string }[]).map(
                    ({ verdict }) => verdict,
                );
            await analyst.call("decision_record", { question: "Colour?", verdict: "green", rationale: "calm" });
            await drained(analyst);
            assert.deepEqual(await search(analyst, {}), ["green", "the second"]);
            assert.deepEqual(await search(analyst, { words: "cheaper" }), ["the second"]);
            assert.deepEqual(await search(analyst, { words: "supplier offer" }), ["the second"]);
            assert.deepEqual(await search(analyst, { council: "alone", limit: 1 }), ["green"]);
            assert.deepEqual(await search(analyst, { council: "strategy" }), []);
            assert.deepEqual(await search(reviewer, {}), []);
            assert.match(
                (await reviewer.call("decision_read", { decision: "17" })).text,
                /There is no decision 17 that you/,
            );
        });
    });

    describe("skills", () => {
        const body = Buffer.from("# How to weigh offers\n");
        const publish = async (name: string, content: Buffer, digestOf = content) => {
            const operator = await database.as("openclaw_operator");
            const digest = createHash("sha256").update(digestOf).digest();
            await operator.query(
                "INSERT INTO skills.version (name, version, content_sha256, source) VALUES ($1, '1.0.0', $2, 'git')",
                [name, digest],
            );
            await operator.query("UPDATE skills.version SET scan = 'passed' WHERE name = $1", [name]);
            await operator.query("INSERT INTO skills.pin (class, skill, version) VALUES ('analyst', $1, '1.0.0')", [
                name,
            ]);
            await operator.query("INSERT INTO skills.content (name, version, body) VALUES ($1, '1.0.0', $2)", [
                name,
                content,
            ]);
        };

        it("are listed and fetched by the class that has them pinned, and that stands in the audit trail", async () => {
            await publish("offers", body);
            await publish("archive", Buffer.from([0x50, 0x4b, 0xff, 0x00]));
            const listed = (await analyst.call("skill_list")).value as { name: string }[];
            assert.deepEqual(
                listed.map(({ name }) => name),
                ["archive", "offers"],
            );
            const { value } = await analyst.call("skill_fetch", { name: "offers" });
            assert.deepEqual([value["encoding"], value["content"]], ["text", body.toString()]);
            assert.equal((await analyst.call("skill_fetch", { name: "archive" })).value["content"], "UEv/AA==");
            assert.deepEqual((await reviewer.call("skill_list")).value, []);
            assert.match(
                (await reviewer.call("skill_fetch", { name: "offers" })).text,
                /No skill offers is released for you/,
            );
            const trail = (await drained(analyst)).map(({ topic, value }) => [
                topic,
                (JSON.parse(value) as { object: string }).object,
            ]);
            assert.deepEqual(trail, [
                [TOPICS.audit, "skill offers"],
                [TOPICS.audit, "skill archive"],
            ]);
        });

        it("are not published with another content than was scanned, changed, or taken away", async () => {
            await assert.rejects(publish("forged", body, Buffer.from("other")), /is not what its digest says/);
            const operator = await database.as("openclaw_operator");
            for (const deed of ["UPDATE skills.content SET body = 'x'", "DELETE FROM skills.content"])
                await assert.rejects(operator.query(deed), /permission denied/);
            const agent = await database.as("analyst-0");
            await assert.rejects(
                agent.query("INSERT INTO skills.content VALUES ('offers', '2.0.0', 'x')"),
                /permission denied/,
            );
        });

        it("are not handed out where somebody changed them in the database itself", async () => {
            const all = await database.as(SUPERUSER);
            await all.query("ALTER TABLE skills.content DISABLE TRIGGER ALL");
            await all.query("UPDATE skills.content SET body = 'rm -rf' WHERE name = 'offers'");
            const { isError, text } = await analyst.call("skill_fetch", { name: "offers" });
            assert.deepEqual(
                [isError, text],
                [true, "The content of offers is not what was checked: do not use it, and tell an operator."],
            );
        });

        it("are not handed out any more once they are revoked", async () => {
            const operator = await database.as("openclaw_operator");
            await operator.query("UPDATE skills.version SET scan = 'revoked' WHERE name = 'archive'");
            assert.match((await analyst.call("skill_fetch", { name: "archive" })).text, /No skill archive is released/);
            const agent = await database.as("analyst-0");
            assert.equal((await agent.query("SELECT FROM skills.content WHERE name = 'archive'")).rowCount, 0);
        });
    });

    describe("the server", () => {
        const post = (headers: Record<string, string>, { method = "POST", path = "/mcp", body = "{}" } = {}) =>
            new Promise<number>((resolve, reject) => {
                const asked = request(
                    {
                        port: analyst.tools.port,
                        host: "127.0.0.1",
                        method,
                        path,
                        headers: {
                            "content-type": "application/json",
                            accept: "application/json, text/event-stream",
                            ...headers,
                        },
                    },
                    (response) => {
                        response.resume();
                        response.on("end", () => resolve(response.statusCode ?? 0));
                    },
                );
                asked.on("error", reject);
                asked.end(method === "POST" ? body : undefined);
            });

        it("answers nobody but the pod itself, and no page in its browser", async () => {
            const list = { body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }) };
            assert.equal(await post({}, list), 200);
            assert.equal(await post({ host: "evil.example" }, list), 403);
            assert.equal(await post({ host: `evil.example:${analyst.tools.port}` }, list), 403);
            assert.equal(await post({ origin: "http://localhost" }, list), 403);
            assert.equal(await post({}, { method: "GET" }), 405);
            assert.equal(await post({}, { ...list, path: "/other" }), 404);
            assert.equal(await post({ "content-type": "text/plain" }, list), 415);
            assert.equal(await post({ "mcp-protocol-version": "1999-01-01" }, list), 400);
        });

        it("puts up with what is no call, or too large for one", async () => {
            for (const [body, status] of [
                ["", 400],
                ["{", 400],
                ["[]", 400],
                ['{"jsonrpc":"2.0","method":"notifications/initialized"}', 202],
                ['{"jsonrpc":"2.0"}', 400],
                [`"${"x".repeat(5 * 1024 * 1024)}"`, 413],
            ] as const)
                assert.equal(await post({}, { body }), status, body.slice(0, 20));
            assert.equal((await analyst.call("skill_list")).isError, false);
        });

        it("answers within milliseconds, the database included", async () => {
            const started = performance.now();
            for (let n = 0; n < 50; n += 1) await analyst.call("memory_search", { words: "nothing" });
            const each = (performance.now() - started) / 50;
            assert.ok(each < 100, `${each} ms`);
        });
    });

    it("say that the database is away, without its words, and work again when it is back", async () => {
        const all = await database.as(SUPERUSER);
        await all.query('ALTER ROLE "analyst-0" NOLOGIN');
        await all.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'analyst-0'");
        const { isError, text } = await analyst.call("memory_write", memory("away"));
        await all.query('ALTER ROLE "analyst-0" LOGIN');
        assert.equal(isError, true);
        assert.doesNotMatch(text, /analyst-0|role|at .*\.ts/);
        assert.match(text, /try again in a moment, with the same idempotency_key/);
        assert.equal(analyst.faults.splice(0).length > 0, true);
        for (let tries = 0; (await analyst.call("memory_write", memory("away"))).isError; tries += 1)
            assert.ok(tries < 5);
        analyst.faults.splice(0);
    });
});
