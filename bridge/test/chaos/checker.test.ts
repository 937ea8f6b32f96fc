import { strict as assert } from "node:assert";
import type { JournalLine } from "../../drills/chaos/agent";
import { check } from "../../drills/chaos/checker";
import { type Evidence, type LogLine, placeOf, type Promised } from "../../drills/chaos/evidence";
import { answerTo, asks, mark, planTalks } from "../../drills/chaos/plan";

/** A run as it should be, made by hand; tests spoil it. */
function goodRun() {
    const agents = ["drill-0", "drill-1", "drill-2"];
    const talks = planTalks(agents, 6, 60);
    const log: LogLine[] = [];
    const journals = new Map<string, JournalLine[]>(agents.map((agent) => [agent, []]));
    const handled: string[] = [];
    let turn = 0;
    const append = (topic: string, key: string, value: object) => {
        // Three agents, three partitions.
        const partition = (Number(key.at(-1)) || 0) % 3;
        const offset = log.filter((line) => line.topic === topic && line.partition === partition).length;
        const line = { topic, partition, offset, key, value: JSON.stringify(value) };
        log.push(line);
        return line;
    };
    const write = (agent: string, line: JournalLine) => journals.get(agent)?.push(line);
    const say = (sender: string, key: string, session: string, id: string, text: string, causation?: string) => {
        append("agent-messages", key, {
            id,
            kind: "message",
            session,
            sender,
            recipients: [key],
            causation,
            payload: { text },
        });
        turn += 1;
        write(key, { what: "begin", turn, of: text.split(" and")[0] ?? "" });
        write(key, { what: "end", turn, of: text.split(" and")[0] ?? "" });
        handled.push(`${key} ${id}`);
    };
    for (const { session, from, to, messages } of talks) {
        for (let number = 0; number < messages; number++) {
            const id = `${session}-${number}`;
            write(from, { what: "yes", session, number, tries: 1 });
            say(from, to, session, id, `${mark(session, number)} and more`);
            if (asks(number)) say(to, from, session, `${id}-answer`, answerTo(session, number), id);
        }
    }
    const members = agents;
    const votes = { "drill-0": "yes", "drill-1": "yes", "drill-2": "no" };
    for (const [member, choice] of Object.entries(votes)) {
        for (const [round, kind] of ["position", "rebuttal", "vote"].entries())
            append("council-deliberation", "c-1", {
                id: `${member}-${kind}`,
                kind,
                round: round + 1,
                sender: member,
                payload: { choice },
            });
    }
    append("council-deliberation", "c-1", {
        id: "v",
        kind: "verdict",
        round: 3,
        sender: "drill-0",
        payload: { verdict: "yes" },
    });
    append("decisions", "c-1", { event_id: "d-1" });
    const ledger = [{ event_id: "d-1", session_id: "c-1", verdict: "yes", votes }];
    const { topic, partition, offset } = append("agent-messages", "nobody", { broken: true });
    append("dead-letters", "nobody", { topic, partition, offset, reason: "it is broken" });
    return {
        talks,
        sittings: [{ session: "c-1", members, rounds: 3 }],
        broken: new Set([placeOf({ topic, partition, offset })]),
        log,
        journals,
        handled,
        outbox: [] as string[],
        ledger,
        append,
    };
}

type Run = ReturnType<typeof goodRun>;

function broken(run: Evidence): Promised[] {
    const { problems } = check(run);
    return (Object.keys(problems) as Promised[]).filter((promised) => problems[promised].length > 0);
}

/** Spoils a good run, and says which promises the checker then finds broken. */
function spoiled(spoil: (run: Run) => Partial<Evidence>): Promised[] {
    const run = goodRun();
    return broken({ ...run, ...spoil(run) });
}

const linesOf = (run: Run, agent: string) => run.journals.get(agent) ?? [];
const messages = (run: Run) => run.log.filter(({ topic, key }) => topic === "agent-messages" && key !== "nobody");

