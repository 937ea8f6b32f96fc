import { strict as assert } from "node:assert";
import { UsageError, wholeNumber } from "../../plan/usage";

describe("a whole number among arguments", () => {
    it("is taken within its bounds", () => {
        assert.deepEqual(
            ["1", "7", "10"].map((value) => wholeNumber("agents", value, 1, 10)),
            [1, 7, 10],
        );
    });

    for (const value of ["0", "11", "2.5", "many", "-1"]) {
        it(`is refused as ${value}, with its name and what would do`, () => {
            assert.throws(() => wholeNumber("agents", value, 1, 10), {
                constructor: UsageError,
                message: `--agents ${value}: must be a whole number from 1 to 10`,
            });
        });
    }
});
