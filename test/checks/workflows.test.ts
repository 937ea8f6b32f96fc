import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..");
const folder = join(root, ".github", "workflows");

function check(files: readonly string[] = []) {
    const { status, stderr } = spawnSync(process.execPath, [join(root, "checks", "workflows.cjs"), ...files], {
        cwd: root,
        encoding: "utf8",
    });
    return { status, problems: stderr.split("\n").filter(Boolean) };
}

describe("the check of GitHub's workflows", () => {
    let scratch: string;
    before(() => void (scratch = mkdtempSync(join(tmpdir(), "openclaw-workflows-"))));
    after(() => rmSync(scratch, { recursive: true, force: true }));

    it("finds nothing wrong in the committed workflows", () => {
        assert.deepEqual(check(), { status: 0, problems: [] });
    });

    it("finds each error that is put into a committed workflow, at its line", () => {
        const original = readFileSync(join(folder, "pull-request.yml"), "utf8");
        const errors: Record<string, [search: string | RegExp, replacement: string, message: RegExp]> = {
            key: ["timeout-minutes: 20", "timeout-minuts: 20", /Unexpected value 'timeout-minuts'/],
            permission: ["contents: read", "content: read", /Unexpected value 'content'/],
            context: ["github.ref }}", "github.reff }}", /Context access might be invalid: reff/],
            expression: ["github.ref }}", "github.ref == }}", /Unexpected/],
            branch: ["branches: [main]", "branchs: [main]", /Unexpected value 'branchs'/],
            tag: [/actions\/setup-node@\w+ # v[\d.]+/, "actions/setup-node@v6", /setup-node@v6 is not pinned/],
            short: [/(actions\/setup-node@\w{7})\w+/, "$1", /is not pinned by a commit of 40 digits/],
            version: [/ # v6\.4\.0/g, "", /does not say its version/],
            token: ["persist-credentials: false", "fetch-depth: 1", /leaves its token behind/],
            script: ['policy -- "$STACK"', "policy -- ${{ github.head_ref }}", /put together by an expression/],
            target: ["  pull_request:", "  pull_request_target:", /pull_request_target runs with secrets/],
            limit: ["    timeout-minutes: 20\n", "", /job check has no timeout-minutes/],
            rights: [/^permissions:\n {2}contents: read\n/m, "", /has no permissions/],
        };
        const files = Object.entries(errors).map(([name, [search, replacement]]) => {
            const text = original.replace(search, replacement);
            assert.notEqual(text, original, name);
            const file = join(scratch, `${name}.yml`);
            writeFileSync(file, text);
            return file;
        });
        const { status, problems } = check(files);
        assert.equal(status, 1);
        for (const [name, [, , message]] of Object.entries(errors)) {
            const found = problems.filter((line) => line.includes(`${name}.yml:`));
            assert.ok(
                found.some((line) => message.test(line)),
                `${name}: ${found.join("\n") || "nothing found"}`,
            );
            assert.ok(found.every((line) => /\.yml:\d+: /.test(line)));
        }
    });

    it("sees every action pinned by commit", () => {
        const uses = readdirSync(folder).flatMap((file) =>
            [...readFileSync(join(folder, file), "utf8").matchAll(/uses:\s*(.*)/g)].map(([, action]) => action),
        );
        assert.ok(uses.length > 0);
        for (const action of uses) assert.match(action ?? "", /^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });
});
