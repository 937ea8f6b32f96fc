import { strict as assert } from "node:assert";
import { leakedPromises } from "@pulumi/pulumi/runtime/debuggable";

/** Fails the run on promises that never settle: an assertion behind one would be lost. */
export const mochaHooks = {
    afterAll(): void {
        const [leaked] = leakedPromises();
        assert.equal(leaked.size, 0, `${leaked.size} promises were never settled`);
    },
};
