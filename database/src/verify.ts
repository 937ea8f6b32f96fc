import type { Client } from "pg";
import { columnsOf, contentDigest, firstDigest, LANES, link, type Log, LOGS, selectFields } from "./chain";

/** Something that is not as it was written. */
export interface Finding {
    readonly log: Log;
    /** As 2026-11. */
    readonly month: string;
    readonly message: string;
}

/** The end of a chain at some time, kept where the database's administrator cannot reach it. */
export interface Anchor {
    readonly log: Log;
    readonly month: string;
    readonly lane: number;
    readonly seq: number;
    readonly digest: string;
}

export interface Verified {
    readonly partitions: number;
    readonly rows: number;
    readonly findings: readonly Finding[];
}

interface Row {
    readonly fields: readonly (string | null)[];
    readonly seq: number;
    readonly lane: number;
    readonly previous: Buffer;
    readonly digest: Buffer;
}

const PAGE = 2000;

/**
 * Recomputes every chain from the rows themselves, and compares with where the chains should end: in the database, and in
 * anchors taken earlier. Then it looks whether what guards the ledger is still in place.
 */
export async function verify(
    client: Client,
    anchors: readonly Anchor[] = [],
    progress: (line: string) => void = () => undefined,
): Promise<Verified> {
    const findings: Finding[] = [];
    let rows = 0;
    // All chains as of one moment, while agents go on writing.
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    try {
        const partitions = await partitionsOf(client);
        for (const { log, month, table } of partitions) {
            progress(`${log} ${month}`);
            for (let lane = 0; lane < LANES; lane++) {
                rows += await verifyLane(client, log, month, table, lane, anchors, (message) =>
                    findings.push({ log, month, message }),
                );
            }
            await verifyNoOtherLane(client, log, month, table, findings);
        }
        await verifyMonths(client, partitions, anchors, findings);
        await verifyGuards(client, findings);
        return { partitions: partitions.length, rows, findings };
    } finally {
        await client.query("ROLLBACK");
    }
}

async function verifyLane(
    client: Client,
    log: Log,
    month: string,
    table: string,
    lane: number,
    anchors: readonly Anchor[],
    report: (message: string) => void,
): Promise<number> {
    const wanted = new Map(
        anchors
            .filter((each) => each.log === log && each.month === month && each.lane === lane)
            .map((each) => [each.seq, each.digest]),
    );
    let expected = firstDigest(log, month, lane);
    let last = 0;
    let count = 0;
    for (let after = -1; ;) {
        const page = await rowsOf(client, log, table, lane, after);
        for (const row of page) {
            count++;
            if (row.seq === last) report(`lane ${lane}: there are two rows ${row.seq}`);
            else if (row.seq !== last + 1) {
                report(
                    `lane ${lane}: ${row.seq - last === 2 ? `row ${last + 1} is` : `rows ${last + 1} to ${row.seq - 1} are`} missing`,
                );
            } else if (!row.previous.equals(expected)) {
                report(`lane ${lane}: row ${row.seq} does not follow the row before it`);
            }
            const digest = link(row.previous, contentDigest(row.fields));
            if (!digest.equals(row.digest)) report(`lane ${lane}: row ${row.seq} (${eventOf(log, row)}) was changed`);
            const anchor = wanted.get(row.seq);
            if (anchor !== undefined && anchor !== row.digest.toString("hex")) {
                report(`lane ${lane}: row ${row.seq} is not the one that was anchored`);
            }
            wanted.delete(row.seq);
            expected = row.digest;
            last = row.seq;
        }
        if (page.length < PAGE) break;
        after = last;
    }
    for (const seq of wanted.keys()) if (seq > 0) report(`lane ${lane}: row ${seq}, which was anchored, is missing`);

    const head = await client.query<{ seq: string; digest: Buffer }>(
        "SELECT seq, digest FROM ledger.head WHERE log = $1 AND month = ($2 || '-01')::date AND lane = $3",
        [log, month, lane],
    );
    const [end] = head.rows;
    if (end === undefined) report(`lane ${lane}: its end is not recorded`);
    else if (Number(end.seq) !== last || !end.digest.equals(expected)) {
        report(`lane ${lane}: it should end with row ${end.seq}, and ends with row ${last}`);
    }
    return count;
}

async function rowsOf(client: Client, log: Log, table: string, lane: number, after: number): Promise<Row[]> {
    const { rows } = await client.query<
        Record<string, string | null> & { link_seq: string; previous: Buffer; digest: Buffer }
    >(
        `SELECT ${selectFields(log)}, seq AS link_seq, previous, digest
         FROM ONLY ${table} AS ledger_row WHERE lane = $1 AND seq > $2 ORDER BY ledger_row.seq LIMIT ${PAGE}`,
        [lane, after],
    );
    return rows.map((row) => ({
        fields: columnsOf(log).map((name) => row[name] ?? null),
        seq: Number(row.link_seq),
        lane,
        previous: row.previous,
        digest: row.digest,
    }));
}

async function verifyNoOtherLane(
    client: Client,
    log: Log,
    month: string,
    table: string,
    findings: Finding[],
): Promise<void> {
    const { rows } = await client.query<{ count: string }>(
        `SELECT count(*) FROM ONLY ${table} WHERE lane NOT BETWEEN 0 AND ${LANES - 1} OR lane IS NULL OR seq < 1`,
    );
    const count = Number(rows[0]?.count);
    if (count > 0) findings.push({ log, month, message: `${count} rows stand outside every chain` });
}

