import { strict as assert } from "node:assert";
import { worstOf } from "../../../plan/resilience/analyse";
import { failuresOf, inventory, matrix } from "./support";

/*
 * Read by people: what each loss does to promises 1 to 7 in the two committed environments. h holds, D degrades, B breaks.
 * A change here is a change of what the platform survives, and wants a reason in the commit.
 */

const prod = `
zone us-east-1a                                      D D D D h D h
zone us-east-1b                                      D D D D h D h
agent-node fullest node                              h D D h h D h
system-node system-nodes-a                           h h h h h h h
broker 1                                             h h D h h D h
broker 2                                             h h D h h D h
broker 3                                             h h D h h D h
broker 4                                             h h D h h D h
database-instance openclaw-prod-database-a-1         h h h D h D h
database-instance openclaw-prod-database-b-1         h h h h h h h
nat-gateway network-nat-a                            h D h h h D h
nat-gateway network-nat-b                            h D h h h D h
backup point-in-time                                 h h h D h h h
backup openclaw-prod-daily                           h h h h h h h
backup openclaw-prod-monthly                         h h h h h h h
backup openclaw-prod-daily in us-west-2              h h h h h h h
backup openclaw-prod-monthly in us-west-2            h h h h h h h
backup decision archive                              h h h h D h h
backup state replica                                 D h h D h h h`;

const staging = `
zone us-east-1a                                      D D D B D B h
zone us-east-1b                                      D D D D D D h
agent-node fullest node                              h D D h D D h
system-node system-nodes-a                           h h h h D h h
broker 1                                             h h D h D D h
broker 2                                             h h D h D D h
database-instance openclaw-staging-database-a-1      h h h D D D h
nat-gateway network-nat-a                            h B h h D D h
backup point-in-time                                 h h h D D h h
backup openclaw-staging-daily                        h h h h D h h
backup openclaw-staging-monthly                      h h h D D h h
backup decision archive                              h h h h B h h
backup state replica                                 D h h D D h h`;

describe("failures of the committed environments", () => {
    it("prod", async () => {
        assert.equal(`\n${matrix(failuresOf(await inventory("prod"))).join("\n")}`, prod);
    });

    it("staging", async () => {
        assert.equal(`\n${matrix(failuresOf(await inventory("staging"))).join("\n")}`, staging);
    });

    it("say what goes with a zone, with the figures", async () => {
        const [zone] = failuresOf(await inventory("prod"));
        assert.equal(zone?.title, "Zone us-east-1a is lost");
        assert.deepEqual(zone.removes, [
            "up to 12 agent nodes with 160 agents",
            "10 nodes that stand empty",
            "2 system nodes",
            "2 brokers",
            "database instance openclaw-prod-database-a-1",
            "1 NAT gateway",
        ]);
        assert.equal(zone.verdict, "degrades");
    });

    it("give each promise one sentence and a time that fits its verdict", async () => {
        for (const stack of ["prod", "staging"] as const) {
            for (const { title, effects } of failuresOf(await inventory(stack))) {
                assert.deepEqual(
                    effects.map(({ promise }) => promise),
                    [1, 2, 3, 4, 5, 6, 7],
                );
                for (const { because, verdict, seconds } of effects) {
                    assert.match(because, /^[A-Z].*[^.]\.$/, title);
                    assert.doesNotMatch(because, /undefined|NaN|Infinity|\?/, title);
                    assert.ok(verdict === "degrades" || seconds === undefined, `${title}: ${because}`);
                }
            }
        }
    });

    it("name the worst loss for each promise", async () => {
        const worst = worstOf(failuresOf(await inventory("staging")));
        assert.deepEqual(
            worst.map(({ promise, failure, effect }) => `${promise} ${effect.verdict}: ${failure.title}`),
            [
                "1 degrades: Zone us-east-1a is lost",
                "2 breaks: The NAT gateway in us-east-1a is lost",
                "3 degrades: Zone us-east-1a is lost",
                "4 breaks: Zone us-east-1a is lost",
                "5 breaks: The archive of decisions is lost",
                "6 breaks: Zone us-east-1a is lost",
                "7 holds: Zone us-east-1a is lost",
            ],
        );
    });

    it("take as long for 20,000 agents as for 320", async () => {
        const large = await inventory("prod");
        const many = {
            ...large,
            classes: large.classes.map((each) => ({ ...each, agents: (each.agents ?? 0) * 62 })),
            nodes: { ...large.nodes, atMost: 10_000 },
        };
        failuresOf(large);
        const time = (of: typeof large): number => {
            const start = process.hrtime.bigint();
            for (let round = 0; round < 5; round++) failuresOf({ ...of });
            return Number(process.hrtime.bigint() - start) / 5e6;
        };
        const [few, lots] = [time(large), time(many)];
        assert.ok(lots < few * 3 + 20, `${lots.toFixed(1)} ms for 19,840 agents, ${few.toFixed(1)} ms for 320`);
    });
});
