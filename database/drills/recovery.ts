import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { eventId } from "../src/events";
import { migrate } from "../src/migrate";
import { provision } from "../src/provision";
import { verify } from "../src/verify";
import { MissingTool } from "../../drills/components/cache";
import { readArguments, UsageError } from "../../plan/usage";
import { postgres } from "../../drills/components/postgres";
import { Workshop } from "../../drills/components/processes";
import { Broken, nothingWrong, Report, seconds, sleep, until } from "../../drills/components/report";
import { decision } from "./decision";
import { ADMINISTRATOR, own, PostgresServer, SUPERUSER } from "../../drills/data/server";

const HELP = `Usage: npm run drill:recovery -- [options]

Takes a base backup of a real PostgreSQL with the schema in it and archives its log, writes under load, destroys the server, and
restores: to a chosen second, and to the last one that the archive has. Prints what was lost and verifies every hash chain.
Aurora does the first two by itself (continuous backup); this shows what the schema makes of it.

  --seconds N  how long agents write (default 20)
  --keep       leave the files behind

Needs Python 3.10 or later with pip, for PostgreSQL with pgvector (PyPI, 75 MB below \${XDG_CACHE_HOME:-~/.cache}/openclaw, once).

Exit codes: 0 all promises hold; 1 one does not; 2 the command was called wrongly or something it needs is missing.
`;

const DATABASE = "openclaw";
const WRITERS = ["analyst-0", "analyst-1", "reviewer-0", "reviewer-1"];
/** The log is archived at least this often. Aurora's own copy is at most five minutes behind (Aurora guide). */
const ARCHIVE_SECONDS = 3;

/** A decision that the database has acknowledged. */
interface Acknowledged {
    readonly event: string;
    readonly at: number;
}

