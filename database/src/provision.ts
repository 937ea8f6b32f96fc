import type { Client } from "pg";
import { UsageError } from "./connect";

/** Agents by class, e.g. `{"analyst": 120}`: each logs in as itself, `analyst-0` to `analyst-119`. */
export type Fleet = Readonly<Record<string, number>>;

/** @throws UsageError where the text is no such thing. */
export function fleetFrom(text: string | undefined): Fleet {
    let value: unknown;
    try {
        value = JSON.parse(text ?? "");
    } catch {
        throw new UsageError('AGENTS must be JSON with the number of agents by class, e.g. {"analyst": 120}');
    }
    for (const [name, count] of Object.entries(value as object)) {
        if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) throw new UsageError(`AGENTS: ${name} is no name of a class`);
        if (!Number.isInteger(count) || count < 0) throw new UsageError(`AGENTS: ${name} has ${String(count)} agents`);
    }
    return value as Fleet;
}

/**
 * Gives every agent a role of its own, and takes the log-in from those that are no more; their data stay. Runs as the
 * administrator: no role of the platform can make roles.
 */
export async function provision(
    client: Client,
    fleet: Fleet,
): Promise<{ made: number; revived: number; retired: number }> {
    const wanted = new Set(
        Object.entries(fleet).flatMap(([name, count]) => Array.from({ length: count }, (_, n) => `${name}-${n}`)),
    );
    const { rows } = await client.query<{ name: string; login: boolean }>(
        `SELECT rolname AS name, rolcanlogin AS login FROM pg_roles r
         WHERE EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles b ON b.oid = m.roleid
                       WHERE m.member = r.oid AND b.rolname = 'openclaw_bridge') AND rolname ~ '-[0-9]+$'`,
    );
    const known = new Map(rows.map(({ name, login }) => [name, login]));
    const { rowCount: onAws } = await client.query("SELECT FROM pg_roles WHERE rolname = 'rds_iam'");
    const missing = [...wanted].filter((name) => !known.has(name));
    const asleep = [...wanted].filter((name) => known.get(name) === false);
    const gone = [...known].filter(([name, login]) => login && !wanted.has(name)).map(([name]) => name);

    await client.query("BEGIN");
    try {
        // Two at once would both make the same role.
        await client.query("SELECT pg_advisory_xact_lock(hashtextextended('openclaw agents', 0))");
        for (const name of missing) {
            const role = client.escapeIdentifier(name);
            await client.query(
                `DO $$ BEGIN
                     IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${client.escapeLiteral(name)}) THEN
                         CREATE ROLE ${role} LOGIN IN ROLE openclaw_bridge;
                     END IF;
                 END $$`,
            );
            await client.query(`ALTER ROLE ${role} SET statement_timeout = '30s'`);
            await client.query(`ALTER ROLE ${role} SET lock_timeout = '5s'`);
            await client.query(`ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '30s'`);
            // One for the bridge's work, one for its outbox, one more while one of them is replaced.
            await client.query(`ALTER ROLE ${role} CONNECTION LIMIT 4`);
            if (onAws) await client.query(`GRANT rds_iam TO ${role}`);
        }
        for (const name of asleep) await client.query(`ALTER ROLE ${client.escapeIdentifier(name)} LOGIN`);
        for (const name of gone) await client.query(`ALTER ROLE ${client.escapeIdentifier(name)} NOLOGIN`);
        await client.query("COMMIT");
    } catch (error) {
        await client.query("ROLLBACK");
        throw error;
    }
    return { made: missing.length, revived: asleep.length, retired: gone.length };
}
