import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Pool } from "pg";
import type { Councils } from "../../src/mcp/councils";
import { startTools, type Tools } from "../../src/mcp/server";
import { connect } from "../../src/store/pool";
import { PgStore } from "../../src/store/store";
import { type Database, settingsFor } from "./database";

/** What a tool answered. */
export interface Answer {
    readonly isError: boolean;
    readonly text: string;
    /** The text as JSON, where it is no error. */
    readonly value: Record<string, unknown> & unknown[];
}

interface Heard {
    told: number;
    readonly faults: object[];
}

/** An agent with its tools, on a real database, called by the SDK's own client. */
export class AgentWithTools {
    private constructor(
        private readonly heard: Heard,
        readonly pool: Pool,
        readonly store: PgStore,
        readonly tools: Tools,
        readonly client: Client,
    ) {}

    static async start(
        database: Database,
        agent: string,
        councils: Councils,
        councilNames: readonly string[] = ["strategy"],
    ): Promise<AgentWithTools> {
        const pool = connect(settingsFor(database, agent));
        const store = new PgStore(pool);
        const heard: Heard = { told: 0, faults: [] };
        const tools = await startTools({
            settings: { agent, councils: councilNames, model: "m1", mcpPort: 0 },
            pool,
            store,
            councils,
            tell: () => void (heard.told += 1),
            log: { warn: (about) => void heard.faults.push(about) },
        });
        const client = new Client({ name: "test", version: "1" });
        await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${tools.port}/mcp`)));
        return new AgentWithTools(heard, pool, store, tools, client);
    }

    /** How often the outbox was told. */
    get told(): number {
        return this.heard.told;
    }

    /** What failed, and was told to nobody but the log. */
    get faults(): object[] {
        return this.heard.faults;
    }

    async call(name: string, input: Record<string, unknown> = {}): Promise<Answer> {
        const { isError = false, content } = await this.client.callTool({ name, arguments: input });
        const [first] = content as { text: string }[];
        const text = first?.text ?? "";
        return { isError: isError === true, text, value: isError === true ? undefined : JSON.parse(text) };
    }

    async stop(): Promise<void> {
        await this.client.close();
        await this.tools.close();
        await this.store.close();
    }
}
