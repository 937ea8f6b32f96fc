import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import {
    AGENTS_PERCENT,
    CONNECTIONS_AT_WORK,
    CONNECTIONS_OF_A_ROLE,
    connectionBudget,
} from "../../components/model/connections";

const demands = fc.record({
    agents: fc.integer({ min: 0, max: 25_000 }),
    maxConnections: fc.integer({ min: 100, max: 5000 }),
    pooled: fc.boolean(),
});

describe("connectionBudget", () => {
    it("counts prod and a small environment", () => {
        assert.deepEqual(connectionBudget({ agents: 320, maxConnections: 3604, pooled: true }), {
            perAgent: 2,
            needed: 640,
            available: 2883,
            agentsAtMost: 1441,
            fits: true,
        });
        assert.deepEqual(connectionBudget({ agents: 6, maxConnections: 901, pooled: false }), {
            perAgent: 4,
            needed: 24,
            available: 720,
            agentsAtMost: 180,
            fits: true,
        });
    });

    it("takes exactly the largest fleet that it names, and not one agent more", () => {
        fc.assert(
            fc.property(demands, (demand) => {
                const { agentsAtMost } = connectionBudget(demand);
                assert.equal(connectionBudget({ ...demand, agents: agentsAtMost }).fits, true);
                assert.equal(connectionBudget({ ...demand, agents: agentsAtMost + 1 }).fits, false);
            }),
        );
    });

    it("never gives agents what jobs, people and Aurora need", () => {
        fc.assert(
            fc.property(demands, (demand) => {
                const { available, needed, fits } = connectionBudget(demand);
                assert.ok(available <= (demand.maxConnections * AGENTS_PERCENT) / 100);
                assert.ok(demand.maxConnections - available >= 20, "20 for all others");
                if (fits) assert.ok(needed <= available);
            }),
        );
    });

    it("lets a fleet that fits keep fitting in a larger database, behind a pool, and with fewer agents", () => {
        fc.assert(
            fc.property(demands, fc.nat(1000), (demand, more) => {
                fc.pre(connectionBudget(demand).fits);
                assert.ok(connectionBudget({ ...demand, maxConnections: demand.maxConnections + more }).fits);
                assert.ok(connectionBudget({ ...demand, pooled: true }).fits);
                assert.ok(connectionBudget({ ...demand, agents: Math.max(0, demand.agents - more) }).fits);
            }),
        );
    });

    it("counts what the database lets an agent's role hold", () => {
        const source = readFileSync(join(__dirname, "../../database/src/provision.ts"), "utf8");
        assert.equal(/CONNECTION LIMIT (\d+)/.exec(source)?.[1], String(CONNECTIONS_OF_A_ROLE));
        assert.ok(CONNECTIONS_AT_WORK <= CONNECTIONS_OF_A_ROLE);
    });
});
