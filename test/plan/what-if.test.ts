import { strict as assert } from "node:assert";
import fc from "fast-check";
import { parseConfig } from "../../config";
import { ConfigError } from "../../settings/problem";
import { UsageError } from "../../plan/usage";
import { withAgents, withValues } from "../../plan/what-if";
import { configOf } from "../support/stacks";

const prod = configOf("prod");
const settings = (...assignments: string[]) => parseConfig(withValues(prod, assignments));

describe("what if", () => {
    it("sets a value by its key, with or without the namespace, and leaves the others", () => {
        assert.equal(settings("fleet.classes.analyst.agents=400").fleet.classes["analyst"]?.agents, 400);
        assert.equal(settings("openclaw:brokers.count=8").brokers.count, 8);
        assert.equal(settings("brokers.count=8").brokers.volumeGiB, parseConfig(prod).brokers.volumeGiB);
        assert.equal(settings("aws:region=us-east-1").region, "us-east-1");
        assert.equal(settings("account=444455556666").account, "444455556666");
    });

    it("reads values as YAML, and appends to a list", () => {
        assert.deepEqual(settings("network.zones[2]=us-east-1c").network.zones, [
            "us-east-1a",
            "us-east-1b",
            "us-east-1c",
        ]);
        assert.deepEqual(
            settings("fleet.classes.support.allowedDomains=[example.com]").fleet.classes["support"]?.allowedDomains,
            ["example.com"],
        );
        assert.equal(settings("protect=true", "database.engineVersion='17.9'").database.engineVersion, "17.9");
    });

    it("takes several, the last one last", () => {
        assert.equal(settings("brokers.count=8", "brokers.count=12").brokers.count, 12);
    });

    it("leaves what is sound to the program, which names the key", () => {
        assert.throws(
            () => settings("fleet.classes.analyst.agent=400"),
            (error) =>
                error instanceof ConfigError &&
                /did you mean openclaw:fleet\.classes\.analyst\.agents/.test(error.message),
        );
    });

    for (const [assignment, message] of [
        ["brokers.count", /takes key=value/],
        ["=8", /takes key=value/],
        ["brokers..count=8", /is no key/],
        ["network.zones[x]=a", /is no key/],
        ["network.zones[7]=a", /has 2 entries/],
        ["brokers.count.more=8", /has no part more/],
        ["brokers.count=[8", /not YAML/],
    ] as const) {
        it(`says what is wrong with ${assignment}`, () => {
            assert.throws(
                () => withValues(prod, [assignment]),
                (error) => error instanceof UsageError && message.test(error.message),
            );
        });
    }

    it("scales a fleet to exactly so many agents, each class in its share", () => {
        const before = parseConfig(prod).fleet.classes;
        const total = Object.values(before).reduce((sum, { agents }) => sum + agents, 0);
        fc.assert(
            fc.property(fc.integer({ min: 5, max: 12_000 }), (agents) => {
                const fleet = JSON.parse(withAgents(prod, agents)["openclaw:fleet"] ?? "") as {
                    classes: typeof before;
                };
                const sizes = Object.entries(fleet.classes).map(([name, each]) => ({ name, agents: each.agents }));
                assert.equal(
                    sizes.reduce((sum, each) => sum + each.agents, 0),
                    agents,
                );
                for (const each of sizes) {
                    const share = ((before[each.name]?.agents ?? 0) / total) * agents;
                    assert.ok(
                        each.agents >= 1 && Math.abs(each.agents - share) < 2,
                        `${each.name} ${each.agents} for ${share}`,
                    );
                }
            }),
        );
        assert.throws(() => withAgents(prod, 4), /each of the 5 classes has at least one/);
    });
});
