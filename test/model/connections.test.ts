import { strict as assert } from "node:assert";
import { maxConnections, memoryGiB } from "../../components/model/connections";

describe("maxConnections", () => {
    for (const [size, connections] of [
        [{ instanceClass: "db.r8g.large" }, 1802],
        [{ instanceClass: "db.r8g.xlarge" }, 3604],
        [{ instanceClass: "db.r7g.2xlarge" }, 5000],
        [{ maxAcu: 4 }, 901],
        [{ maxAcu: 256 }, 5000],
    ] as const) {
        it(`is ${connections} for ${JSON.stringify(size)}`, () => assert.equal(maxConnections(size), connections));
    }

    it("refuses a class whose memory it does not know", () => {
        assert.throws(() => memoryGiB("db.t4g.medium"), /unknown size of "db.t4g.medium"/);
    });
});
