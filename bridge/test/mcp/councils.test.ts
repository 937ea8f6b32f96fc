import { strict as assert } from "node:assert";
import type { Councils, CouncilStatus, OpeningRequest, Saying } from "../../src/mcp/councils";
import { Refusal } from "../../src/mcp/refusal";
import { closeClients, Database, SUPERUSER } from "../support/database";
import { AgentWithTools } from "../support/tools";

/** Notes what tools ask of councils. */
class Asked implements Councils {
    readonly openings: OpeningRequest[] = [];
    readonly sayings: { readonly session: string; readonly saying: Saying; readonly eventId: string }[] = [];
    refusal: Refusal | undefined;
    current: CouncilStatus | undefined;

    async open(request: OpeningRequest) {
        this.openings.push(request);
        return { session: `strategy:${request.eventId}`, isNew: true };
    }
    async say(session: string, saying: Saying, eventId: string) {
        if (this.refusal !== undefined) throw this.refusal;
        this.sayings.push({ session, saying, eventId });
        return { kind: "position" as const, round: 1, isNew: true };
    }
    status(session: string) {
        return this.current?.session === session ? this.current : undefined;
    }
    sessions() {
        return [];
    }
}

describe("tools of councils", () => {
    let database: Database;
    let analyst: AgentWithTools;
    let second: AgentWithTools;
    let reviewer: AgentWithTools;
    let asked: Asked;
    before(async function () {
        this.timeout(120_000);
        database = await Database.migrated();
        asked = new Asked();
        analyst = await AgentWithTools.start(database, "analyst-0", asked, ["strategy", "risk"]);
        second = await AgentWithTools.start(database, "analyst-1", new Asked());
        reviewer = await AgentWithTools.start(database, "reviewer-0", new Asked(), []);
        for (const [who, councils] of [
            [analyst, 2],
            [second, 1],
        ] as const) {
            // Seats are taken in the background.
            const superuser = await database.as(SUPERUSER);
            const agent = who === analyst ? "analyst-0" : "analyst-1";
            for (let n = 0; n < 100; n += 1) {
                const { rowCount } = await superuser.query("SELECT FROM bridge.seat WHERE agent = $1", [agent]);
                if (rowCount === councils) break;
                await new Promise((resolve) => setTimeout(resolve, 20));
            }
        }
    });
    after(() => Promise.all([closeClients(), ...[analyst, second, reviewer].map((each) => each.stop())]));

    const open = (input: object = {}) =>
        analyst.call("council_open", { council: "strategy", question: "Shall we?", ...input });

    it("open a session of those who sit there now, by rules that are complete", async () => {
        const { value } = await open();
        const request = asked.openings.at(-1);
        assert.deepEqual(request?.rules, {
            question: "Shall we?",
            members: ["analyst-0", "analyst-1"],
            rounds: 3,
            roundSeconds: 300,
            quorum: 2,
            method: "majority",
            options: ["yes", "no"],
            evidence: [],
            notify: true,
        });
        assert.deepEqual(value, {
            session: `strategy:${request?.eventId}`,
            isNew: true,
            council: "strategy",
            members: ["analyst-0", "analyst-1"],
            quorum: 2,
            ends_within_seconds: 900,
        });
    });

    it("open it as the same event when they are tried again", async () => {
        for (let n = 0; n < 2; n += 1) await open({ idempotency_key: "o-1" });
        assert.equal(new Set(asked.openings.slice(-2).map(({ eventId }) => eventId)).size, 1);
    });

    it("refuse members, councils and rules that there cannot be", async () => {
        const before = asked.openings.length;
        for (const [input, said] of [
            [{ council: "secret" }, /You may not sit in the council secret; yours: strategy, risk/],
            [{ council: undefined }, /Say which council/],
            [{ members: ["analyst-0", "analyst-7"] }, /There is no agent analyst-7/],
            [{ members: ["analyst-0", "analyst-0"] }, /named twice/],
            [{ members: ["analyst-0"], quorum: 2 }, /A quorum of 2 cannot be reached by 1 members/],
            [{ options: ["one"] }, /options: /],
            [{ rounds: 11 }, /rounds: /],
        ] as const) {
            const { isError, text } = await open(input);
            assert.equal(isError, true);
            assert.match(text, said);
        }
        assert.match((await reviewer.call("council_open", { question: "?" })).text, /You may sit in no council/);
        assert.equal((await second.call("council_open", { question: "?" })).isError, false, "it has only one");
        assert.equal(asked.openings.length, before);
    });

    it("take and give up seats, for oneself alone", async () => {
        assert.deepEqual((await second.call("council_leave", { council: "strategy" })).value, {
            council: "strategy",
            left: true,
            members: ["analyst-0"],
        });
        assert.equal((await second.call("council_leave", { council: "strategy" })).value["left"], false);
        assert.deepEqual((await second.call("council_join", { council: "strategy" })).value, {
            council: "strategy",
            members: ["analyst-0", "analyst-1"],
        });
        assert.match((await second.call("council_join", { council: "risk" })).text, /You may not sit/);
        const agent = await database.as("analyst-1");
        await assert.rejects(
            agent.query("INSERT INTO bridge.seat (council, agent) VALUES ('risk', 'analyst-0')"),
            /denied/,
        );
        assert.equal((await agent.query("DELETE FROM bridge.seat WHERE agent = 'analyst-0'")).rowCount, 0);
    });

    it("do not count who has not been seen for a while", async () => {
        const superuser = await database.as(SUPERUSER);
        await superuser.query(
            "UPDATE bridge.seat SET seen_at = now() - interval '5 minutes' WHERE agent = 'analyst-1'",
        );
        const { value } = await analyst.call("council_status");
        assert.deepEqual(value, {
            sessions: [],
            councils: [
                { council: "strategy", members: ["analyst-0"] },
                { council: "risk", members: ["analyst-0"] },
            ],
        });
    });

    it("say what is said, each as what it is", async () => {
        const session = "strategy:1";
        await analyst.call("council_post", { session, text: "I think so.", evidence: ["page 7"] });
        await analyst.call("council_vote", { session, choice: "yes", reason: "because" });
        await analyst.call("council_close", {
            session,
            verdict: "go",
            dissent: [{ member: "analyst-1", reason: "dear" }],
        });
        const aside = { session, text: "psst", as: "message", to: ["analyst-1"], idempotency_key: "p-1" };
        for (let n = 0; n < 2; n += 1) await analyst.call("council_post", aside);
        assert.deepEqual(
            asked.sayings.map(({ saying }) => saying),
            [
                { kind: "statement", text: "I think so.", evidence: ["page 7"] },
                { kind: "vote", choice: "yes", reason: "because" },
                { kind: "verdict", verdict: "go", rationale: "", dissent: [{ member: "analyst-1", reason: "dear" }] },
                { kind: "message", text: "psst", recipients: ["analyst-1"], expectsReply: false },
                { kind: "message", text: "psst", recipients: ["analyst-1"], expectsReply: false },
            ],
        );
        const [first, again] = asked.sayings.slice(-2);
        assert.equal(first?.eventId, again?.eventId);
        const wrong = await analyst.call("council_post", { session, text: "x", to: ["analyst-1"] });
        assert.match(wrong.text, /A statement is for all members/);
    });

    it("pass on why a council refuses, in its words", async () => {
        asked.refusal = new Refusal("This round is for votes.");
        const { isError, text } = await analyst.call("council_post", { session: "s-1", text: "x" });
        asked.refusal = undefined;
        assert.deepEqual([isError, text], [true, "This round is for votes."]);
    });

    it("show how a council stands, and whose turn it is", async () => {
        asked.current = {
            session: "strategy:9",
            council: "strategy",
            opener: "analyst-1",
            rules: {
                question: "Shall we?",
                members: ["analyst-0", "analyst-1"],
                rounds: 3,
                roundSeconds: 60,
                quorum: 2,
                method: "majority",
                options: ["yes", "no"],
                evidence: [],
                notify: true,
            },
            round: 1,
            asksFor: "position",
            awaited: ["analyst-0"],
            deadline: Date.UTC(2026, 10, 23),
            contributions: [],
            outcome: undefined,
        };
        const { value } = await analyst.call("council_status", { session: "strategy:9" });
        assert.deepEqual(
            [value["your_turn"], value["round_ends"], value["question"], value["asksFor"]],
            [true, "2026-11-23T00:00:00.000Z", "Shall we?", "position"],
        );
        assert.match((await analyst.call("council_status", { session: "other" })).text, /You follow no session other/);
    });
});
