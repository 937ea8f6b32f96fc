import { strict as assert } from "node:assert";
import { capacityOf } from "../../../plan/capacity/capacity";
import type { CapacityLine } from "../../../plan/document/schema";
import { type Changes, graphOf } from "../../support/stacks";

const capacity = async (stack: "staging" | "prod", changes: Changes = {}) => capacityOf(await graphOf(stack, changes));

async function line(name: string, stack: "staging" | "prod", changes: Changes = {}): Promise<CapacityLine> {
    const found = (await capacity(stack, changes)).lines.find((each) => each.name.startsWith(name));
    assert.ok(found, name);
    return found;
}

const close = (actual: number | undefined, expected: number) =>
    assert.ok(Math.abs((actual ?? NaN) - expected) <= Math.abs(expected) * 0.005, `${actual} for ${expected}`);

describe("capacity", () => {
    it("fits in both committed stacks", async () => {
        for (const stack of ["staging", "prod"] as const) {
            const { lines } = await capacity(stack);
            assert.deepEqual(
                lines.filter(({ verdict }) => verdict !== "fits").map(({ name }) => name),
                [],
                stack,
            );
        }
    });

    // By hand: 3,000,000 a day x 2.5 / 86,400 s = 86.8 in the busiest second.
    it("counts turns: 86.8 begun a second, ten seconds each, eight at once for each of 320 agents", async () => {
        const { need, limit } = await line("Turns", "prod");
        close(need, 868);
        assert.equal(limit, 2560);
    });

    // 86.8 x 4 messages x 2,000 bytes, with 0.2 decisions and 1 audit entry of the same size: 5.2 x 2,000 x 86.8 = 0.86 MiB.
    it("counts what a broker writes: every copy, shared by the brokers", async () => {
        close((await line("Written by a broker", "prod")).need, 0.861);
        close((await line("Written by a broker", "prod", { "openclaw:brokers.count": 8 })).need, 0.43);
        const bigger = await line("Written by a broker", "prod", {
            "openclaw:brokers.instanceType": "kafka.m7g.2xlarge",
        });
        assert.deepEqual(
            [bigger.limit, bigger.name],
            [312.5, "Written by a broker in the busiest second (kafka.m7g.2xlarge)"],
        );
    });

    // 3,000,000 x 2,000 bytes x (4 x 7 days + 0.2 x 14 days + 1 x 14 days) = 268.8 GB = 250.3 GiB, four copies over four brokers.
    it("counts what a broker keeps through the retention of each topic", async () => {
        const { need, limit } = await line("Kept by a broker", "prod");
        close(need, 250.3);
        assert.equal(limit, 1700);
    });

    it("counts replicas, and connections of agents to brokers and database", async () => {
        // (96 + 96 + 24 + 24 + 8) partitions x 4 copies / 4 brokers.
        assert.equal((await line("Replicas", "prod")).need, 248);
        assert.equal((await line("Connections to a broker", "prod")).need, 960);
        const connections = await line("Connections of agents", "prod");
        assert.deepEqual([connections.need, connections.limit], [640, 2883]);
        assert.match(connections.note ?? "", /2 an agent through the pool; 1,441 agents would fit/);
        const plain = await line("Connections of agents", "staging");
        assert.deepEqual([plain.need, plain.limit, plain.key], [24, 720, "openclaw:database.serverless.maxAcu"]);
    });

    // 86.8 x (0.2 + 1 + 0.1) rows.
    it("counts rows that the database writes", async () => close((await line("Rows written", "prod")).need, 112.8));

    it("counts nodes, addresses, volumes and pods, with a zone lost as well", async () => {
        const nodes = await line("Agent nodes", "prod");
        assert.deepEqual([nodes.need, nodes.needZoneLost], [11, 21]);
        const addresses = await line("Addresses of nodes and pods", "prod");
        // 11 and 21 nodes x (5 prefixes x 16 + 2 interfaces), 4 system nodes x 83.
        assert.deepEqual([addresses.need, addresses.needZoneLost, addresses.limit], [1234, 2054, 8187]);
        const volumes = await line("Volumes of agents", "prod");
        assert.deepEqual([volumes.need, volumes.limit], [17, 30]);
    });

    it("is tight, then exceeded, as the need grows, and says what to change", async () => {
        const at = (high: number) =>
            line("Turns", "staging", {
                "openclaw:load.interactionsPerDay": { low: 0, expected: 0, high },
            });
        // 48 turns at once: 48 x 86,400 / 2.5 / 10 = 165,888 a day.
        assert.equal((await at(130_000)).verdict, "fits");
        assert.equal((await at(150_000)).verdict, "tight");
        const over = await at(170_000);
        assert.deepEqual([over.verdict, over.key], ["exceeded", "openclaw:fleet.classes"]);
    });

    it("names the quotas that a new account has to raise, by their codes", async () => {
        const { quotas } = await capacity("prod");
        const raise = quotas.filter((quota) => quota.raise);
        // Karpenter's limit of 376, and 8 system nodes of 4.
        assert.deepEqual(
            raise.map(({ code, need, standard }) => [code, need, standard]),
            [["L-1216C47A", 408, 5]],
        );
        for (const { code } of quotas) assert.match(code, /^L-[0-9A-F]{8}$/);
        assert.equal(new Set(quotas.map(({ code }) => code)).size, quotas.length);
    });

    it("raises more of them as the fleet grows", async () => {
        const large = await capacity("prod", {
            "openclaw:fleet.classes.analyst.agents": 600,
            "openclaw:fleet.classes.analyst.stateSize": "40Gi",
        });
        assert.ok(large.quotas.some(({ code, raise }) => code === "L-7A658B76" && raise));
    });

    it("grows stores to the end of their retention, and memories beyond", async () => {
        const { growth } = await capacity("prod");
        const at = (store: string, months: number) =>
            growth.find((each) => each.store.startsWith(store))?.gibAfterMonths.find((each) => each.months === months)
                ?.gib ?? NaN;
        // 2,000,000 x 2,000 bytes a day, kept 400 days.
        close(at("Operational logs", 36), (4e9 * 400) / 1024 ** 3);
        close(at("Old versions", 1), (2e6 * 20_000 * 30) / 1024 ** 3);
        assert.ok(at("Database", 36) > at("Database", 24), "memories stay");
        assert.equal(at("Decision archive", 24), at("Decision archive", 36));
    });
});
