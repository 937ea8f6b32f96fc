import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { derivedId, eventId, placeId } from "../../src/contract/ids";
import { TOPICS } from "../../src/contract/names";
import type { Decision, OutboxEntry } from "../../src/ports";
import type { PgStore } from "../../src/store/store";
import { closeClients, Database, storeOf, SUPERUSER } from "../support/database";

const DAY = 86_400_000;

describe("store", () => {
    let database: Database;
    let store: PgStore;
    /** The same agent's process after a restart. */
    let again: PgStore;
    let other: PgStore;
    before(async function () {
        this.timeout(120_000);
        database = await Database.migrated();
        [store, again, other] = [
            storeOf(database, "analyst-0"),
            storeOf(database, "analyst-0"),
            storeOf(database, "reviewer-0"),
        ];
    });
    after(() => Promise.all([closeClients(), ...[store, again, other].map((each) => each.close())]));

    const handled = (...ids: string[]) => ids.map((id) => ({ eventId: id, session: "s-1" }));
    const message = (value = "{}", more: Partial<OutboxEntry> = {}): OutboxEntry => ({
        eventId: eventId(),
        topic: TOPICS.messages,
        key: "reviewer-0",
        value,
        ...more,
    });
    const decision = (more: Partial<Decision> = {}): Decision => ({
        event_id: eventId(),
        council: "strategy",
        session_id: "s-1",
        round: 3,
        members: ["analyst-0", "analyst-1"],
        votes: { "analyst-0": "yes" },
        verdict: "yes",
        rationale: "because",
        dissent: [],
        evidence: [],
        model: "m1",
        prompt_sha256: createHash("sha256").update("q").digest("hex"),
        ...more,
    });
    const drain = async (of: PgStore) => {
        const waiting = await of.outbox(1000);
        await of.sent(waiting.map(({ id }) => id));
        return waiting;
    };

    it("does a change once, with all of its effects or none", async () => {
        const [first, second] = [eventId(), eventId()];
        const change = { handled: handled(first), outbox: [message("1")] };
        assert.equal(await store.commit(change), true);
        assert.equal(await again.commit(change), false);
        assert.equal(await store.commit({ handled: handled(second, first), outbox: [message("2")] }), false);
        assert.deepEqual(
            (await drain(store)).map(({ value }) => value),
            ["1"],
        );
        assert.deepEqual(await store.handledOf([first, second]), new Set([first]));
        assert.equal(await store.commit({ handled: handled(second) }), true, "nothing of it was left over");
    });

    it("does it once where many try at the same time, in any order", async () => {
        const ids = Array.from({ length: 6 }, () => eventId());
        const tries = Array.from({ length: 20 }, (_, n) =>
            (n % 2 ? store : again).commit({
                handled: handled(...(n % 3 ? ids : [...ids].reverse())),
                outbox: [message(String(n))],
            }),
        );
        assert.equal((await Promise.all(tries)).filter(Boolean).length, 1);
        assert.equal((await drain(store)).length, 1);
    });

    it("has one agent alone claim a place in the log, with what it does about it", async () => {
        const place = placeId(TOPICS.messages, 3, 17n, Date.now());
        const done = await Promise.all(
            [store, other, again, other].map((each) =>
                each.commit({
                    handled: [{ eventId: place, session: TOPICS.deadLetters }],
                    outbox: [message("dead")],
                }),
            ),
        );
        assert.equal(done.filter(Boolean).length, 1);
        assert.equal((await drain(store)).length + (await drain(other)).length, 1);
    });

    it("leaves nothing of a change that the database refuses", async () => {
        const id = eventId();
        await assert.rejects(
            store.commit({ handled: handled(id), outbox: [message()], decisions: [decision({ model: "" })] }),
            /check constraint/,
        );
        assert.deepEqual([await store.handledOf([id]), await store.outbox(10)], [new Set(), []]);
    });

    it("keeps each agent's own apart", async () => {
        const id = eventId();
        await store.commit({ handled: handled(id), outbox: [message()], follow: [followed("apart")] });
        assert.deepEqual(await other.handledOf([id]), new Set());
        assert.deepEqual(await other.outbox(10), []);
        assert.deepEqual(await other.followed(), []);
        const [waiting] = await store.outbox(1);
        assert.ok(waiting);
        await other.sent([waiting.id]);
        assert.equal((await store.outbox(10)).length, 1, "nobody strikes out another's messages");
        assert.equal(await other.commit({ handled: handled(id) }), true, "both have handled it then");
        await drain(store);
        await store.commit({ unfollow: ["apart"] });
    });

    const followed = (session: string, start = 5n) => ({ session, council: "strategy", partition: 7, start });

    it("knows where it was, and never moves back", async () => {
        const place = { topic: TOPICS.messages, partition: 11 } as const;
        assert.equal(await store.position(place), undefined);
        for (const next of [5n, 9_007_199_254_740_993n, 7n]) await store.commit({ position: { ...place, next } });
        assert.equal(await again.position(place), 9_007_199_254_740_993n);
        assert.equal(await store.position({ ...place, partition: 12 }), undefined);
    });

    it("knows the sessions that it follows, from where it began", async () => {
        await store.commit({ follow: [followed("a"), followed("b", 9n)] });
        await store.commit({ follow: [followed("a", 100n)] });
        assert.deepEqual(await again.followed(), [followed("a"), followed("b", 9n)]);
        await store.commit({ unfollow: ["a", "never"] });
        assert.deepEqual(await store.followed(), [followed("b", 9n)]);
    });

    it("gives what waits in the order in which it was written, and no more than can be held", async () => {
        const texts = Array.from({ length: 50 }, (_, n) => `m${n}`);
        await store.commit({
            outbox: texts.slice(0, 30).map((text) => message(text, { headers: { kind: "message" } })),
        });
        for (const text of texts.slice(30)) await store.commit({ outbox: [message(text)] });
        assert.deepEqual(
            (await store.outbox(10)).map(({ value }) => value),
            texts.slice(0, 10),
        );
        const waiting = await drain(store);
        assert.deepEqual(
            waiting.map(({ value }) => value),
            texts,
        );
        assert.deepEqual(waiting[0]?.headers, { kind: "message" });
        assert.ok(Math.abs(Date.now() - Number(waiting[0]?.createdAt)) < 60_000);
        const large = "x".repeat(700 * 1024);
        await store.commit({ outbox: Array.from({ length: 12 }, () => message(large)) });
        assert.equal((await store.outbox(200)).length, 6, "4 MiB, begun with the last one");
        assert.equal((await drain(store)).length + (await drain(store)).length, 12);
    });

    it("takes whatever text there is", async () => {
        const hostile = 'nul \0, half \ud800, ", \\u0000, \u{1F4C8}, __proto__';
        await store.commit({
            handled: [{ eventId: eventId(), session: hostile }],
            outbox: [message(JSON.stringify({ hostile }), { key: hostile, headers: { reason: hostile } })],
            decisions: [
                decision({
                    session_id: "hostile",
                    rationale: hostile,
                    evidence: [{ [hostile]: 1, __proto__: hostile }],
                }),
            ],
        });
        const [waiting] = await drain(store);
        assert.deepEqual(JSON.parse(waiting?.value ?? ""), { hostile }, "what it sends is as it was");
        assert.equal(waiting?.key, hostile.replace("\0", "\ufffd").replace("\ud800", "\ufffd"));
    });

    it("records a decision once, and announces it with it, whoever of its members records it", async () => {
        const entry = decision({ session_id: "decided" });
        const second = storeOf(database, "analyst-1");
        try {
            assert.equal(await store.isDecided(entry.event_id), false);
            await Promise.all([store, second, again].map((each) => each.commit({ decisions: [entry] })));
            assert.deepEqual(
                [await store.isDecided(entry.event_id), await second.isDecided(entry.event_id)],
                [true, true],
            );
            assert.equal(await other.isDecided(entry.event_id), false, "who did not sit in it does not see it");
            const announced = [...(await drain(store)), ...(await drain(second))];
            assert.equal(announced.length, 1);
            const [{ topic, key, value, eventId: id } = assert.fail()] = announced;
            assert.deepEqual([topic, key, id], [TOPICS.decisions, "decided", entry.event_id]);
            const { recorded_by, ...told } = JSON.parse(value) as Record<string, unknown>;
            assert.deepEqual(told, entry);
            assert.match(String(recorded_by), /^analyst-[01]$/);
        } finally {
            await second.close();
        }
    });

    it("announces what is larger than a topic takes with digests in place of its long parts", async () => {
        const entry = decision({ session_id: "large", evidence: ["e".repeat(900_000)], rationale: "why" });
        await store.commit({ decisions: [entry] });
        const [announced] = await drain(store);
        assert.ok(announced && announced.value.length < 10_000);
        const told = JSON.parse(announced.value) as Record<string, { omitted_sha256: string }>;
        assert.equal(told["rationale"], "why");
        assert.match(told["evidence"]?.omitted_sha256 ?? "", /^[0-9a-f]{64}$/);
    });

    it("puts entries of the audit trail into the ledger and on their topic, as who is logged in", async () => {
        const entry = { event_id: eventId(), action: "look", object: "thing", detail: { n: 1 }, actor: "the boss" };
        for (let n = 0; n < 2; n += 1) await store.commit({ audit: [entry] });
        const announced = await drain(store);
        assert.equal(announced.length, 1);
        assert.deepEqual(JSON.parse(announced[0]?.value ?? ""), { ...entry, actor: "analyst-0" });
    });

    it("knows who is an agent", async () => {
        const names = ["analyst-1", "analyst-7", "openclaw_operator", "postgres", ""];
        assert.deepEqual(await Promise.all(names.map((name) => store.isAgent(name))), [
            true,
            false,
            false,
            false,
            false,
        ]);
    });

    it("remembers events of any day, and forgets what no topic can deliver again", async () => {
        const all = await database.as(SUPERUSER);
        const operator = await database.as("openclaw_operator");
        const ids = [-400, -7, 0, 2, 400].map((days) => eventId(Date.now() + days * DAY));
        assert.equal(await store.commit({ handled: handled(...ids) }), true);
        assert.deepEqual(await store.handledOf(ids), new Set(ids));
        for (const id of ids) assert.equal(await store.commit({ handled: handled(id) }), false);
        // Days later: those ahead have been made, and the old ones go.
        assert.equal((await operator.query("SELECT bridge.turn_days(3, 5) AS n")).rows[0].n, 3);
        assert.deepEqual(await store.handledOf(ids), new Set(ids.filter((_, n) => n !== 1)));
        assert.equal((await operator.query("SELECT bridge.forget(10) AS n")).rows[0].n, 0);
        await all.query("UPDATE bridge.handled SET handled_at = now() - interval '9 days'");
        await all.query("INSERT INTO bridge.claim VALUES ($1, 'analyst-0', now() - interval '9 days')", [eventId()]);
        assert.equal((await operator.query("SELECT bridge.forget(10) AS n")).rows[0].n, 3);
        assert.deepEqual(await store.handledOf(ids), new Set([ids[2], ids[3]]));
    });

    it("goes on after its connections were lost", async () => {
        const all = await database.as(SUPERUSER);
        await store.ping();
        await all.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'analyst-0'");
        const id = derivedId(eventId(), "after");
        for (let tries = 0; ; tries += 1) {
            try {
                await store.commit({ handled: handled(id) });
                break;
            } catch (error) {
                if (tries > 3) throw error;
            }
        }
        assert.deepEqual(await store.handledOf([id]), new Set([id]));
    });
});
