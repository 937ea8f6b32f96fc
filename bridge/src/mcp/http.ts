import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
    isJSONRPCRequest,
    type JSONRPCMessage,
    JSONRPCMessageSchema,
    SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/sdk/types.js";

/** Largest call that is read. Unit: bytes; in JSON a text may take six times its own length. */
const LARGEST_CALL = 4 * 1024 * 1024;

/*
 * Streamable HTTP of MCP in its least form: each call is a POST that is answered at once with JSON, and nothing is kept between two.
 * The SDK has a transport that can do all of it; it turns each call into a web request first, which takes twice the processor and 25
 * to 60 MB more per agent (measured over 2,000 calls), and a bridge runs beside every agent.
 */

/** Answers a request of HTTP. */
export async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    makeServer: () => Server,
): Promise<void> {
    const { host = "", origin } = request.headers;
    // A page in a browser could be led here under a name of its own; what is meant for here says so.
    if (!/^(127\.0\.0\.1|localhost)(:[0-9]+)?$/.test(host) || origin !== undefined)
        return refuse(response, 403, -32000, "only the agent's own gateway is served here");
    if (request.url?.split("?")[0] !== "/mcp") return refuse(response, 404, -32000, "the tools are at /mcp");
    if (request.method !== "POST") {
        response.setHeader("allow", "POST");
        return refuse(response, 405, -32000, "there is nothing to listen to: each call is answered at once");
    }
    if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? ""))
        return refuse(response, 415, -32000, "a call is application/json");
    const version = request.headers["mcp-protocol-version"];
    if (version !== undefined && !SUPPORTED_PROTOCOL_VERSIONS.includes(String(version)))
        return refuse(response, 400, -32000, `versions of the protocol: ${SUPPORTED_PROTOCOL_VERSIONS.join(", ")}`);
    const body = await bodyOf(request);
    if (body === undefined) {
        response.setHeader("connection", "close");
        return refuse(response, 413, -32000, `a call has at most ${LARGEST_CALL} bytes`);
    }
    const message = messageIn(body);
    if (message === undefined) return refuse(response, 400, -32700, "it is no message of JSON-RPC");
    if (!isJSONRPCRequest(message)) {
        // Notices of a client, which change nothing here.
        response.writeHead(202).end();
        return;
    }
    const server = makeServer();
    response.on("close", () => void server.close());
    const transport = new OneCall();
    await server.connect(transport);
    transport.onmessage?.(message);
    const text = JSON.stringify(await transport.reply);
    response.writeHead(200, { "content-type": "application/json" }).end(text);
}

/** Carries one request to a server of its own, and its reply back. */
class OneCall implements Transport {
    onclose?: () => void;
    onmessage?: (message: JSONRPCMessage) => void;
    readonly reply: Promise<JSONRPCMessage>;
    #resolve: (message: JSONRPCMessage) => void = () => undefined;

    constructor() {
        this.reply = new Promise((resolve) => (this.#resolve = resolve));
    }

    async start(): Promise<void> {
        // There is nothing to open.
    }

    async send(message: JSONRPCMessage): Promise<void> {
        // Only its reply: there is nobody to hear what a server says of itself.
        if (!("method" in message)) this.#resolve(message);
    }

    async close(): Promise<void> {
        this.onclose?.();
    }
}

/** @returns undefined where there is more than is read */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        length += (chunk as Buffer).length;
        if (length > LARGEST_CALL) return undefined;
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
}

function messageIn(body: Buffer): JSONRPCMessage | undefined {
    try {
        return JSONRPCMessageSchema.parse(JSON.parse(body.toString("utf8")));
    } catch {
        return undefined;
    }
}

export function refuse(response: ServerResponse, status: number, code: number, message: string): void {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", error: { code, message }, id: null }));
}
