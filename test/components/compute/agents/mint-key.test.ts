import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

const SCRIPT = join(__dirname, "../../../../components/compute/agents/mint-key/mint-key.mjs");

describe("mint-key.mjs", () => {
    let server: Server;
    let requests: string[];
    let answers: { status: number; body: string }[];

    beforeEach(async () => {
        requests = [];
        server = createServer((request, response) => {
            let text = "";
            request.on("data", (data: Buffer) => (text += data.toString()));
            request.on("end", () => {
                requests.push(`${request.method} ${request.url} ${text}`);
                const { status, body } = answers.shift() ?? { status: 500, body: "no more answers" };
                response.writeHead(status).end(body);
            });
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterEach(() => {
        server.closeAllConnections();
        server.close();
    });

    function run(...all: typeof answers): Promise<{ code: number | null; said: string }> {
        answers = all;
        const address = server.address();
        const port = address !== null && typeof address === "object" ? address.port : 0;
        const child = spawn(process.execPath, [SCRIPT], {
            env: {
                KUBE_API_URL: `http://127.0.0.1:${port}`,
                NAMESPACE: "agents-analyst",
                SECRET: "gateway",
                SECRET_KEY: "class-key",
                SECRET_LABELS: '{"openclaw/class":"analyst"}',
                POLL_SECONDS: "0.005",
                RETRY_SECONDS: "0.3",
            },
        });
        let said = "";
        child.stdout.on("data", (data: Buffer) => (said += data.toString()));
        child.stderr.on("data", (data: Buffer) => (said += data.toString()));
        return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
    }

    it("makes a secret with a key of 32 random bytes, and does not show it", async () => {
        const { code, said } = await run({ status: 201, body: "{}" });
        assert.equal(code, 0, said);
        const [, content = ""] =
            /^POST \/api\/v1\/namespaces\/agents-analyst\/secrets (.*)$/s.exec(requests[0] ?? "") ?? [];
        const key = /"class-key":"([^"]+)"/.exec(content)?.[1] ?? "";
        assert.equal(Buffer.from(key, "base64").length, 32);
        assert.match(
            content,
            /"metadata":\{"name":"gateway","namespace":"agents-analyst","labels":\{"openclaw\/class":"analyst"\}\}/,
        );
        assert.match(content, /"immutable":true/);
        assert.ok(!said.includes(key));
    });

    it("leaves a key alone that is there", async () => {
        const { code, said } = await run({ status: 409, body: '{"reason":"AlreadyExists"}' });
        assert.equal(code, 0);
        assert.match(said, /there already/);
    });

    it("tries again while the API is away", async () => {
        const away = { status: 503, body: "starting" };
        assert.equal((await run(away, away, { status: 201, body: "{}" })).code, 0);
        assert.equal(requests.length, 3);
    });

    it("fails with the API's words", async () => {
        const { code, said } = await run({ status: 403, body: '{"message":"secrets is forbidden"}' });
        assert.equal(code, 1);
        assert.match(said, /cannot create secret agents-analyst\/gateway: 403 .*secrets is forbidden/);
    });
});
