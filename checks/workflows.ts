import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";

/*
 * Checks the GitHub Actions workflows: their form and expressions with GitHub's own language service, and what keeps a pull request
 * from a fork harmless with the rules below.
 */

const HELP = `Usage: node checks/workflows.cjs [FILE...]

Checks workflow files (default: .github/workflows): form, keys and expressions, and that every action is pinned by commit, no
script is put together from what a pull request brings along, no checkout keeps its token, and every job has a time limit.

Exit codes: 0 nothing is wrong; 1 something is.
`;

const PINNED = /^[\w.-]+(\/[\w.-]+)+@[0-9a-f]{40}$/;

const step = z.object({
    uses: z.string().optional(),
    run: z.string().optional(),
    with: z.record(z.string(), z.unknown()).default({}),
});
const workflow = z.object({
    on: z.unknown().optional(),
    permissions: z.unknown().optional(),
    concurrency: z.unknown().optional(),
    jobs: z.record(
        z.string(),
        z.object({
            "timeout-minutes": z.unknown().optional(),
            uses: z.string().optional(),
            steps: z.array(step).default([]),
        }),
    ),
});

interface Problem {
    readonly line: number;
    readonly message: string;
}

/** What is wrong with a workflow. */
export async function problemsIn(file: string, text: string): Promise<Problem[]> {
    const name = file.split("/").at(-1) ?? file;
    // The service knows a workflow by its folder.
    const document = TextDocument.create(`file:///.github/workflows/${name}`, "yaml", 1, text);
    const found = (await validate(document)).map(({ range, message }) => ({
        line: range.start.line + 1,
        message: typeof message === "string" ? message : message.value,
    }));
    return [...found, ...unsafeIn(text)].sort((a, b) => a.line - b.line);
}

function unsafeIn(text: string): Problem[] {
    const counter = new LineCounter();
    const document = parseDocument(text, { lineCounter: counter });
    const parsed = workflow.safeParse(document.toJS());
    if (!parsed.success) return [];
    const problems: Problem[] = [];
    const report = (path: readonly (string | number)[], message: string) => {
        const node = document.getIn(path, true);
        const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
        const [offset] = Array.isArray(range) ? (range as unknown[]) : [];
        problems.push({ line: typeof offset === "number" ? counter.linePos(offset).line : 1, message });
    };

    const { data } = parsed;
    if (JSON.stringify(data.on).includes("pull_request_target")) {
        report(["on"], "pull_request_target runs with secrets on what a fork sends: use pull_request and workflow_run");
    }
    if (data.permissions === undefined) report([], "has no permissions: without them the token may do what it likes");
    if (data.concurrency === undefined) report([], "has no concurrency: an older run would go on beside a newer one");
    for (const [id, job] of Object.entries(data.jobs)) {
        if (job.uses === undefined && job["timeout-minutes"] === undefined) {
            report(["jobs", id], `job ${id} has no timeout-minutes: it would run for six hours`);
        }
        job.steps.forEach(({ uses, run, with: inputs }, index) => {
            const at = ["jobs", id, "steps", index];
            if (uses !== undefined && !uses.startsWith("./")) {
                const line = text.split("\n").find((each) => each.includes(uses)) ?? "";
                if (!PINNED.test(uses)) report([...at, "uses"], `${uses} is not pinned by a commit of 40 digits`);
                else if (!/# v\d/.test(line)) report([...at, "uses"], `${uses} does not say its version behind it`);
                if (uses.startsWith("actions/checkout@") && inputs["persist-credentials"] !== false) {
                    report(at, "checkout leaves its token behind: set persist-credentials to false");
                }
            }
            if (run?.includes("${{")) {
                report([...at, "run"], "the script is put together by an expression: hand the value over in env");
            }
        });
    }
    return problems;
}

/** Runs the check; the result is its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
    if (argv.includes("--help")) {
        process.stdout.write(HELP);
        return 0;
    }
    const folder = join(".github", "workflows");
    const files = argv.length > 0 ? argv : readdirSync(folder).map((file) => join(folder, file));
    let count = 0;
    for (const file of files) {
        for (const { line, message } of await problemsIn(file, readFileSync(file, "utf8"))) {
            count++;
            process.stderr.write(`${relative(process.cwd(), file)}:${line}: ${message}\n`);
        }
    }
    return count === 0 ? 0 : 1;
}
