import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import type { EnvelopeOf } from "../../src/contract/envelope";
import { Council } from "../../src/council/council";
import { decisionId, decisionOf } from "../../src/council/decision";
import type { Logged } from "../../src/ports";
import { Log, MEMBERS } from "../support/envelopes";

type Opening = Logged<EnvelopeOf<"open">>;

function councilOf(log: Log): Council {
    const [first, ...rest] = log.records;
    const council = new Council(first as Opening);
    for (const record of rest) council.apply(record);
    return council;
}

/** Everything that two observers would compare. */
function stateOf(council: Council) {
    const { round, roundCause, deadline, contributions, ignored, outcome, verdictId } = council;
    return { round, roundCause, deadline, contributions, ignored, outcome, verdictId };
}

describe("a council", () => {
    const opened = (rules: Partial<EnvelopeOf<"open">["payload"]> = {}) => {
        const log = new Log();
        log.add("open", "analyst-0", rules);
        return log;
    };
    const round = (
        log: Log,
        kind: "position" | "rebuttal" | "vote",
        number: number,
        who = [...MEMBERS] as string[],
    ) => {
        for (const member of who) log.wait(1).add(kind, member, {}, { round: number });
    };

    it("goes through its rounds as soon as everybody has spoken, and comes to the verdict of the majority", () => {
        const log = opened();
        round(log, "position", 1);
        round(log, "rebuttal", 2);
        for (const [index, member] of MEMBERS.entries()) {
            log.wait(1).add(
                "vote",
                member,
                { choice: index < 3 ? "yes" : "no", reason: `${member} says` },
                { round: 3 },
            );
        }
        const { outcome, round: last } = councilOf(log);
        assert.equal(last, 3);
        assert.equal(outcome?.verdict, "yes");
        assert.deepEqual(outcome?.dissent, [
            { member: "analyst-3", choice: "no", reason: "analyst-3 says" },
            { member: "analyst-4", choice: "no", reason: "analyst-4 says" },
        ]);
        assert.match(outcome?.rationale ?? "", /^3 of 5 members voted for "yes" \(majority, quorum 3\)/);
    });

    it("waits for a member that is gone until the first deadline, and no longer", () => {
        const log = opened();
        const there = MEMBERS.slice(0, 4);
        round(log, "position", 1, there);
        assert.equal(councilOf(log).round, 1, "it may still come");
        log.wait(60).add("deadline", "analyst-1", {});
        assert.equal(councilOf(log).round, 2);
        round(log, "rebuttal", 2, there);
        assert.equal(councilOf(log).round, 3, "nobody waits for it a second time");
        round(log, "vote", 3, there);
        assert.equal(councilOf(log).outcome?.verdict, "yes");
    });

    it("goes by the broker's clock: a deadline told too early has no effect, and a late word counts in no round", () => {
        const log = opened();
        log.wait(59).add("deadline", "analyst-1", {});
        assert.equal(councilOf(log).round, 1);
        log.wait(1).add("position", "analyst-2", {}, { round: 1 });
        const council = councilOf(log);
        assert.equal(council.round, 2, "a late word ends the round as well");
        assert.deepEqual(council.contributions, []);
        assert.match(council.ignored[0]?.reason ?? "", /^round 2 goes on, not 1$/);
    });

    it("ignores, with the reason, what is not by its rules", () => {
        const log = opened({ members: ["analyst-0", "analyst-1"], rounds: 1, quorum: 1 });
        log.add("vote", "reviewer-0", {}, { round: 1 });
        log.add("vote", "analyst-0", { choice: "perhaps" }, { round: 1 });
        log.add("position", "analyst-0", {}, { round: 1 });
        log.add("vote", "analyst-0", {}, { round: 2 });
        log.add("vote", "analyst-0", {}, { round: 1 });
        log.add("vote", "analyst-0", { choice: "no" }, { round: 1 });
        log.add("open", "analyst-1", {});
        log.add("verdict", "analyst-0", {}, { round: 1 });
        assert.deepEqual(
            councilOf(log).ignored.map(({ reason }) => reason),
            [
                "reviewer-0 is no member",
                "perhaps is no option",
                "this round is for a vote",
                "round 1 goes on, not 2",
                "analyst-0 has spoken in this round",
                "the session is open already",
                "this round is for a vote",
            ],
        );
    });

    it("takes the verdict of a vote only as it was voted, and the first one alone", () => {
        const log = opened({ members: ["analyst-0"], rounds: 1, quorum: 1 });
        log.add("vote", "analyst-0", {}, { round: 1 });
        log.add("verdict", "analyst-0", { verdict: "no" }, { round: 1 });
        const told = log.add("verdict", "analyst-0", { verdict: "yes" }, { round: 1 });
        log.add("verdict", "analyst-0", { verdict: "yes" }, { round: 1 });
        const council = councilOf(log);
        assert.equal(council.verdictId, told.envelope.id);
        assert.deepEqual(
            council.ignored.map(({ reason }) => reason),
            ["it is not what the council came to", "the verdict is told already"],
        );
    });

    for (const [what, rules, votes, verdict, reached] of [
        ["a tie", {}, ["yes", "yes", "no", "no", "abstain"], "no majority", false],
        ["too few", {}, ["yes", "yes"], "no quorum", false],
        ["those who abstain, for the quorum", {}, ["yes", "abstain", "abstain"], "yes", true],
        ["one against", { method: "unanimity" }, ["yes", "yes", "yes", "no"], "no unanimity", false],
        ["all but who abstain", { method: "unanimity" }, ["no", "no", "abstain"], "no", true],
        ["nobody for anything", { method: "unanimity" }, ["abstain", "abstain", "abstain"], "no unanimity", false],
        ["more options than two", { options: ["a", "b", "c"] }, ["a", "b", "b", "b", "c"], "b", true],
        ["most but not more than half", { options: ["a", "b", "c"] }, ["a", "b", "b", "c"], "no majority", false],
    ] as const) {
        it(`counts ${what}: ${verdict}`, () => {
            const log = opened({ rounds: 1, ...(rules as object) });
            for (const [index, choice] of votes.entries())
                log.add("vote", MEMBERS[index] ?? "", { choice }, { round: 1 });
            log.wait(60).add("deadline", "analyst-0", {});
            const { outcome } = councilOf(log);
            assert.deepEqual([outcome?.verdict, outcome?.reached], [verdict, reached]);
        });
    }

    it("has its synthesis written by the first member that is there", () => {
        const log = opened({ method: "synthesis", rounds: 2 });
        round(log, "position", 1);
        log.add("verdict", "analyst-1", { verdict: "mine" }, { round: 2 });
        assert.equal(councilOf(log).synthesizer, "analyst-0");
        log.wait(60).add("deadline", "analyst-3", {}, { round: 2 });
        assert.equal(councilOf(log).synthesizer, "analyst-1");
        log.add(
            "verdict",
            "analyst-1",
            {
                verdict: "ours",
                dissent: [
                    { member: "analyst-4", reason: "too soon" },
                    { member: "reviewer-0", reason: "x" },
                ],
            },
            { round: 2 },
        );
        const council = councilOf(log);
        assert.equal(council.outcome?.verdict, "ours");
        assert.deepEqual(council.outcome?.dissent, [{ member: "analyst-4", reason: "too soon" }]);
        assert.equal(council.verdictSender, "analyst-1");
    });

    it("ends without a synthesis where no member writes one, and without a quorum where too few spoke", () => {
        const nobody = opened({ method: "synthesis", rounds: 2, members: ["analyst-0", "analyst-1"], quorum: 1 });
        nobody.add("position", "analyst-0", {}, { round: 1 });
        for (let n = 0; n < 3; n += 1) nobody.wait(60).add("deadline", "analyst-1", {});
        assert.equal(councilOf(nobody).outcome?.verdict, "no synthesis");
        const few = opened({ method: "synthesis", rounds: 2 });
        round(few, "position", 1, ["analyst-0"]);
        few.wait(60).add("deadline", "analyst-1", {});
        assert.equal(councilOf(few).outcome?.verdict, "no quorum");
    });

    it("keeps, in the decision log's entry, who said what, what was ignored, and an id that does not depend on who records it", () => {
        const log = opened({ rounds: 1, members: ["analyst-0", "analyst-1"], quorum: 1, evidence: [{ page: 7 }] });
        log.add("vote", "reviewer-0", {}, { round: 1 });
        log.add("vote", "analyst-1", { model: "m2" }, { round: 1 });
        log.add("vote", "analyst-0", { model: "m1" }, { round: 1 });
        const decision = decisionOf(councilOf(log));
        assert.equal(decision.event_id, decisionId(councilOf(log)));
        assert.deepEqual(decision.votes, { "analyst-1": "yes", "analyst-0": "yes" });
        assert.equal(decision.model, "m1, m2");
        const [given, about] = decision.evidence as [unknown, { said: unknown[]; ignored: { sender: string }[] }];
        assert.deepEqual(given, { page: 7 });
        assert.equal(about.said.length, 2);
        assert.equal(about.ignored[0]?.sender, "reviewer-0");
    });

    it("keeps its entry small enough for a topic, however much was said and thrown in", () => {
        const evidence = Array.from({ length: 100 }, () => "e".repeat(6000));
        const log = opened({ rounds: 2, quorum: 1, evidence });
        const long = "\u0001".repeat(60_000);
        for (const member of MEMBERS) log.add("position", member, { text: long }, { round: 1 });
        for (let n = 0; n < 500; n += 1) log.add("vote", "reviewer-0", {}, { round: 2 });
        for (const [index, member] of MEMBERS.entries()) {
            log.add("vote", member, { choice: index > 1 ? "yes" : "no", reason: long }, { round: 2 });
        }
        const decision = decisionOf(councilOf(log));
        assert.ok(Buffer.byteLength(JSON.stringify(decision)) < 200_000);
        assert.equal(decision.verdict, "yes");
    });

    const kinds = ["position", "rebuttal", "vote", "verdict", "deadline", "message", "open"] as const;
    const anyLog = fc
        .record({
            rounds: fc.integer({ min: 1, max: 4 }),
            quorum: fc.integer({ min: 1, max: 5 }),
            method: fc.constantFrom("majority" as const, "unanimity" as const, "synthesis" as const),
            said: fc.array(
                fc.record({
                    kind: fc.constantFrom(...kinds),
                    sender: fc.constantFrom(...MEMBERS, "reviewer-0"),
                    round: fc.integer({ min: 0, max: 5 }),
                    choice: fc.constantFrom("yes", "no", "abstain", "perhaps"),
                    wait: fc.integer({ min: 0, max: 50 }),
                    again: fc.boolean(),
                }),
                { maxLength: 60 },
            ),
        })
        .map(({ said, ...rules }) => {
            const log = opened(rules);
            for (const { kind, sender, round: number, choice, wait, again } of said) {
                const payload = kind === "vote" ? { choice } : kind === "verdict" ? { verdict: choice } : {};
                const record = log.wait(wait).add(kind, sender, payload, { round: number });
                if (again) log.records.push({ ...record, offset: BigInt(log.records.length) });
            }
            return log;
        });

    it("comes to the same whoever reads the log, however often a record stands in it", () => {
        fc.assert(
            fc.property(anyLog, (log) => {
                const once = stateOf(councilOf(log));
                const first = new Map<string, Logged>();
                for (const record of log.records)
                    if (!first.has(record.envelope.id)) first.set(record.envelope.id, record);
                const deduplicated = new Log();
                deduplicated.records.push(...first.values());
                assert.deepEqual(stateOf(councilOf(deduplicated)), once);
            }),
            { numRuns: 300 },
        );
    });

    it("never takes back an outcome or a word, and ends whatever is said, once deadlines are told", () => {
        fc.assert(
            fc.property(anyLog, (log) => {
                const [first, ...rest] = log.records;
                const council = new Council(first as Opening);
                let spoken = 0;
                for (const record of rest) {
                    const before = council.outcome;
                    council.apply(record);
                    if (before !== undefined) assert.equal(council.outcome, before);
                    assert.ok(council.contributions.length >= spoken);
                    spoken = council.contributions.length;
                }
                for (let n = 0; n < 12; n += 1) council.apply(log.wait(61).add("deadline", "analyst-0", {}));
                assert.notEqual(council.outcome, undefined);
                const ids = council.contributions.map(({ member, round: number }) => `${member} ${number}`);
                assert.equal(new Set(ids).size, ids.length, "nobody speaks twice in a round");
            }),
            { numRuns: 300 },
        );
    });
});
