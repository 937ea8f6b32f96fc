import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResponsesGateway, sessionKeyOf } from "../../src/gateway/responses";

interface Asked {
    readonly headers: IncomingMessage["headers"];
    readonly body: unknown;
}

const folder = mkdtempSync(join(tmpdir(), "bridge-gateway-"));
const tokenFile = join(folder, "token");
const open: { close(): void }[] = [];

/** A gateway that answers as told, and keeps what it was asked. */
async function gateway(answer: (response: ServerResponse, request: IncomingMessage) => void, turnSeconds = 5) {
    const asked: Asked[] = [];
    const connections = new Set<Socket>();
    const server: Server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
            asked.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
            answer(response, request);
        });
    });
    server.on("connection", (socket) => connections.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const client = new ResponsesGateway({ url: `http://127.0.0.1:${port}`, tokenFile, turnSeconds, turnsAtOnce: 4 });
    open.push(client, {
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    });
    const turn = (input = "hello", session = "s-1", signal = new AbortController().signal) =>
        client.turn(session, input, signal);
    return { turn, asked, connections, server };
}

const says = (text: string, more: object = {}) =>
    JSON.stringify({
        status: "completed",
        output: [
            { type: "reasoning", content: [{ type: "output_text", text: "hidden" }] },
            { type: "message", content: [{ type: "output_text", text }] },
        ],
        ...more,
    });

describe("the gateway's client", () => {
    before(() => writeFileSync(tokenFile, "secret\n"));
    afterEach(() => open.splice(0).forEach((each) => each.close()));
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("asks as the gateway's operator, in a session of the bus, and gives back what the agent says", async () => {
        const { turn, asked } = await gateway((response) => response.end(says("42")));
        assert.deepEqual(await turn("What is it?", "s-1"), { ok: true, text: "42" });
        assert.equal(asked[0]?.headers["authorization"], "Bearer secret");
        assert.equal(asked[0]?.headers["x-openclaw-session-key"], "agent:main:bridge-s-1");
        assert.deepEqual(asked[0]?.body, { model: "openclaw", input: "What is it?" });
    });

    it("keeps sessions apart that the gateway would fold into one, and out of those that mean something to it", () => {
        const keys = ["a", "A", "main", "cron:1", "cron_1", "x:thread:1", "agent:main:main"].map(sessionKeyOf);
        assert.equal(new Set(keys.map((key) => key.toLowerCase())).size, keys.length);
        for (const key of keys) assert.match(key, /^agent:main:bridge-[a-z0-9._-]+$/);
    });

    it("reads the token anew for each turn, and waits for one that is not there yet", async () => {
        const { turn, asked } = await gateway((response) => response.end(says("yes")));
        rmSync(tokenFile);
        const before = await turn();
        assert.equal(before.ok === false && before.unavailable, true);
        writeFileSync(tokenFile, "other");
        assert.equal((await turn()).ok, true);
        assert.equal(asked[0]?.headers["authorization"], "Bearer other");
    });

    it("keeps connections open between turns", async () => {
        const { turn, connections } = await gateway((response) => response.end(says("yes")));
        for (let i = 0; i < 5; i++) assert.equal((await turn()).ok, true);
        assert.equal(connections.size, 1);
    });

    for (const [status, kind] of [
        [400, "refused"],
        [413, "refused"],
        [422, "refused"],
        [401, "unavailable"],
        [402, "unavailable"],
        [403, "unavailable"],
        [404, "unavailable"],
        [409, "unavailable"],
        [429, "unavailable"],
        [502, "unavailable"],
        [503, "unavailable"],
        [408, "failed"],
        [500, "failed"],
        [504, "failed"],
    ] as const) {
        it(`takes ${status} as ${kind}`, async () => {
            const { turn } = await gateway((response) => response.writeHead(status).end("because\n of this"));
            const result = await turn();
            assert.ok(!result.ok);
            assert.deepEqual(
                [result.refused, result.unavailable === true],
                [kind === "refused", kind === "unavailable"],
            );
            assert.match(result.reason, new RegExp(`${status}.*because of this`));
        });
    }

    for (const [what, body] of Object.entries({
        "a page of the web interface": "<!doctype html>",
        "JSON of another kind": "[1]",
        "a failed turn": JSON.stringify({ status: "failed", error: { message: "no" }, output: [] }),
        "a cancelled turn": says("x", { status: "cancelled" }),
    })) {
        it(`takes ${what} as failed`, async () => {
            const { turn } = await gateway((response) => response.end(body));
            const result = await turn();
            assert.ok(!result.ok && !result.refused && result.unavailable !== true);
        });
    }

    it("takes an answer that the model could not end as the answer: it would not the next time either", async () => {
        const { turn } = await gateway((response) => response.end(says("half", { status: "incomplete" })));
        assert.deepEqual(await turn(), { ok: true, text: "half" });
    });

    it("puts up with a gateway that is not there, that breaks off, and that breaks off half way", async () => {
        const { turn, server } = await gateway((response, request) =>
            request.headers["x-openclaw-session-key"]?.includes("half") === true
                ? response.writeHead(200, { "content-length": 100 }).write("{", () => response.destroy())
                : response.destroy(),
        );
        for (const session of ["s", "half"]) {
            const broken = await turn("hello", session);
            assert.ok(!broken.ok && !broken.refused && broken.unavailable !== true, "the message may be why");
        }
        await new Promise((resolve) => server.close(resolve));
        const gone = await turn();
        assert.ok(!gone.ok && gone.unavailable === true);
    });

    it("gives up on a turn that takes too long, and lets the gateway know by hanging up", async () => {
        let hungUp: (() => void) | undefined;
        const seen = new Promise<void>((resolve) => (hungUp = resolve));
        const { turn } = await gateway((response) => response.on("close", () => hungUp?.()), 0.1);
        const result = await turn();
        assert.ok(!result.ok && !result.refused && /no answer within/.test(result.reason));
        await seen;
    });

    it("ends at once when the bridge stops", async () => {
        const stop = new AbortController();
        const { turn } = await gateway(() => stop.abort());
        assert.equal((await turn("hello", "s", stop.signal)).ok, false);
        assert.equal((await turn("hello", "s", stop.signal)).ok, false);
    });

    it("does not throw, whatever the session is called", async () => {
        const { turn } = await gateway((response) => response.end(says("yes")));
        assert.equal((await turn("hello", "x\r\nhost: y")).ok, false);
    });

    it("reads no more of an answer than it can keep", async () => {
        const chunk = "x".repeat(1024 * 1024);
        const { turn } = await gateway((response) => {
            const more = () => void (response.destroyed || response.write(chunk, more));
            more();
        });
        const result = await turn();
        assert.ok(!result.ok && /longer than/.test(result.reason));
    });
});
