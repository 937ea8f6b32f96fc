import { readFileSync } from "node:fs";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { Signer } from "@aws-sdk/rds-signer";
import { Client, type ClientConfig } from "pg";

/** A mistake in how a command was called or set up; told in one line, without a stack trace. */
export class UsageError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the database is. Names and meaning are those of PostgreSQL's own tools. */
export interface Target {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password?: string;
    readonly region?: string;
    /** Certificates that vouch for the server, as PEM; without them the connection is not encrypted. */
    readonly ca?: string;
    /** Whether a token of IAM is the password. */
    readonly iam: boolean;
}

/**
 * Reads PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD and PGSSLROOTCERT, and DATABASE_AUTH (`iam` or `password`).
 *
 * @throws UsageError with all that is wrong at once.
 */
export function targetFrom(env: Environment): Target {
    const problems: string[] = [];
    const port = Number(env["PGPORT"] ?? 5432);
    if (!Number.isInteger(port) || port < 1 || port > 65535)
        problems.push(`PGPORT is ${env["PGPORT"]}: must be a port, e.g. 5432`);
    const auth = env["DATABASE_AUTH"] ?? "password";
    if (auth !== "iam" && auth !== "password") problems.push(`DATABASE_AUTH is ${auth}: must be iam or password`);
    const ca = read(env["PGSSLROOTCERT"], problems);
    if (auth === "iam" && ca === undefined) {
        problems.push(
            "PGSSLROOTCERT is not set: a token of IAM goes over TLS only; name a file with RDS's certificates",
        );
    }
    if (auth === "iam" && !env["AWS_REGION"]) problems.push("AWS_REGION is not set: a token of IAM is for one region");
    if (problems.length > 0) throw new UsageError(problems.join("\n"));
    return {
        host: env["PGHOST"] ?? "localhost",
        port,
        database: env["PGDATABASE"] ?? "openclaw",
        user: env["PGUSER"] ?? "openclaw_migrator",
        password: env["PGPASSWORD"],
        region: env["AWS_REGION"],
        ca,
        iam: auth === "iam",
    };
}

/** Connects, with a token of IAM where the target says so. The caller ends the connection. */
export async function connect(target: Target, user = target.user, password = target.password): Promise<Client> {
    const { host, port, database, ca, iam, region } = target;
    const config: ClientConfig = {
        host,
        port,
        database,
        user,
        // Made anew for each connection: a token is good for 15 minutes.
        password: iam && password === undefined ? await token(target, user, region) : password,
        // The name is checked against the certificate as well: an encrypted connection to somebody else is worth nothing.
        ssl: ca === undefined ? false : { ca, servername: host },
        application_name: "openclaw-database",
        connectionTimeoutMillis: 15_000,
        keepAlive: true,
    };
    const client = new Client(config);
    // Without a listener a lost connection would end the process with a stack trace; the next query tells it.
    client.on("error", () => undefined);
    await client.connect();
    return client;
}

/** Connects as the database's administrator, whose password AWS keeps; in the cluster only the migration may read it. */
export async function connectAsAdministrator(target: Target, env: Environment): Promise<Client> {
    const secretId = env["ADMIN_SECRET_ARN"];
    if (secretId === undefined) {
        return connect({ ...target, iam: false }, env["PGADMINUSER"] ?? "openclaw_admin", env["PGADMINPASSWORD"]);
    }
    const secrets = new SecretsManagerClient({ region: target.region });
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretId }));
    const { username, password } = JSON.parse(SecretString ?? "{}") as { username?: string; password?: string };
    if (!username || !password) throw new UsageError(`secret ${secretId} holds no username and password`);
    return connect({ ...target, host: env["ADMIN_HOST"] ?? target.host, iam: false }, username, password);
}

function token({ host, port }: Target, username: string, region?: string): Promise<string> {
    return new Signer({ hostname: host, port, username, region }).getAuthToken();
}

function read(file: string | undefined, problems: string[]): string | undefined {
    if (file === undefined || file === "") return undefined;
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        problems.push(`PGSSLROOTCERT is ${file}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
    }
}
