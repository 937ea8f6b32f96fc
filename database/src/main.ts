import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Client } from "pg";
import { connect, connectAsAdministrator, targetFrom, UsageError } from "./connect";
import { eventId } from "./events";
import { migrate } from "./migrate";
import { fleetFrom, provision } from "./provision";
import { checkExport, exportSession, type SessionExport, sessionPage } from "./session";
import { anchorsAt, metricsTo, storeAt } from "./stores";
import { upkeep } from "./upkeep";
import { verify } from "./verify";

const EXIT = { fine: 0, failed: 1, usage: 2 } as const;

const HELP = `Usage: npm run data -- COMMAND [options]

Applies, keeps and proves the schema of the agents' data.

  migrate             bring the schema up to date; safe twice and by two at once
  provision           give every agent of AGENTS a role of its own, and take the log-in from those that are no more
  upkeep              partitions ahead, expired memories and old marks of bridges out, ends of chains anchored at ANCHORS (a folder
                      or s3://BUCKET/PREFIX)
  verify              recompute every hash chain of the decision log and the audit trail, and look whether its guards are in place
      --anchors PLACE   compare with anchors too
  export SESSION      the decisions of a council session for an auditor: JSON with its proof, and a page to read
      --out NAME        write NAME.json and NAME.html; default: the session's name
  check FILE          recompute an export's digests, without a database
  erase PERSON        erase all memories about a person; the decision log stays, the audit trail says that it was done
      --reason TEXT     why; required

Where: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLROOTCERT as for psql; DATABASE_AUTH=iam for a token of IAM instead of a
password (needs AWS_REGION and PGSSLROOTCERT). The administrator, for migrate and provision: ADMIN_SECRET_ARN, or PGADMINUSER and
PGADMINPASSWORD. AGENTS as JSON, e.g. {"analyst": 120}.

Exit codes: 0 done, and nothing found; 1 something is wrong with the data, or the database refused; 2 called wrongly.
`;

type Environment = Readonly<Record<string, string | undefined>>;
type Command = (words: readonly string[], options: Options, env: Environment) => Promise<number>;

interface Options {
    readonly anchors?: string;
    readonly out?: string;
    readonly reason?: string;
}

