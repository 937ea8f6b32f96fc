import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBase } from "../../../plan/compare/base";
import { toJson } from "../../../plan/json";
import { UsageError } from "../../../plan/usage";
import { planOf } from "../support";

/** A program that writes the plan of its own revision, and says whether it found its packages. */
const PROGRAM = `const { readFileSync, existsSync } = require("node:fs");
if (!existsSync("node_modules/here")) { console.error("no packages"); process.exit(3); }
if (process.argv[2] === "gone") { console.error("there is no Pulumi.gone.yaml"); process.exit(2); }
process.stdout.write(readFileSync("plan.json", "utf8"));
process.exitCode = 1;
`;

describe("what a plan is compared with", () => {
    let folder: string;
    const git = (...args: string[]) =>
        execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
            cwd: folder,
            stdio: "pipe",
        });
    const revision = (text: string, tag: string) => {
        writeFileSync(join(folder, "plan.json"), text);
        git("add", "-A");
        git("commit", "-qm", tag);
        git("tag", tag);
    };
    const refused = (reference: string, message: RegExp, stack = "staging") =>
        assert.rejects(
            () => readBase(folder, stack, reference),
            (error) => error instanceof UsageError && message.test(error.message),
        );

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "openclaw-base-"));
        mkdirSync(join(folder, "plan"));
        mkdirSync(join(folder, "node_modules", "here"), { recursive: true });
        writeFileSync(join(folder, ".gitignore"), "node_modules/\n*.out.json\n");
        writeFileSync(join(folder, "package-lock.json"), "{}\n");
        writeFileSync(join(folder, "plan", "cli.cjs"), PROGRAM);
        git("init", "-q");
        const plan = toJson(await planOf("staging"));
        revision(plan, "v1");
        revision(plan.replace("openclaw-plan/2", "openclaw-plan/9"), "other-format");
        revision(plan.replace('"agents": 6', '"agents": "six"'), "damaged");
        writeFileSync(join(folder, "saved.out.json"), plan);
        writeFileSync(join(folder, "text.out.json"), "a plan");
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("is a file that a plan was written to", async () => {
        const { name, document } = await readBase(folder, "staging", "saved.out.json");
        assert.deepEqual([name, document.stack, document.agents], ["saved.out.json", "staging", 6]);
    });

    it("is a git revision, whose own program says its plan, whatever the policies say of it", async () => {
        const before = readdirSync(tmpdir()).filter((each) => each.startsWith("openclaw-compare-"));
        const { name, document } = await readBase(folder, "staging", "v1");
        assert.deepEqual([name, document.stack], ["v1", "staging"]);
        const after = readdirSync(tmpdir()).filter((each) => each.startsWith("openclaw-compare-"));
        assert.deepEqual(after, before, "its folder is gone again");
        assert.ok(existsSync(join(folder, "node_modules", "here")), "and took no packages of ours along");
    });

    it("is neither a file nor a revision", () => refused("nowhere", /nowhere is neither a file nor a git revision/));
    it("is no option of git", () => refused("--output=x", /is neither a file nor a git revision/));
    it("is a file that holds no plan", () => refused("text.out.json", /text\.out\.json is no plan: npm run/));
    it("is of another format", () => refused("other-format", /is openclaw-plan\/9, and this is openclaw-plan\/2/));
    it("is damaged, and where", () => refused("damaged", /is a damaged plan: agents: /));
    it("is of another stack", () => refused("saved.out.json", /is a plan of staging, not of prod/, "prod"));
    it("has no such stack", () => refused("v1", /v1 has no plan of gone: there is no Pulumi\.gone\.yaml/, "gone"));
});
