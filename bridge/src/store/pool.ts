import { Signer } from "@aws-sdk/rds-signer";
import { Pool, type PoolClient } from "pg";
import type { DatabaseSettings } from "../settings";

/** Connections of one bridge: one for its work, one for its outbox. Its role may have four, while these are replaced. */
const CONNECTIONS = 2;
/** The database ends a statement after 30 seconds; where nothing is heard of it, the connection is given up. Unit: ms. */
const ANSWER_WITHIN = 35_000;

export interface PoolOptions {
    /** A connection that nobody used has been lost; the next query makes a new one. */
    readonly onLost?: (error: Error) => void;
}

/**
 * Connections to the agents' data, made when they are needed and again after they are lost.
 *
 * Nothing here changes a session (no SET, no named statement): behind RDS Proxy that would tie a connection of the database to this
 * bridge for good. Limits of time are the role's own, from its provisioning.
 */
export function connect(settings: DatabaseSettings, { onLost }: PoolOptions = {}): Pool {
    const { host, port, database, user, ca } = settings;
    const pool = new Pool({
        host,
        port,
        database,
        user,
        // Made anew for each connection: a token is good for 15 minutes.
        password: settings.iam ? tokenOf(settings) : settings.password,
        // The name is checked against the certificate as well: an encrypted connection to somebody else is worth nothing.
        ssl: ca === undefined ? false : { ca, servername: host },
        application_name: "openclaw-bridge",
        max: CONNECTIONS,
        connectionTimeoutMillis: 10_000,
        idleTimeoutMillis: 300_000,
        // A proxy ends connections after a day; better at a time of our own.
        maxLifetimeSeconds: 6 * 3600,
        query_timeout: ANSWER_WITHIN,
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
    });
    // Without a listener a lost connection would end the process.
    pool.on("error", (error) => onLost?.(error));
    pool.on("connect", (client: PoolClient) => void client.on("error", () => undefined));
    return pool;
}

function tokenOf({ host, port, user, region }: DatabaseSettings): () => Promise<string> {
    // One for all connections: it keeps the pod's credentials until they run out.
    const signer = new Signer({ hostname: host, port, username: user, region });
    return () => signer.getAuthToken();
}
