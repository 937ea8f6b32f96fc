import { strict as assert } from "node:assert";
import { Turns } from "../../src/inbound/turns";
import type { Gateway, TurnResult } from "../../src/ports";

/** A gateway that answers with what it is given, in turn. */
function answering(...results: (TurnResult | "hang")[]) {
    const asked: string[] = [];
    let atOnce = 0;
    let most = 0;
    const gateway: Gateway = {
        async turn(session, input, signal) {
            asked.push(`${session}: ${input}`);
            most = Math.max(most, (atOnce += 1));
            const result = results.shift() ?? { ok: true, text: "ok" };
            if (result === "hang")
                await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
            else await new Promise((resolve) => setTimeout(resolve, 5));
            atOnce -= 1;
            return result === "hang" ? { ok: false, refused: false, reason: "aborted" } : result;
        },
    };
    return { gateway, asked, most: () => most };
}

const failed = { ok: false, refused: false, reason: "500" } as const;
const away = { ok: false, refused: false, unavailable: true, reason: "connection refused" } as const;

describe("turns", () => {
    it("are tried again until they are answered, however long the gateway is away", async () => {
        const { gateway, asked } = answering(away, away, away, away, away, away, away, failed, {
            ok: true,
            text: "yes",
        });
        const turns = new Turns({ gateway, atOnce: 2, firstWait: 1 });
        assert.deepEqual(await turns.turn("s", "x"), { how: "answered", text: "yes" });
        assert.equal(asked.length, 9);
    });

    it("are poison where the gateway refuses them, or fails time and again", async () => {
        const refusing = answering({ ok: false, refused: true, reason: "400" });
        assert.deepEqual(await new Turns({ gateway: refusing.gateway, atOnce: 1, firstWait: 1 }).turn("s", "x"), {
            how: "poison",
            reason: "400",
        });
        const failing = answering(failed, failed, failed, failed, failed);
        const ended = await new Turns({ gateway: failing.gateway, atOnce: 1, firstWait: 1 }).turn("s", "x");
        assert.equal(ended.how, "poison");
        assert.equal(failing.asked.length, 5);
    });

    it("are never more at once than the gateway does", async () => {
        const { gateway, most } = answering();
        const turns = new Turns({ gateway, atOnce: 3 });
        await Promise.all(Array.from({ length: 20 }, (_, index) => turns.turn(`s${index}`, "x")));
        assert.equal(most(), 3);
    });

    it("that nobody needs any more are not begun", async () => {
        const { gateway, asked } = answering(failed);
        let wanted = true;
        const turns = new Turns({ gateway, atOnce: 1, firstWait: 1, onRetry: () => (wanted = false) });
        assert.deepEqual(await turns.turn("s", "x", () => wanted), { how: "abandoned" });
        assert.equal(asked.length, 1);
    });

    it("end when the bridge drains, and none begins after that", async () => {
        const { gateway, asked } = answering();
        const turns = new Turns({ gateway, atOnce: 1 });
        const running = turns.turn("a", "x");
        const waiting = turns.turn("b", "x");
        await new Promise((resolve) => setTimeout(resolve, 1));
        await turns.drain();
        assert.deepEqual([await running, await waiting], [{ how: "answered", text: "ok" }, { how: "abandoned" }]);
        assert.deepEqual(asked, ["a: x"]);
        assert.equal(turns.running, 0);
    });

    it("are cut off where the bridge must stop", async () => {
        const { gateway } = answering("hang");
        const turns = new Turns({ gateway, atOnce: 1 });
        const running = turns.turn("a", "x");
        await new Promise((resolve) => setTimeout(resolve, 5));
        turns.stop();
        assert.deepEqual(await running, { how: "abandoned" });
    });
});