async function main(argv: readonly string[]): Promise<number> {
    const { values } = readArguments({
        args: [...argv],
        options: {
            seconds: { type: "string", default: "20" },
            keep: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.help) {
        process.stdout.write(HELP);
        return 0;
    }
    const writing = Number(values.seconds);
    if (!(writing >= 5)) {
        throw new UsageError(`--seconds must be 5 or more, not ${values.seconds}`);
    }
    const programs = await postgres();
    const workshop = new Workshop("openclaw-recovery", values.keep);
    const report = new Report();
    try {
        await drill(report, workshop, programs, writing);
    } catch (error) {
        if (!(error instanceof Broken)) throw error;
        report.fail("the drill could go on", error.message);
    } finally {
        workshop.close();
    }
    return report.close();
}

async function drill(report: Report, workshop: Workshop, programs: string, writing: number): Promise<void> {
    const archive = workshop.path("archive");
    const base = workshop.path("base");
    own(workshop.folder);
    own(archive);
    const first = workshop.path("first");
    const server = await PostgresServer.start({
        programs,
        folder: first,
        settings: {
            wal_level: "replica",
            archive_mode: "on",
            archive_timeout: ARCHIVE_SECONDS,
            archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/.%f && mv ${archive}/.%f ${archive}/%f`,
        },
    });

    report.title("A database with its backup");
    await report.prove("the schema is applied, agents have their roles", () => prepare(server));
    await report.prove("a base backup is taken while agents write", async () => {
        const before = write(server, 2);
        server.program("pg_basebackup", [
            "-h",
            "127.0.0.1",
            "-p",
            String(server.port),
            "-U",
            SUPERUSER,
            "-D",
            base,
            "-X",
            "none",
            "-c",
            "fast",
        ]);
        return `${(await before).length} decisions meanwhile`;
    });
    const acknowledged = await write(server, writing);
    const half = acknowledged[Math.floor(acknowledged.length / 2)];
    if (half === undefined) throw new Broken("nothing was written");
    // A whole second, as a person would name it.
    const chosen = Math.ceil(half.at / 1000) * 1000;
    report.note(
        `${acknowledged.length} decisions acknowledged in ${writing} s, ${Math.round(acknowledged.length / writing)} a second`,
    );

    report.title("The server is destroyed");
    const destroyed = Date.now();
    await server.kill();
    rmSync(join(first, "data"), { recursive: true, force: true });
    report.note(`the archive holds ${readdirSync(archive).length} files of the log`);

    report.title(`Restored to a chosen second: ${new Date(chosen).toISOString()}`);
    await restored(report, workshop, programs, "chosen", new Date(chosen), async (client) => {
        const there = await events(client);
        const wrong = [
            // A reading of the clock is cut to the millisecond: one that says `chosen` may be from after it.
            ...acknowledged
                .filter(({ at, event }) => at < chosen && !there.has(event))
                .map(({ event }) => `${event} is lost`),
            // What was on its way at that second may be in it or not.
            ...acknowledged
                .filter(({ at, event }) => at > chosen + 1000 && there.has(event))
                .map(({ event }) => `${event} is from later`),
        ];
        nothingWrong(wrong);
        const gone = acknowledged.filter(({ event }) => !there.has(event)).length;
        return `every decision acknowledged until then is there; ${gone} later ones are undone`;
    });

    report.title("Restored to the last second that the archive has");
    await restored(report, workshop, programs, "latest", undefined, async (client) => {
        const there = await events(client);
        const lost = acknowledged.filter(({ event }) => !there.has(event));
        const window = lost.length === 0 ? 0 : (destroyed - Math.min(...lost.map(({ at }) => at))) / 1000;
        // In order: what is lost is the end, and nothing before it.
        const last = Math.max(...acknowledged.filter(({ event }) => there.has(event)).map(({ at }) => at));
        nothingWrong(lost.filter(({ at }) => at < last - 1000).map(({ event }) => `${event} is lost from the middle`));
        return `${lost.length} of ${acknowledged.length} decisions lost, those of the last ${window.toFixed(1)} s (the log is archived every ${ARCHIVE_SECONDS} s)`;
    });
}

async function restored(
    report: Report,
    workshop: Workshop,
    programs: string,
    name: string,
    target: Date | undefined,
    judge: (client: Client) => Promise<string>,
): Promise<void> {
    const folder = workshop.path(name);
    const data = join(folder, "data");
    own(folder);
    let server: PostgresServer | undefined;
    const started = performance.now();
    await report.prove("the backup starts, replays the log and opens for writing", async () => {
        cpSync(workshop.path("base"), data, { recursive: true, preserveTimestamps: true });
        writeFileSync(join(data, "recovery.signal"), "");
        mkdirSync(join(data, "pg_wal"), { recursive: true });
        PostgresServer.takeOver(data);
        server = await PostgresServer.start({
            programs,
            folder,
            settings: {
                restore_command: `cp ${workshop.path("archive")}/%f %p`,
                recovery_target_action: "promote",
                ...(target && {
                    recovery_target_time: target.toISOString().replace("T", " ").replace("Z", "+00"),
                    recovery_target_inclusive: "on",
                }),
            },
        });
        const client = await connect(server, SUPERUSER);
        try {
            await until("the end of recovery", 120, async () => {
                const { rows } = await client.query<{ recovering: boolean }>(
                    "SELECT pg_is_in_recovery() AS recovering",
                );
                return rows[0]?.recovering ? "still replaying" : "";
            });
        } finally {
            await client.end();
        }
        return `restore time ${seconds(performance.now() - started)}`;
    });
    if (server === undefined) return;
    const client = await connect(server, SUPERUSER);
    try {
        await report.prove("what is there and what is not", () => judge(client));
        await report.prove("every hash chain holds", async () => {
            const { rows, findings } = await verify(client);
            nothingWrong(findings.map(({ log, month, message }) => `${log} ${month}: ${message}`));
            return `${rows} rows recomputed`;
        });
        await report.prove("agents go on writing, and the chains with them", async () => {
            const more = server && (await write(server, 1));
            const { findings } = await verify(client);
            nothingWrong(findings.map(({ message }) => message));
            return `${more?.length} decisions`;
        });
    } finally {
        await client.end();
        await server.stop();
    }
}

async function prepare(server: PostgresServer): Promise<string> {
    server.create(DATABASE);
    const applied = await migrate(
        { administrator: () => connect(server, ADMINISTRATOR), migrator: () => connect(server, "openclaw_migrator") },
        () => undefined,
    );
    const admin = await connect(server, ADMINISTRATOR);
    await provision(admin, { analyst: 2, reviewer: 2 });
    await admin.end();
    return `${applied.length} migrations`;
}

/** Agents that write without pause; what the database acknowledged, in the order of acknowledgement. */
async function write(server: PostgresServer, forSeconds: number): Promise<Acknowledged[]> {
    const end = Date.now() + forSeconds * 1000;
    const acknowledged: Acknowledged[] = [];
    await Promise.all(
        WRITERS.map(async (role, index) => {
            const client = await connect(server, role);
            for (let n = 0; Date.now() < end; n++) {
                const event = eventId();
                const text = JSON.stringify(decision(event, `session-${index}-${n % 50}`));
                await client.query("SELECT ledger.record_decision($1)", [text]);
                acknowledged.push({ event, at: Date.now() });
                await sleep(2);
            }
            await client.end();
        }),
    );
    return acknowledged.sort((a, b) => a.at - b.at);
}

async function events(client: Client): Promise<Set<string>> {
    const { rows } = await client.query<{ event_id: string }>("SELECT event_id FROM ledger.decision");
    return new Set(rows.map(({ event_id }) => event_id));
}

async function connect({ port }: PostgresServer, user: string): Promise<Client> {
    const client = new Client({ host: "127.0.0.1", port, database: DATABASE, user });
    client.on("error", () => undefined);
    await client.connect();
    return client;
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        if (error instanceof MissingTool || error instanceof UsageError) {
            process.stderr.write(`drill:recovery: ${error.message}\n`);
            process.exit(2);
        }
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
    },
);
