import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { postgres } from "../../../drills/components/postgres";
import { ADMINISTRATOR, PostgresServer, SUPERUSER } from "../../../drills/data/server";
import { migrate } from "../../src/migrate";
import { provision } from "../../src/provision";

export { ADMINISTRATOR, SUPERUSER };

let server: PostgresServer | undefined;
let folder: string | undefined;
let databases = 0;
const clients = new Set<Client>();

/** The server of this run; roles are shared by all of its databases. */
async function theServer(): Promise<PostgresServer> {
    if (server) return server;
    folder = mkdtempSync(join(tmpdir(), "openclaw-data-"));
    server = await PostgresServer.start({
        programs: await postgres(),
        folder,
        settings: { fsync: "off", max_connections: 200, timezone: "UTC" },
    });
    return server;
}

/** Ends the server and removes its files. */
export async function endServer(): Promise<void> {
    await server?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** A database of a test's own. */
export class Database {
    private constructor(
        private readonly server: PostgresServer,
        readonly name: string,
    ) {}

    static async empty(): Promise<Database> {
        const server = await theServer();
        const name = `test_${++databases}`;
        server.create(name);
        return new Database(server, name);
    }

    /** With the schema, and the agents analyst-0, analyst-1 and reviewer-0. */
    static async migrated(): Promise<Database> {
        const database = await Database.empty();
        await database.migrate();
        const admin = await database.as(ADMINISTRATOR);
        await provision(admin, { analyst: 2, reviewer: 1 });
        return database;
    }

    /** A copy to be tampered with; nobody may be connected to the original. */
    copy(): Database {
        const copy = new Database(this.server, `test_${++databases}`);
        this.server.sql(SUPERUSER, "postgres", `CREATE DATABASE ${copy.name} TEMPLATE ${this.name}`);
        return copy;
    }

    migrate(migrations?: string): Promise<string[]> {
        const own = (role: string) => async () => {
            const client = this.client(role);
            await client.connect();
            return client;
        };
        return migrate(
            { administrator: own(ADMINISTRATOR), migrator: own("openclaw_migrator") },
            () => undefined,
            migrations,
        );
    }

    /** A connection of a role; closed when the tests of a file are over. */
    async as(role: string): Promise<Client> {
        const client = this.client(role);
        await client.connect();
        clients.add(client);
        return client;
    }

    get environment(): Record<string, string> {
        return { PGHOST: "127.0.0.1", PGPORT: String(this.server.port), PGDATABASE: this.name };
    }

    private client(user: string): Client {
        const client = new Client({ host: "127.0.0.1", port: this.server.port, database: this.name, user });
        client.on("error", () => undefined);
        return client;
    }
}

export async function closeClients(): Promise<void> {
    await Promise.all([...clients].map((client) => client.end()));
    clients.clear();
}
