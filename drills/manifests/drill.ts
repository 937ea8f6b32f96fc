import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArguments, UsageError } from "../../plan/usage";
import { kubeScore } from "../components/kube-score";
import { SUPPRESSIONS } from "./suppressions";

/*
 * Puts the Kubernetes objects of both stacks before kube-score. A critical finding fails, unless suppressions.ts says why
 * it is left; so does a suppression that nothing needs any more.
 */

const HELP = `Usage: npm run drill:manifests

Writes the Kubernetes objects of staging and prod (npm run plan -- STACK --manifests DIR) and lets kube-score judge them.
Builds kube-score on first use; needs Go (https://go.dev/doc/install) for that, and a way to the Go module proxy.

Exit codes: 0 no unexplained critical finding; 1 there is one; 2 the command was called wrongly.
`;

interface Scored {
    readonly object_name: string;
    readonly type_meta: { readonly kind: string };
    readonly object_meta: { readonly namespace?: string; readonly name: string };
    readonly checks: readonly {
        readonly check: { readonly id: string };
        /** 1 is critical, 5 a warning, 7 almost fine, 10 fine. */
        readonly grade: number;
        readonly skipped: boolean;
        readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
    }[];
}

const CRITICAL = 1;
const root = join(__dirname, "..", "..");

function findings(
    stack: string,
    tool: string,
    folder: string,
): { findings: string[]; used: Set<string>; objects: number } {
    const written = spawnSync(process.execPath, [join(root, "plan", "cli.cjs"), stack, "--manifests", folder], {
        cwd: root,
        encoding: "utf8",
    });
    if (written.status !== 0) throw new Error(`the plan of ${stack} failed:\n${written.stderr}`);
    const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
    const run = spawnSync(tool, ["score", "--output-format", "json", ...files.map((file) => join(folder, file))], {
        encoding: "utf8",
        maxBuffer: 2 ** 27,
    });
    if (!run.stdout) throw new Error(`kube-score said nothing: ${run.stderr}`);
    const scored = JSON.parse(run.stdout) as Scored[];
    const used = new Set<string>();
    const open = scored.flatMap(({ type_meta: { kind }, object_meta: { namespace = "", name }, checks }) =>
        checks
            .filter(({ grade, skipped }) => !skipped && grade === CRITICAL)
            .filter(({ check: { id } }) => {
                const suppression = SUPPRESSIONS.find(({ check, kinds }) => check === id && kinds.includes(kind));
                if (suppression) used.add(suppression.check);
                return suppression === undefined;
            })
            .map(({ check: { id }, comments }) => {
                const why = (comments ?? [])
                    .map(({ path, summary }) => [path, summary].filter(Boolean).join(": "))
                    .join("; ");
                return `${stack}: ${kind} ${namespace}/${name}: ${id}: ${why}`;
            }),
    );
    return { findings: open, used, objects: scored.length };
}

async function main(): Promise<number> {
    const { values } = readArguments({ options: { help: { type: "boolean" } } });
    if (values.help) {
        process.stdout.write(HELP);
        return 0;
    }
    const tool = await kubeScore();
    const used = new Set<string>();
    const open: string[] = [];
    for (const stack of ["staging", "prod"]) {
        const folder = mkdtempSync(join(tmpdir(), "openclaw-manifests-"));
        try {
            const result = findings(stack, tool, folder);
            for (const check of result.used) used.add(check);
            open.push(...result.findings);
            process.stdout.write(
                `${stack}: ${result.objects} objects scored, ${result.findings.length} critical findings left\n`,
            );
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    }
    const idle = SUPPRESSIONS.filter(({ check }) => !used.has(check)).map(
        ({ check }) => `suppressed without need: ${check}`,
    );
    for (const line of [...open, ...idle]) process.stdout.write(`FAIL ${line}\n`);
    return open.length + idle.length === 0 ? 0 : 1;
}

main().then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
        process.stderr.write(`drill:manifests: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = error instanceof UsageError ? 2 : 1;
    },
);
