import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PriceError } from "../plan/cost/prices/products";
import { askAws, refreshed } from "../plan/cost/prices/refresh";
import { PRICES_FOLDER, type PriceTable, pricesOf } from "../plan/cost/prices/table";
import { readArguments, UsageError } from "../plan/usage";

const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** The region whose table names the entries that every other one has. */
const MODEL_REGION = "us-east-1";

const HELP = `Usage: npm run prices -- [options]

Looks up the list prices of a region through AWS's pricing API and writes them to plan/cost/prices/REGION.json, from which
npm run plan works out the cost. It calls the AWS CLI on the PATH (aws pricing get-products), with the credentials that the
CLI finds; they need pricing:GetProducts and nothing else. The calls are free.

Each entry of the table is asked for by itself. A table is written only if every entry was found, and found once; else it
stays as it is.

This command was tested against a stand-in that answers in the API's form, not against AWS itself. Where AWS names a
product otherwise than plan/cost/prices/queries.ts expects, it says which entry it does not find: correct the query there,
or go on without with --keep-missing.

Options:
  --region REGION         whose prices; default: us-east-1. A region without a table gets one with the same entries
  --second-region REGION  where copies of backups go to; default: us-west-2
  --keep-missing          entries that are not found keep the price they have, or are left out of a new table
  --dry-run               show what would change, and write nothing
  --help                  show this text

Exit codes: 0 the table is up to date; 1 AWS could not be asked, or an entry was not found; 2 the command was called wrongly.
`;

interface Options {
    readonly region: string;
    readonly secondRegion: string;
    readonly keepMissing: boolean;
    readonly dryRun: boolean;
    readonly help: boolean;
}

/** Runs the command on the project in a folder; the result is its exit code. */
export async function main(argv: readonly string[], folder = process.cwd()): Promise<number> {
    try {
        const options = parse(argv);
        if (options.help) {
            process.stdout.write(HELP);
            return EXIT.done;
        }
        await refresh(options, join(folder, PRICES_FOLDER));
        return EXIT.done;
    } catch (error) {
        progress("");
        if (error instanceof UsageError) return fail(`${error.message}\nSee npm run prices -- --help`, EXIT.usage);
        if (error instanceof PriceError) return fail(`${error.message}. Nothing was changed.`, EXIT.failed);
        throw error;
    }
}

function parse(argv: readonly string[]): Options {
    const { values } = readArguments({
        args: [...argv],
        options: {
            region: { type: "string" },
            "second-region": { type: "string" },
            "keep-missing": { type: "boolean" },
            "dry-run": { type: "boolean" },
            help: { type: "boolean", short: "h" },
        },
    });
    const options = {
        region: values.region ?? MODEL_REGION,
        secondRegion: values["second-region"] ?? "us-west-2",
        keepMissing: values["keep-missing"] ?? false,
        dryRun: values["dry-run"] ?? false,
        help: values.help ?? false,
    };
    for (const [option, region] of [
        ["--region", options.region],
        ["--second-region", options.secondRegion],
    ] as const) {
        if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
            throw new UsageError(`${option} ${region} is no region: give one of AWS, e.g. eu-west-1`);
        }
    }
    return options;
}

async function refresh({ region, secondRegion, keepMissing, dryRun }: Options, folder: string): Promise<void> {
    const before = pricesOf(region, folder);
    const from = before ?? pricesOf(MODEL_REGION, folder);
    if (from === undefined)
        throw new UsageError(`there is no ${join(folder, MODEL_REGION)}.json to take the entries from`);
    const today = new Date().toISOString().slice(0, 10);
    const { table, missing } = await refreshed({ region, secondRegion, from, keepMissing, today }, askAws, (text) =>
        progress(`Asking AWS for ${text} ...`),
    );
    progress("");
    const lines = changes(before, table);
    process.stdout.write(lines.map((line) => `${line}\n`).join(""));
    for (const sentence of missing) process.stdout.write(`not found: ${sentence}\n`);
    const file = join(PRICES_FOLDER, `${region}.json`);
    const summary = `${lines.length} of ${Object.keys(table.prices).length} prices ${dryRun ? "would change" : "changed"}`;
    if (!dryRun) write(join(folder, `${region}.json`), table);
    process.stdout.write(dryRun ? `${summary}; nothing was written.\n` : `${summary}. ${file} is of ${today}.\n`);
}

function changes(before: PriceTable | undefined, after: PriceTable): string[] {
    return Object.entries(after.prices).flatMap(([key, { usd, unit }]) => {
        const old = before?.prices[key]?.usd;
        return old === usd ? [] : [`${key.padEnd(32)} ${old ?? "new"} -> ${usd}  (${unit})`];
    });
}

/** All or nothing: whoever reads the table meanwhile has the old one. */
function write(file: string, table: PriceTable): void {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(table, null, 2)}\n`);
    renameSync(`${file}.new`, file);
}

/** One line that is written over; only for a person who watches. */
function progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

function fail(message: string, code: number): number {
    process.stderr.write(`prices: ${message}\n`);
    return code;
}

if (require.main === module) void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
