import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../components/cache";
import { postgres } from "../components/postgres";
import { ADMINISTRATOR, PostgresServer } from "../data/server";

const root = join(__dirname, "..", "..");
const DATABASE = "openclaw";

/** A real PostgreSQL with the platform's schema and a role for every agent. */
export interface AgentData {
    readonly server: PostgresServer;
    /** Where it is, as PostgreSQL's own tools read it. */
    readonly environment: Readonly<Record<string, string>>;
    /** Runs statements; the result is what they print. */
    sql(role: string, statements: string): string;
    stop(): Promise<void>;
}

/**
 * @param fleet how many agents each class has
 * @param settings of the server, beside those that a drill needs
 */
export async function agentData(
    folder: string,
    fleet: Readonly<Record<string, number>>,
    settings: Readonly<Record<string, string | number>> = {},
): Promise<AgentData> {
    const server = await PostgresServer.start({
        programs: await postgres(),
        folder,
        // The drill's database need not survive the machine; agents have two connections each.
        settings: { fsync: "off", max_connections: 500, timezone: "UTC", ...settings },
    });
    server.create(DATABASE);
    const environment = { PGHOST: "127.0.0.1", PGPORT: String(server.port), PGDATABASE: DATABASE };
    if (!existsSync(join(root, "database", "node_modules", "pg"))) {
        await run("npm", ["ci", "--prefix", "database", "--loglevel=error"], { cwd: root });
    }
    const env = {
        ...environment,
        DATABASE_AUTH: "password",
        PGADMINUSER: ADMINISTRATOR,
        AGENTS: JSON.stringify(fleet),
    };
    for (const command of ["migrate", "provision"]) {
        await run(process.execPath, [join("database", "cli.cjs"), command], { cwd: root, env });
    }
    return {
        server,
        environment,
        sql: (role, statements) => server.sql(role, DATABASE, statements),
        stop: () => server.stop(),
    };
}
