import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { formatCpu, formatMemory, parseBandwidth, parseCpu, parseMemory } from "../../components/model/quantities";

describe("Kubernetes quantities", () => {
    it("reads what people write", () => {
        assert.deepEqual(["500m", "2", "0.5", "1.25", "0.29"].map(parseCpu), [500, 2000, 500, 1250, 290]);
        assert.deepEqual(["3Gi", "512Mi", "1.5Gi", "2048Ki", "1Ti"].map(parseMemory), [3072, 512, 1536, 2, 1_048_576]);
        assert.deepEqual(["50M", "1G", "1k", "1000", "2.5M"].map(parseBandwidth), [5e7, 1e9, 1e3, 1e3, 2.5e6]);
    });

    it("refuses what would have to be guessed or rounded, and says what would do", () => {
        for (const bad of ["", "500", "3G", "3gi", "-1Gi", "1.3Gi", "1Ki", "Gi", "3 Gi", "1e3Mi"]) {
            assert.throws(
                () => parseMemory(bad),
                { name: "RangeError", message: /write for example 512Mi or 3Gi$/ },
                bad,
            );
        }
        for (const bad of ["", "m", "0.5m", "0.0001", "-1", "2 cores", "1e3", "½"]) {
            assert.throws(() => parseCpu(bad), { name: "RangeError", message: /write for example 500m or 2$/ }, bad);
        }
        for (const bad of ["", "999", "50Mi", "50m", "50Mbit", "1001T", "0"]) {
            assert.throws(
                () => parseBandwidth(bad),
                { name: "RangeError", message: /write for example 50M or 1G$/ },
                bad,
            );
        }
    });

    it("writes every value so that it reads back the same", () => {
        fc.assert(
            fc.property(fc.nat(1_000_000), (n) => {
                assert.equal(parseCpu(formatCpu(n)), n);
                assert.equal(parseMemory(formatMemory(n)), n);
                assert.equal(parseMemory(formatMemory(n * 1024)), n * 1024);
            }),
        );
        assert.deepEqual([formatCpu(500), formatMemory(3072), formatMemory(1536)], ["500m", "3Gi", "1536Mi"]);
    });
});
