import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FORMAT } from "../document/format";
import type { PlanDocument } from "../document/schema";
import { UsageError } from "../usage";

/** A plan to compare with, and what it is called. */
export interface Base {
    readonly name: string;
    readonly document: PlanDocument;
}

/**
 * The plan to compare with: from a file that `--json` wrote, or of a git revision, whose own program is run as it was then.
 *
 * @throws UsageError where neither can be had, or it is of another stack or format.
 */
export async function readBase(folder: string, stack: string, reference: string): Promise<Base> {
    const file = resolve(folder, reference);
    if (existsSync(file))
        return { name: reference, document: await check(readFileSync(file, "utf8"), stack, reference) };
    const commit = git(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${reference}^{commit}`]);
    if (commit === undefined) throw new UsageError(`--compare: ${reference} is neither a file nor a git revision`);
    return { name: reference, document: await check(planOf(folder, stack, commit, reference), stack, reference) };
}

/** The plan that a revision's own program writes, in a folder of its own that goes afterwards. */
function planOf(folder: string, stack: string, commit: string, reference: string): string {
    const place = mkdtempSync(join(tmpdir(), "openclaw-compare-"));
    try {
        const archive = join(place, "tree.tar");
        const tree = join(place, "tree");
        if (git(folder, ["archive", "--format=tar", `--output=${archive}`, commit]) === undefined) {
            throw new UsageError(`--compare: git cannot read the files of ${reference}`);
        }
        mkdirSync(tree);
        execFileSync("tar", ["-xf", archive, "-C", tree]);
        provideModules(folder, tree, reference);
        const { status, stdout, stderr } = spawnSync(process.execPath, ["plan/cli.cjs", stack, "--json", "-"], {
            cwd: tree,
            encoding: "utf8",
            maxBuffer: 2 ** 28,
        });
        // A plan that breaks a policy ends with 1 and is a plan all the same.
        if (status !== 0 && !stdout.startsWith("{")) {
            throw new UsageError(
                `--compare: ${reference} has no plan of ${stack}: ${stderr.trim() || "it says nothing"}`,
            );
        }
        return stdout;
    } finally {
        rmSync(place, { recursive: true, force: true });
    }
}

/** The packages that the revision was written for: those that are here where its lock file is the same, else its own. */
function provideModules(folder: string, tree: string, reference: string): void {
    const lock = (place: string) => readFileSync(join(place, "package-lock.json"), "utf8");
    if (lock(folder) === lock(tree)) {
        symlinkSync(join(folder, "node_modules"), join(tree, "node_modules"), "junction");
        return;
    }
    process.stderr.write(`${reference} has other packages: npm ci ...\n`);
    const { status, stderr } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
        cwd: tree,
        encoding: "utf8",
        shell: process.platform === "win32",
    });
    if (status !== 0)
        throw new UsageError(`--compare: the packages of ${reference} cannot be installed: ${stderr.trim()}`);
}

function git(folder: string, args: readonly string[]): string | undefined {
    const { status, stdout } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
}

async function check(text: string, stack: string, reference: string): Promise<PlanDocument> {
    let document: Partial<PlanDocument>;
    try {
        document = JSON.parse(text) as Partial<PlanDocument>;
    } catch {
        throw new UsageError(
            `--compare: ${reference} is no plan: npm run --silent plan -- ${stack} --json FILE writes one`,
        );
    }
    if (document.format !== FORMAT) {
        throw new UsageError(
            `--compare: the plan of ${reference} is ${document.format ?? "of no format"}, and this is ${FORMAT}: plan both with the same release`,
        );
    }
    if (document.stack !== stack) {
        throw new UsageError(`--compare: ${reference} is a plan of ${document.stack}, not of ${stack}`);
    }
    // The shape takes its time to be made, so only a comparison pays for it.
    const { planDocument } = await import("../document/schema");
    const parsed = planDocument.safeParse(document);
    if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new UsageError(`--compare: ${reference} is a damaged plan: ${issue?.path.join(".")}: ${issue?.message}`);
    }
    return parsed.data;
}
