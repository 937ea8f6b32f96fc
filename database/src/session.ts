import type { Client } from "pg";
import { columnsOf, contentDigest, link, selectFields } from "./chain";

/** A decision with what proves that it stands in the chain. */
export interface ProvenDecision {
    readonly partition: string;
    /** The row's fields by column, as text: what the digest covers. */
    readonly row: Readonly<Record<string, string | null>>;
    readonly previous: string;
    readonly digest: string;
    /** Content digests of the rows after it, up to the end of the chain: each joined to the digest so far gives the next. */
    readonly path: readonly string[];
    /** Where the chain ends. */
    readonly end: { readonly seq: number; readonly digest: string };
}

/** What an auditor gets of one council session. */
export interface SessionExport {
    readonly format: "openclaw-session/1";
    readonly session: string;
    readonly exportedAt: string;
    readonly decisions: readonly ProvenDecision[];
}

/** All decisions of a session, oldest first, each with its proof; undefined where there are none. */
export async function exportSession(
    client: Client,
    session: string,
    now = new Date(),
): Promise<SessionExport | undefined> {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    try {
        const { rows } = await client.query<
            Record<string, string | null> & { partition: string; link: Buffer; own: Buffer }
        >(
            `SELECT tableoid::regclass::text AS partition, previous AS link, digest AS own, ${selectFields("decision")}
             FROM ledger.decision AS d WHERE d.session_id = $1 ORDER BY d.occurred_at, d.event_id`,
            [session],
        );
        if (rows.length === 0) return undefined;
        const decisions: ProvenDecision[] = [];
        for (const row of rows) {
            const fields = Object.fromEntries(columnsOf("decision").map((name) => [name, row[name] ?? null]));
            const after = await client.query<Record<string, string | null> & { own: Buffer }>(
                `SELECT digest AS own, ${selectFields("decision")} FROM ONLY ${row.partition} AS d
                 WHERE d.lane = $1 AND d.seq > $2 ORDER BY d.seq`,
                [Number(fields["lane"]), Number(fields["seq"])],
            );
            const path = after.rows.map((each) =>
                contentDigest(columnsOf("decision").map((name) => each[name] ?? null)).toString("hex"),
            );
            decisions.push({
                partition: row.partition.replace("ledger.", ""),
                row: fields,
                previous: row.link.toString("hex"),
                digest: row.own.toString("hex"),
                path,
                end: {
                    seq: Number(fields["seq"]) + path.length,
                    digest: (after.rows.at(-1)?.own ?? row.own).toString("hex"),
                },
            });
        }
        return { format: "openclaw-session/1", session, exportedAt: now.toISOString(), decisions };
    } finally {
        await client.query("ROLLBACK");
    }
}

/** What is wrong with an export, without a database: every digest recomputed from the fields, along the path to its end. */
export function checkExport({ decisions }: SessionExport): string[] {
    return decisions.flatMap(({ row, previous, digest, path, end }) => {
        const event = row["event_id"] ?? "";
        const content = contentDigest(columnsOf("decision").map((name) => row[name] ?? null));
        const own = link(Buffer.from(previous, "hex"), content);
        if (own.toString("hex") !== digest) return [`${event}: its content is not what its digest says`];
        const last = path.reduce((so_far, each) => link(so_far, Buffer.from(each, "hex")), own);
        return last.toString("hex") === end.digest ? [] : [`${event}: the path does not lead to the end of the chain`];
    });
}

/** The export as a page for people, self-contained. */
export function sessionPage({ session, exportedAt, decisions }: SessionExport): string {
    const parts = decisions.map(({ row, digest, end, partition }) => {
        const time = new Date(Number(row["occurred_at"]) / 1000).toISOString();
        const facts: [string, string | null | undefined][] = [
            ["Time", time],
            ["Council", row["council"]],
            ["Round", row["round"]],
            ["Recorded by", row["recorded_by"]],
            ["Members", list(row["members"])],
            ["Votes", votes(row["votes"])],
            ["Dissent", list(row["dissent"])],
            ["Evidence", list(row["evidence"])],
            ["Model", row["model"]],
            ["Prompt (SHA-256)", row["prompt_sha256"]],
            ["Event", row["event_id"]],
            ["Digest", digest],
            [
                "Stands in",
                `${partition}, lane ${row["lane"]}, row ${row["seq"]} of ${end.seq}; the chain ends with ${end.digest}`,
            ],
        ];
        const rows = facts
            .filter(([, value]) => value)
            .map(([name, value]) => `<dt>${name}</dt><dd>${text(value)}</dd>`);
        return `<section><h2>${text(row["verdict"])}</h2><p>${text(row["rationale"])}</p><dl>${rows.join("")}</dl></section>`;
    });
    return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Decisions of session ${text(session)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
section{border-top:1px solid #bbb;padding:1rem 0}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
dt{color:#555}dd{margin:0;overflow-wrap:anywhere}p{white-space:pre-wrap}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}dt{color:#aaa}section{border-color:#444}}
@media(max-width:30rem){dl{display:block}}</style></head><body>
<h1>Decisions of session ${text(session)}</h1>
<p>Exported ${text(exportedAt)}. The JSON beside this page holds the proof: <code>npm run data -- check FILE</code> recomputes every
digest from the fields, without a database. Compare the ends of the chains with the anchors in the archive.</p>
${parts.join("\n")}
</body></html>
`;
}

function list(json: string | null | undefined): string {
    const value: unknown = JSON.parse(json ?? "[]");
    return Array.isArray(value)
        ? value.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ")
        : "";
}

function votes(json: string | null | undefined): string {
    return Object.entries(JSON.parse(json ?? "{}") as Record<string, unknown>)
        .map(([member, vote]) => `${member}: ${typeof vote === "string" ? vote : JSON.stringify(vote)}`)
        .join(", ");
}

/** Text of a decision comes from agents: it is shown, never run. */
function text(value: string | null | undefined): string {
    return (value ?? "")
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;");
}
