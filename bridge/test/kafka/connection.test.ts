import { strict as assert } from "node:assert";
import { connection } from "../../src/kafka/connection";

describe("connection", () => {
    it("lets clients begin with different brokers, and knows all of them", () => {
        const brokers = ["a:9098", "b:9098", "c:9098"];
        const lists = Array.from(
            { length: 200 },
            () => connection({ brokers, auth: "none", region: undefined }, "analyst-0").bootstrapBrokers,
        );
        for (const list of lists) assert.deepEqual([...list].sort(), brokers);
        // Chance fails it once in 10^34 runs.
        assert.deepEqual([...new Set(lists.map(([first]) => first))].sort(), brokers);
    });
});
