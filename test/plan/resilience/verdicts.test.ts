import { strict as assert } from "node:assert";
import { POOL, SUBSCRIPTION, TOPIC, governance, noVolumes, shortLock, unencrypted } from "./cases/changes";
import { nodeCases } from "./cases/nodes";
import { storeCases } from "./cases/stores";
import { wayAndBackupCases } from "./cases/ways-and-backups";
import { zoneCases } from "./cases/zone";
import { asCommitted, type Change, effectOf, failuresOf, inventory, remove, set } from "./support";

/*
 * Each verdict by the value that decides it: one change, and the verdict is another. Changes are made in the configuration
 * where it accepts them, else in what is built from it.
 */

const cases = [...zoneCases, ...nodeCases, ...storeCases, ...wayAndBackupCases];

/** What breaks a promise whatever is lost: its ground is missing. */
const grounds: readonly { readonly promise: number; readonly what: string; readonly change: Change }[] = [
    { promise: 1, what: "agents without volumes", change: noVolumes },
    {
        promise: 2,
        what: "nodes of an unknown size",
        change: set(POOL, ["spec", "template", "spec", "requirements", 1, "values"], ["x9z.mega"]),
    },
    { promise: 3, what: "no topics", change: remove(TOPIC) },
    { promise: 4, what: "a database that is not encrypted", change: unencrypted },
    {
        promise: 4,
        what: "connections without TLS",
        change: remove("aws:rds/clusterParameterGroup:ClusterParameterGroup"),
    },
    { promise: 7, what: "no subscriber", change: remove(SUBSCRIPTION) },
];

describe("each verdict changes with the value that decides it", () => {
    for (const {
        loss,
        promise,
        config,
        change = [],
        what,
        from,
        to,
        because,
        seconds,
        lossSeconds,
        same = false,
    } of cases) {
        const [kind, name] = loss;
        it(`${kind} ${name ?? ""}, promise ${promise}: ${from} -> ${to} with ${what}`, async () => {
            const before = effectOf(await asCommitted(), kind, promise, name === "us-east-1c" ? "" : name);
            const after = effectOf(failuresOf(await inventory("prod", config, ...change)), kind, promise, name);
            assert.equal(before.verdict, from, before.because);
            assert.equal(after.verdict, to, after.because);
            if (because) assert.match(after.because, because);
            if (seconds !== undefined) assert.equal(after.seconds, seconds, after.because);
            if (lossSeconds !== undefined) assert.equal(after.lossSeconds, lossSeconds, after.because);
            if (from === to) assert[same ? "deepEqual" : "notDeepEqual"](after, before);
        });
    }

    for (const { promise, what, change } of grounds) {
        it(`all losses, promise ${promise}: breaks with ${what}`, async () => {
            for (const { title, effects } of failuresOf(await inventory("prod", {}, change))) {
                const effect = effects.find((each) => each.promise === promise);
                assert.equal(effect?.verdict, "breaks", `${title}: ${effect?.because ?? ""}`);
            }
        });
    }

    it("all losses but its own, promise 5: breaks with a lock of 300 days, degrades with one that can be lifted", async () => {
        for (const [change, verdict] of [
            [shortLock, "breaks"],
            [governance, "degrades"],
        ] as const) {
            for (const { title, name, effects } of failuresOf(await inventory("prod", {}, change))) {
                const effect = effects.find((each) => each.promise === 5);
                if (name !== "decision archive") assert.equal(effect?.verdict, verdict, title);
            }
        }
    });
});