/** Months without a gap, each with its ends, and none gone that was anchored or that is younger than the retention. */
async function verifyMonths(
    client: Client,
    partitions: readonly { log: Log; month: string }[],
    anchors: readonly Anchor[],
    findings: Finding[],
): Promise<void> {
    const archived = await client.query<{ log: Log; month: string }>(
        "SELECT log, to_char(month, 'YYYY-MM') AS month FROM ledger.archived",
    );
    const heads = await client.query<{ log: Log; month: string }>(
        "SELECT DISTINCT log, to_char(month, 'YYYY-MM') AS month FROM ledger.head",
    );
    const gone = new Set(archived.rows.map(({ log, month }) => `${log} ${month}`));
    const there = new Set(partitions.map(({ log, month }) => `${log} ${month}`));
    const expected = new Set([...heads.rows, ...anchors].map(({ log, month }) => `${log} ${month}`));
    for (const log of LOGS) {
        const months = partitions
            .filter((each) => each.log === log)
            .map(({ month }) => month)
            .sort();
        for (let month = months[0]; month !== undefined && month < (months.at(-1) ?? ""); month = next(month))
            expected.add(`${log} ${month}`);
    }
    for (const key of expected) {
        const [log = "", month = ""] = key.split(" ");
        if (there.has(key) || gone.has(key)) continue;
        findings.push({
            log: log === "audit" ? "audit" : "decision",
            month,
            message: "the whole partition is missing, and no archive has it",
        });
    }
}

function next(month: string): string {
    const date = new Date(`${month}-01T00:00:00Z`);
    date.setUTCMonth(date.getUTCMonth() + 1);
    return date.toISOString().slice(0, 7);
}

/** What keeps rows from being changed: triggers on, row security on, no role with rights that none should have. */
async function verifyGuards(client: Client, findings: Finding[]): Promise<void> {
    const report = (table: string, message: string) => {
        const [log = "", month = ""] = table.split(/_(.*)/s);
        findings.push({ log: log === "audit" ? "audit" : "decision", month: month.replace("_", "-"), message });
    };
    const tables = await client.query<{
        name: string;
        triggers: number;
        rls: boolean;
        forced: boolean;
        partitioned: boolean;
        owner: string;
    }>(
        `SELECT c.relname AS name, c.relrowsecurity AS rls, c.relforcerowsecurity AS forced, c.relkind = 'p' AS partitioned,
                pg_get_userbyid(c.relowner) AS owner,
                (SELECT count(*)::int FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                 WHERE t.tgrelid = c.oid AND p.proname = 'refuse' AND t.tgenabled IN ('O', 'A')) AS triggers
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'ledger' AND c.relname ~ '^(decision|audit)(_[0-9]{4}_[0-9]{2})?$' AND c.relkind IN ('r', 'p')`,
    );
    for (const { name, triggers, rls, forced, partitioned, owner } of tables.rows) {
        if (triggers < 2) report(name, `${name}: a trigger that refuses changes is missing or off`);
        if (!rls || (partitioned && !forced)) report(name, `${name}: row security is off`);
        if (owner !== "openclaw_ledger") report(name, `${name}: it belongs to ${owner}`);
    }
    const grants = await client.query<{ grantee: string; name: string; right: string }>(
        `SELECT coalesce(r.rolname, 'everyone') AS grantee, c.relname AS name, a.privilege_type AS right
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
         WHERE n.nspname = 'ledger' AND a.privilege_type <> 'SELECT' AND coalesce(r.rolname, '') <> 'openclaw_ledger'`,
    );
    for (const { grantee, name, right } of grants.rows) report(name, `${grantee} may ${right} ${name}`);
    const members = await client.query<{ member: string }>(
        `SELECT m.rolname AS member FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
         WHERE g.rolname = 'openclaw_ledger' AND NOT m.rolcreaterole AND NOT m.rolsuper`,
    );
    for (const { member } of members.rows) report("decision", `${member} is a member of openclaw_ledger`);
}

async function partitionsOf(client: Client): Promise<{ log: Log; month: string; table: string }[]> {
    const { rows } = await client.query<{ name: string }>(
        `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'ledger' AND c.relkind = 'r' AND c.relname ~ '^(decision|audit)_[0-9]{4}_[0-9]{2}$'
           AND c.relispartition ORDER BY c.relname`,
    );
    return rows.map(({ name }) => {
        const [log, year, month] = name.split("_");
        return { log: log === "audit" ? "audit" : "decision", month: `${year}-${month}`, table: `ledger.${name}` };
    });
}

function eventOf(log: Log, { fields }: Row): string {
    return fields[columnsOf(log).indexOf("event_id")] ?? "";
}

/** The ends of all chains now, to be kept as anchors. */
export async function anchorsOf(client: Client): Promise<Anchor[]> {
    const { rows } = await client.query<{ log: Log; month: string; lane: number; seq: string; digest: string }>(
        `SELECT log, to_char(month, 'YYYY-MM') AS month, lane, seq, encode(digest, 'hex') AS digest FROM ledger.head
         WHERE seq > 0 ORDER BY log, month, lane`,
    );
    return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}
