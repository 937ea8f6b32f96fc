import { strict as assert } from "node:assert";
import {
    INSTANCE_SIZES,
    instanceMemoryGiB,
    maxConnections,
    serverlessMaxConnections,
} from "../../components/model/database-memory";

describe("instanceMemoryGiB", () => {
    it("knows the sizes of r7g and r8g", () => {
        const sizes = ["large", "xlarge", "2xlarge", "4xlarge", "16xlarge", "24xlarge"];
        assert.deepEqual(
            sizes.map((size) => instanceMemoryGiB(`db.r8g.${size}`)),
            [16, 32, 64, 128, 512, 768],
        );
        assert.equal(instanceMemoryGiB("db.r7g.large"), 16);
    });

    it("refuses what it does not know", () => {
        for (const unknown of ["db.serverless", "db.t4g.medium", "r8g.large", "db.r8g.medium"]) {
            assert.throws(() => instanceMemoryGiB(unknown), new RegExp(`no memory is known for "${unknown}"`));
        }
    });
});

describe("maxConnections", () => {
    it("grows with memory up to 5,000", () => {
        assert.deepEqual([1, 16, 32, 64, 768].map(maxConnections), [112, 1802, 3604, 5000, 5000]);
    });
});

describe("serverlessMaxConnections", () => {
    it("goes by the upper end, and stops at 2,000 where the lower end is half a unit", () => {
        assert.equal(serverlessMaxConnections(0.5, 4), 901);
        assert.equal(serverlessMaxConnections(0.5, 16), 2000);
        assert.equal(serverlessMaxConnections(1, 16), 3604);
        assert.equal(serverlessMaxConnections(1, 256), 5000);
    });
});

describe("INSTANCE_SIZES", () => {
    it("go from the smallest to the largest", () => {
        const memory = INSTANCE_SIZES.map((size) => instanceMemoryGiB(`db.r8g.${size}`));
        assert.deepEqual(
            memory,
            [...memory].sort((one, other) => one - other),
        );
    });
});