describe("the checker of the chaos drill", () => {
    it("finds nothing wrong with a run that is right, and counts it", () => {
        const { problems, figures } = check(goodRun());
        assert.deepEqual(Object.values(problems).flat(), []);
        assert.equal(figures["messages"], 60 + 12);
        assert.equal(figures["conversations"], 6);
        assert.equal(figures["sent again"], 0);
        assert.equal(figures["decisions"], 1);
    });

    it("takes what was sent again, or repeated before it was done, for what it is", () => {
        const run = goodRun();
        const [again] = messages(run);
        run.append("agent-messages", again?.key ?? "", JSON.parse(again?.value ?? "") as object);
        const lines = linesOf(run, "drill-1");
        const [begin, end] = lines.filter((line) => "of" in line);
        assert.ok(begin !== undefined && end !== undefined);
        lines.splice(lines.indexOf(end), 1, { ...end, what: "hangup" } as JournalLine, begin, end, begin, end);
        const { problems, figures } = check(run);
        assert.deepEqual(Object.values(problems).flat(), []);
        assert.equal(figures["sent again"], 1);
        assert.equal(figures["turns repeated"], 1);
    });

    it("finds a message that never came into the log", () => {
        assert.ok(
            spoiled((run) => ({ log: run.log.filter((line) => line !== messages(run)[3]) })).includes("none lost"),
        );
    });

    it("finds two messages that changed places in the log", () => {
        const found = spoiled((run) => {
            const [a, b] = messages(run).filter(({ value }) => value.includes("chaos talk-0"));
            assert.ok(a !== undefined && b !== undefined);
            return {
                log: run.log.map((line) =>
                    line === a ? { ...a, value: b.value } : line === b ? { ...b, value: a.value } : line,
                ),
            };
        });
        assert.ok(found.includes("order"));
    });

    it("finds a message that was told under two ids", () => {
        const found = spoiled((run) => {
            const [again] = messages(run);
            const value = { ...(JSON.parse(again?.value ?? "") as object), id: "another" };
            run.append("agent-messages", again?.key ?? "", value);
            return { handled: [...run.handled, `${again?.key} another`] };
        });
        assert.ok(found.includes("exactly once"));
    });

    it("finds a key that is in two partitions", () => {
        assert.ok(
            spoiled((run) => ({
                log: [
                    ...run.log,
                    { topic: "decisions", partition: 9, offset: 0, key: "c-1", value: '{"event_id":"d-1"}' },
                ],
            })).includes("order"),
        );
    });

    it("finds a turn that never was, or never ended", () => {
        for (const what of ["begin", "end"] as const) {
            const found = spoiled((run) => {
                const lines = linesOf(run, "drill-2");
                const last = lines.flatMap((line) => ("of" in line ? [line.of] : [])).at(-1);
                const gone = lines.filter((line) => "of" in line && line.of === last);
                for (const line of gone)
                    if (what === "begin" || line.what === "end") lines.splice(lines.indexOf(line), 1);
                return {};
            });
            assert.deepEqual(found, ["none lost"]);
        }
    });

    it("finds a turn that began before the one before it had ended", () => {
        const found = spoiled((run) => {
            const lines = linesOf(run, "drill-1");
            const turns = lines.filter((line) => "of" in line && line.of.startsWith("[chaos talk-0 "));
            const [, end, next] = turns;
            assert.ok(end !== undefined && next !== undefined);
            lines.splice(lines.indexOf(next), 1);
            lines.splice(lines.indexOf(end), 0, next);
            return {};
        });
        assert.deepEqual(found, ["order"]);
    });

    it("finds a turn that is repeated after a later one", () => {
        const found = spoiled((run) => {
            const lines = linesOf(run, "drill-1");
            const turns = lines.filter((line) => "of" in line && line.of.startsWith("[chaos talk-0 "));
            lines.push(...turns.slice(0, 2));
            return {};
        });
        assert.deepEqual(found, ["order"]);
    });

    it("finds a second answer to one message, and a missing one", () => {
        const isAnswer = ({ value }: LogLine) => value.includes("[answer ");
        const second = spoiled((run) => {
            const answer = messages(run).find(isAnswer);
            run.append("agent-messages", answer?.key ?? "", {
                ...(JSON.parse(answer?.value ?? "") as object),
                id: "second",
            });
            return { handled: [...run.handled, `${answer?.key} second`] };
        });
        assert.ok(second.includes("exactly once"));
        const missing = spoiled((run) => ({ log: run.log.filter((line) => line !== messages(run).find(isAnswer)) }));
        assert.ok(missing.includes("none lost"));
    });

    it("finds what the database does not know as handled, what it knows twice, and what still waits", () => {
        assert.deepEqual(
            spoiled(({ handled }) => ({ handled: handled.slice(1) })),
            ["none lost"],
        );
        assert.deepEqual(
            spoiled(({ handled }) => ({ handled: [...handled, handled[0] ?? ""] })),
            ["exactly once"],
        );
        assert.deepEqual(
            spoiled(() => ({ outbox: ["drill-0 x"] })),
            ["none lost"],
        );
    });

    it("finds a dead letter that nobody wrote, and one that nobody should have written", () => {
        assert.deepEqual(
            spoiled(({ log }) => ({ log: log.filter(({ topic }) => topic !== "dead-letters") })),
            ["dead letters"],
        );
        const found = spoiled((run) => {
            run.append("dead-letters", "drill-0", { topic: "agent-messages", partition: 1, offset: 1, reason: "no" });
            return {};
        });
        assert.deepEqual(found, ["dead letters"]);
    });

    it("finds a council without a decision, with two, and with another than was voted for", () => {
        const change = (more: object) =>
            spoiled(({ ledger }) => ({ ledger: ledger.map((row) => ({ ...row, ...more })) }));
        assert.deepEqual(
            spoiled(() => ({ ledger: [] })),
            ["councils"],
        );
        assert.deepEqual(
            spoiled(({ ledger }) => ({ ledger: [...ledger, ...ledger] })),
            ["councils"],
        );
        assert.deepEqual(change({ verdict: "no" }), ["councils"]);
        assert.deepEqual(change({ event_id: "other" }), ["councils"]);
        assert.deepEqual(change({ votes: { "drill-0": "no", "drill-1": "yes", "drill-2": "yes" } }), ["councils"]);
    });

    it("finds a member that spoke twice in a round", () => {
        const again = { id: "again", kind: "position", round: 1, sender: "drill-0", payload: {} };
        const found = spoiled((run) => {
            run.append("council-deliberation", "c-1", again);
            return {};
        });
        assert.deepEqual(found, ["exactly once"]);
    });
});
