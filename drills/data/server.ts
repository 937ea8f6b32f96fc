import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
    appendFileSync,
    chmodSync,
    chownSync,
    cpSync,
    existsSync,
    lchownSync,
    mkdirSync,
    readdirSync,
    readFileSync,
} from "node:fs";
import { join } from "node:path";
import { POSTGRES_PROGRAMS } from "../components/postgres";
import { endWithUs, freePorts } from "../components/processes";

/** PostgreSQL refuses to run as root. */
const NOBODY = 65534;

export interface ServerOptions {
    /** Folder with PostgreSQL, as drills/components/postgres.ts makes it. */
    readonly programs: string;
    /** Where the cluster's files are; made where it is not there. */
    readonly folder: string;
    readonly settings?: Readonly<Record<string, string | number>>;
}

/** The name that an administrator has on Aurora: may make roles, is no superuser. */
export const ADMINISTRATOR = "openclaw_admin";
/** Whoever breaks into the server itself; Aurora gives nobody this role. */
export const SUPERUSER = "postgres";

/** A PostgreSQL server of a drill's own, on a port of the loopback address. */
export class PostgresServer {
    private constructor(
        readonly port: number,
        private readonly options: ServerOptions,
        private readonly child: ChildProcess,
    ) {}

    /** Makes a cluster where there is none and starts it. */
    static async start(options: ServerOptions): Promise<PostgresServer> {
        const { folder, settings = {} } = options;
        const [port = 0] = await freePorts(1);
        const data = join(folder, "data");
        own(folder);
        const programs = withinReach(options);
        const made = !existsSync(join(data, "PG_VERSION"));
        if (made) {
            const flags = ["-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--locale=C", "-N"];
            const { status, said } = call(programs, "initdb", ["-D", data, ...flags], folder);
            if (status !== 0) throw new Error(`initdb: ${said}`);
        }
        const all = { listen_addresses: "127.0.0.1", unix_socket_directories: "", port, ...settings };
        const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
        const log = join(folder, "server.log");
        const child = spawn(join(programs, POSTGRES_PROGRAMS, "postgres"), ["-D", data, ...flags], {
            ...user(),
            cwd: folder,
            stdio: ["ignore", "pipe", "pipe"],
        });
        endWithUs(child);
        for (const stream of [child.stdout, child.stderr])
            stream?.on("data", (chunk: Buffer) => appendFileSync(log, chunk));
        const server = new PostgresServer(port, { ...options, programs }, child);
        await server.ready(log);
        if (made) server.sql(SUPERUSER, "postgres", `CREATE ROLE ${ADMINISTRATOR} LOGIN CREATEROLE CREATEDB`);
        return server;
    }

    /** Gives the files of a cluster to the server's user. */
    static takeOver(data: string): void {
        if (process.getuid?.() !== 0) return;
        for (const entry of readdirSync(data, { recursive: true, encoding: "utf8" }))
            lchownSync(join(data, entry), NOBODY, NOBODY);
        chownSync(data, NOBODY, NOBODY);
        chmodSync(data, 0o700);
    }

    /** Makes an empty database that belongs to the administrator. */
    create(database: string): void {
        this.sql(ADMINISTRATOR, "postgres", `CREATE DATABASE ${database}`);
        // On Aurora the administrator may make extensions of AWS's list; here only the superuser.
        this.sql(SUPERUSER, database, "CREATE EXTENSION vector SCHEMA public");
    }

    /** Runs statements with psql; the result is what they print, without headers. */
    sql(role: string, database: string, statements: string): string {
        const args = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(this.port)];
        const { status, output, said } = call(
            this.options.programs,
            "psql",
            [...args, "-U", role, "-d", database, "-c", statements],
            this.options.folder,
        );
        if (status !== 0) throw new Error(said);
        return output.trim();
    }

    /** Runs another of PostgreSQL's programs, as the server's own user. */
    program(name: string, args: readonly string[]): void {
        const { status, said } = call(this.options.programs, name, args, this.options.folder);
        if (status !== 0) throw new Error(`${name}: ${said}`);
    }

    async stop(): Promise<void> {
        await this.end("SIGINT");
    }

    /** Ends it as a power cut would. */
    async kill(): Promise<void> {
        // The postmaster's children notice that it is gone, and end.
        await this.end("SIGKILL");
    }

    private end(signal: NodeJS.Signals): Promise<void> {
        return new Promise((resolve) => {
            if (this.child.exitCode !== null || this.child.signalCode !== null) return resolve();
            this.child.once("close", () => resolve());
            this.child.kill(signal);
        });
    }

    private async ready(log: string): Promise<void> {
        const end = performance.now() + 120_000;
        while (performance.now() < end) {
            const args = ["-h", "127.0.0.1", "-p", String(this.port), "-q"];
            if (call(this.options.programs, "pg_isready", args, this.options.folder).status === 0) return;
            if (this.child.exitCode !== null) break;
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        this.child.kill("SIGKILL");
        throw new Error(`PostgreSQL does not start:\n${readFileSync(log, "utf8").slice(-2000)}`);
    }
}

/** Makes a folder that the server's user may write. */
export function own(folder: string): void {
    mkdirSync(folder, { recursive: true });
    if (process.getuid?.() !== 0) return;
    chownSync(folder, NOBODY, NOBODY);
    chmodSync(folder, 0o755);
}

/** Root's own folders are closed to the server's user: then it gets a copy of the programs. */
function withinReach({ programs, folder }: ServerOptions): string {
    if (process.getuid?.() !== 0) return programs;
    const copy = join(folder, "programs");
    if (!existsSync(copy)) cpSync(programs, copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(copy, 0o755);
    return copy;
}

function user(): { uid?: number; gid?: number } {
    return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

function call(programs: string, name: string, args: readonly string[], cwd: string) {
    const { status, stdout, stderr, error } = spawnSync(join(programs, POSTGRES_PROGRAMS, name), args, {
        ...user(),
        cwd,
        encoding: "utf8",
        maxBuffer: 2 ** 26,
    });
    return { status, output: stdout ?? "", said: error ? error.message : stderr };
}
