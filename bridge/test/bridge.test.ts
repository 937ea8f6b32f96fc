import { strict as assert } from "node:assert";
import type { Draft } from "../src/inbound/compose";
import { entryOf } from "../src/inbound/compose";
import { derivedId, eventId } from "../src/contract/ids";
import { TOPICS } from "../src/contract/names";
import type { Envelope } from "../src/contract/envelope";
import { World } from "./support/world";

const AGENTS = ["analyst-0", "analyst-1", "analyst-2", "analyst-3", "analyst-4"];

/** Writes what an opener's tool writes: the opening, and an invitation for each member. */
function open(world: World, session: string, rules: Partial<Draft<"open">["payload"]> = {}): void {
    const id = eventId();
    const draft: Draft<"open"> = {
        id,
        kind: "open",
        session,
        council: "strategy",
        round: 0,
        sequence: 0,
        payload: {
            question: "Shall we?",
            members: AGENTS,
            rounds: 3,
            roundSeconds: 30,
            quorum: 3,
            method: "majority",
            options: ["yes", "no"],
            evidence: [],
            notify: false,
            ...rules,
        },
    };
    world.append(entryOf("reviewer-0", draft));
    for (const member of draft.payload.members) {
        world.append(entryOf("reviewer-0", { ...draft, id: derivedId(id, member) }, TOPICS.messages, member));
    }
}

function message(world: World, to: string, session: string, sequence: number, council?: string): string {
    const id = eventId();
    const draft: Draft<"message"> = {
        id,
        kind: "message",
        session,
        ...(council !== undefined && { council }),
        round: 0,
        sequence,
        recipients: [to],
        payload: { text: `message ${sequence}.`, expectsReply: false },
    };
    world.append(
        council === undefined ? entryOf("reviewer-0", draft, TOPICS.messages, to) : entryOf("reviewer-0", draft),
    );
    return id;
}

async function until(what: () => boolean, seconds = 20): Promise<void> {
    for (const end = Date.now() + seconds * 1000; !what();) {
        assert.ok(Date.now() < end, `not within ${seconds} s: ${what.toString()}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
}

function said(world: World, session: string): Envelope[] {
    return world
        .records(TOPICS.council)
        .filter(({ key }) => key === session)
        .map(({ value }) => JSON.parse(String(Buffer.from(value ?? []))) as Envelope);
}

describe("a bridge", () => {
    let world: World;
    beforeEach(() => (world = new World()));
    afterEach(() => world.stop());

    it("holds a council with the others, to a verdict that is in the decision log once", async () => {
        await Promise.all(AGENTS.map((agent) => world.start(agent)));
        open(world, "s-1");
        await until(() => world.decisions.size === 1);
        const [decision] = world.decisions.values();
        assert.equal(decision?.verdict, "yes");
        assert.equal(decision?.round, 3);
        await until(() => world.records(TOPICS.decisions).length > 0);
        const kinds = new Map<string, number>();
        for (const { kind } of said(world, "s-1")) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        assert.deepEqual(Object.fromEntries(kinds), { open: 1, position: 5, rebuttal: 5, vote: 5, verdict: 1 });
        assert.equal(world.turns.length, 15);
    });

    it("goes on without a member that is dead, once the deadline has passed", async () => {
        for (const agent of AGENTS.slice(0, 4)) await world.start(agent);
        open(world, "s-1", { roundSeconds: 1 });
        await until(() => world.decisions.size === 1);
        assert.equal([...world.decisions.values()][0]?.verdict, "yes");
    });

    it("answers messages of a conversation in order, and each once, though they are sent twice", async () => {
        world.duplication = 0.5;
        await world.start("analyst-0");
        const ids = Array.from({ length: 30 }, (_, n) => message(world, "analyst-0", "talk", n));
        for (const record of world.records(TOPICS.messages).slice(0, 10)) {
            world.append({ topic: record.topic as "agent-messages", key: record.key, value: String(record.value) });
        }
        await until(() => ids.every((id) => world.handledBy("analyst-0").has(id)));
        await new Promise((resolve) => setTimeout(resolve, 50));
        const order = world.turns.map(({ input }) => Number(/message (\d+)\./.exec(input)?.[1]));
        assert.deepEqual(
            order,
            Array.from({ length: 30 }, (_, n) => n),
        );
    });

    it("sends a reply where one is expected, and none otherwise", async () => {
        await world.start("analyst-0");
        await world.start("reviewer-0");
        const id = eventId();
        world.answer = async () => "the answer";
        world.append(
            entryOf(
                "reviewer-0",
                {
                    id,
                    kind: "message",
                    session: "talk",
                    round: 0,
                    sequence: 0,
                    recipients: ["analyst-0"],
                    payload: { text: "?", expectsReply: true },
                },
                TOPICS.messages,
                "analyst-0",
            ),
        );
        await until(() => world.handledBy("reviewer-0").has(derivedId(id, "reply analyst-0")));
        assert.deepEqual(
            world.turns.map(({ agent }) => agent),
            ["analyst-0", "reviewer-0"],
        );
    });

    it("loses nothing and does nothing twice, however often it is killed", async () => {
        world.duplication = 0.1;
        world.answer = async () => {
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
            return "VOTE: no\nnot now";
        };
        await Promise.all(AGENTS.map((agent) => world.start(agent)));
        for (let n = 0; n < 6; n += 1) open(world, `s-${n}`, { roundSeconds: 5 });
        const ids: string[] = [];
        for (let n = 0; n < 60; n += 1) {
            ids.push(message(world, "analyst-1", `talk-${n % 3}`, n));
            if (n % 6 === 0) {
                const victim = AGENTS[Math.floor(Math.random() * AGENTS.length)] ?? "";
                world.kill(victim);
                await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
                await world.start(victim);
            }
        }
        await until(() => world.decisions.size === 6 && ids.every((id) => world.handledBy("analyst-1").has(id)), 40);
        for (const decision of world.decisions.values()) assert.equal(decision.verdict, "no");
        for (let n = 0; n < 6; n += 1) {
            const voices = said(world, `s-${n}`).filter(({ kind }) => kind === "vote");
            const first = new Map(voices.map(({ id, sender }) => [id, sender]));
            assert.equal(
                new Set(first.values()).size,
                first.size,
                "a member has one vote, however often it stands there",
            );
        }
        for (const talk of ["talk-0", "talk-1", "talk-2"]) {
            const order = world.turns
                .filter(({ session }) => session === talk)
                .map(({ input }) => Number(/message (\d+)\./.exec(input)?.[1]));
            const first = order.filter((n, index) => order.indexOf(n) === index);
            assert.deepEqual(
                first,
                [...first].sort((a, b) => a - b),
                "turns of a conversation begin in order",
            );
        }
    }).timeout(60_000);
});
