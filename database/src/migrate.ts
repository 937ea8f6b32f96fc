import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runner } from "node-pg-migrate";
import type { Client } from "pg";

/** Folder with the migrations: `admin` (roles, ledger) by the administrator, `app` (memory, skills) by the migrator. */
export const MIGRATIONS = join(__dirname, "..", "migrations");

type Set = "admin" | "app";
type Say = (line: string) => void;

/** Who to connect as; the administrator is asked for only where one of their migrations is missing. */
export interface Connections {
    readonly administrator: () => Promise<Client>;
    readonly migrator: () => Promise<Client>;
}

/**
 * Brings the schema up to date: what is missing, in order, each in a transaction of its own. Safe to run twice, and by two at
 * once: the second waits. What is in the ledger's hands is applied by the administrator, as no role of the platform may change it.
 *
 * @returns names of the migrations that were applied
 */
export async function migrate(
    { administrator, migrator }: Connections,
    say: Say,
    folder = MIGRATIONS,
): Promise<string[]> {
    const applied: string[] = [];
    if (await adminIsBehind(migrator, folder)) {
        const client = await administrator();
        try {
            applied.push(...(await apply(client, "admin", folder, say)));
            // So that the migrator sees, without the administrator's password, whether something is missing.
            await client.query("GRANT USAGE ON SCHEMA migrations TO openclaw_migrator");
            await client.query("GRANT SELECT ON migrations.admin TO openclaw_migrator");
        } finally {
            await client.end();
        }
    }
    const client = await migrator();
    try {
        await client.query("SET ROLE openclaw_owner");
        applied.push(...(await apply(client, "app", folder, say)));
    } finally {
        await client.end();
    }
    return applied;
}

async function apply(dbClient: Client, set: Set, folder: string, say: Say): Promise<string[]> {
    const done = await runner({
        dbClient,
        dir: join(folder, set),
        direction: "up",
        migrationsSchema: set === "admin" ? "migrations" : "app_migrations",
        createMigrationsSchema: true,
        migrationsTable: set,
        checkOrder: true,
        singleTransaction: false,
        advisoryLockMode: "wait",
        log: () => undefined,
    });
    for (const { name } of done) say(`${set}/${name}: applied`);
    return done.map(({ name }) => `${set}/${name}`);
}

/** Whether a migration of the administrator's is missing; true too where the migrator cannot log in yet. */
async function adminIsBehind(migrator: Connections["migrator"], folder: string): Promise<boolean> {
    let client: Client;
    try {
        client = await migrator();
    } catch (error) {
        // The role is made by the first migration. Any other reason shows when the administrator tries.
        if (isUnknownRole(error)) return true;
        throw error;
    }
    try {
        const { rows } = await client.query<{ name: string }>("SELECT name FROM migrations.admin");
        const known = new Set(rows.map(({ name }) => name));
        return readdirSync(join(folder, "admin")).some((file) => !known.has(file.replace(/\.sql$/, "")));
    } catch (error) {
        // Schema, table or right is missing: nothing was applied yet.
        if (["3F000", "42P01", "42501"].includes(codeOf(error))) return true;
        throw error;
    } finally {
        await client.end();
    }
}

/** 28000 and 28P01: no such role, or the log-in of a role that does not exist fails as any other would. */
function isUnknownRole(error: unknown): boolean {
    return ["28000", "28P01"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
    return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