const COMMANDS: Readonly<Record<string, Command>> = {
    async migrate(_words, _options, env) {
        const target = targetFrom(env);
        const applied = await migrate(
            {
                administrator: () => connectAsAdministrator(target, env),
                migrator: () => connect(target, env["PGUSER"] ?? "openclaw_migrator"),
            },
            say,
        );
        say(applied.length === 0 ? "nothing to do: the schema is up to date" : `${applied.length} migrations applied`);
        return EXIT.fine;
    },

    async provision(_words, _options, env) {
        const fleet = fleetFrom(env["AGENTS"]);
        const { made, revived, retired } = await using(await connectAsAdministrator(targetFrom(env), env), (client) =>
            provision(client, fleet),
        );
        say(`roles of agents: ${made} made, ${revived} may log in again, ${retired} may no more`);
        return EXIT.fine;
    },

    async upkeep(_words, _options, env) {
        const place = env["ANCHORS"];
        if (!place) throw new UsageError("ANCHORS is not set: name a folder or s3://BUCKET/PREFIX");
        const target = targetFrom(env);
        const publish = metricsTo(env["METRICS_NAMESPACE"], env["ENVIRONMENT"] ?? "", target.region);
        const done = await using(await connect(target), (client) =>
            upkeep(client, storeAt(place, target.region), publish),
        );
        say(
            `${done.partitionsMade} partitions made, ready for ${done.daysAhead} days; ${done.memoriesExpired} memories expired; ` +
                `${done.forgotten} old marks of bridges gone; ` +
                `${done.anchors.length} ends of chains anchored`,
        );
        return EXIT.fine;
    },

    async verify(_words, { anchors: place }, env) {
        const target = targetFrom(env);
        const anchors = place === undefined ? [] : await anchorsAt(place, target.region);
        const { partitions, rows, findings } = await using(await connect(target), (client) =>
            verify(client, anchors, progress),
        );
        progress("");
        for (const { log, month, message } of findings) process.stderr.write(`${log} ${month}: ${message}\n`);
        const against = place === undefined ? "" : `, against ${anchors.length} anchors`;
        say(
            `${rows.toLocaleString("en-US")} rows in ${partitions} partitions recomputed${against}: ${findings.length || "no"} findings`,
        );
        return findings.length === 0 ? EXIT.fine : EXIT.failed;
    },

    async export([session], { out }, env) {
        if (session === undefined) throw new UsageError("export needs the session's id");
        const found = await using(await connect(targetFrom(env)), (client) => exportSession(client, session));
        if (found === undefined)
            throw new UsageError(
                `there is no decision of a session ${session} that ${env["PGUSER"] ?? "this role"} may see`,
            );
        const name = out ?? session.replaceAll(/[^\w.-]+/g, "_");
        writeFileSync(`${name}.json`, `${JSON.stringify(found, null, 2)}\n`);
        writeFileSync(`${name}.html`, sessionPage(found));
        say(`${found.decisions.length} decisions are in ${name}.json and ${name}.html`);
        return EXIT.fine;
    },

    async check([file]) {
        if (file === undefined) throw new UsageError("check needs the file of an export");
        const problems = checkExport(exportIn(file));
        for (const problem of problems) process.stderr.write(`${problem}\n`);
        say(
            problems.length === 0
                ? "every digest follows from its fields and leads to the end of its chain"
                : `${problems.length} decisions do not hold`,
        );
        return problems.length === 0 ? EXIT.fine : EXIT.failed;
    },

    async erase([person], { reason }, env) {
        if (person === undefined) throw new UsageError("erase needs the person, as agents name them in memories");
        if (!reason) throw new UsageError("erase needs --reason: it goes into the audit trail");
        const gone = await using(await connect(targetFrom(env)), async (client) => {
            const { rows } = await client.query<{ gone: number }>("SELECT memory.erase($1, $2, $3) AS gone", [
                eventId(),
                person,
                reason,
            ]);
            return rows[0]?.gone ?? 0;
        });
        say(`${gone} memories erased; the audit trail says so`);
        return EXIT.fine;
    },
};

/** Runs a command; the result is its exit code. */
export async function main(argv: readonly string[], env: Environment = process.env): Promise<number> {
    try {
        const { values, positionals } = parse(argv);
        const [name, ...words] = positionals;
        if (values.help || name === undefined) {
            process.stdout.write(HELP);
            return values.help ? EXIT.fine : EXIT.usage;
        }
        const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
        if (command === undefined)
            throw new UsageError(`there is no command ${name}; commands: ${Object.keys(COMMANDS).join(", ")}`);
        return await command(words, values, env);
    } catch (error) {
        if (error instanceof UsageError) return fail(`data: ${error.message}\nSee npm run data -- --help`, EXIT.usage);
        // What the server or the network says is for people; a trace into the driver is not.
        if (error instanceof Error && "code" in error) return fail(`data: ${described(error)}`, EXIT.failed);
        throw error;
    }
}

function parse(argv: readonly string[]) {
    try {
        return parseArgs({
            args: [...argv],
            allowPositionals: true,
            options: {
                anchors: { type: "string" },
                out: { type: "string" },
                reason: { type: "string" },
                help: { type: "boolean", short: "h", default: false },
            },
        });
    } catch (error) {
        if (error instanceof TypeError) throw new UsageError(error.message.split(". ")[0] ?? error.message);
        throw error;
    }
}

function exportIn(file: string): SessionExport {
    let value: unknown;
    try {
        value = JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
        throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (typeof value !== "object" || value === null || !("format" in value) || value.format !== "openclaw-session/1") {
        throw new UsageError(`${file} is no export of a session`);
    }
    return value as SessionExport;
}

async function using<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
    try {
        return await work(client);
    } finally {
        await client.end();
    }
}

function described(error: Error): string {
    const parts = [
        error.message || String((error as { code?: unknown }).code),
        "hint" in error && error.hint ? String(error.hint) : "",
    ];
    return parts.filter(Boolean).join("; ");
}

function say(line: string): void {
    process.stdout.write(`${line}\n`);
}

/** One line that is written over; only for a person who watches. */
function progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

function fail(message: string, code: number): number {
    process.stderr.write(`${message}\n`);
    return code;
}
